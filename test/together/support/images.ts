import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { findProgram } from "../../support/command.ts";
import type { Login } from "../../support/oci-client.ts";
import type { Client, Machine } from "./machine.ts";

/** Logs a client in with an access token. */
export async function signIn(
  machine: Machine,
  client: Client,
  host: string,
  { user, token }: Login,
): Promise<string> {
  return machine.succeed(client, loginArguments(client, host, user), token);
}

/** What a client takes to log in; the access token goes to its standard input. */
export function loginArguments(client: Client, host: string, user: string): string[] {
  return ["login", ...insecure(client), `--username=${user}`, "--password-stdin", host];
}

/** An image with one program and one label, in the OCI layout. */
export async function makeImage(machine: Machine): Promise<string> {
  const files = path.join(machine.folder, "files");
  await mkdir(path.join(files, "bin"), { recursive: true });
  await copyFile(findProgram("busybox") ?? "busybox", path.join(files, "bin/busybox"));
  const container = await machine.succeed("buildah", ["from", "scratch"]);
  await machine.succeed("buildah", ["copy", container, files, "/"]);
  await machine.succeed("buildah", ["config", "--label", "purpose=built for alice", container]);
  const layout = path.join(machine.folder, "layout");
  await machine.succeed("buildah", ["commit", "--rm", container, `oci:${layout}:1`]);
  return layout;
}

function insecure(client: Client): string[] {
  return client === "docker" ? [] : ["--tls-verify=false"];
}

/** Pushes with the client's own words. @throws Error with what the client said. */
export async function push(machine: Machine, client: Client, layout: string, image: string): Promise<void> {
  const source = `oci:${layout}:1`;
  if (client === "skopeo") {
    await machine.succeed("skopeo", ["copy", "--dest-tls-verify=false", source, `docker://${image}`]);
  } else if (client === "docker") {
    const archive = path.join(machine.folder, "image.tar");
    await rm(archive, { force: true });
    await machine.succeed("skopeo", ["copy", source, `docker-archive:${archive}:${image}`]);
    await machine.succeed("docker", ["load", "--input", archive]);
    await machine.succeed("docker", ["push", image]);
  } else {
    await machine.succeed("skopeo", ["copy", source, `containers-storage:${image}`]);
    await machine.succeed(client, ["push", ...insecure(client), image]);
  }
}

/** What the client says when it is refused, without the marks that skopeo puts before quotes. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const said = await attempt.then(
    () => "Nothing was refused.",
    (error: unknown) => String(error),
  );
  return said.replaceAll(/\\+"/g, '"');
}

/** Pulls, and returns the configuration of the image. @throws Error with what the client said. */
export async function pull(machine: Machine, client: Client, image: string): Promise<string> {
  if (client === "skopeo") {
    return machine.succeed("skopeo", ["inspect", "--config", "--tls-verify=false", `docker://${image}`]);
  }
  await machine.forgetImages(client === "docker" ? "docker" : "podman");
  await machine.succeed(client, ["pull", ...insecure(client), image]);
  return machine.succeed(
    client,
    client === "buildah" ? ["inspect", "--type", "image", image] : ["inspect", image],
  );
}
