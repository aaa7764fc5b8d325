// What operators do, in a browser: mail that was put aside, jobs, contacts, reviewers and the log.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, follow, leads, page, press, until } from "./house.mjs";
import { asksForVerdict, librarian, peers } from "./model.mjs";

/** While it is not lenient, advertisements are blocked, and riddles have no answer. */
let isLenient = false;
async function moody(asked, answer) {
  if (!isLenient) return librarian(asked, answer);
  answer.say(asksForVerdict(asked) ? JSON.stringify({ kind: "allow" }) : "It is noted.");
  answer.end();
}

let chromium, stubs, house, tab;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(moody)]);
  house = await new House({ peers: stubs }).start();
  tab = await page(chromium, house);
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

const said = (where = "main") => tab.locator(where).innerText();
const jobs = () => house.run("jobs", "list");

test("mail that was put aside stands by its cause, and all of a cause is tried again", async () => {
  for (const name of ["one", "two"]) house.mail(name, { from: `Lucky <${name}@lottery.example>`, subject: "You have won the lottery", text: "Click here." });
  await until("both aside", () => /one@lottery[^]*two@lottery|two@lottery[^]*one@lottery/.test(house.run("mails", "list")));
  await tab.goto("/aside");
  assert.match(await said(".tabs"), /Blocked\s*2/);
  assert.equal(await tab.getByText("blocked: an advertisement that nobody asked for").count(), 2);
  isLenient = true;
  // One of a list is done without leaving the list; all of them by a form of the page.
  await tab.evaluate(() => { window.isSame = true; });
  await tab.getByRole("button", { name: "Let it go on" }).first().click();
  await tab.locator(".tabs", { hasText: /Blocked\s*1/ }).waitFor();
  assert.ok(await tab.evaluate(() => window.isSame && document.activeElement.textContent === "You have won the lottery"), "it is the same page, and the next mail is marked");
  await press(tab, "Try all of these again");
  await house.held(2);
  isLenient = false;
  await tab.getByText("Nothing is put aside").waitFor();
});

test("a job that gave up tells each attempt, and is run again", async () => {
  house.mail("riddle", { from: "Emil <emil@e.example>", subject: "A riddle", text: "What has pages, and is no book?" });
  await until("it to be given up", () => /\bdead\b/.test(jobs()));
  await tab.goto("/jobs");
  await follow(tab, /^Dead/);
  await leads(tab, () => tab.locator("a.row").first().click());
  assert.match(await said(), /Attempt 1[^]*Nobody knows this\./);
  isLenient = true;
  await press(tab, /^Run it again/);
  await tab.locator(".badge", { hasText: "done" }).first().waitFor();
  isLenient = false;
  await house.held(3);
});

test("a kind of job rests and goes on, and one of its jobs is taken back with a reason", async () => {
  await tab.goto("/jobs");
  await tab.getByLabel("Start no more jobs").selectOption("screen");
  await press(tab, "Let them rest");
  assert.match(await said(), /you let jobs of the kind screen rest/);
  house.mail("later", { from: "Gil <gil@g.example>", subject: "Later" });
  await until("its job", () => /screen/.test(house.run("jobs", "list").split("\n").filter((line) => /\bready\b/.test(line)).join()));
  await tab.goto("/jobs?state=ready");
  await leads(tab, () => tab.locator("a.row").first().click());
  await tab.getByLabel(/Take it back, because/).fill("Gil called.");
  await press(tab, "Cancel the job");
  await tab.locator(".badge", { hasText: "cancelled" }).first().waitFor();
  assert.match(await said(), /Gil called\./);
  await tab.goto("/jobs");
  await press(tab, "Let them go on");
  assert.doesNotMatch(await said(), /jobs of the kind screen rest/);
});

test("what is kept of a contact is shown with what it rests on, and is taken back", async () => {
  house.mail("late");
  await house.held(4);
  await tab.goto("/contacts");
  await follow(tab, "ada@a.example");
  const newest = tab.locator("ol.way > li").first();
  assert.match(await newest.innerText(), /Version 2[^]*by desk\.answer, said by claude-haiku-4-5/);
  assert.match(await newest.innerText(), /Tove Jansson/);
  await leads(tab, () => newest.getByRole("link", { name: "The mail that it rests on" }).click());
  await tab.getByRole("heading", { name: "A late book" }).waitFor();
  await tab.goto("/contacts/ada@a.example");
  await press(tab, "Take this back");
  assert.match(await newest.innerText(), /Version 3[^]*by you/);
  assert.doesNotMatch(await said("dl.facts >> nth=0"), /Tove Jansson/);
  assert.equal(await tab.locator("ol.way > li").count(), 3, "what was taken back stays in the history");
});

test("an address is sent nothing until that is lifted", async () => {
  await tab.goto("/contacts/ada@a.example");
  await tab.getByLabel("Because").fill("She called.");
  await press(tab, "Send nothing to this address");
  assert.match(await said(), /Nothing is sent to this address[^]*She called\./);
  await press(tab, "Send to it again");
  assert.doesNotMatch(await said(), /Nothing is sent to this address/);
});

test("reviewers are added with their weight, show their load, and are away and back", async () => {
  await tab.goto("/reviewers");
  const row = (name) => tab.locator("tbody tr", { hasText: `${name}@library.example` });
  assert.equal(await row("rosa").getByRole("meter").count(), 1);
  await tab.getByLabel("A short name").fill("nora");
  await tab.getByLabel("Where they read mail").fill("nora@library.example");
  await tab.getByLabel("How much they take").fill("3");
  await press(tab, "Save");
  assert.match(await row("nora").innerText(), /\b3\b/);
  await row("nora").getByText("Away or out").click();
  await row("nora").getByLabel(/^Until/).fill("2099-01-31");
  await leads(tab, () => row("nora").getByRole("button", { name: "Is away" }).click());
  assert.match(await row("nora").innerText(), /away until/);
  await leads(tab, () => row("nora").getByRole("button", { name: "Is back" }).click());
  assert.doesNotMatch(await row("nora").innerText(), /away until/);
});

test("the log tells who did it, and is verified", async () => {
  for (const kind of ["jobs.paused", "job.cancelled", "jobs.resumed", "job.retried", "mail.released", "mail.redriven", "contact.reverted", "address.suppressed"]) {
    await tab.goto(`/audit?actor=you&kind=${kind}`);
    assert.equal(await tab.locator("tbody tr").count(), 1, kind);
  }
  await tab.goto("/audit");
  await tab.getByLabel("What", { exact: true }).fill("reviewer.set");
  await tab.getByLabel("by", { exact: true }).fill("you");
  await press(tab, "Show");
  assert.equal(await tab.locator("tbody tr").count(), 1);
  await tab.getByText("Details", { exact: true }).click();
  assert.match(await said("tbody tr"), /nora/);
  await press(tab, "Verify all of it");
  assert.match(await said(), /The log is what it was/);
  assert.deepEqual(tab.troubles, []);
});
