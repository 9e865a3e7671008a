import type { ServerResponse } from "node:http";

/** The API that is spoken here, and the oldest one: the numbers behind `1.`. */
export const newestVersion = 51;
export const oldestVersion = 24;

/** What every answer has, also one that refuses: clients find out from it what they may ask. */
export function setVersionHeaders(response: ServerResponse): void {
  response.setHeader("Api-Version", `1.${newestVersion}`);
  response.setHeader("Docker-Experimental", "false");
  response.setHeader("Ostype", "linux");
  response.setHeader("Server", "Docker/28.0.0 (linux) Wherry");
}
