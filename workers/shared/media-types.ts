/** Media types of manifests that the registry takes; everything else is the client's own business. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  octetStream: "application/octet-stream",
} as const;

export type ManifestKind = "image" | "index";

const kinds: Record<string, ManifestKind> = {
  [mediaTypes.ociManifest]: "image",
  [mediaTypes.dockerManifest]: "image",
  [mediaTypes.ociIndex]: "index",
  [mediaTypes.dockerManifestList]: "index",
};

export const manifestMediaTypes = Object.keys(kinds);

/** Whether a media type is that of an image manifest or of an index; undefined for any other. */
export function manifestKind(mediaType: string): ManifestKind | undefined {
  return Object.hasOwn(kinds, mediaType) ? kinds[mediaType] : undefined;
}
