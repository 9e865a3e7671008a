/** A digest as people tell it from others: its beginning. The whole of it is there on hover. */
export function ShortDigest({ digest }: { digest: string }) {
  const [algorithm = "", hex = ""] = digest.split(":", 2);
  return (
    <code class="digest" title={digest}>
      {hex.length > 12 ? `${algorithm}:${hex.slice(0, 12)}` : digest}
    </code>
  );
}
