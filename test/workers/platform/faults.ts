/** What goes wrong with a binding: `fail` answers with an error, `stall` never answers. */
export class Faults {
  /** Names of the methods that were called, in order. */
  calls: string[] = [];
  #fault: "fail" | "stall" | undefined;
  #passing = 0;

  /** From now on every call goes wrong, but for the next `passing` ones. */
  begin(fault: "fail" | "stall", passing = 0): void {
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
        // Asks nobody: what it gives goes wrong.
        if (name === "resumeMultipartUpload")
          return (...parameters: unknown[]) => this.#wrapResult(Reflect.apply(member, target, parameters));
        return (...parameters: unknown[]) => {
          this.calls.push(String(name));
          const made: unknown = this.#next() ?? Reflect.apply(member, target, parameters);
          return made instanceof Promise
            ? made.then((value) => this.#wrapResult(value))
            : this.#wrapResult(made);
        };
      },
    });
  }

  #next(): Promise<never> | undefined {
    if (!this.#fault) return undefined;
    if (this.#passing > 0) {
      this.#passing -= 1;
      return undefined;
    }
    return this.#fault === "fail"
      ? Promise.reject(new Error("injected: no space left"))
      : new Promise(() => {});
  }

  /** Parts of a multipart upload go wrong like everything else. */
  #wrapResult(value: unknown): unknown {
    const isUpload = typeof value === "object" && value !== null && "uploadPart" in value;
    return isUpload ? this.wrap(value) : value;
  }
}
