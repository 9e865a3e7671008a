/**
 * How much of something a test does: `usual`, so that the whole run stays under half an hour on two cores, or `thorough` with
 * WHERRY_TEST_THOROUGH=1, which is for a night. What the test states is the same.
 */
export function amount(usual: number, thorough: number): number {
  return process.env["WHERRY_TEST_THOROUGH"] === "1" ? thorough : usual;
}
