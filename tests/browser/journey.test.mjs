// From a mail to its answer, as a reviewer goes that way.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, follow, page, press, until } from "./house.mjs";
import { LETTER, clerk, peers } from "./model.mjs";

let chromium, stubs, house;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(clerk)]);
  house = await new House({ peers: stubs }).start();
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

test("a mail is seen as it comes, its draft is edited and approved, and it leaves", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/");
  await tab.getByText("No mail yet").waitFor();
  // Nobody loads the page again.
  house.mail("late");
  await tab.getByRole("link", { name: "A late book" }).waitFor();
  await tab.locator(".badge", { hasText: "held" }).waitFor();
  await follow(tab, /^Review\b/);
  await follow(tab, "Re: A late book");
  const text = tab.getByLabel("Text", { exact: true });
  assert.equal(await text.inputValue(), LETTER);
  await text.fill(`${LETTER}\n\nPS: It came back this morning.`);
  await press(tab, /Approve/);
  await tab.locator(".badge", { hasText: "approved" }).first().waitFor();
  assert.match(await tab.locator("main").innerText(), /PS: It came back/);
  assert.deepEqual(house.outbox(), []);
  // The window in which it can be taken back goes by.
  const [sent] = await until("the mail to leave", () => house.outbox().length > 0 && house.outbox());
  assert.match(sent, /PS: It came back this morning/);
  await tab.locator(".badge", { hasText: "delivered" }).first().waitFor();
  assert.deepEqual(tab.troubles, []);
});
