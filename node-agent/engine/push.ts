import { HubError } from "#shared/errors";
import { familiarRepository, parseImageName, type PushProgress } from "../images/index.ts";
import { type Call, departure, parameter } from "./call.ts";
import { ProgressStream } from "./progress.ts";
import { credentialOf } from "./registry-login.ts";

const words = {
  preparing: "Preparing",
  waiting: "Waiting",
  exists: "Layer already exists",
  pushing: "Pushing",
  pushed: "Pushed",
} as const;

/** `POST /images/{name}/push`: one tag, or without `tag` all that the repository has here. */
export async function pushImage(call: Call): Promise<void> {
  const { services, query, request, response } = call;
  const name = parseImageName(parameter(call, "name"));
  if (name.digest !== undefined) throw new HubError("invalid", "cannot push a digest reference");
  const credential = credentialOf(request);
  const full = `${name.host}/${name.repository}`;
  const stream = new ProgressStream(response);
  stream.line({ status: `The push refers to repository [${full}]` });
  const signal = departure(call);
  const onProgress = (layer: string, progress: PushProgress) => {
    const status = progress.step === "mounted" ? `Mounted from ${progress.from}` : words[progress.step];
    stream.layer(layer, progress.step, status, "current" in progress ? progress : undefined);
  };
  try {
    const there = services.images.tagsOf(full);
    if (there.length === 0)
      throw new HubError(
        "not-found",
        `An image does not exist locally with the tag: ${familiarRepository(name)}`,
      );
    const tags = query.get("tag") ? [query.get("tag") ?? ""] : there;
    for (const tag of tags) {
      const pushed = await services.images.push(`${full}:${tag}`, credential, { signal, onProgress });
      const shown = `${familiarRepository(name)}:${tag}`;
      services.events.ofImage("push", shown, familiarRepository(name));
      stream.line({ status: `${tag}: digest: ${pushed.digest} size: ${pushed.size}` });
      stream.line({ progressDetail: {}, aux: { Tag: tag, Digest: pushed.digest, Size: pushed.size } });
    }
  } catch (error) {
    stream.failure(error);
  }
  stream.end();
}
