import type { ImageSummary } from "../client/shapes.ts";
import { yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { filterQuery, listFlags, printList } from "../show/list.ts";
import { column, type Columns } from "../show/rows.ts";
import { humanSize } from "../show/sizes.ts";
import { ago, zoned } from "../show/times.ts";

interface Row {
  image: ImageSummary;
  repository: string;
  tag: string;
  digest: string;
}

export const images = verb({
  usage: "[flags] [NAME[:TAG]]",
  flags: {
    ...listFlags,
    all: yes("those without a name that others stand on too", "a"),
    digests: yes("their digests"),
  },
  takes: [0, 1],
  offers: ["images", "nothing"],
  examples: [
    ["wherry images", "all images with a name"],
    ["wherry images --format '{{.Repository}}:{{.Tag}} {{.Size}}' alpine", "the tags of one repository"],
  ],
  async run({ daemon, flags, args: [name] }) {
    const filters = name === undefined ? flags.filter : [...flags.filter, `reference=${name}`];
    const query = { all: flags.all, filters: filterQuery(filters) };
    const found = await daemon.get<ImageSummary[]>("/images/json", query);
    const digests = flags.digests || /\{\{[^}]*\.Digest\b/.test(flags.format ?? "");
    const rows = found.flatMap((image) => rowsOf(image, digests));
    const standard = [
      "Repository",
      "Tag",
      ...(flags.digests ? ["Digest"] : []),
      "ID",
      "CreatedSince",
      "Size",
    ];
    printList(flags, { columns, rows, standard, name: "ID" });
  },
});

/** A line for each name. An image that was pulled by its digest alone has that. */
function rowsOf(image: ImageSummary, digests: boolean): Row[] {
  const tags = (image.RepoTags ?? []).filter((name) => name !== "<none>:<none>");
  const named = (image.RepoDigests ?? []).filter((name) => !name.startsWith("<none>@"));
  const digestOf = (repository: string) =>
    digests ? (named.find((name) => name.startsWith(`${repository}@`))?.split("@")[1] ?? "<none>") : "<none>";
  const rows = tags.map((name): Row => {
    const at = name.lastIndexOf(":");
    const repository = name.slice(0, at);
    return { image, repository, tag: name.slice(at + 1), digest: digestOf(repository) };
  });
  const bare = named
    .filter((name) => !tags.some((tag) => tag.startsWith(`${name.split("@")[0]}:`)))
    .map((name): Row => {
      const [repository = "", digest = ""] = name.split("@");
      return { image, repository, tag: "<none>", digest };
    });
  const all = [...rows, ...bare];
  return all.length > 0 ? all : [{ image, repository: "<none>", tag: "<none>", digest: "<none>" }];
}

const columns: Columns<Row> = {
  ID: column("IMAGE ID", ({ image: { Id } }, { short }) =>
    short ? Id.replace("sha256:", "").slice(0, 12) : Id,
  ),
  Repository: column("REPOSITORY", ({ repository }) => repository),
  Tag: column("TAG", ({ tag }) => tag),
  Digest: column("DIGEST", ({ digest }) => digest),
  CreatedSince: column("CREATED", ({ image: { Created } }, { now }) => ago(Created, now)),
  CreatedAt: column("CREATED AT", ({ image: { Created } }) => zoned(Created)),
  Size: column("SIZE", ({ image: { Size } }) => humanSize(Size)),
  VirtualSize: column("SIZE", ({ image: { Size } }) => humanSize(Size)),
  SharedSize: column("SHARED SIZE", ({ image: { SharedSize } }) => sizeOrNone(SharedSize)),
  UniqueSize: column("UNIQUE SIZE", ({ image: { Size, SharedSize } }) =>
    sizeOrNone(SharedSize < 0 ? -1 : Size - SharedSize),
  ),
  Containers: column("CONTAINERS", ({ image: { Containers } }) =>
    Containers < 0 ? "N/A" : String(Containers),
  ),
};

function sizeOrNone(bytes: number): string {
  return bytes < 0 ? "N/A" : humanSize(bytes);
}
