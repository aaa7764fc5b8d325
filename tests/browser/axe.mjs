// The rules of axe, in a page of a tab.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds: the rule, and the first elements that break it. */
export default async function axe(tab) {
  // By the protocol of the debugger, which the policy of the page does not stop.
  await tab.evaluate(SOURCE);
  const found = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((it) => `${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => `${node.html} (${node.any[0]?.message ?? node.all[0]?.message ?? ""})`).join(" | ")}`);
}
