import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { HubError } from "#shared/errors";
import { manifestKind } from "#shared/media-types";
import type { Descriptor } from "./image-manifest.ts";
import { type ImageName, parseImageName } from "./image-name.ts";
import type { RepositoryClient } from "./registry/client.ts";
import type { RegistryEndpoint } from "./registry/endpoint.ts";
import { bodyOf } from "./registry/transport.ts";

/** What a registry has under a name. */
export interface RemoteImage {
  descriptor: Descriptor;
  platforms: { architecture: string; os: string; variant?: string }[];
}

const platform = z.looseObject({
  architecture: z.string().default(""),
  os: z.string().default(""),
  variant: z.string().nullish(),
});
const document = z.looseObject({
  manifests: z.array(z.looseObject({ platform: platform.nullish() })).nullish(),
  config: z.looseObject({ digest: z.string() }).nullish(),
});

const maximumConfigSize = 8 * 1024 * 1024;

/** Asks for the manifest of a name, and what it is made for. @throws HubError as `RepositoryClient.manifest` does. */
export async function describeRemote(
  client: RepositoryClient,
  name: ImageName,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const reference = name.digest === undefined ? { tag: name.tag ?? "latest" } : { digest: name.digest };
  const { bytes, digest, mediaType } = await client.manifest(reference, signal);
  const read = document.parse(JSON.parse(bytes.toString()));
  const descriptor = { mediaType, digest, size: bytes.length };
  if (manifestKind(mediaType) === "index")
    return { descriptor, platforms: (read.manifests ?? []).map((each) => plain(each.platform)) };
  const config = read.config?.digest as Descriptor["digest"] | undefined;
  if (config === undefined) return { descriptor, platforms: [] };
  const configuration = platform.parse(
    JSON.parse((await client.smallBlob(config, maximumConfigSize, signal)).toString()),
  );
  return { descriptor, platforms: [plain(configuration)] };
}

function plain(stated: z.output<typeof platform> | null | undefined): RemoteImage["platforms"][number] {
  const { architecture = "", os = "", variant } = stated ?? {};
  return { architecture, os, ...(variant ? { variant } : {}) };
}

/** A repository that a search has found, as Docker's clients want it. */
export interface FoundRepository {
  name: string;
  description: string;
  is_official: boolean;
  is_automated: boolean;
  star_count: number;
}

/** Where Docker's own hub is searched. */
export const dockerHub = "index.docker.io";

const ourAnswer = z.looseObject({
  results: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string().default(""),
      badge: z.string().nullish(),
      stars: z.number().default(0),
    }),
  ),
});
const dockersAnswer = z.looseObject({
  results: z
    .array(
      z.looseObject({
        name: z.string(),
        description: z.string().nullish(),
        is_official: z.boolean().nullish(),
        is_automated: z.boolean().nullish(),
        star_count: z.number().nullish(),
      }),
    )
    .nullish(),
});

/**
 * Searches a hub: one of ours by its own API, any other by the one that Docker's has had from the beginning.
 *
 * @throws HubError `unavailable` when it answers neither.
 */
export async function searchHub(
  endpoint: RegistryEndpoint,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<FoundRepository[]> {
  const ask = (place: string) => endpoint.send({ method: "GET", place, scope: "", signal });
  if (endpoint.host !== dockerHub) {
    const query = new URLSearchParams({ q: text, limit: String(limit) });
    const ours = ourAnswer.safeParse(await jsonOf(await ask(`api/v1/search?${query.toString()}`)));
    if (ours.success)
      return ours.data.results.map(({ name, description, badge, stars }) => ({
        name: `${endpoint.host}/${name}`,
        description,
        is_official: badge === "official",
        is_automated: false,
        star_count: stars,
      }));
  }
  const query = new URLSearchParams({ q: text, n: String(limit) });
  const dockers = dockersAnswer.safeParse(await jsonOf(await ask(`v1/search?${query.toString()}`)));
  if (!dockers.success) throw new HubError("unavailable", `${endpoint.host} has no search that we know of`);
  const prefix = endpoint.host === dockerHub ? "" : `${endpoint.host}/`;
  return (dockers.data.results ?? []).map((each) => ({
    name: `${prefix}${each.name}`,
    description: each.description ?? "",
    is_official: each.is_official ?? false,
    is_automated: each.is_automated ?? false,
    star_count: each.star_count ?? 0,
  }));
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const body = await bodyOf(response, 4 * 1024 * 1024);
  try {
    return response.statusCode === 200 ? JSON.parse(body.toString()) : undefined;
  } catch {
    return undefined;
  }
}

/** The host that a term begins with, and what is searched there. */
export function searchTerm(term: string, otherwise: string): { host: string; text: string } {
  const [first = "", ...rest] = term.split("/");
  if (rest.length === 0 || !(/[.:]/.test(first) || first === "localhost"))
    return { host: otherwise, text: term };
  return { host: parseImageName(`${first}/x`).host, text: rest.join("/") };
}

/** Asks a registry whether it takes a login. @throws HubError `unauthenticated` when not, `unavailable`. */
export async function checkLogin(endpoint: RegistryEndpoint, signal: AbortSignal): Promise<void> {
  const response = await endpoint.send({ method: "GET", place: "v2/", scope: "", signal });
  const body = await bodyOf(response, 64 * 1024);
  const status = response.statusCode ?? 0;
  if (status === 200) return;
  const address = endpoint.resolve("/v2/").href;
  if (status === 401 || status === 403)
    throw new HubError(
      "unauthenticated",
      `Get "${address}": unauthorized: ${endpoint.host} does not take the user name and password; sign in with a valid access token`,
    );
  throw new HubError(
    "unavailable",
    `login attempt to ${address} failed with status: ${status}${body.length > 0 ? `: ${body.toString().slice(0, 200)}` : ""}`,
  );
}
