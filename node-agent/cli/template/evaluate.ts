import { functions, isTrue, type TemplateFunction } from "./functions.ts";
import type { Block, Node, Operand, Pipe } from "./nodes.ts";
import { parseTemplate } from "./parse.ts";
import { printed } from "./print.ts";
import { nearest } from "../line/nearest.ts";
import { TemplateError } from "./template-error.ts";

export interface TemplateOptions {
  /** In place of the functions of the same names. */
  functions?: Readonly<Record<string, TemplateFunction>>;
}

/** Writes a value by a template. A field whose value is a function is called with what stands behind it. */
export type Template = (value: unknown) => string;

/**
 * Reads a template of Go's, as `--format` takes it.
 *
 * @throws TemplateError when it cannot be read; what it returns throws it for a field that the value does not have.
 */
export function compileTemplate(template: string, options: TemplateOptions = {}): Template {
  const nodes = parseTemplate(template);
  const known = { ...functions, ...options.functions };
  return (value) => new Evaluation(template, value, known).write(nodes);
}

class Evaluation {
  readonly #template: string;
  readonly #functions: Readonly<Record<string, TemplateFunction>>;
  readonly #root: unknown;
  #dot: unknown;
  /** The innermost last. */
  readonly #variables: { name: string; value: unknown }[];
  /** Asked for by {{break}} or {{continue}}, until their range has seen it. */
  #leaves: "break" | "continue" | undefined;

  constructor(template: string, value: unknown, known: Readonly<Record<string, TemplateFunction>>) {
    this.#template = template;
    this.#functions = known;
    this.#root = value;
    this.#dot = value;
    this.#variables = [{ name: "", value }];
  }

  write(nodes: readonly Node[]): string {
    let text = "";
    for (const node of nodes) {
      if (node.kind === "text") text += node.text;
      else if (node.kind === "print") {
        const value = this.#pipe(node.pipe);
        if (node.pipe.variables.length === 0) text += printed(value);
      } else if (node.kind === "range") text += this.#range(node);
      else if (node.kind === "if" || node.kind === "with") text += this.#branch(node);
      else this.#leaves = node.kind;
      if (this.#leaves !== undefined) break;
    }
    return text;
  }

  #branch(node: Block): string {
    const [depth, dot] = [this.#variables.length, this.#dot];
    const value = this.#pipe(node.pipe);
    const holds = isTrue(value);
    if (holds && node.kind === "with") this.#dot = value;
    const text = this.write(holds ? node.body : node.otherwise);
    this.#dot = dot;
    this.#variables.length = depth;
    return text;
  }

  #range(node: Block): string {
    const [depth, dot] = [this.#variables.length, this.#dot];
    const { variables } = node.pipe;
    const entries = this.#entries(this.#pipe({ ...node.pipe, variables: [] }));
    let text = "";
    for (const [key, value] of entries) {
      if (variables.length === 1) this.#set(variables[0] ?? "", value, true);
      if (variables.length === 2) {
        this.#set(variables[0] ?? "", key, true);
        this.#set(variables[1] ?? "", value, true);
      }
      this.#dot = value;
      text += this.write(node.body);
      this.#variables.length = depth;
      const left = this.#leaves;
      this.#leaves = undefined;
      if (left === "break") break;
    }
    this.#dot = dot;
    return entries.length === 0 ? this.write(node.otherwise) : text;
  }

  #entries(value: unknown): readonly (readonly [unknown, unknown])[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return [...(value as unknown[]).entries()];
    if (typeof value === "object") return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (typeof value === "number") return Array.from({ length: value }, (_, at) => [at, at]);
    throw this.#wrong(`range goes over a list or a map, and ${printed(value)} is neither`);
  }

  #pipe(pipe: Pipe): unknown {
    let value: unknown;
    pipe.commands.forEach((command, at) => {
      const [first, ...others] = command;
      if (first !== undefined) value = this.#command(first, others, at === 0 ? [] : [value]);
    });
    for (const name of pipe.variables) this.#set(name, value, pipe.makes);
    return value;
  }

  #command(first: Operand, others: readonly Operand[], piped: readonly unknown[]): unknown {
    const given = () => [...others.map((operand) => this.#operand(operand)), ...piped];
    if (first.kind === "function") return this.#function(first.name)(...given());
    const value = this.#operand(first);
    if (typeof value === "function") return (value as TemplateFunction)(...given());
    if (others.length > 0 || piped.length > 0)
      throw this.#wrong(`${printed(value)} is a value and takes nothing`);
    return value;
  }

  #operand(operand: Operand): unknown {
    switch (operand.kind) {
      case "constant":
        return operand.value;
      case "field":
        return this.#fields(this.#dot, operand.path);
      case "variable":
        return this.#fields(this.#variable(operand.name), operand.path);
      case "pipe":
        return this.#fields(this.#pipe(operand.pipe), operand.path);
      case "function":
        return this.#function(operand.name)();
    }
  }

  #function(name: string): TemplateFunction {
    const found = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (found !== undefined) return found;
    const meant = nearest(name, Object.keys(this.#functions));
    throw this.#wrong(
      `there is no function "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    );
  }

  #fields(from: unknown, path: readonly string[]): unknown {
    let value = from;
    for (const name of path) {
      if (value === undefined || value === null)
        throw this.#wrong(
          `.${name} is asked of something that is not there; {{if}} or {{with}} goes around it`,
        );
      if (typeof value !== "object") throw this.#wrong(`${printed(value)} has no field .${name}`);
      if (!(name in value) && value === this.#root) throw this.#missing(name, value);
      value = name in value ? (value as Record<string, unknown>)[name] : undefined;
    }
    return value;
  }

  #missing(name: string, value: object): TemplateError {
    const fields = Object.keys(value);
    const meant = nearest(name, fields);
    return this.#wrong(
      `there is no field .${name}; ${meant === undefined ? `the fields are ${fields.join(", ")}` : `did you mean .${meant}?`}`,
    );
  }

  #variable(name: string): unknown {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw this.#wrong(`there is no variable $${name}`);
    return found.value;
  }

  #set(name: string, value: unknown, makes: boolean): void {
    const found = makes ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) this.#variables.push({ name, value });
    else found.value = value;
  }

  #wrong(what: string): TemplateError {
    return new TemplateError(`The template ${this.#template} does not fit: ${what}.`);
  }
}
