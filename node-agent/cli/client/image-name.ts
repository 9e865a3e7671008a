import { CommandError } from "../command-error.ts";

/** An image's name in its parts. */
export interface ImageName {
  /** With the registry's host, as it was typed. */
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
}

/** @throws CommandError for what no image can be called. */
export function parseImage(text: string): ImageName {
  const [name = "", digest] = text.split("@", 2);
  const at = name.lastIndexOf(":");
  const tagged = at > name.lastIndexOf("/");
  const repository = tagged ? name.slice(0, at) : name;
  if (
    !/^(?:[\w.:[\]-]+\/)?[\w./-]+$/.test(repository) ||
    (tagged && !/^[\w][\w.-]{0,127}$/.test(name.slice(at + 1)))
  )
    throw new CommandError(
      `invalid reference format: "${text}" is no name of an image, such as alpine or hub.example.com/team/web:1`,
    );
  return { repository, tag: tagged ? name.slice(at + 1) : undefined, digest };
}

/** The whole name, with the registry that is meant when none is typed. */
export function canonical({ repository, tag, digest }: ImageName): string {
  const [first = ""] = repository.split("/");
  const hosted = repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const whole = hosted ? repository : `docker.io/${repository.includes("/") ? "" : "library/"}${repository}`;
  return `${whole}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
}
