import type { Command, Node, Operand, Pipe } from "./nodes.ts";
import { scan, type Token } from "./scan.ts";
import { TemplateError } from "./template-error.ts";

/** @throws TemplateError, with the template. */
export function parseTemplate(template: string): readonly Node[] {
  const parser = new Parser(template);
  const nodes = parser.nodes([]);
  return nodes;
}

class Parser {
  readonly #template: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(template: string) {
    this.#template = template;
    this.#tokens = scan(template);
  }

  /** Up to one of the words, which is read away, or to the end of the template when there are none. */
  nodes(until: readonly string[]): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      if (token?.kind === "text") {
        this.#at += 1;
        nodes.push(token);
        continue;
      }
      this.#at += 1;
      this.#space();
      const word = this.#word();
      if (word !== undefined && until.includes(word)) return nodes;
      nodes.push(this.#action(word));
    }
    if (until.length > 0) throw this.#wrong("an {{end}} is missing");
    return nodes;
  }

  #action(word: string | undefined): Node {
    if (word === "if" || word === "with" || word === "range") return this.#block(word);
    if (word === "break" || word === "continue") {
      this.#at += 1;
      this.#close();
      return { kind: word };
    }
    if (word === "end" || word === "else") throw this.#wrong(`an {{${word}}} has nothing to belong to`);
    const pipe = this.#pipe();
    this.#close();
    return { kind: "print", pipe };
  }

  #block(kind: "if" | "with" | "range"): Node {
    this.#at += 1;
    const pipe = this.#pipe();
    this.#close();
    const body = this.nodes(["end", "else"]);
    const ending = this.#word();
    this.#at += 1;
    this.#space();
    if (ending === "end") {
      this.#close();
      return { kind, pipe, body, otherwise: [] };
    }
    const again = this.#word();
    // {{else if}} ends with the same {{end}}.
    if (again === "if" || again === "with") return { kind, pipe, body, otherwise: [this.#block(again)] };
    this.#close();
    const otherwise = this.nodes(["end"]);
    this.#at += 1;
    this.#close();
    return { kind, pipe, body, otherwise };
  }

  #pipe(): Pipe {
    const { variables, makes } = this.#variables();
    const commands: Command[] = [];
    let command: Operand[] = [];
    for (;;) {
      this.#space();
      const token = this.#tokens[this.#at];
      const ends =
        token === undefined || token.kind === "close" || (token.kind === "sign" && token.text === ")");
      if (ends || (token.kind === "sign" && token.text === "|")) {
        if (command.length === 0) throw this.#wrong("a value is missing");
        commands.push(command);
        command = [];
        if (ends) return { variables, makes, commands };
        this.#at += 1;
      } else command.push(this.#operand(token));
    }
  }

  /** `$i, $x :=` before a pipe. */
  #variables(): { variables: string[]; makes: boolean } {
    const from = this.#at;
    const variables: string[] = [];
    for (;;) {
      this.#space();
      const token = this.#tokens[this.#at];
      if (token?.kind !== "variable" || token.path.length > 0) break;
      this.#at += 1;
      variables.push(token.name);
      this.#space();
      const sign = this.#tokens[this.#at];
      if (sign?.kind !== "sign") break;
      this.#at += 1;
      if (sign.text === ":=" || sign.text === "=") return { variables, makes: sign.text === ":=" };
      if (sign.text !== ",") break;
    }
    this.#at = from;
    return { variables: [], makes: true };
  }

  #operand(token: Token): Operand {
    this.#at += 1;
    if (token.kind === "field" || token.kind === "variable" || token.kind === "constant") return token;
    if (token.kind === "sign" && token.text === "(") {
      const pipe = this.#pipe();
      this.#at += 1;
      const behind = this.#tokens[this.#at];
      if (behind?.kind !== "field" || behind.path.length === 0) return { kind: "pipe", pipe, path: [] };
      this.#at += 1;
      return { kind: "pipe", pipe, path: behind.path };
    }
    if (token.kind === "word") {
      if (token.text === "true" || token.text === "false")
        return { kind: "constant", value: token.text === "true" };
      if (token.text === "nil") return { kind: "constant", value: undefined };
      return { kind: "function", name: token.text };
    }
    throw this.#wrong(`a "${token.kind === "sign" ? token.text : token.kind}" stands where a value should`);
  }

  #word(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === "word" ? token.text : undefined;
  }

  #space(): void {
    while (this.#tokens[this.#at]?.kind === "space") this.#at += 1;
  }

  #close(): void {
    this.#space();
    if (this.#tokens[this.#at]?.kind !== "close")
      throw this.#wrong("there is more in an action than it takes");
    this.#at += 1;
  }

  #wrong(what: string): TemplateError {
    return new TemplateError(`The template ${this.#template} cannot be read: ${what}.`);
  }
}
