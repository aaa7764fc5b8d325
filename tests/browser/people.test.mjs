// Signing in, by people with a browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "./axe.mjs";
import { House, browser, page, press, until } from "./house.mjs";
import { librarian, peers } from "./model.mjs";

const PAGES = "http://pages.library.example";
const PASSWORD = "vier blaue Pferde";
let chromium, stubs, house;

before(async () => {
  const reviewers = [{ name: "vera", address: "vera@library.example", role: "viewer" }, { name: "rosa", address: "rosa@library.example" }];
  [chromium, stubs] = await Promise.all([browser(), peers(librarian)]);
  house = await new House({ peers: stubs, settings: { public_url: PAGES, reviewers } }).start();
});
after(async () => {
  stubs?.stop();
  await chromium?.close();
  await house?.stop();
});

/** A link is under the address that others have. */
const here = (link) => link.trim().replace(PAGES, house.url);
const link = (name) => here(house.run("reviewers", "link", name));

/** Whoever is signed in by a link that was printed. */
async function signedIn(name, options) {
  const tab = await page(chromium, house, options);
  await tab.goto(link(name));
  await press(tab, "Sign in");
  assert.equal(tab.url(), `${house.url}/`);
  return tab;
}

test("whoever started it becomes the first operator, and nobody after them", async () => {
  const first = here(house.said.match(/once, within an hour: (\S+)/)[1]);
  const tab = await page(chromium, house);
  await tab.goto(first);
  assert.deepEqual(await axe(tab), []);
  await tab.getByLabel("A short name").fill("otto");
  await tab.getByLabel("Where you read mail").fill("otto@library.example");
  await press(tab, "Sign in");
  assert.equal(tab.url(), `${house.url}/`);
  await tab.goto("/you");
  assert.match(await tab.locator("main").innerText(), /Operator/);
  assert.deepEqual(await axe(tab), []);
  await tab.goto(first);
  assert.match(await tab.locator("main").innerText(), /used already/);
});

test("a page that was asked for is shown after signing in by a mailed link", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/audit?kind=reviewer.set");
  assert.match(tab.url(), /\/sign-in\?next=/);
  assert.deepEqual(await axe(tab), []);
  await tab.getByLabel("Name or address").fill("rosa@library.example");
  await press(tab, "Mail me a link");
  assert.match(await tab.locator("main").innerText(), /a link is on its way/);
  const letter = await until("the link", () => house.outbox().find((mail) => mail.includes("Sign in to Silex")));
  const mailed = letter.replace(/=\r\n/g, "").replace(/=3D/g, "=").match(/http:\S+/)[0];
  await tab.goto(here(mailed));
  await press(tab, "Sign in");
  assert.match(tab.url(), /\/audit\?kind=reviewer\.set$/);
});

test("a password is set, and signs in; signing out ends every window", async () => {
  const tab = await signedIn("rosa");
  await tab.goto("/you");
  await tab.getByLabel("The new one").fill(PASSWORD);
  await press(tab, "Set it");
  assert.match(await tab.locator("main").innerText(), /The password is changed/);
  const cookies = await tab.context().cookies();
  assert.deepEqual(cookies.map((it) => [it.httpOnly, it.sameSite, it.path]), [[true, "Lax", "/"]]);
  assert.equal(await tab.evaluate(() => document.cookie), "");
  const second = await tab.context().newPage();
  await second.goto("/drafts");
  await press(tab, /^Sign out$/);
  assert.match(tab.url(), /\/sign-in$/);
  await second.reload();
  assert.match(second.url(), /\/sign-in/);
  await tab.getByLabel("Name or address").fill("rosa");
  await tab.getByLabel("Password").fill("not this one");
  await press(tab, /^Sign in$/);
  assert.match(await tab.getByRole("alert").innerText(), /not right/);
  await tab.getByLabel("Password").fill(PASSWORD);
  await press(tab, /^Sign in$/);
  assert.equal(tab.url(), `${house.url}/`);
});

test("who only looks is offered nothing to do, and does nothing by other means", async () => {
  const tab = await signedIn("vera");
  for (const path of ["/jobs", "/reviewers", "/suppressed", "/audit", "/aside"]) {
    await tab.goto(path);
    assert.equal(await tab.locator("main form[method=post]").count(), 0, path);
  }
  await tab.goto("/you");
  const status = await tab.evaluate(async () => {
    const csrf = document.querySelector("[name=csrf]").value;
    const answer = await fetch("/jobs/pause", { method: "POST", body: new URLSearchParams({ kind: "*", csrf }) });
    return answer.status;
  });
  assert.equal(status, 403);
  assert.doesNotMatch(house.run("jobs", "list"), /paused/);
});

test("a form of another site does nothing in the name of who is signed in", async () => {
  const operator = await signedIn("otto");
  const other = await operator.context().newPage();
  await other.route("http://127.0.0.1:1/**", (route) => route.fulfill({ contentType: "text/html", body: `<form method="post" action="${house.url}/jobs/pause"><input name="kind" value="*"><button>Win</button></form>` }));
  await other.goto("http://127.0.0.1:1/");
  await press(other, "Win");
  assert.equal(other.url(), `${house.url}/jobs/pause`);
  assert.doesNotMatch(house.run("jobs", "list"), /paused/);
});
