import type { Carried, ReferrerRow } from "../../../images/index.ts";
import { Size } from "../../view/amounts.tsx";
import { ShortDigest } from "../../view/digest.tsx";
import { Section } from "../../view/heading.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { imagePath } from "./paths.ts";

export const carriedWords: Record<Carried, string> = {
  signature: "Signature",
  sbom: "Packages (SBOM)",
  provenance: "Provenance",
  scan: "Scan report",
};

const foundWords: Record<ReferrerRow["found"], string> = {
  subject: "names this image",
  tag: "by the tag that cosign gives it",
  index: "by the build, beside the image",
};

/** What others have attached to an image. Whoever may push can attach anything: nothing of it is verified here, and the page says so. */
export function Attached({
  repository,
  referrers,
  now,
}: {
  repository: string;
  referrers: readonly ReferrerRow[];
  now: number;
}) {
  if (referrers.length === 0) return null;
  return (
    <Section title="Attached" id="attached">
      <p class="muted">
        Signatures, lists of packages and reports that were pushed for this image. What they say is shown as
        it is stated; nothing is verified by this hub.
      </p>
      <Table
        caption="Attached"
        columns={[
          { label: "What" },
          { label: "How it is attached" },
          { label: "Size", number: true },
          { label: "Pushed", whole: true },
          { label: "Digest", whole: true },
        ]}
        rows={referrers.map((row) => [
          <a class="name" href={imagePath(repository, row.digest)}>
            {nameOf(row)}
          </a>,
          foundWords[row.found],
          <Size bytes={row.size} />,
          <Time at={row.pushedAt} now={now} />,
          <ShortDigest digest={row.digest} />,
        ])}
      />
    </Section>
  );
}

function nameOf({ carries, artifactType }: ReferrerRow): string {
  if (carries.length > 0) return carries.map((kind) => carriedWords[kind]).join(", ");
  return artifactType ? artifactType.slice(0, 100) : "Something else";
}
