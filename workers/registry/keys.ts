/**
 * Keys of stored objects. None says what is inside, and none is ever used again: rows in D1 say which digest is where.
 *
 *     u/<uuid>   a blob, as it was uploaded
 *     m/<uuid>   a manifest
 */
export function uploadKey(id: string): string {
  return `u/${id}`;
}

export function manifestKey(): string {
  return `m/${crypto.randomUUID()}`;
}
