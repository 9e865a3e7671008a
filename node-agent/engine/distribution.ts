import { z } from "zod";
import { HubError } from "#shared/errors";
import { type Credential, parseImageName } from "../images/index.ts";
import { readBody } from "./body.ts";
import { type Call, departure, parameter, type Route, sendJson, whole } from "./call.ts";
import { filterFlag, readFilters } from "./filters.ts";
import { credentialOf, refusal } from "./registry-login.ts";

/** What is asked of registries, and changes nothing here. */
export const distributionRoutes: readonly Route[] = [
  { method: "GET", path: "/distribution/*name/json", handle: describe },
  { method: "GET", path: "/images/search", handle: search },
  { method: "POST", path: "/auth", handle: signIn },
];

async function describe(call: Call): Promise<void> {
  const { services, request, response } = call;
  const name = parameter(call, "name");
  try {
    const { descriptor, platforms } = await services.images.describeRemote(
      name,
      credentialOf(request),
      departure(call),
    );
    sendJson(response, { Descriptor: descriptor, Platforms: platforms });
  } catch (error) {
    throw refusal(error);
  }
}

/** As many as Docker's own hub gives. */
const mostResults = 100;

async function search(call: Call): Promise<void> {
  const { services, query, request, response } = call;
  const term = query.get("term") ?? "";
  if (term === "") throw new HubError("invalid", "search needs a term");
  const limit = whole(query, "limit", 0, mostResults) || 25;
  const filters = readFilters(query, ["is-automated", "is-official", "stars"]);
  const official = filterFlag(filters, "is-official");
  const automated = filterFlag(filters, "is-automated");
  const stars = Number(filters.get("stars")?.[0] ?? 0);
  if (!Number.isInteger(stars)) throw new HubError("invalid", "invalid filter 'stars'");
  const found = await services.images.search(term, limit, credentialOf(request), departure(call));
  sendJson(
    response,
    found
      .filter((each) => official === undefined || each.is_official === official)
      .filter((each) => each.star_count >= stars && (automated === undefined || !automated))
      .slice(0, limit),
  );
}

const login = z.looseObject({
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
  serveraddress: z.string().nullish(),
});

async function signIn(call: Call): Promise<void> {
  const { username, password, identitytoken, serveraddress } = await readBody(call, login);
  const credential: Credential = identitytoken
    ? { kind: "identity", token: identitytoken }
    : username
      ? { kind: "password", user: username, password: password ?? "" }
      : { kind: "anonymous" };
  const host = hostOf(serveraddress ?? "");
  await call.services.images.checkLogin(host, credential, departure(call));
  sendJson(call.response, { Status: "Login Succeeded", IdentityToken: "" });
}

/** `https://index.docker.io/v1/` is what clients send for Docker's own. @throws HubError `invalid`. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  if (host === "" || host === "index.docker.io" || host === "registry-1.docker.io") return "docker.io";
  return parseImageName(`${host}/x`).host;
}
