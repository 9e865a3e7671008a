import { expect, test } from "vitest";
import { decideChunk, parseChunkRange, uploadedRange } from "../../../workers/registry/upload-range.ts";

test.each([
  ["0-0", { first: 0, last: 0 }],
  ["0-1023", { first: 0, last: 1023 }],
  [" 10-19 ", { first: 10, last: 19 }],
  ["bytes 10-19/*", { first: 10, last: 19 }],
  ["bytes=10-19", { first: 10, last: 19 }],
  ["10-19/100", { first: 10, last: 19 }],
  ["", undefined],
  ["10", undefined],
  ["10-", undefined],
  ["-10", undefined],
  ["19-10", undefined],
  ["0--1", undefined],
  ["1e3-2e3", undefined],
  ["0x10-0x20", undefined],
  ["0-99999999999999999999", undefined],
  ["99999999999999999999-0", undefined],
  ["0-1,2-3", undefined],
])("Content-Range %j is read as %j", (header, range) => {
  expect(parseChunkRange(header)).toEqual(range);
});

test.each([
  ["no range and no length", undefined, undefined, { allow: true, expected: undefined }],
  ["a length alone", undefined, 7, { allow: true, expected: 7 }],
  ["a range that goes on", { first: 5, last: 9 }, undefined, { allow: true, expected: 5 }],
  ["a range and its length", { first: 5, last: 9 }, 5, { allow: true, expected: 5 }],
  ["a gap before it", { first: 6, last: 9 }, undefined, { allow: false, reason: "out-of-order" }],
  [
    "a range that was there before",
    { first: 0, last: 4 },
    undefined,
    { allow: false, reason: "out-of-order" },
  ],
  ["a range and another length", { first: 5, last: 9 }, 6, { allow: false, reason: "length" }],
])("of an upload with 5 bytes, a chunk with %s is decided", (_title, range, length, decision) => {
  expect(decideChunk(5, range, length)).toMatchObject(decision);
});

test("what is there is said as an inclusive range", () => {
  expect([0, 1, 2, 1024].map(uploadedRange)).toEqual(["0-0", "0-0", "0-1", "0-1023"]);
});
