import { ImageStore } from "../../../../node-agent/images/index.ts";

/** A process of its own that pulls images into a store, to be killed at any moment: `puller.ts <store> <image>…`. Says when it begins, and each that is there. */
const [folder = "", ...names] = process.argv.slice(2);
await using store = await ImageStore.open(folder);
console.log("open");
for (const name of names) {
  const { id } = await store.pull(name);
  console.log(id);
  if (name === names[0]) {
    store.untag(name);
    await store.collect();
  }
}
