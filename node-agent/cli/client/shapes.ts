// What the API answers, as far as it is read here. Names are the API's.

export interface PortMapping {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  Created: number;
  Ports: PortMapping[] | null;
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string> | null;
  State: string;
  Status: string;
  Mounts?: { Name?: string; Source: string; Driver?: string; Type: string }[];
  NetworkSettings?: { Networks: Record<string, object> | null };
}

export interface ContainerDetails {
  Id: string;
  Name: string;
  Image: string;
  State: { Running: boolean; Paused: boolean; Restarting: boolean; ExitCode: number; Status: string };
  Config: { Tty: boolean; OpenStdin: boolean; AttachStdin: boolean };
  NetworkSettings: { Ports?: Record<string, { HostIp: string; HostPort: string }[] | null> };
}

export interface ImageSummary {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Created: number;
  Size: number;
  SharedSize: number;
  Containers: number;
}

export interface NetworkSummary {
  Id: string;
  Name: string;
  Driver: string;
  Scope: string;
  EnableIPv6: boolean;
  Internal: boolean;
  Labels: Record<string, string> | null;
  Created: string;
}

export interface VolumeSummary {
  Name: string;
  Driver: string;
  Scope: string;
  Mountpoint: string;
  Labels: Record<string, string> | null;
  UsageData?: { Size: number; RefCount: number };
}
