// Everything that a reviewer does, with forms alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, follow, leads, page, press, until } from "./house.mjs";
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
  const state = () => tab.locator("#draft-state .badge").first().innerText();
  await tab.goto("/");
  await tab.getByLabel("Search").fill("LATE");
  await press(tab, "Search");
  await tab.getByRole("link", { name: "A late book" }).waitFor();
  await tab.getByLabel("Search").fill("no such thing");
  await press(tab, "Search");
  await tab.getByText("No such thread").waitFor();
  await tab.goto("/drafts");
  await follow(tab, "Re: A late book");
  await tab.getByLabel("Text", { exact: true }).fill("Dear Ada, a person wrote this.");
  await press(tab, /^Save/);
  await tab.getByRole("heading", { name: "What people changed" }).waitFor();
  await follow(tab, "Side by side");
  await tab.getByRole("columnheader", { name: "The model wrote" }).waitFor();
  // The key that sends a form from a field does not send the mail.
  await leads(tab, () => tab.getByLabel("Subject").press("Enter"));
  assert.equal(await state(), "held");
  await press(tab, /^Reject/);
  assert.equal(await state(), "rejected");
  await press(tab, /Take it back/);
  assert.equal(await state(), "held");
  await tab.getByLabel(/A note/).fill("Name the book.");
  await press(tab, /Write again/);
  await until("it to be written again", async () => { await tab.reload(); return (await state()) === "held"; });
  await tab.getByLabel("Another reviewer").selectOption({ index: 1 });
  await press(tab, "Give away");
  await press(tab, "Take the thread over from its agent");
  await tab.getByText("its agent answers nothing in it").waitFor();
  await press(tab, /Give it back/);
  await tab.getByRole("button", { name: /Take it over/ }).waitFor();
  await tab.goto("/drafts?whose=all");
  await follow(tab, "Re: A late book");
  await press(tab, /^Approve/);
  assert.equal(await state(), "approved");
});
