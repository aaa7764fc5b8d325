// The rules of axe, in a page of a tab.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds in light and in dark: the rule, and the first elements that break it. */
export default async function axe(tab) {
  // By the protocol of the debugger, which the policy of the page does not stop.
  await tab.evaluate(SOURCE);
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await tab.emulateMedia({ colorScheme });
    const { violations } = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    const shown = ({ html, any, all }) => `${html} (${any[0]?.message ?? all[0]?.message ?? ""})`;
    found.push(...violations.map((it) => `${colorScheme}: ${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map(shown).join(" | ")}`));
  }
  return found;
}
