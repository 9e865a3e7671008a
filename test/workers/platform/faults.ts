/** `fail` answers with an error, `stall` never answers, `lose` does what it was asked and then answers with an error. */
type Fault = "fail" | "stall" | "lose";

/** These ask nobody: what they give goes wrong, if anything does. */
const synchronous = new Set(["resumeMultipartUpload", "prepare"]);

/** What goes wrong with a binding. */
export class Faults {
  /** Names of the methods that were called, in order. */
  calls: string[] = [];
  #fault: Fault | undefined;
  #passing = 0;

  /** From now on every call goes wrong, but for the next `passing` ones. */
  begin(fault: Fault, passing = 0): void {
    this.#fault = fault;
    this.#passing = passing;
  }

  end(): void {
    this.#fault = undefined;
  }

  /** The binding (a bucket, a fetcher, a database), as it is while nothing is wrong. */
  wrap<Binding extends object>(binding: Binding): Binding {
    return new Proxy(binding, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...parameters: unknown[]) => {
          this.calls.push(String(name));
          const call = () => Reflect.apply(member, target, parameters) as unknown;
          if (synchronous.has(String(name))) return this.#wrapResult(call());
          return this.#run(async () => call()).then((value) => this.#wrapResult(value));
        };
      },
    });
  }

  async #run(call: () => Promise<unknown>): Promise<unknown> {
    if (!this.#fault) return call();
    if (this.#passing > 0) {
      this.#passing -= 1;
      return call();
    }
    if (this.#fault === "stall") return new Promise(() => {});
    if (this.#fault === "lose") await call();
    throw new Error("injected: no space left");
  }

  /** Parts of a multipart upload go wrong like everything else. */
  #wrapResult(value: unknown): unknown {
    const isUpload = typeof value === "object" && value !== null && "uploadPart" in value;
    return isUpload ? this.wrap(value) : value;
  }
}
