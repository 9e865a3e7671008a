import type { Provenance } from "./attachment.ts";
import { at, firstOf, listAt, textAt } from "./fields.ts";
import { timeOf } from "./texts.ts";

/** Where BuildKit says which source it built: in 0.2 and in 1. */
const buildKit = "https://mobyproject.org/buildkit@v1#metadata";

/** The predicate of an SLSA provenance, 0.2 or 1 (slsa.dev/spec). What it leaves out is "". */
export function readProvenance(predicate: unknown): Provenance {
  const definition = at(predicate, "buildDefinition");
  return definition === undefined ? readFirst(predicate) : readSecond(predicate, definition);
}

function readFirst(predicate: unknown): Provenance {
  const vcs = at(predicate, "metadata", buildKit, "vcs");
  const configSource = at(predicate, "invocation", "configSource");
  const material = listAt(predicate, "materials")[0];
  return {
    kind: "provenance",
    builder: textAt(predicate, "builder", "id"),
    source: firstOf(textAt(vcs, "source"), textAt(configSource, "uri"), textAt(material, "uri")),
    commit: firstOf(textAt(vcs, "revision"), commitOf(configSource), commitOf(material)),
    buildType: textAt(predicate, "buildType"),
    startedAt: timeOf(at(predicate, "metadata", "buildStartedOn")) ?? null,
    finishedAt: timeOf(at(predicate, "metadata", "buildFinishedOn")) ?? null,
  };
}

function readSecond(predicate: unknown, definition: unknown): Provenance {
  const vcs = at(predicate, "runDetails", "metadata", "buildkit_metadata", "vcs");
  const parameters = at(definition, "externalParameters");
  // Only the first dependency that has a commit is the source; the others are what it was built from.
  const dependency = listAt(definition, "resolvedDependencies").find((each) => commitOf(each) !== "");
  return {
    kind: "provenance",
    builder: textAt(predicate, "runDetails", "builder", "id"),
    source: firstOf(
      textAt(vcs, "source"),
      textAt(parameters, "workflow", "repository"),
      textAt(parameters, "configSource", "uri"),
      textAt(dependency, "uri"),
    ),
    commit: firstOf(textAt(vcs, "revision"), commitOf(at(parameters, "configSource")), commitOf(dependency)),
    buildType: textAt(definition, "buildType"),
    startedAt: timeOf(at(predicate, "runDetails", "metadata", "startedOn")) ?? null,
    finishedAt: timeOf(at(predicate, "runDetails", "metadata", "finishedOn")) ?? null,
  };
}

function commitOf(source: unknown): string {
  return firstOf(textAt(source, "digest", "gitCommit"), textAt(source, "digest", "sha1"));
}
