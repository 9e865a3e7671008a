import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { apiEndpoints } from "../../../workers/app.ts";
import { conflicts, exceptions, expected, standIns, type Outcome } from "./support/expectations.ts";
import { goodRequest, pathOf, titleOf, type Endpoint } from "./support/requests.ts";
import { actors, Scene, wholeDatabase, type Actor } from "./support/scene.ts";

/**
 * Who may call what, for every endpoint there is: what its declaration says of itself is held against what it does. Refusals are all
 * made in one scene, which must stay the same; everybody who is let in, to change something, gets a scene of their own.
 */
const patience = 300_000;

function outcomeFor({ operation, access, scope }: Endpoint, actor: Actor): Outcome {
  return exceptions[operation]?.[actor] ?? expected(standIns[operation] ?? access, scope, actor);
}

async function outcomeOf(response: Response, { operation }: Endpoint): Promise<unknown> {
  const { status } = response;
  if (status >= 200 && status < 300) return "in";
  if (conflicts[operation]?.includes(status)) return "in";
  if (status === 401 || status === 403 || status === 404) return status;
  return `${status}: ${await response.text()}`;
}

/** What a response says to somebody outside, without the names that they sent. */
async function seen(response: Response, ...names: string[]): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== "date");
  const text = JSON.stringify({ status: response.status, headers, body: await response.text() });
  return JSON.parse(names.reduce((rest, name) => rest.replaceAll(name, "NAME"), text));
}

/** Runs `act` for each endpoint in one scene, and gives the titles of those that have changed anything in the database. */
async function changing(
  endpoints: readonly Endpoint[],
  act: (scene: Scene, endpoint: Endpoint) => Promise<void>,
): Promise<string[]> {
  const scene = await Scene.make(1);
  const changed: string[] = [];
  let before = await wholeDatabase();
  for (const endpoint of endpoints) {
    await act(scene, endpoint);
    const after = await wholeDatabase();
    if (after !== before) changed.push(titleOf(endpoint));
    before = after;
  }
  return changed;
}

test(
  "endpoints let nobody in but whom they say, and change nothing for the others",
  async () => {
    const found: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    const changed = await changing(apiEndpoints, async (scene, endpoint) => {
      const refused = actors.filter((actor) => outcomeFor(endpoint, actor) !== "in");
      const outcomes: Record<string, unknown> = {};
      for (const actor of refused)
        outcomes[actor] = await outcomeOf(
          await scene.send(actor, goodRequest(endpoint, scene, actor)),
          endpoint,
        );
      found[titleOf(endpoint)] = outcomes;
      wanted[titleOf(endpoint)] = Object.fromEntries(
        refused.map((actor) => [actor, outcomeFor(endpoint, actor)]),
      );
    });
    expect(found).toEqual(wanted);
    expect(changed).toEqual([]);
  },
  patience,
);

test.each(apiEndpoints.map((endpoint) => [titleOf(endpoint), endpoint] as const))(
  "%s lets in everybody whom it says",
  async (_title, endpoint) => {
    const admitted = actors.filter((actor) => outcomeFor(endpoint, actor) === "in");
    const outcomes: Record<string, unknown> = {};
    let scene = await Scene.make(0);
    for (const [index, actor] of admitted.entries()) {
      if (index > 0 && endpoint.method !== "GET") scene = await Scene.make(index);
      outcomes[actor] = await outcomeOf(
        await scene.send(actor, goodRequest(endpoint, scene, actor)),
        endpoint,
      );
    }
    expect(outcomes).toEqual(Object.fromEntries(admitted.map((actor) => [actor, "in"])));
  },
  patience,
);

test(
  "without credentials, all that the pages of a public repository show is read",
  async () => {
    const scene = await Scene.make(0);
    await env.DB.prepare("update repositories set visibility = 'public' where name = ?")
      .bind(scene.things["name"] ?? "")
      .run();
    const shown = apiEndpoints.filter(({ access }) => access === "visitor");
    expect(shown.length).toBeGreaterThan(10);
    const others = apiEndpoints.filter(
      ({ method, path, access }) =>
        method === "GET" && path.includes("/repositories/:name{.+}") && access === "read",
    );
    expect(others.map(titleOf)).toEqual([]);
    for (const endpoint of shown) {
      const response = await scene.send("nobody", goodRequest(endpoint, scene, "owner"));
      expect([titleOf(endpoint), await outcomeOf(response, endpoint)]).toEqual([titleOf(endpoint), "in"]);
    }
  },
  patience,
);

