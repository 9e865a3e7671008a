import type { AccessToken } from "../../../auth/index.ts";
import { hour } from "../../../platform/clock.ts";
import { Table } from "../../view/table.tsx";
import { Time, TimeOr } from "../../view/time.tsx";
import { ScopeList } from "./scope-fields.tsx";
import { describeScope } from "./scope-words.ts";

interface TokenTableProps {
  caption: string;
  tokens: readonly AccessToken[];
  /** Before the name: the namespace of robots. */
  prefix?: string;
  now: number;
}

/** Tokens of one kind, each with the page to rotate and revoke it. */
export function TokenTable({ caption, tokens, prefix = "", now }: TokenTableProps) {
  return (
    <Table
      caption={caption}
      columns={[{ label: "Name" }, { label: "May" }, { label: "Last used" }, { label: "Expires" }]}
      rows={tokens.map((token) => [
        <a class="name" href={`/tokens/${token.id}`}>
          {prefix + token.name}
        </a>,
        <ScopeList scopes={token.scopes} describe={describeScope} />,
        <LastUse token={token} now={now} />,
        <Expiry at={token.expiresAt} now={now} />,
      ])}
    />
  );
}

export function LastUse({
  token,
  now,
}: {
  token: Pick<AccessToken, "lastUsedAt" | "lastUsedFrom">;
  now: number;
}) {
  return (
    <>
      <LastHour at={token.lastUsedAt} now={now} />
      {token.lastUsedFrom !== null && <span class="muted"> from {token.lastUsedFrom}</span>}
    </>
  );
}

/** When something was used that is noted to the hour: of this hour it is not known when. */
export function LastHour({ at, now }: { at: number | null; now: number }) {
  if (at !== null && now - at < hour) return <>within the hour</>;
  return <TimeOr at={at} now={now} otherwise="never" />;
}

export function Expiry({ at, now }: { at: number | null; now: number }) {
  if (at === null) return <span class="muted">never</span>;
  return at <= now ? (
    <strong class="warn">
      expired <Time at={at} now={now} />
    </strong>
  ) : (
    <Time at={at} now={now} />
  );
}
