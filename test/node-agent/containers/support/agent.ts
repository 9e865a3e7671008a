import { SeededRandom } from "../../../support/random.ts";
import { openContainers } from "./host.ts";

/** A process of its own that does things to containers, to be killed at any moment: `agent.ts <folder> <seed>`. Says when it begins. */
const [folder = "", seed = "0"] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const { containers } = await openContainers(folder);

const body = {
  Cmd: ["sh", "-c", "i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit 5"],
  StopSignal: "KILL",
};
const exec = {
  args: ["sleep", "600"],
  env: [],
  user: "",
  cwd: "",
  tty: false,
  stdin: false,
  privileged: false,
};

const actions: ((id: string) => Promise<unknown>)[] = [
  async () => containers.start((await containers.create({ image: "box", body })).id),
  async () => containers.start((await containers.create({ image: "box", body })).id),
  async () => containers.create({ image: "box", body }),
  async (id) => containers.start(id),
  async (id) => containers.remove(id, { force: true }),
  async (id) => containers.stop(id),
  async (id) => containers.startExec(containers.createExec(id, exec).id),
  async (id) =>
    containers.startExec(containers.createExec(id, { ...exec, tty: true }).id, { detached: true }),
  async (id) => containers.pause(id).then(() => containers.unpause(id)),
];

// These are left alone: what they print and how they end must be there afterwards.
for (const name of ["first", "second"]) {
  await containers.create({ name, image: "box", body });
  await containers.start(name);
}
console.log("open");

async function act(): Promise<never> {
  for (;;) {
    const all = containers.list().filter(({ name }) => name !== "first" && name !== "second");
    const any = all[random.below(Math.max(all.length, 1))];
    const action = actions[random.below(any === undefined ? 3 : actions.length)];
    // What cannot be done now is refused, as it should be.
    await action?.(any?.id ?? "").catch(() => {});
  }
}

await Promise.all([act(), act()]);
