import { createHmac } from "node:crypto";
import { second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { readHubSettings } from "./hub-settings.ts";

/*
 * Images of READMEs. Whoever reads a page of the hub talks to the hub alone: an image from elsewhere is fetched by the hub, from hosts
 * that an administrator named and from no others, and only at addresses that stand in a README: their paths here are signed.
 */

export const imagePathPrefix = "/readme-images/";

/** In bytes. */
const maximumImage = 8 * 1024 * 1024;
const patience = 10 * second;
const maximumRedirects = 3;

const imageTypes = new Set([
  "image/avif",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/svg+xml",
  "image/webp",
]);

export type Sign = (url: string) => string;

/** Signs addresses with a key of its own, derived from SECRET. */
export async function signerOf({ auth }: Pick<HubContext, "auth">): Promise<Sign> {
  const key = new TextEncoder().encode(await auth.secret.hmac("key of the paths of README images"));
  return (url) => createHmac("sha256", key).update(url).digest("base64url").slice(0, 32);
}

/** Whether the hub may fetch an address: from a host that was named, at its usual port. */
export function mayShow(url: string, hosts: readonly string[]): boolean {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isPlain = protocol === "https:" && port === "" && username === "" && password === "";
  return isPlain && hosts.includes(hostname);
}

/** Where the hub gives an image. */
export function imagePath(url: string, sign: Sign): string {
  return `${imagePathPrefix}${sign(url)}?${new URLSearchParams({ url }).toString()}`;
}

/**
 * The image of a signed path. What is not an image, or too large, is not given.
 *
 * @throws HubError `not-found` for a path that is not signed, and for a host that is not, or no longer, allowed; `unavailable` when the
 *   image cannot be fetched.
 */
export async function fetchImage(
  context: HubContext,
  { signature, url }: { signature: string; url: string },
  fetched: typeof fetch = (...request) => fetch(...request),
): Promise<Response> {
  const sign = await signerOf(context);
  if (!isSame(sign(url), signature)) throw imageUnknown();
  const { readmeImageHosts } = await readHubSettings(context);
  const response = await follow(url, readmeImageHosts, fetched);
  const type = response.headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const length = Number(response.headers.get("Content-Length") ?? 0);
  if (!response.ok || !response.body || !imageTypes.has(type) || length > maximumImage) {
    await response.body?.cancel();
    throw notGiven(url, `it answered ${response.status} with ${type || "no type"} and ${length} bytes`);
  }
  return new Response(response.body.pipeThrough(atMost(maximumImage)), { headers: headersOf(type) });
}

/** Also where it redirects to is a host that was named. */
async function follow(url: string, hosts: readonly string[], fetched: typeof fetch): Promise<Response> {
  let next = url;
  for (let step = 0; step <= maximumRedirects; step += 1) {
    if (!mayShow(next, hosts)) throw imageUnknown();
    const response = await fetchOnce(next, fetched);
    const location = response.headers.get("Location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    next = URL.parse(location, next)?.href ?? "about:blank";
  }
  throw notGiven(url, `it redirects more than ${maximumRedirects} times`);
}

async function fetchOnce(url: string, fetched: typeof fetch): Promise<Response> {
  try {
    return await fetched(url, {
      redirect: "manual",
      headers: { Accept: [...imageTypes].join(", "), "User-Agent": "wherry-readme-images" },
      signal: AbortSignal.timeout(patience),
    });
  } catch (cause) {
    throw new HubError("unavailable", `the image of a README at ${new URL(url).host} cannot be fetched now`, {
      cause,
    });
  }
}

/** It is shown by an `<img>` and nothing else: opened by itself, an SVG runs nothing and loads nothing. */
function headersOf(type: string): Record<string, string> {
  return {
    "Content-Type": type,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "public, max-age=3600",
  };
}

/** Lets so many bytes through, and breaks off at the next. */
function atMost(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(new Error(`an image of a README has more than ${bytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
}

function isSame(expected: string, given: string): boolean {
  if (expected.length !== given.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index += 1)
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index);
  return difference === 0;
}

function imageUnknown(): HubError {
  return new HubError("not-found", "there is no such image of a README here");
}

function notGiven(url: string, why: string): HubError {
  return new HubError("unavailable", `the image of a README at ${new URL(url).host} is not given: ${why}`);
}
