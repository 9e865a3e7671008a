import type { Containers } from "../containers/index.ts";
import type { ImageStore } from "../images/index.ts";
import type { Networks } from "../networks/index.ts";
import type { EventLog } from "./event-log.ts";

/** What the handlers of requests work with. */
export interface Services {
  images: ImageStore;
  containers: Containers;
  networks: Networks;
  events: EventLog;
  /** Where everything is kept, for `info`. */
  data: string;
  /** Stays the same for a data directory. */
  id: string;
  /** Aborts when the agent ends. */
  stop: AbortSignal;
  /** Told, as a sentence, of what goes wrong where no client waits for it. */
  complain: (sentence: string) => void;
}
