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
<p>about ${prompt.tokens} tokens${tools ? `, offers ${tools}` : ""}</p>
<form class="conditions">${conditions.join("")}</form>`;
}

/** The system prompt; behind what is the same in every prompt stands the line of the cache. */
function parts(prompt) {
  let bytes = 0;
  let marked = false;
  const lines = prompt.parts.map((part, at) => {
    const mark = !marked && bytes >= prompt.stableBytes ? `<hr title="what stands above is the same in every prompt: a provider can keep it">` : "";
    marked ||= mark !== "";
    bytes += Buffer.byteLength(part.text);
    const { segment } = part;
    const link = segment?.location ? `data-part="${at}" tabindex="0"` : "";
    const title = segment ? `${segment.strength} ${segment.id || segment.kind}`.trim() : "the layout";
    return `${mark}<span class="${segment ? segment.kind : "layout"}" title="${escaped(title)}" ${link}>${escaped(part.text)}</span>`;
  });
  return `<pre>${lines.join("")}</pre>`;
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
body { font-family: var(--vscode-font-family); padding: 0 1em 2em; }
h1 { font-size: 1.2em } h2 { font-size: 1em; margin-top: 2em }
pre { white-space: pre-wrap; font-family: var(--vscode-editor-font-family); }
.layout { opacity: .6 } [data-part], [data-absent], [data-variant] { cursor: pointer }
[data-part]:hover, .here { background: var(--vscode-editor-hoverHighlightBackground) }
hr { border: 0; border-top: 1px dashed var(--vscode-charts-blue); margin: .3em 0 }
.conditions label { display: block } .message { border-left: 3px solid var(--vscode-charts-green); padding-left: .6em }
.problem { color: var(--vscode-errorForeground) } .chosen { font-weight: bold }`;

const SCRIPT = `
const editor = acquireVsCodeApi();
const tell = (event) => {
  const it = event.target.closest("[data-part],[data-absent],[data-variant]");
  if (it) editor.postMessage({ ...it.dataset });
};
addEventListener("click", tell);
addEventListener("keydown", (event) => event.key === "Enter" && tell(event));
addEventListener("change", (event) => editor.postMessage({ toggle: event.target.dataset.toggle }));
addEventListener("message", ({ data }) => {
  document.querySelectorAll(".here").forEach((it) => it.classList.remove("here"));
  for (const at of data.here ?? []) document.querySelector('[data-part="' + at + '"]')?.classList.add("here");
});`;

module.exports = { page, escaped };
