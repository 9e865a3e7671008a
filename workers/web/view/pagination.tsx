/** The link to the entries behind these, keeping the filters of the address. */
export function Older({
  url,
  name,
  last,
  label = "Older",
}: {
  url: URL;
  name: string;
  last: string | undefined;
  label?: string;
}) {
  const first = url.searchParams.has(name);
  if (last === undefined && !first) return null;
  return (
    <nav class="pages" aria-label="Pages">
      {first && <a href={withQuery(url, name, undefined)}>From the start</a>}
      {last !== undefined && (
        <a href={withQuery(url, name, last)} rel="next">
          {label}
        </a>
      )}
    </nav>
  );
}

function withQuery({ pathname, searchParams }: URL, name: string, value: string | undefined): string {
  const query = new URLSearchParams(searchParams);
  if (value === undefined) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  return text ? `${pathname}?${text}` : pathname;
}
