// Pictures of the pages: `screenshots` writes those of the README and the docs, `see FOLDER` all of
// them, wide and narrow, in light and dark, to look at.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { House, browser, page, press } from "./house.mjs";
import { addresses, inhabit } from "./inhabited.mjs";
import { librarian, peers } from "./model.mjs";

const DOCS = join(import.meta.dirname, "../../docs");
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

/** The pictures of the docs: the page, its name, and how it is shown. */
const SHOWN = [
  ["/", "threads", { viewport: WIDE }],
  ["/drafts/1", "draft", { viewport: WIDE }],
  ["/drafts/1", "draft-dark", { viewport: WIDE, colorScheme: "dark" }],
  ["/threads/1", "thread", { viewport: WIDE }],
  ["/drafts/1/why", "why", { viewport: WIDE }],
  ["/drafts", "phone", { viewport: NARROW, isMobile: true }],
];

/** Takes pictures of pages, by whoever is signed in by the link. */
async function see(house, paths, link) {
  const signedIn = link && (await (await signIn(house, link)).context().storageState());
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      const tab = await page(chromium, house, { viewport, colorScheme, isMobile: size === "narrow", deviceScaleFactor: 1, storageState: signedIn });
      for (const path of paths) {
        await tab.goto(path);
        const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "").slice(0, 60) || "threads";
        await tab.screenshot({ path: join(folder, `${name}.${size}.${colorScheme}.png`), fullPage: true });
      }
      await tab.context().close();
    }
  }
}

async function signIn(house, link) {
  const tab = await page(chromium, house);
  await tab.goto(link);
  await press(tab, "Sign in");
  return tab;
}

const [what, folder] = process.argv.slice(2);
const chromium = await browser();
const stubs = await peers(librarian);
const house = await new House({ peers: stubs }).start();
try {
  await inhabit(house);
  if (what === "screenshots") {
    for (const [path, name, options] of SHOWN) {
      const tab = await page(chromium, house, options);
      await tab.goto(path);
      await tab.waitForTimeout(300);
      await tab.screenshot({ path: join(DOCS, `${name}.png`) });
      await tab.context().close();
    }
  } else {
    mkdirSync(folder, { recursive: true });
    await see(house, addresses(house));
    const settings = { public_url: "http://pages.library.example", reviewers: [{ name: "rosa", address: "rosa@library.example" }] };
    const guarded = await new House({ peers: stubs, settings }).start();
    await see(guarded, ["/sign-in", guarded.said.match(/once, within an hour: \S+?(\/sign-in\S+)/)[1]]);
    await see(guarded, ["/you"], guarded.run("reviewers", "link", "rosa").trim().replace(settings.public_url, ""));
    await guarded.stop();
  }
} finally {
  await chromium.close();
  await house.stop();
  stubs.stop();
}
