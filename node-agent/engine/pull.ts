import { HubError } from "#shared/errors";
import {
  credentialFromHeader,
  familiarRepository,
  type LayerProgress,
  parseImageName,
  parsePlatform,
} from "../images/index.ts";
import { type Call, departure } from "./call.ts";
import { messageOf } from "./failure.ts";

/** Milliseconds between two lines about the progress of one layer. */
const interval = 100;

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
  if (!from) throw new HubError("unsupported", "importing an image (fromSrc) is not there yet");
  const tag = query.get("tag") ?? "";
  const text = tag === "" ? from : `${from}${tag.includes(":") ? "@" : ":"}${tag}`;
  const name = parseImageName(text);
  const platform = query.get("platform");
  const header = request.headers["x-registry-auth"];
  const credential = credentialFromHeader(Array.isArray(header) ? header[0] : header);
  const familiar = familiarRepository(name);

  const line = (value: unknown) => {
    if (!response.headersSent) {
      response.writeHead(200, { "content-type": "application/json" });
      const { repository } = name;
      const status = `Pulling from ${repository}`;
      response.write(`${JSON.stringify({ status, id: name.tag ?? name.digest })}\r\n`);
    }
    response.write(`${JSON.stringify(value)}\r\n`);
  };
  const told = new Map<string, { step: string; at: number }>();
  const onProgress = (layer: string, progress: LayerProgress) => {
    const before = told.get(layer);
    const now = Date.now();
    if (before?.step === progress.step && now < before.at + interval) return;
    told.set(layer, { step: progress.step, at: now });
    line({ status: words[progress.step], ...amount(progress), id: layer.slice(7, 19) });
  };
  try {
    const pulled = await services.images.pull(text, credential, {
      ...(platform ? { platform: parsePlatform(platform) } : {}),
      signal: departure(call),
      onProgress,
    });
    services.events.ofImage("pull", text, text);
    line({ status: `Digest: ${pulled.digest}` });
    const shown = `${familiar}${name.tag === undefined ? `@${name.digest}` : `:${name.tag}`}`;
    line({
      status: pulled.upToDate
        ? `Status: Image is up to date for ${shown}`
        : `Status: Downloaded newer image for ${shown}`,
    });
  } catch (error) {
    if (!response.headersSent) throw refusal(error);
    line({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
  }
  response.end();
}

/** Docker's answer where a registry wants another login: with 401, its command would ask for a password. */
function refusal(error: unknown): unknown {
  if (!(error instanceof HubError) || (error.kind !== "unauthenticated" && error.kind !== "denied"))
    return error;
  return new HubError("not-found", error.message, { cause: error });
}

function amount(progress: LayerProgress) {
  if (!("current" in progress)) return { progressDetail: {} };
  const { current, total } = progress;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)}MB`;
  const done = total > 0 ? Math.min(50, Math.floor((current / total) * 50)) : 0;
  const bar = `[${"=".repeat(done)}>${" ".repeat(50 - done)}]`;
  return {
    progressDetail: { current, total },
    progress: `${bar} ${megabytes(current)}/${megabytes(total)}`,
  };
}
