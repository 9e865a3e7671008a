/** What a template is made of. Go's text/template is the model; its functions define, template and block are not there. */
export type Node =
  | { kind: "text"; text: string }
  | { kind: "print"; pipe: Pipe }
  | Block
  | { kind: "break" | "continue" };

export interface Block {
  kind: "if" | "with" | "range";
  pipe: Pipe;
  body: readonly Node[];
  otherwise: readonly Node[];
}

/** `$x := .A | json`. */
export interface Pipe {
  variables: readonly string[];
  /** `:=` makes them, `=` changes them. */
  makes: boolean;
  commands: readonly Command[];
}

/** A function or a value, and what it is given. */
export type Command = readonly Operand[];

export type Operand =
  /** `.` and `.A.B`. */
  | { kind: "field"; path: readonly string[] }
  | { kind: "variable"; name: string; path: readonly string[] }
  | { kind: "constant"; value: unknown }
  | { kind: "function"; name: string }
  | { kind: "pipe"; pipe: Pipe; path: readonly string[] };
