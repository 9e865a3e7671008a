import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** What a watch might have missed is found this late, in milliseconds. */
const lookInterval = 2000;

/** Exit codes as the monitors leave them: one file a container, written aside and renamed. */
export class ExitFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(id: string): Promise<{ exitCode: number; at: number } | undefined> {
    const file = path.join(this.#folder, id);
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
      return /^-?\d+$/.test(text.trim()) ? { exitCode: Number(text), at: Math.round(mtimeMs) } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Calls back once for each that ends, and for those that have ended by now. */
  watch(listener: (id: string) => void, signal: AbortSignal): void {
    const told = new Set<string>();
    const look = async () => {
      const names = await readdir(this.#folder).catch((): string[] => []);
      for (const name of told) if (!names.includes(name)) told.delete(name);
      for (const name of names) {
        // A dot is in the name of what is still to be renamed.
        if (name.includes(".") || told.has(name) || (await this.read(name)) === undefined || signal.aborted)
          continue;
        told.add(name);
        listener(name);
      }
    };
    let looking: Promise<void> = Promise.resolve();
    const again = () => {
      looking = looking.then(look).catch(() => {});
    };
    let watcher: FSWatcher | undefined;
    try {
      watcher = watch(this.#folder, again);
      watcher.on("error", () => {});
    } catch {
      // No watch to be had: the timer has to do.
    }
    const timer = setInterval(again, lookInterval);
    signal.addEventListener("abort", () => {
      watcher?.close();
      clearInterval(timer);
    });
    again();
  }
}
