/** The bytes that base64 stands for, of either alphabet; undefined when it is none. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  let characters: string;
  try {
    characters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
