// The page: it asks the compiler of every text, and shows what it says. Nothing that comes from a spec
// is ever markup: all of it is put in as text.

const at = (id) => document.getElementById(id);
const text = at("text");
// Which prompt is shown. The inputs are all that a variant comes from, so it stays as the text changes.
const chosen = { behaviour: undefined, inputs: undefined };
let seen;

/** An element with properties and what is in it; of `data-` names and the like as attributes. */
function element(kind, properties, ...inside) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

// --- asking ---

let asking = false;
let again;

/** Asks of the text as it is now. Of what is asked while an answer is awaited only the last counts. */
async function look(more = {}) {
  again = { ...again, ...more };
  if (asking) return;
  asking = true;
  while (again) {
    const asked = { text: text.value, ...chosen, ...again };
    again = undefined;
    try {
      const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked) };
      const answer = await fetch("/look", options);
      if (!answer.ok) throw new Error(await answer.text());
      const told = await answer.json();
      if (asked.toggle !== undefined || asked.variant) chosen.inputs = told.prompt.Ok?.inputs;
      // What is no longer the text is not shown.
      if (asked.text === text.value) show(told);
    } catch (error) {
      state("error", error instanceof TypeError ? "`silex play` does not answer" : error.message);
    }
  }
  asking = false;
}

// --- the address ---

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

async function packed(value) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(value)));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpacked(letters) {
  const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes)));
}

/** Puts all there is into the address, so that a link to it shows the same. */
async function keep() {
  history.replaceState(null, "", `#${await packed({ text: text.value, ...chosen })}`);
}

async function begin() {
  let start = { text: await (await fetch("/spec")).text() };
  try {
    if (location.hash.length > 1) start = await unpacked(location.hash.slice(1));
  } catch {
    state("error", "the link is broken");
  }
  text.value = String(start.text ?? "");
  Object.assign(chosen, { behaviour: start.behaviour, inputs: start.inputs });
  at("inputs").value = "";
  draw([], []);
  await look();
}

// --- showing ---

function state(kind, said) {
  at("state").className = kind;
  at("state").textContent = said;
}

function show(told) {
  seen = told;
  const count = (kind) => told.findings.filter((it) => it.severity === kind).length;
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const [errors, warnings] = [count("error"), count("warning")];
  if (errors) state("error", counted(errors, "error"));
  else if (warnings) state("warning", counted(warnings, "warning"));
  else state("", "no findings");
  draw(told.colours, told.findings);
  at("findings").replaceChildren(...told.findings.map(finding));
  const prompt = told.prompt.Ok;
  at("shown").classList.toggle("stale", !prompt);
  if (prompt) {
    chosen.behaviour = prompt.behaviour;
    showPrompt(told, prompt);
  } else if (!errors) {
    state("warning", told.prompt.Err);
  }
  at("wrong").hidden = Boolean(prompt) || errors > 0;
  if (!prompt && !errors) at("wrong").textContent = told.prompt.Err;
  here();
  keep();
}

/** The text in its colours, with what is found underlined, behind the letters of the field. */
function draw(colours, findings) {
  const value = text.value;
  const marks = findings.filter((it) => it.at).map((it) => ({ from: it.at[0], to: Math.max(it.at[1], it.at[0] + 1), kind: `${it.severity}-at` }));
  const borders = new Set([0, value.length]);
  for (const [from, to] of colours) borders.add(from).add(to);
  for (const { from, to } of marks) borders.add(from).add(to);
  const cuts = [...borders].filter((it) => it <= value.length).sort((a, b) => a - b);
  const parts = [];
  let next = 0;
  for (let cut = 0; cut + 1 < cuts.length; cut += 1) {
    const [from, to] = [cuts[cut], cuts[cut + 1]];
    while (next < colours.length && colours[next][1] <= from) next += 1;
    const coloured = next < colours.length && colours[next][0] <= from ? colours[next][2] : "";
    const marked = marks.filter((it) => it.from <= from && to <= it.to).map((it) => it.kind);
    const piece = value.slice(from, to);
    const names = [coloured, ...marked].filter(Boolean).join(" ");
    parts.push(names ? element("span", { className: names }, piece) : piece);
  }
  // A last line that is empty has a height too.
  at("layer").replaceChildren(...parts, "\n");
  scroll();
}

