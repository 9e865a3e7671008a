import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import { HubError } from "../shared/errors.ts";
import { parseReference, type Reference } from "../shared/reference.ts";
import { severities } from "./attachment.ts";
import { carriedKinds, type Healthcheck, type ImageConfig, type Platform } from "./facts.ts";
import type { Image } from "./images.ts";
import type { PlatformImage } from "./platforms.ts";

/*
 * Images as the JSON API shows them. Sizes are bytes as stored; "" is what an image does not say.
 */

const texts = z.array(z.string());
const textsByName = z.record(z.string(), z.string());
const platformShape = {
  os: z.string(),
  architecture: z.string(),
  variant: z.string(),
  os_version: z.string(),
};

export const platform = z.object(platformShape);
export const carried = z.enum(carriedKinds);
export const kind = z.enum(["image", "index", "artifact"]);
export const layer = z.object({ digest: z.string(), media_type: z.string(), size: z.int() });

export const platformImage = z.object({
  ...platformShape,
  digest: z.string(),
  size: z.int(),
  last_pulled_at: timeField.nullable(),
  unreadable: z.string().nullable(),
});

const config = z.object({
  entrypoint: texts,
  command: texts,
  environment: texts,
  ports: texts,
  labels: textsByName,
  user: z.string(),
  working_directory: z.string(),
  volumes: texts,
  stop_signal: z.string(),
  healthcheck: z
    .object({
      test: texts,
      interval: z.number(),
      timeout: z.number(),
      start_period: z.number(),
      retries: z.number(),
    })
    .nullable(),
  shell: texts,
  author: z.string(),
});

export const image = z.object({
  ...platformShape,
  digest: z.string(),
  size: z.int(),
  config_digest: z.string().nullable(),
  made_at: timeField.nullable(),
  steps: z.array(
    z.object({
      layer: layer.nullable(),
      instruction: z.string(),
      comment: z.string(),
      at: timeField.nullable(),
    }),
  ),
  config: config.nullable(),
  annotations: textsByName,
  unreadable: z.string().nullable(),
});

const packageField = z.object({
  name: z.string(),
  version: z.string(),
  type: z.string(),
  licence: z.string(),
});
const severity = z.enum(severities);
const finding = z.object({
  id: z.string(),
  severity,
  package: z.string(),
  installed: z.string(),
  fixed_in: z.string(),
  title: z.string(),
});

export const attachment = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("signature"),
    by: z.enum(["key", "identity", "unknown"]),
    identity: z.string(),
    issuer: z.string(),
    of: z.string(),
    stated_reference: z.string(),
  }),
  z.object({
    kind: z.literal("sbom"),
    format: z.string(),
    tool: z.string(),
    total: z.int(),
    packages: z.array(packageField),
  }),
  z.object({
    kind: z.literal("provenance"),
    builder: z.string(),
    source: z.string(),
    commit: z.string(),
    build_type: z.string(),
    started_at: timeField.nullable(),
    finished_at: timeField.nullable(),
  }),
  z.object({
    kind: z.literal("scan"),
    scanner: z.string(),
    total: z.int(),
    by_severity: z.record(severity, z.int()),
    findings: z.array(finding),
  }),
  z.object({ kind: z.literal("unreadable"), of: carried.nullable(), why: z.string() }),
]);

/** @throws HubError `invalid` when it is neither a tag nor a digest. */
export function referenceOf(text: string): Reference {
  const reference = parseReference(text);
  if (!reference)
    throw new HubError("invalid", `"${text.slice(0, 100)}" is neither a tag nor a digest`, {
      detail: { reference: text.slice(0, 100) },
    });
  return reference;
}

export function showPlatform({ osVersion, ...rest }: Platform) {
  return { ...rest, os_version: osVersion };
}

export function showPlatformImage({ lastPulledAt, ...rest }: PlatformImage) {
  return { ...rest, ...showPlatform(rest), last_pulled_at: lastPulledAt };
}

export function showLayer({ mediaType, ...rest }: Image["layers"][number]) {
  return { ...rest, media_type: mediaType };
}

export function showImage({ steps, config, configDigest, madeAt, ...rest }: Image) {
  return {
    ...rest,
    ...showPlatform(rest),
    config_digest: configDigest,
    made_at: madeAt,
    steps: steps.map(({ layer, ...step }) => ({ ...step, layer: layer && showLayer(layer) })),
    config: config && showConfig(config),
  };
}

function showConfig({ workingDirectory, stopSignal, healthcheck, ...rest }: ImageConfig) {
  return {
    ...rest,
    working_directory: workingDirectory,
    stop_signal: stopSignal,
    healthcheck: healthcheck && showHealthcheck(healthcheck),
  };
}

function showHealthcheck({ startPeriod, ...rest }: Healthcheck) {
  return { ...rest, start_period: startPeriod };
}
