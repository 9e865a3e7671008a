import type { Carried } from "./facts.ts";

/*
 * What is attached to an image, read. Its maker states all of it and nothing is verified: pages say "as stated".
 */

export type Attachment = Signature | Sbom | Provenance | Scan | UnreadableAttachment;

export interface Signature {
  kind: "signature";
  /** What it was made with, as it says: a key; a certificate for this identity; something this hub cannot tell. */
  by: "key" | "identity" | "unknown";
  /** Mail address or URI of the certificate, or what names the key; "" when nothing does. */
  identity: string;
  /** Who vouched for the identity, such as https://accounts.example.com. */
  issuer: string;
  /** Digest of what is signed, as it says. */
  of: string;
  /** Name of what is signed, as it says. */
  statedReference: string;
}

export interface Sbom {
  kind: "sbom";
  /** Such as "SPDX 2.3". */
  format: string;
  tool: string;
  /** By name: twenty thousand at most. */
  packages: Package[];
  /** How many there are. */
  total: number;
}

export interface Package {
  name: string;
  version: string;
  /** Such as deb, npm, golang; "" when it does not say. */
  type: string;
  licence: string;
}

export interface Provenance {
  kind: "provenance";
  builder: string;
  source: string;
  commit: string;
  buildType: string;
  /** Milliseconds since 1970. */
  startedAt: number | null;
  finishedAt: number | null;
}

export const severities = ["critical", "high", "medium", "low", "unknown"] as const;
export type Severity = (typeof severities)[number];

export interface Scan {
  kind: "scan";
  scanner: string;
  /** The worst first: ten thousand at most. */
  findings: Finding[];
  /** How many there are. */
  total: number;
  bySeverity: Record<Severity, number>;
}

export interface Finding {
  id: string;
  severity: Severity;
  package: string;
  installed: string;
  /** "" when no version without it is known. */
  fixedIn: string;
  title: string;
}

export interface UnreadableAttachment {
  kind: "unreadable";
  /** What it was to be; null: it does not say. */
  of: Carried | null;
  /** The end of a sentence, such as "it is not JSON". */
  why: string;
}
