import { familiarRepository, type LayerProgress, parseImageName, parsePlatform } from "../images/index.ts";
import { type Call, departure } from "./call.ts";
import { importImage } from "./import.ts";
import { ProgressStream } from "./progress.ts";
import { credentialOf, refusal } from "./registry-login.ts";

const words = {
  exists: "Already exists",
  waiting: "Waiting",
  downloading: "Downloading",
  extracting: "Extracting",
  complete: "Pull complete",
} as const;

/** `POST /images/create`: pulls, and tells of it line by line. What fails before the first line is an answer of its own. */
export async function pullImage(call: Call): Promise<void> {
  const { services, query, request, response } = call;
  const from = query.get("fromImage");
  if (!from) {
    await importImage(call);
    return;
  }
  const tag = query.get("tag") ?? "";
  const text = tag === "" ? from : `${from}${tag.includes(":") ? "@" : ":"}${tag}`;
  const name = parseImageName(text);
  const platform = query.get("platform");
  const credential = credentialOf(request);
  const stream = new ProgressStream(response);
  const begin = () => {
    if (!stream.begun)
      stream.line({ status: `Pulling from ${name.repository}`, id: name.tag ?? name.digest });
  };
  const onProgress = (layer: string, progress: LayerProgress) => {
    begin();
    stream.layer(layer, progress.step, words[progress.step], "current" in progress ? progress : undefined);
  };
  try {
    const pulled = await services.images.pull(text, credential, {
      ...(platform ? { platform: parsePlatform(platform) } : {}),
      signal: departure(call),
      onProgress,
    });
    const shown = `${familiarRepository(name)}${name.tag === undefined ? `@${name.digest}` : `:${name.tag}`}`;
    services.events.ofImage("pull", shown, shown);
    begin();
    stream.line({ status: `Digest: ${pulled.digest}` });
    stream.line({
      status: pulled.upToDate
        ? `Status: Image is up to date for ${shown}`
        : `Status: Downloaded newer image for ${shown}`,
    });
  } catch (error) {
    if (!stream.begun) throw refusal(error);
    stream.failure(error);
  }
  stream.end();
}
