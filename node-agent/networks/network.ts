/** A network of containers on this host. The predefined three are named bridge, host and none. */
export interface Network {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  driver: "bridge" | "host" | "null";
  /** Reaches only itself. */
  internal: boolean;
  /** Such as 10.200.0.0/16; "" where there is no bridge. */
  subnet: string;
  /** The host's address on it. */
  gateway: string;
  /** The part of the subnet that addresses are given from. */
  range?: string;
  /** Whether the subnet was asked for: only then are addresses given that somebody asks for. */
  ownSubnet: boolean;
  /** Kept from containers, by what each is for. */
  reserved: Readonly<Record<string, string>>;
  subnet6?: string;
  gateway6?: string;
  /** The name of its bridge's link. */
  bridge: string;
  attachable: boolean;
  labels: Readonly<Record<string, string>>;
  options: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** How a container wants to be on a network. */
export interface EndpointWish {
  aliases?: readonly string[] | undefined;
  address?: string | undefined;
  address6?: string | undefined;
  mac?: string | undefined;
}

/** Where a container is on a network. */
export interface Endpoint {
  /** 64 hexadecimal digits. */
  id: string;
  /** The network's id. */
  network: string;
  /** Its name inside the container, such as eth0. */
  interface: string;
  /** The name of the host's end. */
  link: string;
  address: string;
  prefix: number;
  /** "" where the network is internal. */
  gateway: string;
  address6?: string;
  prefix6?: number;
  gateway6?: string;
  mac: string;
  aliases: readonly string[];
  wish: EndpointWish;
}

export type Protocol = "tcp" | "udp";

/** A port of the host that leads to a container's. */
export interface PublishedPort {
  protocol: Protocol;
  containerPort: number;
  /** 0.0.0.0 and :: are all of the host's, of their family. */
  hostAddress: string;
  hostPort: number;
}

/** The network of one container that runs, or is about to. */
export interface Sandbox {
  /** The container's id. */
  container: string;
  /** The container's name. */
  name: string;
  hostname: string;
  /** The file that holds its network namespace. */
  namespace: string;
  endpoints: readonly Endpoint[];
  ports: readonly PublishedPort[];
  /** Name servers of its own. */
  dns: readonly string[];
}

/** What has happened to a network, in the words of Docker's events. */
export interface NetworkEvent {
  action: "create" | "connect" | "disconnect" | "destroy";
  network: Network;
  /** The container that came or went. */
  container?: string;
}

/** Whether names of containers are known on it. */
export const isNamed = ({ name, driver }: Network) => driver === "bridge" && name !== "bridge";
