import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { pages } from "../../../workers/web/pages/index.ts";
import { api, people, type Person } from "../support/registry.ts";
import { wholeDatabase } from "../api/support/scene.ts";
import { Visitor } from "./support/visitor.ts";

const adminPages = pages.filter(({ path }) => path.startsWith("/admin"));
/** What a form of an administrator sends: enough of it, wrong or right, to do something if it were let. */
const fields: Record<string, Record<string, string>> = {
  administrator: { administrator: "yes" },
  create: { name: "made" },
  delete: { typed: "victim" },
  set: { namespace: "victim", badge: "official" },
  remove: { namespace: "victim", name: "alice/web" },
  add: { name: "alice/web" },
  advance: { name: "alice/web" },
  face: { name: "Taken over", announcement: "", announcementUrl: "" },
  signUp: { signUp: "closed" },
  images: { readmeImageHosts: "img.example" },
};

let admin: Person;

beforeEach(async () => {
  ({ admin } = await people());
  await api(admin, "POST", "/api/v1/users", { name: "victim" });
  await api(admin, "POST", "/api/v1/repositories", { name: "alice/web", visibility: "public" });
});

async function signedUp(name: string, administrator: boolean): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.signUp(name);
  await env.DB.prepare("update users set administrator = ?, email_verified_at = 1 where name = ?")
    .bind(administrator ? 1 : 0, name)
    .run();
  return visitor;
}

test("pages of administrators are not there for anybody else, and their forms do nothing", async () => {
  const guest = new Visitor();
  const user = await signedUp("mallory", false);
  expect(adminPages.length).toBeGreaterThan(8);
  const before = await wholeDatabase();
  for (const { path, forms } of adminPages) {
    const address = path.replace(":user", "victim");
    expect([address, (await guest.get(address)).headers.get("Location")]).toEqual([
      address,
      `/sign-in?next=${encodeURIComponent(address)}`,
    ]);
    const seen = await user.get(address);
    expect([address, seen.status]).toEqual([address, 404]);
    expect(await seen.text()).toContain("There is no such page.");
    for (const form of Object.keys(forms)) {
      const sent = { form, ...fields[form] };
      expect([address, form, (await user.post(address, sent)).status]).toEqual([address, form, 404]);
      expect([address, form, (await guest.post(address, sent)).status]).toEqual([address, form, 303]);
    }
  }
  expect(await wholeDatabase()).toBe(before);
});

test("what is dangerous is confirmed first, and nothing happens before", async () => {
  const boss = await signedUp("boss", true);
  await env.DB.prepare("update sign_in_sessions set sudo_until = 0").run();
  const dangerous = [
    ["/admin", "rebuild"],
    ["/admin/users", "create"],
    ["/admin/users/victim", "administrator"],
    ["/admin/users/victim", "delete"],
    ["/admin/settings", "signUp"],
    ["/admin/settings", "images"],
  ] as const;
  const before = await wholeDatabase();
  for (const [path, form] of dangerous) {
    const answer = await boss.post(path, { form, ...fields[form] });
    expect([path, form, answer.headers.get("Location")]).toEqual([
      path,
      form,
      `/confirm?next=${encodeURIComponent(path)}`,
    ]);
  }
  expect(await wholeDatabase()).toBe(before);
});

test("administrators do with the pages what they say", async () => {
  const boss = await signedUp("boss", true);
  const done = async (path: string, sent: Record<string, string>) => {
    const answer = await boss.post(path, sent);
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await boss.get(answer.headers.get("Location") ?? "")).text();
  };
  expect(await done("/admin/badges", { form: "set", namespace: "alice", badge: "verified" })).toContain(
    "alice is verified now.",
  );
  expect(await done("/admin/featured", { form: "add", name: "alice/web" })).toContain(
    "alice/web is featured.",
  );
  expect(await done("/admin/featured", { form: "remove", name: "alice/web" })).toContain(
    "Nothing is featured.",
  );
  expect(await done("/admin/badges", { form: "remove", namespace: "alice" })).toContain(
    "No namespace has a badge.",
  );
  expect(await done("/admin/users", { form: "create", name: "newcomer" })).toContain("newcomer is there.");
  expect(await done("/admin/users/newcomer", { form: "administrator", administrator: "yes" })).toContain(
    "newcomer is an administrator now.",
  );
  expect(await done("/admin/users/newcomer", { form: "delete", typed: "newcomer" })).toContain(
    "newcomer is deleted.",
  );
  expect(await done("/admin/storage", { form: "count" })).toContain("The count has begun");
  const hosts = await done("/admin/settings", {
    form: "images",
    readmeImageHosts: "b.example\r\n a.example  b.example",
  });
  expect(hosts).toContain("b.example\na.example</textarea>");
  const log = await (await boss.get("/admin/audit")).text();
  for (const action of [
    "namespace.badge",
    "hub.featured",
    "user.create",
    "user.administrator",
    "user.delete",
    "hub.settings",
  ])
    expect(log).toContain(`<code>${action}</code>`);

  const wrong = await boss.post("/admin/users/victim", { form: "delete", typed: "somebody" });
  expect([wrong.status, await wrong.text()]).toEqual([
    400,
    expect.stringContaining("This is not &quot;victim&quot;."),
  ]);
});

test("who may make an account is narrowed at once, for the page and for what it sends", async () => {
  const boss = await signedUp("boss", true);
  await boss.post("/admin/settings", { form: "signUp", signUp: "closed" });
  const guest = new Visitor();
  expect(await (await guest.get("/sign-up")).text()).toContain("administrators");
  await expect(guest.signUp("newcomer")).rejects.toThrow(/403/);
  await boss.post("/admin/settings", { form: "signUp", signUp: "open" });
  await guest.signUp("newcomer");
});
