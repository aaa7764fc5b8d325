// `silex play`: a spec on the left, and what the model reads of it on the right.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { SILEX, CHROMIUM, SEE } = process.env;
const BROKEN = { from: "mail: Mail) -> Reply", to: "mail: Mail) -> Replly" };

let browser, play, url;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  play = spawn(SILEX, ["play", "--port", "0", "--no-open"], { stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise((resolve) => {
    let said = "";
    play.stdout.on("data", (text) => {
      said += text;
      const page = said.match(/http:\/\/\S+/)?.[0].replace(/\u001b.*/, "");
      if (page && said.includes("Ctrl-C")) resolve(page);
    });
  });
});
after(async () => {
  await browser.close();
  play.kill();
});

/** The page, on which an error of its script fails the test. */
async function opened(address = url, options = {}) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  const tab = await context.newPage();
  tab.troubles = [];
  tab.on("pageerror", (error) => tab.troubles.push(String(error)));
  tab.on("console", (message) => message.type() === "error" && tab.troubles.push(message.text()));
  tab.setDefaultTimeout(30_000);
  await tab.goto(address);
  return tab;
}

async function closed(tab) {
  assert.deepEqual(tab.troubles, []);
  await tab.context().close();
}

const spec = (tab) => tab.getByRole("textbox", { name: "Spec" });
const prompt = (tab) => tab.locator("#prompt");
const state = (tab, said) => tab.getByRole("status").filter({ hasText: said }).waitFor();

/** Exchanges a part of the spec by typing. */
async function exchange(tab, from, to) {
  await spec(tab).evaluate((field, part) => {
    const at = field.value.indexOf(part);
    if (at < 0) throw new Error(`there is no ${part}`);
    field.focus();
    field.setSelectionRange(at, at + part.length);
  }, from);
  await tab.keyboard.insertText(to);
}

test("the prompt follows the spec as it is typed", async () => {
  const tab = await opened();
  await state(tab, "no findings");
  await prompt(tab).getByText("You answer mail for the Mill Street library.").waitFor();
  await exchange(tab, "Mill Street library", "Elm Road library");
  await prompt(tab).getByText("You answer mail for the Elm Road library.").waitFor();
  assert.equal(await tab.locator("#tools code").first().innerText(), "find_copy");
  assert.match(await tab.locator("#about").innerText(), /about \d+ tokens/);
  assert.ok((await tab.locator("#layer .keyword").count()) > 10);
  await closed(tab);
});

test("a mistake is told where it is, mended by its fix, and leaves the last prompt standing", async () => {
  const tab = await opened();
  await state(tab, "no findings");
  await exchange(tab, BROKEN.from, BROKEN.to);
  await state(tab, /error/);
  const finding = tab.getByRole("list", { name: "Findings" }).getByRole("listitem").first();
  assert.match(await finding.innerText(), /unknown .*Replly/);
  assert.equal(await tab.locator("#layer .error-at").first().innerText(), "Replly");
  assert.match(await prompt(tab).innerText(), /Mill Street/);
  await finding.getByRole("button", { name: /line \d+/ }).click();
  assert.equal(await spec(tab).evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd)), "Replly");
  await finding.getByRole("button", { name: /Reply/ }).click();
  await state(tab, "no findings");
  await closed(tab);
});

test("a condition is toggled, and stays so as the text goes on", async () => {
  const tab = await opened();
  const plus = tab.getByRole("group", { name: "Conditions" }).getByRole("button", { name: /plus/ });
  await plus.waitFor();
  const first = await plus.getAttribute("aria-pressed");
  const other = first === "true" ? "false" : "true";
  await plus.click();
  await tab.locator(`#conditions button[aria-pressed=${other}]`, { hasText: "plus" }).waitFor();
  const sends = () => prompt(tab).innerText().then((it) => it.includes("Offer to send the book home."));
  assert.equal(await sends(), other === "true");
  await exchange(tab, "Answer in at most 120 words.", "Answer in a few words.");
  await prompt(tab).getByText("Answer in a few words.").waitFor();
  assert.equal(await plus.getAttribute("aria-pressed"), other);
  // The inputs that make it so can be read and changed.
  await tab.getByText("Inputs", { exact: true }).click();
  const inputs = tab.getByRole("textbox", { name: "Inputs as JSON" });
  const given = JSON.parse(await inputs.inputValue());
  given.reader.name = "Ada <b>& Eve";
  await inputs.fill(JSON.stringify(given));
  // In the prompt nothing that a stranger wrote opens a tag.
  await prompt(tab).getByText("Ada ‹b›& Eve").waitFor();
  await inputs.fill("{");
  await tab.getByRole("alert").waitFor();
  await closed(tab);
});

test("a line of the prompt leads to its rule, and the rule to its line", async () => {
  const tab = await opened();
  await state(tab, "no findings");
  await prompt(tab).getByText("Answer in at most 120 words.").click();
  const written = await spec(tab).evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd));
  assert.match(written, /^must be_brief/);
  assert.match(await tab.locator("#prompt .here").first().innerText(), /at most 120 words/);
  await closed(tab);
});

test("a link shows the same spec and the same prompt to somebody else", async () => {
  const tab = await opened();
  await state(tab, "no findings");
  await exchange(tab, "Mill Street library", "Bücherei 𝄞 <script>alert(1)</script>");
  await prompt(tab).getByText("Bücherei 𝄞 <script>").waitFor();
  await tab.getByRole("button", { name: "Copy link" }).click();
  await tab.getByRole("button", { name: "Copied" }).waitFor();
  const link = await tab.evaluate(() => navigator.clipboard.readText());
  await closed(tab);
  const there = await opened(link);
  await prompt(there).getByText("Bücherei 𝄞 <script>").waitFor();
  assert.match(await spec(there).inputValue(), /Bücherei 𝄞/);
  await there.getByRole("button", { name: "Begin anew" }).click();
  await prompt(there).getByText("Mill Street").waitFor();
  await closed(there);
  const broken = await opened(`${url}/#nonsense`);
  await prompt(broken).getByText("Mill Street").waitFor();
  await closed(broken);
});

test("the spec is written with the keyboard, and can be left with it", async () => {
  const tab = await opened();
  await state(tab, "no findings");
  await spec(tab).fill("record R {");
  await spec(tab).press("End");
  await spec(tab).press("Enter");
  await tab.keyboard.type("a: int");
  assert.equal(await spec(tab).inputValue(), "record R {\n  a: int");
  await spec(tab).press("Escape");
  await spec(tab).press("Tab");
  assert.notEqual(await tab.evaluate(() => document.activeElement.id), "text");
  await closed(tab);
});

test("on a narrow screen nothing is cut off, in the light and in the dark", async () => {
  for (const [width, height] of [[360, 740], [768, 1000], [1440, 900]]) {
    for (const colorScheme of ["light", "dark"]) {
      const tab = await opened(url, { viewport: { width, height }, colorScheme });
      await state(tab, "no findings");
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${width}: ${wide} too wide`);
      if (SEE) await tab.screenshot({ path: `${SEE}/play-${width}-${colorScheme}.png` });
      await closed(tab);
    }
  }
});
