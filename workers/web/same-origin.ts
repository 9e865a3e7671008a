import { HubError } from "../shared/errors.ts";

/**
 * Refuses a form that a page of somebody else sends with the visitor's cookies. Browsers say where a request comes from in
 * `Sec-Fetch-Site` (Fetch Metadata), and in `Origin` also where the hub is reached by plain HTTP; a page can forge neither. What says
 * nothing is no form of ours.
 *
 * @param origin where this request reached the hub. @throws HubError `denied`.
 */
export function requireSameOrigin(request: Request, origin: string): void {
  const site = request.headers.get("Sec-Fetch-Site");
  const from = request.headers.get("Origin");
  const ours = site === null ? from === origin : site === "same-origin";
  if (ours) return;
  throw new HubError(
    "denied",
    `this form was not sent by a page of this hub, but by ${describeSender(site, from)}; open the page at ${origin} and send it from there`,
  );
}

function describeSender(site: string | null, from: string | null): string {
  if (from !== null && from !== "null") return `one of ${from.slice(0, 100)}`;
  return site === null ? "something that does not say where it comes from" : "another site";
}
