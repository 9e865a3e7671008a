import { anonymous, viewerOf, type Principal, type Viewer } from "../auth/index.ts";

/** Who looks at a list: whoever is signed in by nothing that may pull sees what everybody sees. */
export function viewerFor(actor: Principal): Viewer {
  const viewer = viewerOf(actor) ?? viewerOf(anonymous);
  if (!viewer) throw new Error("everybody may look at what is public");
  return viewer;
}
