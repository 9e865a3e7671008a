import { expect, test } from "vitest";
import { nextPath } from "../../../workers/web/next-path.ts";

const ours = ["/", "/settings", "/organizations/acme?tab=teams", "/r/acme/web/-/access", "/a#b"];

const others = [
  undefined,
  "",
  "settings",
  "https://evil.example/",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " /settings",
  "/.//evil.example",
  "/..//evil.example",
  "/a/..//evil.example",
  "/%2e//evil.example",
  "javascript:alert(1)",
  "/\u0000/evil.example",
  "http:/evil.example",
  "?next=//evil.example",
];

test("a path of this hub is where one goes on to", () => {
  for (const path of ours) expect(nextPath(path)).toBe(path);
  expect(nextPath("/sign-in/../settings")).toBe("/settings");
});

test("everything else leads to the start page", () => {
  for (const wanted of others) expect(nextPath(wanted), JSON.stringify(wanted)).toBe("/");
});

test("whatever is made of slashes, dots, backslashes and white space, it stays on this hub", () => {
  const pieces = [
    "/",
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%2f",
    "%5c",
    "\t",
    "\n",
    "\r",
    " ",
    "@",
    ":",
    "evil.example",
    "?",
    "#",
    "https:",
    "\u0000",
    "／",
    "。",
  ];
  let state = 7;
  const below = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
  for (let round = 0; round < 10_000; round++) {
    const wanted = Array.from({ length: 1 + below(8) }, () => pieces[below(pieces.length)] ?? "").join("");
    const led = nextPath(wanted);
    // As a browser reads the Location of an answer.
    const reached = new URL(led, "https://hub.example/sign-in");
    expect(reached.origin, JSON.stringify(wanted)).toBe("https://hub.example");
    expect(nextPath(led), JSON.stringify(wanted)).toBe(led);
  }
});