test(
  "an access token without the scope that an endpoint names is refused, and changes nothing",
  async () => {
    const endpoints = apiEndpoints.filter(({ scope }) => scope !== undefined);
    const outcomes: Record<string, unknown> = {};
    const changed = await changing(endpoints, async (scene, endpoint) => {
      const wide = endpoint.scope === "account" || endpoint.scope === "administration";
      const person = endpoint.access === "administrator" ? "administrator" : "owner";
      const actor = wide ? `${person} without ${endpoint.scope}` : "owner without repositories";
      const response = await scene.send(actor, goodRequest(endpoint, scene, actor));
      outcomes[titleOf(endpoint)] = await outcomeOf(response, endpoint);
    });
    expect(outcomes).toEqual(Object.fromEntries(endpoints.map((endpoint) => [titleOf(endpoint), 403])));
    expect(changed).toEqual([]);
  },
  patience,
);

test(
  "an owner whose e-mail address is not verified reads, and changes nothing",
  async () => {
    const inPath = apiEndpoints.filter(
      // Whoever they are, they may go.
      ({ path, operation }) => /:organization|:name\{/.test(path) && operation !== "leaveOrganization",
    );
    const admitted: Endpoint[] = [];
    const changed = await changing(inPath, async (scene, endpoint) => {
      const response = await scene.send("unverified", goodRequest(endpoint, scene, "owner"));
      expect([titleOf(endpoint), response.status]).toEqual([
        titleOf(endpoint),
        // 503: they may read it, and the bytes of the scene's manifest are not there.
        expect.toBeOneOf([200, 403, 404, 503]),
      ]);
      if (response.status === 200) admitted.push(endpoint);
    });
    expect(admitted.filter(({ method }) => method !== "GET").map(titleOf)).toEqual([]);
    expect(admitted.length).toBeGreaterThan(5);
    expect(changed).toEqual([]);
  },
  patience,
);

test(
  "what is private and what is not there look the same to strangers: status, headers and body",
  async () => {
    const endpoints = apiEndpoints.filter(({ path }) => /:organization|:name\{/.test(path));
    expect(endpoints.length).toBeGreaterThan(3);
    const changed = await changing(endpoints, async (scene, endpoint) => {
      const { method, path, body } = goodRequest(endpoint, scene, "owner");
      const { organization = "" } = scene.things;
      // A repository is absent from an organization that is there, and from one that is not.
      const absences = [
        { organization, repository: `${organization}/nil` },
        { organization: "nil", repository: "nil/web" },
      ].filter((absence) => path.includes(`${organization}/web`) || absence.organization === "nil");
      const outside = actors.filter((each) => [401, 404].includes(outcomeFor(endpoint, each) as number));
      for (const actor of outside) {
        const response = await scene.send(actor, { method, path, body });
        const hidden = [titleOf(endpoint), actor, await seen(response, `${organization}/web`, organization)];
        for (const absence of absences) {
          const elsewhere = path
            .replace(`${organization}/web`, absence.repository)
            .replace(organization, absence.organization);
          const absent = await scene.send(actor, { method, path: elsewhere, body });
          expect(hidden).toEqual([
            titleOf(endpoint),
            actor,
            await seen(absent, absence.repository, absence.organization),
          ]);
        }
      }
    });
    expect(changed).toEqual([]);
  },
  patience,
);

test(
  "what belongs to another is not reached through one's own, and looks like what is not there",
  async () => {
    const endpoints = apiEndpoints.filter(({ path }) =>
      /(:organization|:name\{.*)\/.*(:id|:team|:tag|:name)|\/me\/.*:/.test(path),
    );
    expect(endpoints.length).toBeGreaterThan(0);
    const changed = await changing(endpoints, async (scene, endpoint) => {
      const { method, path, body } = goodRequest(endpoint, scene, "owner");
      const own: Record<string, string> = {
        ":organization": scene.name("other"),
        ":name{.+}": `${scene.name("other")}/web`,
      };
      const ask = (theirs: boolean) =>
        scene.send("rival", {
          method,
          body,
          path: pathOf(
            endpoint,
            (_name, place) => own[place] ?? (theirs ? thingInPath(path, endpoint, place) : "no-such-thing"),
          ),
        });
      const [theirs, none] = [await ask(true), await ask(false)];
      const names = [...Object.values(scene.things), scene.sessionOf("owner")];
      expect([titleOf(endpoint), theirs.status]).toEqual([titleOf(endpoint), 404]);
      expect([titleOf(endpoint), await seen(theirs, ...names)]).toEqual([
        titleOf(endpoint),
        await seen(none, "no-such-thing", ...names),
      ]);
    });
    expect(changed).toEqual([]);
  },
  patience,
);

/** What a filled-in path has at the place of a parameter that takes no slashes. */
function thingInPath(filled: string, { path }: Endpoint, place: string): string {
  const fromEnd = path.split("/").indexOf(place) - path.split("/").length;
  return decodeURIComponent(filled.split("?")[0]?.split("/").at(fromEnd) ?? "");
}
