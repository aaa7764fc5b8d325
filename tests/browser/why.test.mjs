// Why a draft is as it is, and what the bundle in use says.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, follow, page } from "./house.mjs";
import { clerk, hasTicket, peers } from "./model.mjs";

let chromium, stubs, house, asked;
before(async () => {
  const heard = async (request, answer) => { if (hasTicket(request)) asked = request; await clerk(request, answer); };
  [chromium, stubs] = await Promise.all([browser(), peers(heard)]);
  house = await new House({ peers: stubs }).start();
  house.mail("late");
  await house.held();
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

test("the prompt is shown as it was sent, with rules, what was kept out, and what it took", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/drafts/1");
  await follow(tab, /^Why/);
  const sent = typeof asked.system === "string" ? asked.system : asked.system.map((part) => part.text).join("");
  const shown = await tab.locator(".prompt pre").allTextContents();
  assert.equal(shown.join(""), sent);
  const line = tab.locator(".prompt .said", { hasText: "Answer in at most 120 words" });
  assert.match(await line.locator(".origin").innerText(), /must\s+desk\.answer\.be_brief\s+specs\/desk\.silex:\d+/);
  const absent = tab.locator(".absent", { hasText: "desk.answer.thank_member" });
  assert.match(await absent.innerText(), /because writer\.card is some did not hold \(specs\/desk\.silex:\d+\)/);
  const facts = await tab.locator("aside").innerText();
  assert.match(facts, /claude-haiku-4-5/);
  assert.match(facts, /Tokens read\s+1\d\d\d/);
  assert.match(facts, /desk 0\.1\.0/);
  assert.deepEqual(tab.troubles, []);
});

test("from a rule to every thread in which it was active", async () => {
  house.mail("another", { from: "Ben <ben@b.example>", subject: "Opening hours" });
  await house.held(2);
  const tab = await page(chromium, house);
  await tab.goto("/drafts/1/why");
  await follow(tab, "desk.answer.offer_card");
  await tab.getByRole("heading", { name: "desk.answer.offer_card" }).waitFor();
  assert.deepEqual(await tab.locator("a.row").allTextContents(), ["Opening hours", "A late book"]);
  await tab.goto("/rules/desk.answer.thank_member");
  await tab.getByText("Not yet").waitFor();
});

test("the bundle in use is held against the one before", async () => {
  await house.swap({ "Answer in at most 120 words.": "Answer in at most eighty words." });
  const tab = await page(chromium, house);
  await tab.goto("/behaviours/");
  await follow(tab, "desk.answer");
  await tab.getByText("Answer in at most eighty words.").waitFor();
  await follow(tab, "What changed");
  const changed = tab.locator("section.card");
  assert.equal(await changed.count(), 1);
  assert.match(await changed.locator("h2").innerText(), /Behaviour desk\.answer\s+changed/);
  assert.deepEqual(await changed.locator("del").allTextContents(), ["120"]);
  assert.deepEqual(await changed.locator("ins").allTextContents(), ["eighty"]);
  // A draft goes on saying what it was told.
  await tab.goto("/drafts/1/why");
  await tab.locator(".prompt", { hasText: "Answer in at most 120 words." }).waitFor();
});
