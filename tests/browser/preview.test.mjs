// The prompt beside a spec in VS Code: its page with its own script, and the real server behind it. The
// editor around it is played by this test, which does what `extension.js` does.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const extension = createRequire(new URL("../../editors/vscode/src/", import.meta.url));
const { page } = extension("./page");
const { Preview } = extension("./preview");
const { Server } = extension("../test/server");

const { CHROMIUM, SEE } = process.env;
const MANIFEST = 'name: letters\nversion: 0.1.0\nsilex: "0.1"\n';
const SPEC = `/// Somebody who writes.
entity Reader key address {
  address: email
  name: text 0..80 = ""
  paying: bool = false
}

/// Looks a letter up.
tool find(query: text 1..80) -> Found { via http POST "desk" }

/// What was found.
record Found { count: int 0..9 }

/// Answers.
behaviour answer(reader: Reader, mail: Mail) -> Reply {
  role "You answer letters."
  must look "Look it up before you answer." about tool find
  must greet "Greet {{ reader.name | inline(80) }}."
  when reader.paying {
    should thank "Thank them."
  } else {
    may offer "Offer a subscription."
  }
${Array.from({ length: 40 }, (_, at) => `  should keep_${at} "Keep to point ${at} of the list."`).join("\n")}
  tools find
}
`;

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
});
after(() => browser.close());

/** The page of the behaviour beside its spec; `asked` holds the places that the author wanted to see. */
async function shown(run) {
  const server = new Server({ "silex.yaml": MANIFEST, "specs/desk.silex": SPEC });
  const tab = await browser.newPage({ viewport: { width: 700, height: 500 } });
  tab.setDefaultTimeout(30_000);
  const [troubles, asked] = [[], []];
  tab.on("pageerror", (error) => troubles.push(String(error)));
  tab.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  try {
    await server.open("specs/desk.silex");
    const preview = new Preview((method, params) => server.ask(method, params), server.uri("specs/desk.silex"), "desk.answer");
    // What VS Code gives to a page: a state that outlives it, and a way to speak to the extension.
    let state = null;
    const api = () => `<script nonce="once">let state = ${JSON.stringify(state)} ?? undefined;
const acquireVsCodeApi = () => ({ postMessage: told, getState: () => state, setState: (it) => kept((state = it)) });</script>`;
    await tab.route("http://preview/", (route) =>
      route.fulfill({ contentType: "text/html", body: page(preview, "once").replace("</head>", `${api()}</head>`) }),
    );
    const draw = () => tab.goto("http://preview/");
    await tab.exposeFunction("kept", (it) => void (state = it));
    await tab.exposeFunction("told", (message) => {
      // Not awaited: the answer would come to a page that is gone.
      preview.take(message).then((location) => (location ? asked.push(location) : draw()));
    });
    await preview.refresh();
    await draw();
    await run({ tab, preview, asked, server, draw });
    assert.deepEqual(troubles, []);
  } finally {
    await tab.close();
    await server.end();
  }
}

const prompt = (tab) => tab.locator(".prompt");
const says = (tab, words) => prompt(tab).getByText(words).waitFor();

test("conditions, inputs and variants change the prompt, and the author goes on where they were", () =>
  shown(async ({ tab }) => {
    await says(tab, "Offer a subscription.");
    await tab.getByLabel("reader.paying").first().check();
    await says(tab, "Thank them.");
    assert.equal(await tab.getByText("Offer a subscription.").count(), 0);
    await tab.getByText("inputs", { exact: true }).click();
    const name = tab.locator("[data-give='reader.name']");
    await name.fill("Ada & Eve");
    await name.press("Enter");
    await says(tab, "Ada & Eve");
    // The fields are still open, and the one that was written in has the cursor.
    await name.waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.dataset.give), "reader.name");
    await tab.locator(".variants li:not(.chosen)").first().click();
    await says(tab, "Offer a subscription.");
    assert.ok((await tab.evaluate(() => scrollY)) > 0, "the page is at its top again");
    assert.equal(await tab.locator(".cache").count(), 1);
    if (SEE) await tab.screenshot({ path: `${SEE}/preview.png`, fullPage: true });
  }));

test("a line leads to its rule by mouse and by keys, and a rule to its line", () =>
  shown(async ({ tab, preview, asked, server }) => {
    const line = SPEC.split("\n").findIndex((it) => it.includes("must greet"));
    const greets = tab.locator("[data-part][title='must desk.answer.greet']").first();
    await greets.click();
    await greets.focus();
    await tab.keyboard.press("Enter");
    await tab.getByText("desk.answer.thank").click();
    for (const end = Date.now() + 30_000; asked.length < 3 && Date.now() < end; ) await new Promise((done) => setTimeout(done, 20));
    const lines = asked.map((it) => it.range.start.line);
    const thank = SPEC.split("\n").findIndex((it) => it.includes("should thank"));
    assert.deepEqual(lines, [line, line, thank]);
    const here = preview.partsAt(server.uri("specs/desk.silex"), line);
    await tab.evaluate((here) => window.postMessage({ here }, "*"), here);
    await tab.locator(".here").first().waitFor();
    assert.match((await tab.locator(".here").allInnerTexts()).join(""), /Greet/);
  }));

test("a spec with a mistake leaves the prompt standing, with what is wrong above it", () =>
  shown(async ({ tab, preview, server, draw }) => {
    server.change("specs/desk.silex", 2, SPEC.replace("-> Reply", "-> Replly"));
    await preview.refresh();
    await draw();
    await tab.locator(".problem").getByText("errors").waitFor();
    await says(tab, "Offer a subscription.");
  }));
