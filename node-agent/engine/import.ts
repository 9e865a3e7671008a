import type { Readable } from "node:stream";
import { HubError } from "#shared/errors";
import { applyChanges, parseImageName, parsePlatform } from "../images/index.ts";
import { type Call, departure } from "./call.ts";
import { ProgressStream } from "./progress.ts";

/** `POST /images/create?fromSrc=-`: an image of one layer, from the archive of a file system. */
export async function importImage(call: Call): Promise<void> {
  const { services, query, request, response } = call;
  const source = query.get("fromSrc") ?? "";
  if (source !== "-")
    throw new HubError(
      "invalid",
      "an archive is imported from the request itself (fromSrc=-), not from an address: fetch it and pipe it, as in `curl … | docker import -`",
    );
  const [repository, tag] = [query.get("repo") ?? "", query.get("tag") ?? ""];
  const name = repository === "" ? undefined : tag === "" ? repository : `${repository}:${tag}`;
  if (name !== undefined && parseImageName(name).digest !== undefined)
    throw new HubError("invalid", "cannot import digest reference");
  const { os, architecture, variant } = parsePlatform(query.get("platform") || `linux/${ownArchitecture()}`);
  if (os !== "linux")
    throw new HubError("invalid", `operating system is not supported: "${os.slice(0, 50)}"`);
  const created = new Date().toISOString();
  const comment = query.get("message") || "Imported from -";
  const stream = new ProgressStream(response);
  const id = await services.images.make({
    layer: request as Readable,
    config: {
      created,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os,
      config: applyChanges({}, query.getAll("changes")),
    },
    step: { created, created_by: "", comment },
    signal: departure(call),
    ...(name === undefined ? {} : { name }),
  });
  services.events.ofImage("import", id, id);
  stream.line({ status: id });
  stream.end();
}

const ownArchitecture = (): string => (process.arch === "x64" ? "amd64" : process.arch);
