// Every page: for everyone (axe, in light and dark), on a narrow screen, and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "./axe.mjs";
import { House, browser, follow, leads, page } from "./house.mjs";
import { CAMPAIGN, addresses, inhabit } from "./inhabited.mjs";
import { librarian, peers } from "./model.mjs";

let chromium, stubs, house, all;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(librarian)]);
  house = await new House({ peers: stubs }).start();
  await inhabit(house);
  all = addresses(house);
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

test("axe finds nothing, in light and in dark", async () => {
  const tab = await page(chromium, house);
  const found = [];
  for (const path of all) {
    await tab.goto(path);
    // What is folded is looked at, too.
    await tab.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
    found.push(...(await axe(tab)).map((it) => `${path}: ${it}`));
  }
  assert.deepEqual(found, []);
  assert.deepEqual(tab.troubles, []);
});

test("a campaign tells each sending, and each that was skipped with its reason", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/campaigns");
  assert.match(await tab.locator("tr", { hasText: "books" }).innerText(), /every day at \d\d:\d\d \(UTC\)/);
  await follow(tab, "books");
  assert.ok(tab.url().endsWith(CAMPAIGN));
  const row = (whose) => tab.locator("tbody tr", { hasText: whose });
  assert.match(await row("cleo@c.example").innerText(), /skipped\s+rosa put cleo@c\.example on the suppression list/);
  await leads(tab, () => row("ada@a.example").getByRole("link", { name: "Draft" }).click());
  await tab.getByText("A campaign wrote it").waitFor();
  await tab.goto(CAMPAIGN);
  await follow(tab, "Who would get it now");
  assert.match(await tab.locator("main").innerText(), /would get it, \d+ would not[^]*be skipped/);
});

test("the numbers are drawn, and are there to be read as a table", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/numbers");
  for (const name of ["Throughput", "From mail to reply", "Spend", "Broken rules"]) {
    const chart = tab.locator("figure", { hasText: name });
    await chart.getByText("As a table").click();
    assert.ok((await chart.locator("tbody tr").count()) > 0, name);
  }
  const came = tab.locator("figure", { hasText: "Throughput" });
  assert.match(await came.locator("figcaption").innerText(), /7 mails came in, 1 were sent/);
  assert.ok((await came.locator("rect").count()) > 0);
});

test("nothing is wider than a narrow screen, and what is pressed is large enough", async () => {
  const tab = await page(chromium, house, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  for (const path of all) {
    await tab.goto(path);
    const wide = await tab.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${path} is ${wide} px wider than the screen`);
    const small = await tab.evaluate(() => [...document.querySelectorAll("main button:not(.hidden)")].filter((it) => it.offsetParent && it.getBoundingClientRect().height < 28).map((it) => it.outerHTML));
    assert.deepEqual(small, [], path);
  }
});

test("every page says all that it says without JavaScript", async () => {
  const [with_, without] = [await page(chromium, house), await page(chromium, house, { javaScriptEnabled: false })];
  const said = (tab) => tab.locator("main").innerText();
  for (const path of all) {
    await with_.goto(path);
    await without.goto(path);
    // Times go on meanwhile.
    const [one, other] = (await Promise.all([said(with_), said(without)])).map((text) => text.replace(/\d+ (s|min|ms)\b|now/g, "…"));
    assert.equal(one, other, path);
  }
});

test("every page has a title, one heading, and a way round the navigation", async () => {
  const tab = await page(chromium, house);
  for (const path of all) {
    await tab.goto(path);
    assert.match(await tab.title(), /\S+ · Silex$/, path);
    assert.equal(await tab.locator("h1").count(), 1, path);
    await tab.keyboard.press("Tab");
    assert.equal(await tab.evaluate(() => document.activeElement.className), "skip", path);
  }
});