function finding(it) {
  const where = it.file ? `${it.file}:${it.line}` : `line ${it.line}`;
  const go = element("button", { className: "where", type: "button", onclick: () => it.at && select(it.at) }, where);
  const line = element("p", {}, go, " ", it.message, " ", element("code", { className: "quiet" }, it.code));
  const item = element("li", { className: it.severity }, line);
  if (it.help) item.append(element("p", { className: "quiet" }, it.help));
  if (it.fix) item.append(element("button", { type: "button", onclick: () => mend(it.fix) }, it.fix.title));
  return item;
}

function mend({ at: [from, to], replacement }) {
  text.setRangeText(replacement, from, to, "end");
  look();
}

function showPrompt(told, prompt) {
  const option = (value, label) => element("option", { value }, label);
  at("behaviour").replaceChildren(...told.behaviours.map((it) => option(it, it.split(".").at(-1))));
  at("behaviour").value = prompt.behaviour;
  const label = (it) => `${it.when || "always"} (${it.tokens} tokens)`;
  at("variant").replaceChildren(...prompt.variants.map((it) => option(it.hash, label(it))));
  at("variant").value = prompt.variant;
  const listed = prompt.variants.length;
  const many = String(listed) === prompt.count ? "" : `, ${prompt.count} variants of which ${listed} are listed`;
  at("about").textContent = `about ${prompt.tokens} tokens${many}`;
  at("conditions").replaceChildren(...prompt.conditions.map(condition));
  at("prompt").replaceChildren(...parts(prompt));
  at("conversation").replaceChildren(...conversation(prompt));
  at("absent").replaceChildren(...absent(prompt));
  at("tools").replaceChildren(...tools(prompt));
  const inputs = at("inputs");
  if (document.activeElement !== inputs) {
    inputs.value = JSON.stringify(prompt.inputs, null, 2);
  }
}

function condition(it, number) {
  const title = it.holds === null ? "one around it does not hold" : "show the prompt in which it turns out the other way";
  const pressed = { "aria-pressed": String(it.holds === true), type: "button", title };
  return element("button", { ...pressed, onclick: () => look({ toggle: number }) }, it.text);
}

/** The prompt part by part; behind what every prompt begins with stands the line of the cache. */
function parts(prompt) {
  const bytes = new TextEncoder();
  let before = 0;
  let marked = false;
  return prompt.parts.flatMap((part, number) => {
    const place = prompt.places[number];
    const { segment } = part;
    const title = segment ? `${segment.strength} ${segment.id || segment.kind}`.trim() : "the layout";
    const made = element("span", { className: segment ? "segment" : "layout", title }, part.text);
    if (place) follow(made, place);
    const line = !marked && before >= prompt.stableBytes;
    marked ||= line;
    before += bytes.encode(part.text).length;
    return line ? [element("span", { className: "cache" }, "above: the same in every prompt"), made] : [made];
  });
}

/** The messages behind the system prompt: who speaks, and what. */
function conversation(prompt) {
  if (!prompt.messages.length) return [];
  const messages = prompt.messages.flatMap((message) =>
    Object.entries(message).map(([who, said]) => {
      const words = said?.text ?? JSON.stringify(said, null, 2);
      return element("div", { className: "paper" }, element("span", { className: "layout" }, `${who}\n`), words);
    }),
  );
  return [element("h2", {}, "Conversation"), ...messages];
}

function absent(prompt) {
  if (!prompt.absent.length) return [];
  const items = prompt.absent.map((it, number) => {
    const item = element("li", { "data-absent": number }, it.segment.id || it.segment.kind);
    if (it.condition) item.append(" unless ", element("code", {}, it.condition));
    const place = prompt.absent_places[number];
    if (place) follow(item, place);
    return item;
  });
  return [element("h2", {}, "Not in this prompt"), element("ul", {}, ...items)];
}

