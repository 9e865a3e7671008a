import { imagePart } from "../client/daemon.ts";
import { holds, text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { printList } from "../show/list.ts";
import { column, type Columns } from "../show/rows.ts";
import { humanSize } from "../show/sizes.ts";
import { ago, stamped } from "../show/times.ts";

interface Step {
  Id: string;
  Created: number;
  CreatedBy: string;
  Size: number;
  Comment: string;
  human: boolean;
}

export const history = verb({
  usage: "[flags] IMAGE",
  flags: {
    format: text("`table {{.ID}}\\t{{.Size}}`, `json`, or a template such as `{{.CreatedBy}}`"),
    human: { ...holds("sizes and times in words; =false gives bytes and dates"), short: "H" },
    "no-trunc": yes("whole ids and commands"),
    quiet: yes("ids alone", "q"),
  },
  takes: [1, 1],
  offers: ["images", "nothing"],
  examples: [["wherry history --no-trunc alpine", "how it was made, layer by layer"]],
  async run({ daemon, flags, args: [name = ""] }) {
    const steps = await daemon.get<Omit<Step, "human">[]>(`/images/${imagePart(name)}/history`);
    const standard = ["ID", flags.human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"];
    printList(flags, {
      columns,
      rows: steps.map((step) => ({ ...step, human: flags.human })),
      standard,
      name: "ID",
    });
  },
});

const columns: Columns<Step> = {
  ID: column("IMAGE", ({ Id }, { short }) => (short ? Id.replace("sha256:", "").slice(0, 12) : Id)),
  CreatedSince: column("CREATED", ({ Created }, { now }) => ago(Created, now)),
  CreatedAt: column("CREATED AT", ({ Created }) => stamped(Created)),
  CreatedBy: column("CREATED BY", ({ CreatedBy }, { short }) => {
    const line = CreatedBy.replaceAll("\t", " ");
    return short && line.length > 45 ? `${line.slice(0, 44)}…` : line;
  }),
  Size: column("SIZE", ({ Size, human }) => (human ? humanSize(Size) : String(Size))),
  Comment: column("COMMENT", ({ Comment }) => Comment),
};
