import { second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import { maximumSource } from "./readme-rendering.ts";

/*
 * READMEs of git repositories that everybody may read. They come from forges that are known here, at addresses made here: what
 * somebody gives as the source of a repository is never fetched itself.
 */

const patience = 10 * second;
const maximumRedirects = 2;
const fileNames = ["README.md", "readme.md", "Readme.md"] as const;

/** The host that gives files, and the path of a file of the repository there; without ref that of the default branch. */
type Forge = (repository: string, file: string, ref?: string) => string;

const forges: Readonly<Record<string, Forge>> = {
  "github.com": (repository, file, ref = "HEAD") =>
    `https://raw.githubusercontent.com/${repository}/${ref}/${file}`,
  "gitlab.com": (repository, file, ref = "HEAD") => `https://gitlab.com/${repository}/-/raw/${ref}/${file}`,
  "codeberg.org": (repository, file, ref = "HEAD") =>
    `https://codeberg.org/${repository}/raw/${ref === "HEAD" ? ref : `branch/${ref}`}/${file}`,
};

/** A path that a forge shows is the repository's, and may go on to a folder of a branch: where an image lies that is one of many. */
const folderPattern =
  /^(?<repository>.+?)(?:\/-)?\/(?:tree|src\/branch)\/(?<ref>[^/]+)(?<folder>(?:\/[^/]+)*)$/;

/** Where a README may be, the likeliest first. Pure. @returns none when the source is at no forge that is known here */
export function readmeAddresses(sourceUrl: string): string[] {
  const source = URL.parse(sourceUrl);
  const forge = source?.protocol === "https:" && source.port === "" ? forges[source.hostname] : undefined;
  if (!source || !forge) return [];
  const path = source.pathname.replace(/\/+$/, "").slice(1);
  const { repository = path, ref, folder = "" } = folderPattern.exec(path)?.groups ?? {};
  const name = repository.replace(/\.git$/, "");
  const parts = name.split("/");
  if (parts.length < 2 || parts.includes("") || (source.hostname !== "gitlab.com" && parts.length > 2))
    return [];
  return fileNames.map((file) => forge(name, `${folder.slice(1)}${folder && "/"}${file}`, ref));
}

/**
 * The README of a git repository, as it is now.
 *
 * @param sourceUrl what a repository's profile says
 * @returns Markdown
 * @throws HubError `invalid` when the source is at no forge that is known here; `not-found` when it has none that everybody may read;
 *   `too-large`; `unavailable` when the forge does not answer.
 */
export async function fetchReadme(sourceUrl: string, fetched: typeof fetch): Promise<string> {
  const addresses = readmeAddresses(sourceUrl);
  if (addresses.length === 0)
    throw new HubError(
      "invalid",
      `${sourceUrl} is not the address of a git repository at ${Object.keys(forges).join(", ")}; for other places let CI write the README over the API`,
      { detail: { field: "source_url" } },
    );
  const signal = AbortSignal.timeout(patience);
  for (const address of addresses) {
    const response = await follow(address, fetched, signal);
    if (response.ok) return readText(response, address);
    await response.body?.cancel();
    if (response.status !== 404 && response.status !== 410)
      throw unavailable(address, `it answered ${response.status}`);
  }
  throw new HubError(
    "not-found",
    `${sourceUrl} has no ${fileNames[0]} that everybody may read; of a private git repository let CI write the README over the API`,
  );
}

/** A repository that was renamed answers with where it is; that is followed as long as it is at the same host. */
async function follow(address: string, fetched: typeof fetch, signal: AbortSignal): Promise<Response> {
  const { origin } = new URL(address);
  let next = address;
  for (let step = 0; step <= maximumRedirects; step += 1) {
    const response = await fetched(next, {
      redirect: "manual",
      headers: { Accept: "text/plain, text/markdown", "User-Agent": "wherry-readmes" },
      signal,
    }).catch((cause: unknown) => {
      throw unavailable(address, "it does not answer", cause);
    });
    const location = response.headers.get("Location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const target = URL.parse(location, next);
    // Forges send who may not read a repository to where one signs in, or to another host.
    if (target?.origin !== origin || /\/(?:users\/sign_in|login)\b/.test(target.pathname))
      return new Response(null, { status: 404 });
    next = target.href;
  }
  throw unavailable(address, `it redirects more than ${maximumRedirects} times`);
}

async function readText(response: Response, address: string): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > maximumSource)
        throw new HubError(
          "too-large",
          `${address} has more than the ${maximumSource} bytes that a README has room for`,
        );
    }
    return text + decoder.decode();
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    if (cause instanceof TypeError)
      throw new HubError("invalid", `${address} is no text in UTF-8`, { cause });
    throw unavailable(address, "it broke off", cause);
  }
}

function unavailable(address: string, why: string, cause?: unknown): HubError {
  return new HubError("unavailable", `the README at ${address} cannot be fetched: ${why}; try again`, {
    cause,
  });
}
