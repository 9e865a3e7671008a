import type { Entry } from "../../../audit/index.ts";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { Change } from "./change.tsx";

/** Entries of a log as a table. */
export function Entries({ entries, now }: { entries: readonly Entry[]; now: number }) {
  return (
    <Table
      caption="Audit log"
      columns={[
        { label: "When", whole: true },
        { label: "Who" },
        { label: "Act", whole: true },
        { label: "What to" },
        { label: "Change" },
      ]}
      rows={entries.map((entry) => [
        <Time at={entry.at} now={now} />,
        <span>
          {entry.actorName || "nobody"}
          <span class="muted">
            {entry.tokenId !== null && " by a token"}
            {entry.address !== null && ` from ${entry.address}`}
          </span>
        </span>,
        <code>{entry.action}</code>,
        entry.target,
        <Change before={entry.before} after={entry.after} />,
      ])}
    />
  );
}
