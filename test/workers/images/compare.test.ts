import { describe, expect, test } from "vitest";
import { compareConfigs, compareLayers, comparePackages } from "../../../workers/images/compare.ts";
import type { ImageConfig } from "../../../workers/images/index.ts";
import { instructionOf, stepsOf, type Step } from "../../../workers/images/steps.ts";
import type { Digest } from "../../../workers/shared/digest.ts";

/** A layer called so, made by this; or a step without one. */
const step = (layer: string | null, instruction = ""): Step => ({
  layer:
    layer === null ? null : { digest: `sha256:${layer}` as Digest, mediaType: "layer", size: layer.length },
  instruction,
  comment: "",
  at: null,
});

const layers = (from: Step[], to: Step[]) =>
  compareLayers(from, to).map(({ change, before, after }) =>
    [change, before?.digest.slice(7), after?.digest.slice(7)].filter(Boolean).join(" "),
  );

describe("layers", () => {
  const rows: [title: string, from: Step[], to: Step[], changes: string[]][] = [
    ["nothing", [], [], []],
    ["the same", [step("a"), step(null, "ENV"), step("b")], [step("a"), step("b")], ["same a a", "same b b"]],
    ["one on top", [step("a")], [step("a"), step("b")], ["same a a", "added b"]],
    [
      "one less",
      [step("a"), step("b"), step("c")],
      [step("a"), step("c")],
      ["same a a", "removed b", "same c c"],
    ],
    [
      "another base below the same instructions",
      [step("a", "ADD"), step("b", "RUN x"), step("c", "COPY")],
      [step("d", "ADD"), step("b", "RUN x"), step("e", "COPY")],
      ["resized a d", "same b b", "resized c e"],
    ],
    [
      "without a history",
      [step("a"), step("b")],
      [step("a"), step("c")],
      ["same a a", "added c", "removed b"],
    ],
    ["the same layer twice", [step("a"), step("a")], [step("a")], ["same a a", "removed a"]],
    [
      "the same instruction twice",
      [step("a", "RUN"), step("b", "RUN")],
      [step("c", "RUN")],
      ["resized a c", "removed b"],
    ],
  ];

  test("are the same, added, removed, or made anew by the same instruction", () => {
    for (const [title, from, to, changes] of rows)
      expect([title, layers(from, to)]).toEqual([title, changes]);
  });

  test("of thousands are compared at once", () => {
    const many = (prefix: string) =>
      Array.from({ length: 5000 }, (_, index) => step(`${prefix}${index}`, "RUN x"));
    expect(layers(many("a"), many("b")).every((change) => change.startsWith("resized"))).toBe(true);
  });
});

test("configurations differ by what is set, each variable and label by its name", () => {
  const config = (change: Partial<ImageConfig>): ImageConfig => ({
    entrypoint: [],
    command: ["run"],
    environment: ["PATH=/bin", "A=1", "EMPTY="],
    ports: ["80/tcp"],
    labels: { keep: "1", gone: "x" },
    user: "",
    workingDirectory: "/",
    volumes: [],
    stopSignal: "",
    healthcheck: null,
    shell: [],
    author: "",
    cut: [],
    ...change,
  });
  expect(compareConfigs(config({}), config({}))).toEqual([]);
  expect(
    compareConfigs(
      config({}),
      config({
        command: ["run", "fast"],
        environment: ["PATH=/bin=x", "EMPTY="],
        ports: [],
        labels: { keep: "1", ["__proto__"]: "y" },
        user: "app",
      }),
    ),
  ).toEqual([
    { field: "command", before: '["run"]', after: '["run","fast"]' },
    { field: "port 80/tcp", before: "80/tcp", after: null },
    { field: "environment PATH", before: "/bin", after: "/bin=x" },
    { field: "environment A", before: "1", after: null },
    { field: "label gone", before: "x", after: null },
    { field: "user", before: null, after: "app" },
    { field: "label __proto__", before: null, after: "y" },
  ]);
  expect(compareConfigs(null, config({ command: [], environment: [], ports: [], labels: {} }))).toEqual([
    { field: "working directory", before: null, after: "/" },
  ]);
});

test("packages differ by name and type; several versions of one are one", () => {
  const pack = (name: string, version: string, type = "npm") => ({ name, version, type, licence: "" });
  expect(
    comparePackages(
      [pack("a", "1"), pack("b", "2"), pack("b", "1"), pack("c", "1"), pack("d", "1", "deb")],
      [pack("a", "1"), pack("b", "2"), pack("d", "1"), pack("d", "2", "deb")],
    ),
  ).toEqual([
    { name: "b", type: "npm", before: "1, 2", after: "2" },
    { name: "c", type: "npm", before: "1", after: null },
    { name: "d", type: "deb", before: "1", after: "2" },
    { name: "d", type: "npm", before: null, after: "1" },
  ]);
});

describe("steps", () => {
  const layer = { digest: "sha256:a" as Digest, mediaType: "layer", size: 1 };
  const entry = (command: string, empty: boolean) => ({ command, comment: "", at: null, empty });

  test("have the layer that each made; those that made none stay", () => {
    const steps = stepsOf(
      [layer, layer],
      [entry("ADD x", false), entry("ENV a=b", true), entry("COPY y", false)],
    );
    expect(steps.map(({ layer, instruction }) => [layer?.digest, instruction])).toEqual([
      ["sha256:a", "ADD x"],
      [undefined, "ENV a=b"],
      ["sha256:a", "COPY y"],
    ]);
  });

  test("say nothing when the history does not fit the layers", () => {
    expect(stepsOf([layer], []).map(({ instruction }) => instruction)).toEqual([""]);
    expect(stepsOf([layer], [entry("a", false), entry("b", false)])).toHaveLength(1);
  });

  const commands = [
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ["/bin/sh -c #(nop) ADD file:abc in / ", "ADD file:abc in /"],
    ["/bin/sh -c apt-get update", "RUN apt-get update"],
    ["RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"],
    ["COPY . /app # buildkit", "COPY . /app"],
    ["|1 VERSION=2 /bin/sh -c make", "RUN make"],
    ["RUN |1 VERSION=2 /bin/sh -c make # buildkit", "RUN make"],
    ["/bin/bash -o pipefail -c set -e", "RUN set -e"],
    ["ENV PATH=/bin", "ENV PATH=/bin"],
    ["bazel build ...", "RUN bazel build ..."],
    ["", ""],
  ] as const;

  test("are called as a Dockerfile has them", () => {
    for (const [command, instruction] of commands) expect(instructionOf(command)).toBe(instruction);
  });

  test("of a hostile history are read in no time", () => {
    for (const command of [
      `|${"1".repeat(4000)}`,
      "/bin/sh ".repeat(500),
      `/bin/sh${" -a".repeat(1000)}`,
      "#".repeat(4000),
      "\n# buildkit".repeat(300),
    ])
      expect(typeof instructionOf(command)).toBe("string");
  });
});
