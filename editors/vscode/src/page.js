// The page of a preview. Everything that comes from a spec or a mail is escaped.
"use strict";

function escaped(text) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (sign) => signs[sign]);
}

/** The page of a preview; scripts with the nonce, and no others, may run in it. */
function page(preview, nonce) {
  const { prompt, listing, problem } = preview;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${STYLE}</style></head><body>
${problem ? `<p class="problem">${escaped(problem)}</p>` : ""}
${prompt ? header(preview) + parts(prompt) + messages(prompt) + absent(prompt) : ""}
${listing ? variants(preview) : ""}
<script nonce="${nonce}">${SCRIPT}</script>
</body></html>`;
}

function header({ prompt, behaviour }) {
  const tools = prompt.tools.map((it) => `<code>${escaped(it)}</code>`).join(" ");
  const conditions = prompt.conditions.map((it, at) => {
    const mark = it.holds === true ? "checked" : "";
    return `<label><input type="checkbox" data-toggle="${at}" ${mark}> <code>${escaped(it.text)}</code></label>`;
  });
  return `<h1>${escaped(behaviour)}</h1>
<p class="quiet">about ${prompt.tokens} tokens${tools ? `, offers ${tools}` : ""}</p>
<form class="conditions">${conditions.join("")}</form>
${inputs(prompt)}`;
}

/** A field for each input, or field of one, that is a word, a number, or yes or no. */
function inputs(prompt) {
  const fields = leaves(prompt.inputs ?? {}, []).map(([path, value]) => {
    const name = escaped(path);
    const kind = { boolean: "checkbox", number: "number" }[typeof value] ?? "text";
    const set = typeof value === "boolean" ? (value ? "checked" : "") : `value="${escaped(value)}"`;
    return `<label><code>${name}</code> <input type="${kind}" step="any" data-give="${name}" ${set}></label>`;
  });
  return fields.length ? `<details><summary>inputs</summary><form class="inputs">${fields.join("")}</form></details>` : "";
}

/** What stands at the ends of the inputs, with the path to it; lists and what is none are no fields. */
function leaves(value, path) {
  if (value === null || Array.isArray(value)) return [];
  if (typeof value !== "object") return [[path.join("."), value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

const CACHE = '<span class="cache">above: the same in every prompt, so that a provider can keep it</span>';

/** The system prompt; behind what is the same in every prompt stands the line of the cache. */
function parts(prompt) {
  let bytes = 0;
  let marked = false;
  const lines = prompt.parts.map((part, at) => {
    const mark = !marked && bytes >= prompt.stableBytes ? CACHE : "";
    marked ||= mark !== "";
    bytes += Buffer.byteLength(part.text);
    const { segment } = part;
    const link = segment?.location ? `data-part="${at}" tabindex="0"` : "";
    const title = segment ? `${segment.strength} ${segment.id || segment.kind}`.trim() : "the layout";
    return `${mark}<span class="${segment ? segment.kind : "layout"}" title="${escaped(title)}" ${link}>${escaped(part.text)}</span>`;
  });
  return `<pre class="prompt">${lines.join("")}</pre>`;
}

function messages(prompt) {
  const spoken = prompt.messages.flatMap((it) => Object.entries(it));
  const words = (said) => said?.text ?? JSON.stringify(said, null, 2);
  const shown = spoken.map(([who, said]) => `<pre class="message"><small>${escaped(who)}</small>\n${escaped(words(said))}</pre>`);
  return shown.length ? `<h2>conversation</h2>${shown.join("")}` : "";
}

function absent(prompt) {
  const lines = prompt.absent.map((it, at) => {
    const name = it.segment.id || it.segment.kind;
    const why = it.condition ? ` unless <code>${escaped(it.condition)}</code>` : "";
    return `<li data-absent="${at}" tabindex="0">${escaped(name)}${why}</li>`;
  });
  return lines.length ? `<h2>not in this prompt</h2><ul>${lines.join("")}</ul>` : "";
}

function variants({ listing, variant }) {
  const all = listing.variants.map((it, at) => {
    const chosen = it.hash === variant || (variant === undefined && at === 0) ? ' class="chosen"' : "";
    const tokens = it.tokens.least === it.tokens.most ? it.tokens.most : `${it.tokens.least}–${it.tokens.most}`;
    return `<li data-variant="${escaped(it.hash)}"${chosen} tabindex="0">${escaped(it.when || "always")} <small>${tokens} tokens</small></li>`;
  });
  const more = listing.all ? "" : ", of which a cover is listed";
  return `<h2>${escaped(listing.count)} variants${more}</h2><ul class="variants">${all.join("")}</ul>`;
}

const STYLE = `
body { font-family: var(--vscode-font-family); padding: 0 1em 2em; line-height: 1.45 }
h1 { font-size: 1.25em; margin: .8em 0 0 } h2 { font-size: 1em; margin: 1.8em 0 .4em }
code, pre { font-family: var(--vscode-editor-font-family); font-size: .95em }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .8em 1em; border: 1px solid var(--vscode-widget-border, #8884); border-radius: 4px }
small, .quiet, summary { color: var(--vscode-descriptionForeground) } .quiet { margin: .2em 0 .8em }
.layout { color: var(--vscode-descriptionForeground) } [data-part], [data-absent], [data-variant], summary { cursor: pointer }
[data-part]:hover, [data-absent]:hover, [data-variant]:hover { background: var(--vscode-list-hoverBackground) }
.here { background: var(--vscode-editor-selectionHighlightBackground) }
:focus-visible { outline: 1px solid var(--vscode-focusBorder) }
.cache { display: block; border-top: 1px dashed var(--vscode-charts-blue); margin: .4em 0; font-size: .8em; color: var(--vscode-charts-blue) }
.conditions { display: flex; flex-wrap: wrap; gap: .2em 1.2em } .conditions label { display: flex; align-items: center; gap: .3em }
.inputs { display: grid; grid-template-columns: max-content 1fr; gap: .3em 1em; padding: .6em 0 } .inputs label { display: contents }
.inputs input { justify-self: start; max-width: 100% } .inputs input:not([type=checkbox]) { width: 24em; font: inherit; padding: .1em .4em;
  color: var(--vscode-input-foreground, inherit); background: var(--vscode-input-background, transparent); border: 1px solid var(--vscode-widget-border, #8884) }
.message { border-left: 3px solid var(--vscode-charts-green) } ul { padding-left: 0; margin: 0; list-style: none } li { padding: .15em .5em; border-radius: 3px }
.problem { color: var(--vscode-errorForeground) }
.chosen { color: var(--vscode-list-activeSelectionForeground); background: var(--vscode-list-activeSelectionBackground) } .chosen small { color: inherit }`;

const SCRIPT = `
const editor = acquireVsCodeApi();
// Each change brings a new page, on which the author goes on where they were.
const keep = (more) => editor.setState({ ...editor.getState(), ...more });
const before = editor.getState() ?? {};
const inputs = document.querySelector("details");
if (inputs) {
  inputs.open = before.open ?? false;
  inputs.addEventListener("toggle", () => keep({ open: inputs.open }));
}
scrollTo(0, before.scroll ?? 0);
addEventListener("scroll", () => keep({ scroll: scrollY }));
const named = ({ give, toggle, variant }) => [["give", give], ["toggle", toggle], ["variant", variant]].find(([, it]) => it);
addEventListener("focusin", ({ target }) => keep({ at: named(target.dataset) }));
if (before.at) document.querySelector("[data-" + before.at[0] + '="' + CSS.escape(before.at[1]) + '"]')?.focus({ preventScroll: true });
const tell = (event) => {
  const it = event.target.closest("[data-part],[data-absent],[data-variant]");
  if (it) editor.postMessage({ ...it.dataset });
};
addEventListener("click", tell);
addEventListener("keydown", (event) => event.key === "Enter" && tell(event));
addEventListener("submit", (event) => event.preventDefault());
addEventListener("change", ({ target }) => {
  const { toggle, give } = target.dataset;
  const values = { checkbox: target.checked, number: target.valueAsNumber };
  editor.postMessage(give ? { give, value: values[target.type] ?? target.value } : { toggle });
});
addEventListener("message", ({ data }) => {
  document.querySelectorAll(".here").forEach((it) => it.classList.remove("here"));
  for (const at of data.here ?? []) document.querySelector('[data-part="' + at + '"]')?.classList.add("here");
});`;

module.exports = { page, escaped };
