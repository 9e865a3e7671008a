/** What gets smaller; letters and pictures are compressed already. */
const compressible = /^(?:text\/|image\/svg\+xml)/;

/**
 * The same answer, compressed where the client takes that: the runtime does it, by the header. An embedded server has nobody in front of
 * it who would.
 */
export function compress(request: Request, answer: Response): Response {
  if (!answer.body || answer.headers.has("Content-Encoding")) return answer;
  if (!compressible.test(answer.headers.get("Content-Type") ?? "")) return answer;
  const headers = new Headers(answer.headers);
  headers.append("Vary", "Accept-Encoding");
  const encoding = encodingFor(request.headers.get("Accept-Encoding") ?? "");
  if (encoding === undefined) return new Response(answer.body, { status: answer.status, headers });
  headers.set("Content-Encoding", encoding);
  return new Response(answer.body, { status: answer.status, headers });
}

/** RFC 9110, section 12.5.3; what is refused by a weight of 0 is not taken. */
function encodingFor(accepted: string): "br" | "gzip" | undefined {
  const takes = (name: string) =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:,|$|;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$)))`, "i").test(accepted);
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : undefined;
}
