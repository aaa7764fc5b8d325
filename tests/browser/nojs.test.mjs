// Everything that a reviewer does, with forms alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, page, until } from "./house.mjs";
import { clerk, peers } from "./model.mjs";

let chromium, stubs, house;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(clerk)]);
  house = await new House({ peers: stubs }).start();
  house.mail("late");
  await house.held();
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

test("search, edit, compare, undo, send back, give away, take over: without a script", async () => {
  const tab = await page(chromium, house, { javaScriptEnabled: false });
  // Without a script every button leads to a page; the next step is taken on it, not on the way to it.
  const press = (name) => Promise.all([tab.waitForEvent("load"), tab.getByRole("button", { name }).first().click()]);
  const state = () => tab.locator("#draft-state .badge").first().innerText();
  await tab.goto("/");
  await tab.getByLabel("Search").fill("LATE");
  await press("Search");
  await tab.getByRole("link", { name: "A late book" }).waitFor();
  await tab.getByLabel("Search").fill("no such thing");
  await press("Search");
  await tab.getByText("No such thread").waitFor();
  await tab.goto("/drafts");
  await tab.getByRole("link", { name: "Re: A late book" }).click();
  await tab.getByLabel("Text", { exact: true }).fill("Dear Ada, a person wrote this.");
  await press(/^Save/);
  await tab.getByRole("heading", { name: "What people changed" }).waitFor();
  await tab.getByRole("link", { name: "Side by side" }).click();
  await tab.getByRole("columnheader", { name: "The model wrote" }).waitFor();
  // The key that sends a form from a field does not send the mail.
  await tab.getByLabel("Subject").press("Enter");
  assert.equal(await state(), "held");
  await press(/^Reject/);
  assert.equal(await state(), "rejected");
  await press(/Take it back/);
  assert.equal(await state(), "held");
  await tab.getByLabel(/A note/).fill("Name the book.");
  await press(/Write again/);
  await until("it to be written again", async () => { await tab.reload(); return (await state()) === "held"; });
  await tab.getByLabel("Another reviewer").selectOption({ index: 1 });
  await press("Give away");
  await press("Take the thread over from its agent");
  await tab.getByText("its agent answers nothing in it").waitFor();
  await press(/Give it back/);
  await tab.getByRole("button", { name: /Take it over/ }).waitFor();
  await tab.goto("/drafts?whose=all");
  await tab.getByRole("link", { name: "Re: A late book" }).click();
  await press(/^Approve/);
  assert.equal(await state(), "approved");
});
