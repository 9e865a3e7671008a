import { describe, expect, it } from "vitest";
import { ScryptHasher } from "../../../workers/accounts/password-hash.ts";
import { checkNewPassword } from "../../../workers/accounts/passwords.ts";
import { readPeppers } from "../../../workers/accounts/peppers.ts";
import { AccountsWorld, refusal } from "./world.ts";

const derive = async (text: string) => `derived from the secret for ${text}`;
const hasher = (setting?: string) => new ScryptHasher(readPeppers(setting), derive);
const password = "correct horse battery";
const one = `1:${"a".repeat(32)}`;
const two = `2:${"b".repeat(32)}`;

describe("a password's hash", () => {
  it("is scrypt with its parameters beside it, and never the same twice", async () => {
    const hash = await hasher().hash(password);
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5,pepper=0\$[\w-]{22}\$[\w-]{43}$/);
    expect(await hasher().hash(password)).not.toBe(hash);
    expect(await hasher().verify(password, hash)).toBe(true);
    expect(await hasher().verify(`${password} `, hash)).toBe(false);
    expect(await hasher().verify("", hash)).toBe(false);
  });

  it("is of the letters, however another keyboard writes them", async () => {
    expect(await hasher().verify("Scho\u0308n und gut", await hasher().hash("Schön und gut"))).toBe(true);
  });

  it("is worth nothing without the pepper, and lives on when there is a newer one", async () => {
    const hash = await hasher(one).hash(password);
    expect(await hasher(`1:${"x".repeat(32)}`).verify(password, hash)).toBe(false);
    const both = hasher(`${two},${one}`);
    expect(await both.verify(password, hash)).toBe(true);
    expect(both.isOutdated(hash)).toBe(true);
    expect(both.isOutdated(await both.hash(password))).toBe(false);
    await expect(hasher(two).verify(password, hash)).rejects.toThrow(/pepper 1/);
  });

  it("with other parameters is verified by those, and outdated", async () => {
    const older = "$scrypt$ln=10,r=8,p=1,pepper=0$";
    expect(hasher().isOutdated(`${older}AAAAAAAAAAAAAAAAAAAAAA$AAAA`)).toBe(true);
    await expect(hasher().verify(password, "plain text")).rejects.toThrow(/cannot be read/);
  });
});

describe("PASSWORD_PEPPER", () => {
  it.each([["text"], ["1:short"], [`0:${"a".repeat(32)}`], [`${one},${one}`]])("is not %j", (setting) => {
    expect(() => readPeppers(setting)).toThrow(/PASSWORD_PEPPER/);
  });
});

describe("a leaked password", () => {
  // What the service answers to the first five characters, with padding.
  const range = (suffix: string) =>
    `003D68EB55068C33ACE09247EE4C639306B:3\r\n${suffix}:1234\r\n0000000000000000000000000000000000A:0`;
  const world = (answer: () => Promise<Response>) => {
    const asked: string[] = [];
    const made = new AccountsWorld({
      variables: { BREACHED_PASSWORDS: "on" },
      fetch: async (input) => {
        asked.push(new Request(input).url);
        return answer();
      },
    });
    return { asked, check: async (text: string) => checkNewPassword(made.context, text, []) };
  };
  // SHA-1 of "password1234": E6B6A FBD6D76BB5D2041542D7D2E3FAC5BB05593.
  const suffix = "FBD6D76BB5D2041542D7D2E3FAC5BB05593";

  it("is refused; the service gets five characters of its SHA-1", async () => {
    const { asked, check } = world(async () => new Response(range(suffix)));
    expect((await refusal(check("password1234"))).message).toContain("leaked");
    expect(asked).toEqual(["https://api.pwnedpasswords.com/range/E6B6A"]);
    await check("correct horse battery");
  });

  it.each<[string, () => Promise<Response>]>([
    ["answers nothing", async () => Promise.reject(new Error("connection refused"))],
    ["fails", async () => new Response("", { status: 503 })],
    ["pads", async () => new Response(`${suffix}:0`)],
  ])("counts as good when the service %s", async (_, answer) => {
    await world(answer).check("password1234");
  });

  it("is not asked about where nobody said so", async () => {
    await checkNewPassword(new AccountsWorld().context, "password1234", []);
  });
});
