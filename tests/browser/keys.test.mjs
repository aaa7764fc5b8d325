// A reviewer's day without a mouse.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, follow, leads, page, until } from "./house.mjs";
import { clerk, peers } from "./model.mjs";

let chromium, stubs, house;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(clerk)]);
  house = await new House({ peers: stubs }).start();
  for (const [at, name] of ["Ada", "Ben", "Cleo"].entries()) {
    house.mail(name, { from: `${name} <${name.toLowerCase()}@a.example>`, subject: `Book ${at + 1}` });
    await house.held(at + 1);
  }
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

const focused = (tab) => tab.evaluate(() => document.activeElement.textContent || document.activeElement.id);

test("through the queue, an edit, an approval, a note to the model, and back", async () => {
  const tab = await page(chromium, house);
  const keys = async (...all) => { for (const key of all) await tab.keyboard.press(key); };
  await tab.goto("/");
  await leads(tab, () => keys("g", "r"));
  await tab.getByRole("heading", { name: "Review" }).waitFor();
  await follow(tab, "Everybody’s");
  await keys("j", "j", "k");
  assert.equal(await focused(tab), "Re: Book 1");
  await leads(tab, () => keys("j", "Enter"));
  await tab.getByRole("heading", { name: "Re: Book 2" }).waitFor();
  // While one writes, letters are letters.
  await keys("e");
  assert.equal(await focused(tab).then(() => tab.evaluate(() => document.activeElement.id)), "body");
  await tab.keyboard.press("Control+End");
  await tab.keyboard.type(" area");
  await leads(tab, () => keys("Escape", "a"));
  await tab.locator(".badge", { hasText: "approved" }).first().waitFor();
  assert.match(await tab.locator("main").innerText(), /the desk area/);
  await leads(tab, () => keys("u"));
  await tab.locator("#draft-state .badge", { hasText: "held" }).waitFor();
  // A draft goes back to the model with a note only.
  await keys("r");
  assert.equal(await tab.evaluate(() => document.activeElement.id), "note");
  await tab.keyboard.type("Shorter, please.");
  await leads(tab, () => keys("Escape", "r"));
  await tab.locator("#draft-state", { hasText: "Shorter, please." }).waitFor();
  await until("it to be written again", () => house.run("drafts", "list").split("\n").filter((line) => /held/.test(line)).length === 3);
  await leads(tab, () => keys("n"));
  assert.match(tab.url(), /drafts\/(1|3)$/);
  await leads(tab, () => keys("x"));
  await tab.locator("#draft-state .badge", { hasText: "rejected" }).waitFor();
  assert.deepEqual(tab.troubles, []);
});

test("the help says what every key of the page does, and closes", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/drafts");
  await tab.keyboard.press("?");
  const help = tab.getByRole("dialog", { name: "Keys" });
  await help.waitFor();
  assert.match(await help.innerText(), /next[\s\S]*go to threads/);
  await tab.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
});
