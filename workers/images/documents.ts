import type { Attachment, UnreadableAttachment } from "./attachment.ts";
import { bytesOfBase64 } from "./base64.ts";
import { parseBoundedJson, Unreadable } from "./bounded-json.ts";
import { carriedBy } from "./carried.ts";
import type { Carried } from "./facts.ts";
import { at, textAt } from "./fields.ts";
import { readProvenance } from "./provenance.ts";
import { readSbom } from "./sboms.ts";
import { readScan, readScanPredicate } from "./scans.ts";
import { readBundleSigner, readEnvelopeSigner, readSimpleSigning, signedByUnknown } from "./signatures.ts";

/** A blob of an artifact. */
export interface Document {
  bytes: Uint8Array;
  mediaType: string;
  annotations: Readonly<Record<string, string>>;
}

/**
 * What is in a blob that was attached to an image: by its media type as far as that says it, else by how it looks. An envelope gives who
 * signed it and what is in it. What cannot be read is said to be that; nothing is thrown.
 */
export function readDocument(document: Document): Attachment[] {
  const { mediaType, annotations, bytes } = document;
  const carried = carriedBy(mediaType) ?? null;
  try {
    if (carried === "signature" && !mediaType.includes("simplesigning")) return [signedByUnknown];
    if (/xml$|^text\//.test(mediaType))
      throw new Unreadable("it is read as JSON only; attach it in that format");
    const content = parseBoundedJson(bytes);
    if (carried === "signature") return [readSimpleSigning(content, annotations)];
    if (at(content, "verificationMaterial") !== undefined) return readBundle(content);
    if (at(content, "payloadType") !== undefined) return readEnvelope(content, annotations);
    return [readContent(content, carried)];
  } catch (error) {
    if (error instanceof Unreadable) return [unreadable(carried, error.message)];
    throw error;
  }
}

/** A bundle of Sigstore: a signature of the image itself, or of a statement about it. */
function readBundle(bundle: unknown): Attachment[] {
  const envelope = at(bundle, "dsseEnvelope");
  if (envelope === undefined) return [readBundleSigner(bundle, "")];
  const statement = statementIn(envelope);
  return [readBundleSigner(bundle, subjectOf(statement)), readContent(statement, null)];
}

function readEnvelope(envelope: unknown, annotations: Readonly<Record<string, string>>): Attachment[] {
  const statement = statementIn(envelope);
  return [readEnvelopeSigner(envelope, annotations, subjectOf(statement)), readContent(statement, null)];
}

function statementIn(envelope: unknown): unknown {
  const payload = at(envelope, "payload");
  if (typeof payload !== "string") throw new Unreadable("its envelope has no payload");
  const bytes = bytesOfBase64(payload);
  if (!bytes) throw new Unreadable("the payload of its envelope is not base64");
  return parseBoundedJson(bytes);
}

/** Digest of the first thing that a statement is about. */
function subjectOf(statement: unknown): string {
  const hex = textAt(statement, "subject", 0, "digest", "sha256");
  return hex === "" ? "" : `sha256:${hex}`;
}

/** A statement of in-toto, or a document that stands alone. */
function readContent(content: unknown, carried: Carried | null): Attachment {
  const predicateType = textAt(content, "predicateType");
  if (predicateType === "")
    return readSbom(content) ?? readScan(content) ?? unreadable(carried, "its format is not known here");
  const kind = carriedBy(predicateType) ?? null;
  // Cosign once put the document into a text, or a level deeper.
  const whole = at(content, "predicate");
  const data = at(whole, "Data");
  const predicate = typeof data === "string" ? parseText(data) : (data ?? whole);
  const read =
    kind === "provenance"
      ? readProvenance(predicate)
      : kind === "scan"
        ? readScanPredicate(predicate)
        : kind === "sbom"
          ? readSbom(predicate)
          : undefined;
  return (
    read ??
    unreadable(kind, `it is a statement of the type "${predicateType.slice(0, 100)}", which is not read here`)
  );
}

function parseText(text: string): unknown {
  return parseBoundedJson(new TextEncoder().encode(text));
}

function unreadable(of: Carried | null, why: string): UnreadableAttachment {
  return { kind: "unreadable", of, why };
}
