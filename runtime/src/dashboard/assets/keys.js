// Keys for those who would rather not reach for a mouse. What a key does is said by the page:
// `data-key="a" data-says="approve"` stands on the button, field or link that the key is for. Keys of
// two letters are typed one after the other.

const rows = () => [...document.querySelectorAll("a.row")];
const shown = (element) => element.offsetParent !== null && !element.disabled;
const keyed = () => [...document.querySelectorAll("[data-key]")].filter(shown);

/** Goes to the next or the last row. */
function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.closest("tr, article")?.classList.contains("here") || row === document.activeElement);
  const row = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (!row) return;
  for (const other of all) other.closest("tr, article")?.classList.remove("here");
  row.closest("tr, article")?.classList.add("here");
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

function help() {
  const before = document.getElementById("keys");
  if (before?.open) return before.close();
  const dialog = before ?? document.body.appendChild(Object.assign(document.createElement("dialog"), { id: "keys" }));
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), { id: "keys-title", textContent: "Keys" });
  const list = Object.assign(document.createElement("dl"), { className: "facts" });
  const moves = rows().length ? [["j", "next"], ["k", "the one before"], ["Enter", "open"]] : [];
  const own = keyed().map((it) => [it.dataset.key, it.dataset.says ?? it.textContent.trim()]);
  for (const [key, says] of [...moves, ...own, ["Esc", "leave a field, or this"], ["?", "this help"]]) {
    const term = document.createElement("dt");
    term.append(...key.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
    list.append(term, Object.assign(document.createElement("dd"), { textContent: says }));
  }
  const close = Object.assign(document.createElement("button"), { textContent: "Close", onclick: () => dialog.close() });
  const foot = Object.assign(document.createElement("div"), { className: "buttons" });
  foot.append(close);
  dialog.replaceChildren(title, list, foot);
  dialog.showModal();
}

function press(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    return element.scrollIntoView({ block: "nearest" });
  }
  // A button that sends a note goes to the field first, while that is empty.
  const note = element.dataset.needs && document.getElementById(element.dataset.needs);
  if (note && !note.value.trim()) return note.focus();
  element.click();
}

let first = "";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const writes = event.target.matches("input, textarea, select");
  if (event.key === "Escape" && writes) return event.target.blur();
  if (writes || event.target.closest("dialog")) return;
  const typed = first ? `${first} ${event.key}` : event.key;
  first = "";
  if (typed === "?") help();
  else if (typed === "j") step(1);
  else if (typed === "k") step(-1);
  else {
    const element = keyed().find((it) => it.dataset.key === typed);
    if (element) press(element);
    else if (keyed().some((it) => it.dataset.key.startsWith(`${typed} `))) {
      first = typed;
      setTimeout(() => { first = ""; }, 1200);
      return;
    } else return;
  }
  event.preventDefault();
});
document.getElementById("help")?.addEventListener("click", help);
