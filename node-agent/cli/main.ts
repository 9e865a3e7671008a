import { main } from "./dispatch.ts";

await main(process.argv.slice(2));
