import type { Image } from "../images/index.ts";

/** What of an image's configuration is shown beyond what the store reads. */
export interface ImageDocument {
  config?: { Labels?: Record<string, string> | null };
  author?: string;
  container?: string;
  docker_version?: string;
  history?: { comment?: string }[] | null;
}

export function documentOf(image: Image): ImageDocument {
  return JSON.parse(Buffer.from(image.config).toString()) as ImageDocument;
}

export function labelsOf(image: Image): Readonly<Record<string, string>> {
  return documentOf(image).config?.Labels ?? {};
}

/** When it was made, in seconds since 1970; 0 when it does not say. */
export function createdSeconds({ created }: Pick<Image, "created">): number {
  const milliseconds = Date.parse(created ?? "");
  return Number.isNaN(milliseconds) ? 0 : Math.max(0, Math.floor(milliseconds / 1000));
}
