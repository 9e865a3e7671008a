import { CommandError } from "../command-error.ts";
import { dockerConfigFile } from "../client/credentials.ts";
import { verb } from "../line/verb.ts";
import { runOwn } from "../own-program.ts";
import { readOptional, writeAtomically } from "../../host/files.ts";
import { say } from "../show/print.ts";

export const logout = verb({
  usage: "[HOST]",
  flags: {},
  takes: [0, 1],
  examples: [["wherry logout hub.example.com", "forgets the login; `wherry login` makes another"]],
  async run({ args: [host = "127.0.0.1:5000"] }) {
    const file = dockerConfigFile();
    const text = (await readOptional(file)) ?? "{}";
    let config: {
      auths?: Record<string, unknown>;
      credHelpers?: Record<string, string>;
      credsStore?: string;
    };
    try {
      config = JSON.parse(text.trim() || "{}") as typeof config;
    } catch (cause) {
      throw new CommandError(`${file} is no JSON; put it right first.`, 1, { cause });
    }
    const helper = config.credHelpers?.[host] ?? config.credsStore;
    if (helper !== undefined && /^[\w.-]+$/.test(helper))
      await runOwn(`docker-credential-${helper}`, ["erase"], host);
    if (config.auths?.[host] === undefined && helper === undefined) {
      say(`Not logged in to ${host}`);
      return;
    }
    delete config.auths?.[host];
    await writeAtomically(file, `${JSON.stringify(config, undefined, "\t")}\n`, 0o600);
    say(`Removing login credentials for ${host}`);
  },
});
