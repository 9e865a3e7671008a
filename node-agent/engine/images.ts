import type { Image } from "../images/index.ts";
import { type Call, flag, parameter, type Route, sendEmpty, sendJson } from "./call.ts";
import { readFilters } from "./filters.ts";
import { createdSeconds, documentOf, labelsOf } from "./image-document.ts";
import { imageFilterNames, imageTest, namesShown } from "./image-filters.ts";
import { pullImage } from "./pull.ts";
import { pushImage } from "./push.ts";
import { imageConfig } from "./shapes/images.ts";
import { rfc3339 } from "./times.ts";

export const imageRoutes: readonly Route[] = [
  { method: "POST", path: "/images/create", handle: pullImage },
  { method: "POST", path: "/images/*name/push", handle: pushImage },
  { method: "GET", path: "/images/json", handle: list },
  { method: "GET", path: "/images/*name/json", handle: inspect },
  { method: "GET", path: "/images/*name/history", handle: history },
  { method: "POST", path: "/images/*name/tag", handle: tag },
];

function list({ services, query, response, version }: Call): void {
  const filters = readFilters(query, imageFilterNames);
  const wanted = imageTest(filters, services.images);
  const shared = flag(query, "shared-size") ? services.images.sharedSizes() : undefined;
  const lines = services.images
    .list()
    .filter(wanted)
    .map((image) => ({
      ...imageLine({ ...image, ...namesShown(filters, image) }, version),
      SharedSize: shared === undefined ? -1 : (shared.get(image.id) ?? 0),
      Containers: -1,
    }));
  sendJson(response, lines);
}

/** An image in a list. */
export function imageLine(image: Image, version: number) {
  const { id, tags, digests, size } = image;
  // Old clients show nothing at all for an empty list.
  const nameless = tags.length === 0 && digests.length === 0 && version < 43;
  return {
    Id: id,
    ParentId: "",
    RepoTags: nameless ? ["<none>:<none>"] : tags,
    RepoDigests: nameless ? ["<none>@<none>"] : digests,
    Created: createdSeconds(image),
    Size: size,
    ...(version < 44 ? { VirtualSize: size } : {}),
    Labels: documentOf(image).config?.Labels ?? null,
  };
}

function inspect(call: Call): void {
  const { images } = call.services;
  const image = images.inspect(parameter(call, "name"));
  const document = documentOf(image);
  const { id, tags, digests, created, architecture, variant, os, size, diffIds, taggedAt } = image;
  const [top, ...lower] = images.layerFolders(id).toReversed();
  sendJson(call.response, {
    Id: id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: "",
    Comment: document.history?.at(-1)?.comment ?? "",
    Created: created ?? rfc3339(0),
    // Gone from newer versions of the API; docker-compose 1.29 asks for the newest and reads them all the same.
    Container: document.container ?? "",
    ContainerConfig: imageConfig({}),
    DockerVersion: document.docker_version ?? "",
    Author: document.author ?? "",
    Config: imageConfig(document.config ?? {}),
    Architecture: architecture,
    ...(variant === undefined ? {} : { Variant: variant }),
    Os: os,
    Size: size,
    ...(call.version < 44 ? { VirtualSize: size } : {}),
    GraphDriver: {
      Name: "overlay2",
      Data: {
        ...(lower.length === 0 ? {} : { LowerDir: lower.join(":") }),
        ...(top === undefined ? {} : { UpperDir: top }),
      },
    },
    RootFS: { Type: "layers", ...(diffIds.length === 0 ? {} : { Layers: diffIds }) },
    Metadata: { LastTagTime: rfc3339(taggedAt) },
  });
}

function history(call: Call): void {
  const { images } = call.services;
  const { id, tags } = images.inspect(parameter(call, "name"));
  const steps = images.history(parameter(call, "name")).map((step, position) => ({
    Id: position === 0 ? id : "<missing>",
    Created: createdSeconds(step),
    CreatedBy: step.createdBy,
    Tags: position === 0 && tags.length > 0 ? tags : null,
    Size: step.size,
    Comment: step.comment,
  }));
  sendJson(call.response, steps);
}

function tag(call: Call): void {
  const { services, query, response } = call;
  const name = `${query.get("repo") ?? ""}:${query.get("tag") || "latest"}`;
  services.images.tag(parameter(call, "name"), name);
  const image = services.images.inspect(name);
  services.events.ofImage("tag", image.id, name, labelsOf(image));
  sendEmpty(response, 201);
}
