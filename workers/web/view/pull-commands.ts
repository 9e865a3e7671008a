/** An image to pull: where the hub is, and what of which repository. */
export interface Pullable {
  /** Of the hub, such as https://hub.example. */
  origin: string;
  repository: string;
  /** Undefined: by digest alone. */
  tag: string | undefined;
  digest: string | undefined;
}

export interface PullCommand {
  client: string;
  text: string;
}

/** What is typed to pull an image, by client; and what a Dockerfile says that builds on it. */
export function pullCommands(image: Pullable): PullCommand[] {
  const { protocol, host } = new URL(image.origin);
  const name = `${host}/${image.repository}`;
  const pinned = image.digest === undefined ? undefined : `${name}@${image.digest}`;
  const wanted = image.tag === undefined ? (pinned ?? name) : `${name}:${image.tag}`;
  // docker takes loopback without TLS by itself; the others have to be told.
  const plain = protocol === "http:";
  return [
    { client: "docker", text: `docker pull ${wanted}` },
    { client: "podman", text: `podman pull ${plain ? "--tls-verify=false " : ""}${wanted}` },
    { client: "nerdctl", text: `nerdctl ${plain ? "--insecure-registry " : ""}pull ${wanted}` },
    { client: "wherry", text: `wherry pull ${wanted}` },
    { client: "Dockerfile", text: `FROM ${wanted}` },
    ...(pinned !== undefined && image.tag !== undefined
      ? [{ client: "by digest", text: `docker pull ${pinned}` }]
      : []),
  ];
}
