import { isObject, Unreadable } from "./bounded-json.ts";
import { parseDigest, type Digest } from "../shared/digest.ts";
import type { Healthcheck, HistoryEntry, ImageConfig, Platform } from "./facts.ts";
import { cleanText, textOf, textsByName, timeOf } from "./texts.ts";

/** What is kept of one configuration: texts of so many characters, lists of so many entries, and so much in all. */
const maximumText = 4096;
const maximumEntries = 500;
const maximumConfig = 128 * 1024;
const maximumHistory = 5200;
const maximumCommands = 512 * 1024;

export interface ReadConfig {
  platform: Platform;
  madeAt: number | undefined;
  config: ImageConfig;
  history: HistoryEntry[];
  /** Digests of the layers, uncompressed. */
  diffIds: Digest[];
}

type Json = Record<string, unknown>;

/**
 * Reads an image configuration (OCI Image Specification, "Image Configuration"; Docker's is the same).
 *
 * @throws Unreadable naming the field that is not what it has to be.
 */
export function readConfig(document: Json): ReadConfig {
  const config = objectAt(document, "config");
  return {
    platform: {
      os: textAt(document, "os"),
      architecture: textAt(document, "architecture"),
      variant: textAt(document, "variant"),
      osVersion: textAt(document, "os.version"),
    },
    madeAt: timeOf(document["created"]),
    config: bounded(config, textAt(document, "author")),
    history: historyOf(document),
    diffIds: diffIdsOf(document),
  };
}

function bounded(config: Json, author: string): ImageConfig {
  const cut = new Set<keyof ImageConfig>();
  const list = (field: keyof ImageConfig, found: string[]): string[] => {
    if (found.length > maximumEntries || found.some((text) => text.length > maximumText)) cut.add(field);
    return found.slice(0, maximumEntries).map((text) => cleanText(text, maximumText));
  };
  const labels = objectAt(config, "Labels");
  const texts = Object.values(labels);
  if (texts.some((text) => typeof text !== "string"))
    throw new Unreadable("Labels has values that are no text");
  if (texts.length > maximumEntries || texts.some((text) => (text as string).length > maximumText))
    cut.add("labels");
  const kept: Omit<ImageConfig, "cut"> = {
    entrypoint: list("entrypoint", listAt(config, "Entrypoint")),
    command: list("command", listAt(config, "Cmd")),
    environment: list("environment", listAt(config, "Env")),
    ports: list("ports", Object.keys(objectAt(config, "ExposedPorts"))),
    labels: textsByName(labels, { entries: maximumEntries, length: maximumText }),
    user: textAt(config, "User"),
    workingDirectory: textAt(config, "WorkingDir"),
    volumes: list("volumes", Object.keys(objectAt(config, "Volumes"))),
    stopSignal: textAt(config, "StopSignal"),
    healthcheck: healthcheckOf(config),
    shell: list("shell", listAt(config, "Shell")),
    author,
  };
  // What is large is left out, the largest first, until the rest is small enough to be kept.
  for (
    let length = JSON.stringify(kept).length;
    length > maximumConfig;
    length = JSON.stringify(kept).length
  ) {
    const [field] = (["labels", "environment", "command", "entrypoint", "volumes", "ports", "shell"] as const)
      .map((field) => [field, JSON.stringify(kept[field]).length] as const)
      .toSorted(([, a], [, b]) => b - a)
      .map(([field]) => field);
    if (field === undefined) break;
    if (field === "labels") kept.labels = {};
    else kept[field] = [];
    cut.add(field);
  }
  return { ...kept, cut: [...cut] };
}

function healthcheckOf(config: Json): Healthcheck | null {
  const check = objectAt(config, "Healthcheck");
  const test = listAt(check, "Test").slice(0, maximumEntries);
  if (test.length === 0) return null;
  const seconds = (field: string) => Math.round(numberAt(check, field) / 1e6) / 1000;
  return {
    test: test.map((text) => cleanText(text, maximumText)),
    interval: seconds("Interval"),
    timeout: seconds("Timeout"),
    startPeriod: seconds("StartPeriod"),
    retries: numberAt(check, "Retries"),
  };
}

function historyOf(document: Json): HistoryEntry[] {
  const history = document["history"] ?? [];
  if (!Array.isArray(history)) throw new Unreadable("history is not a list");
  if (history.length > maximumHistory)
    throw new Unreadable(`history has ${history.length} entries, ${maximumHistory} is the most`);
  const length = Math.min(maximumText, Math.floor(maximumCommands / Math.max(1, history.length)));
  return history.map((entry: unknown) => {
    if (!isObject(entry)) throw new Unreadable("history has an entry that is not an object");
    return {
      command: textOf(entry["created_by"], length),
      comment: textOf(entry["comment"], Math.min(200, length)),
      at: timeOf(entry["created"]) ?? null,
      empty: entry["empty_layer"] === true,
    };
  });
}

function diffIdsOf(document: Json): Digest[] {
  const found = listAt(objectAt(document, "rootfs"), "diff_ids").map(parseDigest);
  if (found.includes(undefined)) throw new Unreadable("rootfs.diff_ids has an entry that is not a digest");
  return found as Digest[];
}

function objectAt(object: Json, field: string): Json {
  const value = object[field] ?? {};
  if (!isObject(value)) throw new Unreadable(`${field} is not an object`);
  return value;
}

/** A list of texts; one text alone, as old tools write it, is a list of one. */
function listAt(object: Json, field: string): string[] {
  const value = object[field] ?? [];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value) || value.some((each) => typeof each !== "string"))
    throw new Unreadable(`${field} is not a list of texts`);
  return value as string[];
}

function textAt(object: Json, field: string): string {
  const value = object[field] ?? "";
  if (typeof value !== "string") throw new Unreadable(`${field} is not a text`);
  return cleanText(value, 256);
}

function numberAt(object: Json, field: string): number {
  const value = object[field] ?? 0;
  if (typeof value !== "number") throw new Unreadable(`${field} is not a number`);
  return value;
}
