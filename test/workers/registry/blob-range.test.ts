import { expect, test } from "vitest";
import { parseRange } from "../../../workers/registry/blob-range.ts";

const all = undefined;
const none = "unsatisfiable";

test.each([
  [undefined, 2000, all],
  ["bytes=500-1499", 2000, { offset: 500, length: 1000 }],
  ["bytes=500-", 2000, { offset: 500, length: 1500 }],
  ["bytes=-500", 2000, { offset: 1500, length: 500 }],
  ["bytes=-5000", 2000, { offset: 0, length: 2000 }],
  ["bytes=0-0", 2000, { offset: 0, length: 1 }],
  ["bytes=1999-1999", 2000, { offset: 1999, length: 1 }],
  ["bytes=2000-5000", 4000, { offset: 2000, length: 2000 }],
  ["bytes=0-99999999999999999999999", 2000, { offset: 0, length: 2000 }],
  ["Bytes = 1 - 2", 2000, { offset: 1, length: 2 }],
  ["bytes=500-0", 2000, none],
  ["bytes=2000-", 2000, none],
  ["bytes=2000-2000", 2000, none],
  ["bytes=5000-10000", 2000, none],
  ["bytes=-0", 2000, none],
  ["bytes=0-", 0, none],
  ["bytes=-5", 0, none],
  ["bytes=0-1,3-4", 2000, all],
  ["bytes=-", 2000, all],
  ["bytes=a-b", 2000, all],
  ["bytes=1.5-2", 2000, all],
  ["items=0-1", 2000, all],
  ["", 2000, all],
])("Range %j of %d bytes is %j", (header, size, range) => {
  expect(parseRange(header, size)).toEqual(range);
});