function tools(prompt) {
  if (!prompt.told.length) return [];
  const tool = (it) => {
    const schema = element("pre", { className: "paper" }, JSON.stringify(it.input_schema, null, 2));
    const summary = element("summary", {}, element("code", {}, it.name), " ", element("span", { className: "quiet" }, it.description ?? ""));
    return element("details", {}, summary, schema);
  };
  return [element("h2", {}, "Tools"), ...prompt.told.map(tool)];
}

/** Makes something lead to its place in the spec, by pointer and by keyboard. */
function follow(made, place) {
  made.dataset.from = place[0];
  made.dataset.to = place[1];
  made.tabIndex = 0;
  made.setAttribute("role", "link");
  made.onclick = () => select(place);
  made.onkeydown = (event) => event.key === "Enter" && select(place);
}

function select([from, to]) {
  text.focus();
  text.setSelectionRange(from, to);
  const line = text.value.slice(0, from).split("\n").length - 1;
  const height = parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = Math.max(0, line * height - text.clientHeight / 3);
  here();
}

/** Marks what of the prompt is written where the cursor is. */
function here() {
  const cursor = text.selectionStart;
  for (const it of document.querySelectorAll("[data-from]")) {
    it.classList.toggle("here", Number(it.dataset.from) <= cursor && cursor <= Number(it.dataset.to));
  }
}

function scroll() {
  at("layer").scrollTop = text.scrollTop;
  at("layer").scrollLeft = text.scrollLeft;
}

// --- what the author does ---

let leaving = false;

/** Puts letters in place of what is selected, as if they were typed, so that they can be undone. */
function type(letters) {
  // Nothing else keeps the field's own undo.
  if (!document.execCommand("insertText", false, letters)) {
    text.setRangeText(letters, text.selectionStart, text.selectionEnd, "end");
    look();
  }
}

function key(event) {
  if (event.key === "Escape") leaving = true;
  else if (event.key === "Tab" && !event.shiftKey && !leaving) {
    event.preventDefault();
    type("  ");
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    const line = text.value.slice(0, text.selectionStart).split("\n").at(-1);
    const deeper = /[{([]\s*$/.test(line) ? "  " : "";
    type(`\n${line.match(/^ */)[0]}${deeper}`);
  } else if (event.key !== "Shift") leaving = false;
}

function typed() {
  // The letters are seen at once; colours and findings follow.
  const old = seen?.colours.filter(([, to]) => to <= text.selectionStart - 1) ?? [];
  draw(old, []);
  look();
}

function given() {
  try {
    const inputs = at("inputs").value.trim() ? JSON.parse(at("inputs").value) : undefined;
    if (inputs === null || typeof (inputs ?? {}) !== "object" || Array.isArray(inputs)) throw new Error("an object of inputs by name is needed");
    chosen.inputs = inputs;
    look();
  } catch (error) {
    at("wrong").textContent = error.message;
    at("wrong").hidden = false;
  }
}

async function share() {
  await keep();
  try {
    await navigator.clipboard.writeText(location.href);
    at("share").textContent = "Copied";
  } catch {
    at("share").textContent = "Copy it from the address";
  }
  setTimeout(() => (at("share").textContent = "Copy link"), 2000);
}

text.addEventListener("input", typed);
text.addEventListener("keydown", key);
text.addEventListener("scroll", scroll);
document.addEventListener("selectionchange", () => document.activeElement === text && here());
at("behaviour").addEventListener("change", (event) => {
  Object.assign(chosen, { behaviour: event.target.value, inputs: undefined });
  look();
});
at("variant").addEventListener("change", (event) => {
  chosen.inputs = undefined;
  look({ variant: event.target.value });
});
at("inputs").addEventListener("input", given);
at("share").addEventListener("click", share);
at("begin").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname);
  begin();
});
addEventListener("hashchange", begin);
begin();
