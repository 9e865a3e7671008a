import { HubError } from "#shared/errors";
import { execute } from "../host/exec.ts";
import type { Container } from "./container.ts";
import { mayDo } from "./lifecycle.ts";
import type { World } from "./world.ts";

/**
 * What ps(1) says of a container's processes: titles, and one row for each.
 *
 * @throws HubError `conflict` when it does not run; `invalid` for arguments that show no PID.
 */
export async function top(
  world: World,
  container: Container,
  args: readonly string[],
): Promise<{ titles: string[]; processes: string[][] }> {
  mayDo(container, "top");
  if (args.some((argument) => !/^[\w,=:+-]+$/.test(argument)))
    throw new HubError("invalid", `invalid arguments of ps: ${args.join(" ")}`);
  const pids = new Set((await world.runtime.processes(container.id)).map(String));
  const { code, stdout, stderr } = await execute("ps", args);
  if (code !== 0) throw new HubError("unavailable", `ps: ${stderr.trim().split("\n", 1).join("")}`);
  const [head = "", ...lines] = stdout.trimEnd().split("\n");
  const titles = head.trim().split(/\s+/);
  const column = titles.indexOf("PID");
  if (column < 0) throw new HubError("invalid", "Couldn't find PID field in ps output");
  const rows = lines.map((line) => {
    const fields = line.trim().split(/\s+/);
    // The last column is the command, with its spaces.
    return [...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(" ")];
  });
  return { titles, processes: rows.filter((row) => pids.has(row[column] ?? "")) };
}
