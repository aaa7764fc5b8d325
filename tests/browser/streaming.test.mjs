// What a model says is seen as it says it, and after a break.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House, browser, page, until } from "./house.mjs";
import { asksForVerdict, hasTicket, peers } from "./model.mjs";

/** The answer that the model is just writing, word by word as the tests let it. */
let writing = null;
async function slowly(asked, answer) {
  if (asksForVerdict(asked)) {
    answer.say(JSON.stringify({ kind: "allow" }));
    return answer.end();
  }
  if (!hasTicket(asked)) return answer.call("open_ticket", { about: "a late book" });
  writing = answer;
}

let chromium, stubs, house;
before(async () => {
  [chromium, stubs] = await Promise.all([browser(), peers(slowly)]);
  house = await new House({ peers: stubs }).start();
});
after(async () => {
  await chromium.close();
  await house.stop();
  stubs.stop();
});

test("two browsers read along, one is cut off and goes on, and the journal has the whole", async () => {
  const tabs = [await page(chromium, house), await page(chromium, house)];
  house.mail("late");
  await until("the thread", () => /A late book|late book/i.test(house.run("threads")));
  for (const tab of tabs) await tab.goto("/threads/1");
  const answer = await until("the model to begin", () => writing);
  answer.say("Dear Ada, ");
  answer.say("<b>we</b> look ");
  const said = (tab, words) => tab.locator("#now", { hasText: words }).waitFor();
  for (const tab of tabs) await said(tab, "Dear Ada, <b>we</b> look");
  // A model's words are text, also while they come.
  assert.equal(await tabs[0].locator("#now b").count(), 0);
  // One loses its connection, and more is said meanwhile.
  await tabs[1].context().setOffline(true);
  answer.say("for it today. ");
  await said(tabs[0], "look for it today.");
  await tabs[1].context().setOffline(false);
  await said(tabs[1], "Dear Ada, <b>we</b> look for it today.");
  // One that comes late reads all of it.
  const late = await page(chromium, house);
  await late.goto("/threads/1");
  await said(late, "Dear Ada, <b>we</b> look for it today.");
  answer.say("Kind regards, the desk");
  answer.end();
  for (const tab of [...tabs, late]) {
    await tab.locator("#timeline", { hasText: "The draft waits for" }).waitFor();
    await tab.locator("#now").waitFor({ state: "hidden" });
    const text = await tab.locator("#timeline").innerHTML();
    assert.ok(text.includes("look for it today. Kind regards"), text);
    assert.deepEqual(tab.troubles, []);
  }
});
