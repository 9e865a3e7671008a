import { HubError } from "#shared/errors";
import { type Call, type Route, sendJson } from "./call.ts";
import { imageLine } from "./images.ts";
import type { Services } from "./services.ts";
import { containerLine } from "./shapes/containers.ts";
import { volumeShape } from "./volumes.ts";

export const diskUseRoutes: readonly Route[] = [{ method: "GET", path: "/system/df", handle: diskUse }];

const kinds = ["image", "container", "volume", "build-cache"] as const;

/** What `docker system df` shows. What is not asked for is left away, as clients of 1.42 and later expect. */
async function diskUse({ services, query, response, version }: Call): Promise<void> {
  const asked = query.getAll("type");
  const unknown = asked.find((type) => !(kinds as readonly string[]).includes(type));
  if (unknown !== undefined) throw new HubError("invalid", `unknown object type: ${unknown.slice(0, 50)}`);
  const wanted = (kind: (typeof kinds)[number]) => asked.length === 0 || asked.includes(kind);
  const { images, containers, networks } = services;
  const placeOf = (volume: string) => containers.volumes.placeOf(volume);
  const records = containers.list();
  const shared = images.sharedSizes();
  const names = new Map(images.list().map(({ id, tags }) => [id as string, tags[0]]));
  sendJson(response, {
    ...(wanted("image")
      ? {
          LayersSize: images.layersSize,
          Images: images.list().map((image) => ({
            ...imageLine(image, version),
            SharedSize: shared.get(image.id) ?? 0,
            Containers: records.filter((record) => record.image === image.id).length,
          })),
        }
      : {}),
    ...(wanted("container")
      ? {
          Containers: records.map((record) =>
            containerLine(record, names.get(record.image) ?? record.image, Date.now(), networks, placeOf),
          ),
        }
      : {}),
    ...(wanted("volume") ? { Volumes: await volumesOf(services) } : {}),
    ...(wanted("build-cache") ? { BuildCache: [] } : {}),
    ...(version < 42 ? { BuilderSize: 0 } : {}),
  });
}

function volumesOf({ containers }: Services): Promise<object[]> {
  return Promise.all(
    containers.volumes.list().map(async (volume) => ({
      ...volumeShape(volume),
      UsageData: {
        Size: await containers.volumes.size(volume.name),
        RefCount: containers.usersOf(volume.name).length,
      },
    })),
  );
}
