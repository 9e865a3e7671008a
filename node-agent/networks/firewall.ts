import { execute, findProgram, succeed } from "../host/exec.ts";
import { type FirewallState, ruleset } from "./ruleset.ts";

/** Our rules in the kernel: always the whole of them, in one transaction. */
export class Firewall {
  readonly #table: string;
  readonly #state: () => Omit<FirewallState, "table">;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param state what is so now; it is asked for when rules are made. */
  constructor(table: string, state: () => Omit<FirewallState, "table">) {
    this.#table = table;
    this.#state = state;
  }

  /** Resolves when the rules are those of a state that is not older than this call. Many calls at once are one change. */
  apply(): Promise<void> {
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  async #after(before: Promise<void> | undefined): Promise<void> {
    // Who waits for what runs already has an older state in mind, and is told of its failure.
    await before?.catch(() => {});
    const running = this.#put();
    this.#running = running;
    this.#next = undefined;
    await running;
  }

  async #put(): Promise<void> {
    await succeed("nft", ["--file", "-"], { input: ruleset({ table: this.#table, ...this.#state() }) });
  }

  /**
   * Docker, and others, drop all that nobody has accepted on the way through the host (`iptables -P FORWARD DROP`). A rule of ours behind
   * all of theirs accepts what has to do with our bridges; it is judged by our own table all the same. Nothing of theirs is changed.
   */
  async passOthers(): Promise<void> {
    for (const program of ["iptables", "ip6tables"]) {
      if (findProgram(program) === undefined) continue;
      const { stdout } = await execute(program, ["--wait", "5", "-S", "FORWARD"]);
      if (!stdout.startsWith("-P FORWARD DROP")) continue;
      for (const rule of this.#passes())
        if (!stdout.split("\n").includes(`-A ${rule.join(" ")}`))
          await succeed(program, ["--wait", "5", "-A", ...rule]);
    }
  }

  #passes() {
    return ["-i", "-o"].map((side) => ["FORWARD", side, `${this.#table}+`, "-j", "ACCEPT"]);
  }

  /** Takes away all that is ours. */
  async clear(): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#running?.catch(() => {});
    const lines = ["inet", "bridge"].map(
      (family) => `table ${family} ${this.#table}\ndelete table ${family} ${this.#table}`,
    );
    await succeed("nft", ["--file", "-"], { input: `${lines.join("\n")}\n` });
    for (const program of ["iptables", "ip6tables"]) {
      if (findProgram(program) === undefined) continue;
      const { stdout } = await execute(program, ["--wait", "5", "-S", "FORWARD"]);
      for (const rule of this.#passes())
        if (stdout.split("\n").includes(`-A ${rule.join(" ")}`))
          await execute(program, ["--wait", "5", "-D", ...rule]);
    }
  }
}
