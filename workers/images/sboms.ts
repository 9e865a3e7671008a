import type { Package, Sbom } from "./attachment.ts";
import { at, firstOf, listAt, textAt } from "./fields.ts";

const maximumPackages = 20_000;

/** How deep the components of CycloneDX may be in one another. */
const maximumDepth = 20;

/** An SPDX document (2.2, 2.3) as JSON, or a CycloneDX one; undefined when it is neither. */
export function readSbom(document: unknown): Sbom | undefined {
  if (textAt(document, "spdxVersion") !== "") return readSpdx(document);
  if (textAt(document, "bomFormat") === "CycloneDX") return readCycloneDx(document);
  return undefined;
}

function readSpdx(document: unknown): Sbom {
  const packages = listAt(document, "packages").map((each): Package => ({
    name: textAt(each, "name"),
    version: textAt(each, "versionInfo"),
    type: typeOf(
      listAt(each, "externalRefs")
        .filter((reference) => textAt(reference, "referenceType") === "purl")
        .map((reference) => textAt(reference, "referenceLocator"))[0] ?? "",
    ),
    licence: firstOf(...["licenseConcluded", "licenseDeclared"].map((field) => stated(textAt(each, field)))),
  }));
  const tool = listAt(document, "creationInfo", "creators")
    .map((creator) => textAt([creator], 0))
    .filter((creator) => creator.startsWith("Tool: "))
    .map((creator) => creator.slice("Tool: ".length))
    .join(", ");
  return sbomOf(textAt(document, "spdxVersion").replace("SPDX-", "SPDX "), tool, packages);
}

function readCycloneDx(document: unknown): Sbom {
  const tools = [
    ...listAt(document, "metadata", "tools"),
    ...listAt(document, "metadata", "tools", "components"),
  ];
  const tool = tools.map((each) => `${textAt(each, "name")} ${textAt(each, "version")}`.trim()).join(", ");
  const packages = componentsOf(document).map((each): Package => ({
    name: [textAt(each, "group"), textAt(each, "name")].filter(Boolean).join("/"),
    version: textAt(each, "version"),
    type: firstOf(typeOf(textAt(each, "purl")), textAt(each, "type")),
    licence: listAt(each, "licenses")
      .map((entry) =>
        firstOf(
          textAt(entry, "expression"),
          textAt(entry, "license", "id"),
          textAt(entry, "license", "name"),
        ),
      )
      .filter(Boolean)
      .join(" AND "),
  }));
  return sbomOf(`CycloneDX ${textAt(document, "specVersion")}`.trim(), tool, packages);
}

/** Components and those within them, which are what an image is made of; files are not. */
function componentsOf(document: unknown): unknown[] {
  const found: unknown[] = [];
  let level = listAt(document, "components");
  for (let depth = 0; level.length > 0 && depth < maximumDepth; depth += 1) {
    for (const component of level) if (at(component, "type") !== "file") found.push(component);
    level = level.flatMap((component) => listAt(component, "components"));
  }
  return found;
}

function sbomOf(format: string, tool: string, packages: Package[]): Sbom {
  const named = packages.filter(({ name }) => name !== "");
  const sorted = named.toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
  return { kind: "sbom", format, tool, packages: sorted.slice(0, maximumPackages), total: named.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The type in a package URL, such as deb. */
function typeOf(purl: string): string {
  return /^pkg:([a-zA-Z0-9.+-]+)\//.exec(purl)?.[1]?.toLowerCase() ?? "";
}

function stated(licence: string): string {
  return licence === "NOASSERTION" || licence === "NONE" ? "" : licence;
}
