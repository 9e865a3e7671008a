import { SeededRandom } from "../../../support/random.ts";

/** What is sent over one connection: pieces, with a moment between them, and whether the client hangs up behind the last. */
export interface HostileConnection {
  pieces: Buffer[];
  hangsUp: boolean;
}

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"];

/** All that the engine answers, by the shape of its paths. Names are of a few things, so that requests meet what others have made. */
const paths = [
  "/_ping",
  "/version",
  "/info",
  "/events",
  "/auth",
  "/commit",
  "/build",
  "/session",
  "/grpc",
  "/plugins",
  "/swarm",
  "/system/df",
  "/distribution/NAME/json",
  "/containers/json",
  "/containers/create",
  "/containers/prune",
  ...[
    "json start stop restart kill pause unpause rename update resize top stats changes export archive attach wait logs exec",
    "attach/ws",
  ].flatMap((verbs) => verbs.split(" ").map((verb) => `/containers/NAME/${verb}`)),
  "/containers/NAME",
  "/exec/NAME/start",
  "/exec/NAME/json",
  "/exec/NAME/resize",
  "/images/json",
  "/images/create",
  "/images/load",
  "/images/get",
  "/images/search",
  "/images/prune",
  "/images/NAME/json",
  "/images/NAME/history",
  "/images/NAME/tag",
  "/images/NAME/push",
  "/images/NAME/get",
  "/images/NAME",
  "/volumes",
  "/volumes/create",
  "/volumes/prune",
  "/volumes/NAME",
  "/networks",
  "/networks/create",
  "/networks/prune",
  "/networks/NAME",
  "/networks/NAME/connect",
  "/networks/NAME/disconnect",
];

/** Values for names, queries and fields. None of them names a place of this machine, and no command that does anything. */
const texts = [
  "",
  "f1",
  "f2",
  "f3",
  "f4",
  "box",
  "box:latest",
  "absent",
  "none",
  "host",
  "true",
  "1",
  "0",
  "-1",
  "9999999999999999999999",
  "1e400",
  "NaN",
  "all",
  "null",
  "{}",
  "[]",
  '{"name":["f1"]}',
  '{"label":{"a=b":true}}',
  '{"name":7}',
  '{"__proto__":["x"]}',
  "../../etc/passwd",
  "..%2f..%2fetc",
  "%zz",
  "%00",
  "a%20b",
  "ü",
  "%F0%9F%90%B3",
  "__proto__",
  "constructor",
  "toString",
  "x".repeat(3000),
  "a/b/c/d/e",
  "sha256:0000",
  `sha256:${"0".repeat(64)}`,
  "f".repeat(64),
  "ctrl-p,ctrl-q",
  "next-exit",
  "removed",
  "2026-11-24T00:00:00Z",
  "1700000000.000000001",
  "/x:/y",
  "relative:/y",
  "a:b:c:d",
  "65536/tcp",
  "80/tcp",
  "127.0.0.1:1/nothing",
];

const queries =
  "name all limit size filters since until stdin stdout stderr stream logs follow tail timestamps detachKeys condition signal t h w v force link path ps_args tag repo fromImage fromSrc platform names noprune term q container changes comment author one-shot stream copyUIDGID noOverwriteDirNonDir".split(
    " ",
  );

const fields =
  "Image Cmd Entrypoint Env Labels HostConfig Hostname User WorkingDir Tty OpenStdin StdinOnce AttachStdin AttachStdout StopSignal StopTimeout Healthcheck Volumes ExposedPorts NetworkingConfig Name Driver Options DriverOpts IPAM Container Force EndpointConfig Detach Privileged ConsoleSize username password serveraddress identitytoken NetworkMode Memory NanoCpus CapAdd RestartPolicy LogConfig Ulimits Sysctls ShmSize PortBindings AutoRemove Init SecurityOpt GroupAdd PidMode IpcMode Tmpfs EndpointsConfig __proto__ constructor".split(
    " ",
  );

