import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { HubError } from "#shared/errors";
import type { LayerProgress } from "../images/index.ts";
import { type Call, departure, flag, parameter, type Route } from "./call.ts";
import { ProgressStream } from "./progress.ts";

/** Images as archives: `docker save` and `docker load`. */
export const imageArchiveRoutes: readonly Route[] = [
  { method: "GET", path: "/images/get", handle: saveSeveral },
  { method: "GET", path: "/images/*name/get", handle: (call) => save(call, [parameter(call, "name")]) },
  { method: "POST", path: "/images/load", handle: load },
];

async function saveSeveral(call: Call): Promise<void> {
  const names = call.query.getAll("names").flatMap((text) => text.split(",").filter(Boolean));
  if (names.length === 0) throw new HubError("invalid", "no image is named: give names=…");
  await save(call, names);
}

async function save(call: Call, names: readonly string[]): Promise<void> {
  const { services, response } = call;
  const { ids, archive } = await services.images.save(names, departure(call));
  response.writeHead(200, { "content-type": "application/x-tar" });
  try {
    for await (const bytes of archive) {
      if (response.destroyed) return;
      if (!response.write(bytes)) await drained(response);
    }
  } catch (error) {
    // Half an archive must not look like a whole one.
    response.destroy();
    if (!services.stop.aborted) services.complain(`saving ${names.join(", ")}: ${String(error)}`);
    return;
  }
  for (const id of ids) services.events.ofImage("save", id, id);
  response.end();
}

async function drained(response: Call["response"]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve).once("close", resolve);
  await promise;
  response.off("drain", resolve).off("close", resolve);
}

async function load(call: Call): Promise<void> {
  const { services, query, request, response } = call;
  const quiet = flag(query, "quiet");
  const stream = new ProgressStream(response);
  const onProgress = (layer: string, progress: LayerProgress) => {
    if (!quiet && "current" in progress) stream.layer(layer, progress.step, "Loading layer", progress);
  };
  try {
    const loaded = await services.images.load(request as Readable, { signal: departure(call), onProgress });
    for (const { id, names, taken } of loaded) {
      for (const { name, from } of taken)
        stream.line({
          stream: `The image ${name} already exists, renaming the old one with ID ${from} to empty string\n`,
        });
      services.events.ofImage("load", id, id);
      if (names.length === 0) stream.line({ stream: `Loaded image ID: ${id}\n` });
      for (const name of names) stream.line({ stream: `Loaded image: ${name}\n` });
    }
    if (loaded.length === 0) stream.line({ stream: "" });
  } catch (error) {
    if (!stream.begun) throw error;
    stream.failure(error);
  }
  stream.end();
  await finished(response).catch(() => {});
}
