import { describe, expect, test } from "vitest";
import { familiarRepository, parseImageName } from "../../../node-agent/images/image-name.ts";
import { choosePlatform, parsePlatform } from "../../../node-agent/images/platform.ts";
import { parseChallenge } from "../../../node-agent/images/registry/challenge.ts";
import { credentialFromFile, credentialFromHeader } from "../../../node-agent/images/registry/credential.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("a name of an image", () => {
  test.each([
    ["debian", "docker.io", "library/debian", "latest"],
    ["debian:12", "docker.io", "library/debian", "12"],
    ["docker.io/debian", "docker.io", "library/debian", "latest"],
    ["index.docker.io/library/debian", "docker.io", "library/debian", "latest"],
    ["team/app", "docker.io", "team/app", "latest"],
    ["localhost/app", "localhost", "app", "latest"],
    ["127.0.0.1:5000/a/b/c:v1", "127.0.0.1:5000", "a/b/c", "v1"],
    ["[::1]:5000/app", "[::1]:5000", "app", "latest"],
    [`example.org/app@${digest}`, "example.org", "app", undefined],
  ])("%s is read in full", (text, host, repository, tag) => {
    expect(parseImageName(text)).toMatchObject({ host, repository, tag });
  });

  test.each([
    "",
    "UPPER",
    "a//b",
    "a:b:c",
    "a@sha256:12",
    "-a",
    "a/../b",
    "host:99999999/x",
    "a b",
    "x".repeat(300),
  ])("%j is none", (text) => {
    expect(() => parseImageName(text)).toThrow("invalid reference format");
  });

  test("is written as Docker writes it", () => {
    expect(familiarRepository({ host: "docker.io", repository: "library/debian" })).toBe("debian");
    expect(familiarRepository({ host: "docker.io", repository: "team/app" })).toBe("team/app");
    expect(familiarRepository({ host: "example.org", repository: "library/x" })).toBe(
      "example.org/library/x",
    );
  });
});

describe("of an index", () => {
  const entry = (os: string, architecture: string, variant?: string) => ({
    platform: { os, architecture, variant },
  });

  test.each([
    ["linux/arm64", [entry("linux", "arm64", "v8")], 0],
    ["linux/arm/v7", [entry("linux", "arm", "v6"), entry("linux", "arm", "v7")], 1],
    ["linux/arm/v7", [entry("linux", "arm", "v5"), entry("linux", "arm", "v6")], 1],
    ["amd64", [entry("linux", "amd64", "v3"), entry("linux", "amd64")], 1],
    ["x86_64", [entry("windows", "amd64"), entry("linux", "amd64")], 1],
  ])("%s takes what runs there", (wanted, candidates, expected) => {
    expect(choosePlatform(candidates, parsePlatform(wanted))).toBe(candidates[expected]);
  });

  test("nothing is taken that does not run there", () => {
    expect(() => choosePlatform([entry("linux", "arm", "v7")], parsePlatform("linux/arm/v6"))).toThrow(
      "there are: linux/arm/v7",
    );
    expect(() => parsePlatform("a/b/c/d")).toThrow("is no platform");
  });
});

describe("a credential", () => {
  const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  test("comes in Docker's header, in either base64, or not at all", () => {
    const known = { kind: "password", user: "alice", password: "ü?>~" };
    const sent = { username: "alice", password: "ü?>~" };
    expect(credentialFromHeader(header(sent))).toEqual(known);
    expect(credentialFromHeader(Buffer.from(JSON.stringify(sent)).toString("base64"))).toEqual(known);
    expect(credentialFromHeader("e30=")).toEqual({ kind: "anonymous" });
    expect(credentialFromHeader(undefined)).toEqual({ kind: "anonymous" });
    expect(credentialFromHeader(header({ identitytoken: "x" }))).toEqual({ kind: "identity", token: "x" });
    expect(() => credentialFromHeader("%%%")).toThrow("no JSON in base64url");
  });

  test("comes from the file of docker login, for its own host alone", () => {
    const auth = Buffer.from("alice:pass:word").toString("base64");
    const file = JSON.stringify({
      auths: { "https://index.docker.io/v1/": { auth }, "example.org:5000": { auth } },
    });
    const alice = { kind: "password", user: "alice", password: "pass:word" };
    expect(credentialFromFile(file, "docker.io")).toEqual(alice);
    expect(credentialFromFile(file, "example.org:5000")).toEqual(alice);
    expect(credentialFromFile(file, "example.org")).toEqual({ kind: "anonymous" });
  });
});

test("a challenge is read with commas and quotes in its values", () => {
  expect(
    parseChallenge('Bearer realm="https://a/token",service="a,b",scope="repository:x:pull,push"'),
  ).toEqual({
    scheme: "bearer",
    parameters: { realm: "https://a/token", service: "a,b", scope: "repository:x:pull,push" },
  });
  expect(parseChallenge("Basic realm=x")?.scheme).toBe("basic");
  expect(parseChallenge("Negotiate")).toBeUndefined();
});
