// Two people on one draft: neither takes the other's work away, and nothing that was typed is lost.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { House, browser, page, press } from "./house.mjs";
import { clerk, peers } from "./model.mjs";

let chromium, stubs, house, mails = 0, draft;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(clerk)]);
  house = await new House({ peers: stubs }).start();
});
beforeEach(async () => {
  mails += 1;
  house.mail(`late-${mails}`, { from: `Ada <ada${mails}@a.example>` });
  draft = await house.held();
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

async function two() {
  const tabs = [await page(chromium, house), await page(chromium, house)];
  for (const tab of tabs) await tab.goto(`/drafts/${draft}`);
  return tabs;
}
const text = (tab) => tab.getByLabel("Text", { exact: true });

test("who saves second is told, and what they typed is still there, with what it would change", async () => {
  const [one, other] = await two();
  await text(other).fill("Dear Ada, this is what the other wrote.");
  await text(one).fill("Dear Ada, this is what the first wrote.");
  await press(one, /^Save/);
  // The other is told while they type, and nothing is taken from under their hands.
  await other.locator("#changed").waitFor();
  assert.equal(await text(other).inputValue(), "Dear Ada, this is what the other wrote.");
  await press(other, /^Approve/);
  await other.getByText("Nothing was changed.").waitFor();
  assert.equal(await text(other).inputValue(), "Dear Ada, this is what the other wrote.");
  assert.match(await other.locator("main").innerText(), /revision 2 by now/);
  assert.equal(await other.locator("ins", { hasText: "other" }).count(), 1);
  assert.match(house.run("drafts", "list"), /held/);
  // Now they have seen it, and what they say counts.
  await press(other, /^Approve/);
  await other.locator(".badge", { hasText: "approved" }).first().waitFor();
  assert.match(await other.locator("main").innerText(), /this is what the other wrote/);
  // Only the answer 409 is in the console.
  assert.deepEqual(other.troubles.filter((it) => !/409/.test(it)), []);
  house.run("drafts", "undo", String(draft), "--revision", "3");
  house.run("drafts", "reject", String(draft), "--revision", "4");
});

test("who decides second is told who was first, and can copy what they had typed", async () => {
  const [one, other] = await two();
  await text(other).fill("Dear Ada, I was slow.");
  await press(one, /^Reject/);
  await one.locator(".badge", { hasText: "rejected" }).first().waitFor();
  await press(other, /^Approve/);
  await other.getByText("was rejected by").waitFor();
  assert.equal(await other.getByLabel("What you had written").inputValue(), "Dear Ada, I was slow.");
  assert.deepEqual(house.outbox(), []);
});

test("a page that nobody types in shows the new state by itself", async () => {
  const [one, other] = await two();
  await press(one, /^Reject/);
  await other.locator("#draft-state .badge", { hasText: "rejected" }).waitFor();
  await other.getByRole("button", { name: /Take it back/ }).waitFor();
});

test("a draft that newer mail made stale says why", async () => {
  const [tab] = await two();
  house.mail(`again-${mails}`, { from: `Ada <ada${mails}@a.example>`, subject: "Re: A late book", text: "Never mind, I found it.", answers: `late-${mails}@a.example` });
  await tab.locator("#draft-state", { hasText: "has written again" }).waitFor();
  await tab.getByRole("link", { name: "Go to the newer draft" }).waitFor();
});
