import { mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { readOptional, writeAtomically } from "../host/files.ts";
import { CommandError } from "./command-error.ts";
import type { Login } from "./keep-login.ts";
import { runOwn } from "./own-program.ts";

/**
 * Keeps a login where docker looks for it: in the credential helper that its configuration names for the host, or else in the file
 * itself, with everything else in it as it was.
 *
 * @returns where, for people.
 * @throws CommandError when the file is not JSON, or the helper refuses.
 */
export async function keepInDockerFile({ host, user, token }: Login): Promise<string> {
  const folder = process.env["DOCKER_CONFIG"] || path.join(homedir(), ".docker");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await target(path.join(folder, "config.json"));
  const config = readConfig(file, await readOptional(file));
  const helper = nameOf(objectIn(config, "credHelpers")[host]) ?? nameOf(config["credsStore"]);
  if (helper !== undefined) {
    await keepInHelper(helper, { host, user, token });
    return `docker-credential-${helper}`;
  }
  const auth = Buffer.from(`${user}:${token}`).toString("base64");
  const auths = { ...objectIn(config, "auths"), [host]: { auth } };
  await writeAtomically(file, `${JSON.stringify({ ...config, auths }, undefined, "\t")}\n`, 0o600);
  return file;
}

/** Where a link leads to: people keep such files elsewhere, and the link has to stay one. */
async function target(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

function readConfig(file: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined || text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer as for JSON that is something else.
  }
  throw new CommandError(`${file} is no JSON object, so the token cannot be kept there; put it right first.`);
}

function objectIn(config: Record<string, unknown>, field: string): Record<string, unknown> {
  const value = config[field];
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A helper is run by its name, which must not lead anywhere else. */
function nameOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.-]+$/.test(value) ? value : undefined;
}

async function keepInHelper(helper: string, { host, user, token }: Login): Promise<void> {
  const program = `docker-credential-${helper}`;
  const input = JSON.stringify({ ServerURL: host, Username: user, Secret: token });
  const outcome = await runOwn(program, ["store"], input);
  if (outcome?.code !== 0)
    throw new CommandError(
      `${program} did not take the token:\n${outcome?.said ?? "there is no such program, though docker's configuration names it"}`,
    );
}
