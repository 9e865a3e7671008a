import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";

/** A file of the repository: its path from the root, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** One `import` or `export … from`, with its target as a path from the root, or as a package's name. */
export interface Import {
  from: string;
  to: string;
  /** Erased before it runs. */
  typeOnly: boolean;
}

/** The files git knows or would take in, so that a new file is seen before it is committed. */
export function listFiles(...patterns: string[]): SourceFile[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns];
  const names = execFileSync("git", args, { encoding: "utf8" }).split("\0").filter(Boolean);
  return names.flatMap((name) => {
    try {
      return [{ path: name, text: readFileSync(name, "utf8") }];
    } catch {
      return []; // Deleted, and not committed yet.
    }
  });
}

// An import statement starts its line; what stands between the keyword and the specifier holds no quote and no semicolon.
const statements =
  /^[ \t]*(?:import|export)\b(?<clause>[^"'`;]*?)(?:\bfrom\s*)?["'](?<target>[^"'\n]+)["']/gm;
const calls = /\bimport\(\s*["'](?<target>[^"'\n]+)["']\s*\)/g;

/** Everything a file imports, `import type` and `import()` included. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const { groups } of file.text.matchAll(statements)) {
    const clause = groups?.["clause"] ?? "";
    // `export const name = "text"` also reads like a clause and a quoted word.
    if (/[=(]/.test(clause)) continue;
    found.push({
      from: file.path,
      to: resolveImport(file.path, groups?.["target"] ?? ""),
      typeOnly: /^\s*type\b/.test(clause),
    });
  }
  for (const { groups } of file.text.matchAll(calls)) {
    found.push({ from: file.path, to: resolveImport(file.path, groups?.["target"] ?? ""), typeOnly: false });
  }
  return found;
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  if (specifier.startsWith("#shared/")) return `workers/shared/${specifier.slice("#shared/".length)}.ts`;
  if (builtinModules.includes(specifier)) return `node:${specifier}`;
  return specifier;
}

/** The cycles among imports that are there at run time, each as the files along it. A class and the type that names it may know each other. */
export function cycles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string, trail: string[]) => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push([...trail.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}
