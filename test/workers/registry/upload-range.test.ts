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
  { title: "no range and no length", offset: 5, allow: true, expected: undefined },
  { title: "a length alone", offset: 5, length: 7, allow: true, expected: 7 },
  { title: "a range that goes on", offset: 5, range: { first: 5, last: 9 }, allow: true, expected: 5 },
  {
    title: "a range and its length",
    offset: 5,
    range: { first: 5, last: 9 },
    length: 5,
    allow: true,
    expected: 5,
  },
  { title: "a gap", offset: 5, range: { first: 6, last: 9 }, allow: false, reason: "out-of-order" },
  { title: "a repetition", offset: 5, range: { first: 0, last: 4 }, allow: false, reason: "out-of-order" },
  {
    title: "another length",
    offset: 5,
    range: { first: 5, last: 9 },
    length: 6,
    allow: false,
    reason: "length",
  },
])("a chunk with $title is allowed: $allow", ({ offset, range, length, ...decision }) => {
  expect(decideChunk(offset, range, length)).toMatchObject(decision);
});

test("what is there is said as an inclusive range", () => {
  expect([0, 1, 2, 1024].map(uploadedRange)).toEqual(["0-0", "0-0", "0-1", "0-1023"]);
});
