import { writeFile, readFile, rm } from "node:fs/promises";
import { findProgram, succeed } from "./support/command.ts";

interface DebianPackage {
  name: string;
  /** The programs it is wanted for. Where all are there already, from whatever source, it is not installed. */
  programs: readonly string[];
  reason: string;
}

/** What the tests need of Debian beyond what a developer has. */
const packages: readonly DebianPackage[] = [
  {
    name: "docker.io",
    programs: ["dockerd", "docker"],
    reason: "the client most people push with, and its daemon",
  },
  { name: "containerd", programs: ["containerd"], reason: "keeps dockerd's containers" },
  { name: "runc", programs: ["runc"], reason: "runs containers for dockerd and podman" },
  { name: "iptables", programs: ["iptables"], reason: "dockerd asks for it when it starts" },
  { name: "nftables", programs: ["nft"], reason: "holds the rules of containers' networks" },
  { name: "iproute2", programs: ["ip"], reason: "makes the links of containers' networks" },
  { name: "podman", programs: ["podman"], reason: "the other client people pull with" },
  { name: "conmon", programs: ["conmon"], reason: "watches over containers, podman's and ours" },
  { name: "crun", programs: ["crun"], reason: "runs our containers, where runc does not" },
  { name: "socat", programs: ["socat"], reason: "writes to the standard input of containers" },
  { name: "skopeo", programs: ["skopeo"], reason: "copies images from one registry to another" },
  { name: "buildah", programs: ["buildah"], reason: "makes the images and indexes that are pushed" },
  { name: "debootstrap", programs: ["debootstrap"], reason: "makes a root filesystem of real size" },
  { name: "chromium", programs: ["chromium"], reason: "the browser that the pages are tested in" },
  {
    name: "docker-registry",
    programs: ["docker-registry"],
    reason: "the other registry that images are pulled from",
  },
  {
    name: "docker-compose",
    programs: ["docker-compose"],
    reason: "what projects of several containers are started with, and python3-docker under it",
  },
  { name: "busybox-static", programs: ["busybox"], reason: "makes the smallest image that runs" },
];

/** Where Debian's maintainer scripts ask whether a service may start. */
const servicePolicy = "/usr/sbin/policy-rc.d";

/**
 * Installs what is missing where that is ours to do: as root, on Debian or what descends from it. Elsewhere each test says
 * itself what it lacks (support/needs.ts). Nothing is removed, and no service is started.
 */
export async function installPackages(): Promise<void> {
  const missing = packages.filter(({ programs }) => programs.some((program) => !findProgram(program)));
  if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram("apt-get")) return;
  for (const { name, reason } of missing) console.log(`Installing the Debian package ${name}: ${reason}.`);
  const forbidden = await forbidServices();
  try {
    await apt("update");
    await apt("install", "--no-install-recommends", "--no-remove", ...missing.map(({ name }) => name));
  } finally {
    if (forbidden) await rm(servicePolicy, { force: true });
  }
}

/** Without this, installing docker.io leaves a dockerd running. A policy that stands already is the administrator's, and stays. */
async function forbidServices(): Promise<boolean> {
  if (await readFile(servicePolicy).catch(() => undefined)) return false;
  await writeFile(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return true;
}

async function apt(...args: string[]): Promise<void> {
  // Another apt may hold the lock on a machine that has just been started.
  await succeed("apt-get", ["-qq", "-y", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    deadline: 300_000,
  });
}