/** Hostile connections without end: the same for the same seed. */
export function* hostileConnections(seed: number): Generator<HostileConnection> {
  const random = new SeededRandom(seed);
  const chance = (parts: number) => random.below(parts) === 0;
  const one = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  const several = <T>(most: number, make: () => T) => Array.from({ length: random.below(most + 1) }, make);

  function value(depth: number): unknown {
    switch (random.below(depth > 3 ? 5 : 8)) {
      case 0:
        return one([null, true, false]);
      case 1:
        return one([0, -1, 1, 2 ** 31, 2 ** 53, -1e308, 0.5]);
      case 5:
        return several(4, () => value(depth + 1));
      case 6:
      case 7:
        return Object.fromEntries(several(5, () => [one([...fields, ...texts]), value(depth + 1)]));
      default:
        return one(texts);
    }
  }

  /** Half of them are nearly what a client sends. */
  function body(): Buffer {
    if (chance(4)) return Buffer.from(random.bytes(random.below(2000)));
    const sensible = { Image: "box", Cmd: ["true"], HostConfig: { NetworkMode: "none" }, Container: "f1" };
    const wild = value(0);
    const text = JSON.stringify(
      chance(2) && typeof wild === "object" && !Array.isArray(wild) ? { ...sensible, ...wild } : wild,
    );
    return Buffer.from(chance(8) ? text.slice(0, random.below(text.length + 1)) : text);
  }

  /** So that there is something to be hostile to. */
  function sensibleRequest(): Buffer {
    const name = one(["f1", "f2", "f3", "f4"]);
    const create = JSON.stringify({
      Image: "box",
      Cmd: ["sleep", "60"],
      HostConfig: { NetworkMode: "none" },
    });
    const [line, content] = one([
      [`POST /containers/create?name=${name}`, create],
      [`POST /containers/${name}/start`, ""],
      [`POST /containers/${name}/exec`, JSON.stringify({ Cmd: ["true"], AttachStdout: true })],
      [`DELETE /containers/${name}?force=1`, ""],
    ] as const);
    return Buffer.from(
      `${line} HTTP/1.1\r\nhost: docker\r\ncontent-length: ${content.length}\r\n\r\n${content}`,
    );
  }

  function request(): Buffer {
    if (chance(12)) return sensibleRequest();
    const named = one(paths).replace("NAME", () => encoded(one(texts)));
    const path = chance(12) ? `/${encoded(one(texts))}${named}` : named;
    const version = chance(3) ? "" : `/v1.${one(["24", "41", "44", "51", "52", "999", "0", "x"])}`;
    const query = several(4, () => `${one(queries)}=${encoded(one(texts))}`).join("&");
    const content = chance(2) ? body() : Buffer.alloc(0);
    const headers = [
      "host: docker",
      ...(chance(3) ? ["content-type: application/json"] : []),
      ...(chance(8) ? ["connection: Upgrade", `upgrade: ${one(["tcp", "h2c", "websocket", ""])}`] : []),
      ...(chance(10) ? [`x-registry-auth: ${one(["e30=", "!!!!", "x".repeat(500), "bnVsbA=="])}`] : []),
      ...(chance(12) ? ["expect: 100-continue"] : []),
      ...several(2, () => `x-${random.below(100)}: ${"y".repeat(random.below(3000))}`),
      ...(chance(10)
        ? [
            one([
              "content-length: -1",
              "content-length: 99999999999",
              "transfer-encoding: chunked",
              "transfer-encoding: gzip, chunked",
            ]),
          ]
        : [`content-length: ${content.length}`]),
    ];
    const line = `${one(methods)} ${version}${path}${query === "" ? "" : `?${query}`} HTTP/1.${one([0, 1, 1, 1, 9])}`;
    return Buffer.concat([Buffer.from(`${line}\r\n${headers.join("\r\n")}\r\n\r\n`), content]);
  }

  for (;;) {
    const whole = chance(20)
      ? Buffer.from(random.bytes(random.below(3000)))
      : Buffer.concat([request(), ...several(chance(5) ? 4 : 0, request)]);
    const sent = chance(8) ? whole.subarray(0, random.below(whole.length + 1)) : whole;
    const cut = chance(10) ? random.below(sent.length + 1) : sent.length;
    yield {
      pieces: [sent.subarray(0, cut), sent.subarray(cut)].filter(({ length }) => length > 0),
      hangsUp: chance(3),
    };
  }
}

/** Where a request line cannot have it otherwise. */
function encoded(text: string): string {
  return /^[\x21-\x7e]*$/.test(text)
    ? text.replaceAll(/[?#&]/g, encodeURIComponent)
    : encodeURIComponent(text);
}
