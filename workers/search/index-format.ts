/**
 * What the index is made by: another number makes the hub rebuild it. Count it up with every change of what `entryOf` gives for the same
 * repository.
 */
export const indexFormat = 2;
