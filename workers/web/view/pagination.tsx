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

/** Links through a long list that is there as a whole, by how many entries come before. @param what one of them is called */
export function From({
  url,
  from,
  shown,
  total,
  what,
}: {
  url: URL;
  from: number;
  shown: number;
  total: number;
  what: string;
}) {
  if (from === 0 && shown >= total) return null;
  const end = from + shown;
  return (
    <nav class="pages" aria-label={`Pages of ${what}s`}>
      {from > 0 && <a href={withQuery(url, "from", undefined)}>From the start</a>}
      {end < total && (
        <a href={withQuery(url, "from", String(end))} rel="next">
          {`${(total - end).toLocaleString("en")} more ${total - end === 1 ? what : `${what}s`}`}
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
