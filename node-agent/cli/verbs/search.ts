import { authHeaders } from "../client/credentials.ts";
import { readAll } from "../client/daemon.ts";
import { whole } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { filterQuery, listFlags, printList } from "../show/list.ts";
import { column, type Columns } from "../show/rows.ts";

interface Found {
  name: string;
  description: string;
  star_count: number;
  is_official: boolean;
  is_automated: boolean;
}

const { filter, format } = listFlags;

export const search = verb({
  usage: "[flags] WORDS",
  flags: { filter, format, limit: whole("how many at most"), "no-trunc": listFlags["no-trunc"] },
  takes: [1, 1],
  examples: [
    ["wherry search nginx", "images of Docker Hub"],
    ["wherry search hub.example.com/nginx", "images of another registry"],
  ],
  async run({ daemon, flags, args: [term = ""] }) {
    const query = { term, limit: flags.limit, filters: filterQuery(flags.filter) };
    const answer = await daemon.stream("GET", "/images/search", { query, headers: await authHeaders(term) });
    const rows = JSON.parse(await readAll(answer)) as Found[];
    printList(
      { ...flags, quiet: false },
      { columns, rows, standard: ["Name", "Description", "StarCount", "IsOfficial"], name: "Name" },
    );
  },
});

const columns: Columns<Found> = {
  Name: column("NAME", ({ name }) => name),
  Description: column("DESCRIPTION", ({ description }, { short }) => {
    const line = description.replaceAll(/[\r\n]/g, " ");
    return short && line.length > 45 ? `${line.slice(0, 44)}…` : line;
  }),
  StarCount: column("STARS", ({ star_count: stars }) => String(stars)),
  IsOfficial: column("OFFICIAL", ({ is_official: official }) => (official ? "[OK]" : "")),
  IsAutomated: column("AUTOMATED", ({ is_automated: automated }) => (automated ? "[OK]" : "")),
};
