import type { Digest } from "#shared/digest";
import type { DiskShare, ImageStore } from "../images/index.ts";
import type { EventLog } from "./event-log.ts";

/** How often the disk is looked at, in milliseconds. */
const interval = 60_000;

/** What a watch looks after, and whom it tells. */
export interface GarbageWorld {
  images: ImageStore;
  events: EventLog;
  share: DiskShare;
  /** The images of all containers, running or not. */
  inUse: () => ReadonlySet<Digest>;
  /** Told, as a sentence, of what it has removed. */
  tell: (sentence: string) => void;
  signal: AbortSignal;
}

/** Looks now and every minute whether the disk is above its high mark, and removes images that nothing uses until it is at the low one. */
export function watchGarbage(world: GarbageWorld): void {
  let looking: Promise<void> = Promise.resolve();
  const look = () => {
    looking = looking
      .then(() => tidy(world))
      .catch((error: unknown) => world.tell(`images could not be cleared away: ${String(error)}`));
  };
  const timer = setInterval(look, interval).unref();
  world.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  look();
}

async function tidy({ images, events, share, inUse, tell, signal }: GarbageWorld): Promise<void> {
  if (signal.aborted) return;
  const { images: gone, freed } = await images.tidy(share, inUse());
  for (const id of gone) events.ofImage("delete", id, id);
  if (freed > 0)
    tell(
      `The disk was more than ${share.high} % full: ${gone.length} images that no container has and compressed layers of others were removed, ${Math.round(freed / 1024 ** 2)} MiB.`,
    );
}
