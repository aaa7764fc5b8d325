// Shows what happens as it happens. Without it every page still works; it is only not live.
//
// A page is asked for again when something has happened, and its parts that are marked `data-live`
// and are another by now take the place of those on the screen. What a person types in, and where
// they are, stays as it is.

// On a narrow screen what is shown may be beside the edge of the row of pages, or of that of tabs.
for (const here of document.querySelectorAll(":is(.side nav, .tabs) [aria-current]")) here.scrollIntoView({ block: "nearest", inline: "center" });

const pulse = document.getElementById("pulse");
const main = document.getElementById("main");
// What a form could not do is shown where its draft is.
if (main.dataset.address) history.replaceState(null, "", main.dataset.address);

/** What tells the same place in two states of a page. */
function place(element) {
  const link = element?.closest("[href], summary, [name], [id]");
  if (!link) return null;
  if (link.id) return `#${CSS.escape(link.id)}`;
  const name = ["href", "name"].find((name) => link.hasAttribute(name));
  if (name) return `[${name}="${CSS.escape(link.getAttribute(name))}"]`;
  return link.parentElement.id ? `#${CSS.escape(link.parentElement.id)} > summary` : null;
}

const typedIn = (part) =>
  part.querySelector(".dirty") || (part.contains(document.activeElement) && document.activeElement.matches("textarea, input, select"));

/** Puts the new state of a part in the place of the old. */
function renew(part, fresh) {
  const open = [...part.querySelectorAll("details")].map((it) => [it.id, it.open]);
  const here = part.contains(document.activeElement) && place(document.activeElement);
  const marked = place(part.querySelector(".here [href]"));
  part.replaceWith(fresh);
  for (const [id, was] of open) if (id) document.getElementById(id)?.toggleAttribute("open", was);
  if (here) fresh.querySelector(here)?.focus({ preventScroll: true });
  if (marked) fresh.querySelector(marked)?.closest("tr, article")?.classList.add("here");
}

/** Shows what the page says by now. */
export async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const part = document.getElementById(fresh.id);
    if (!part || part.dataset.said === fresh.outerHTML) continue;
    if (typedIn(part)) {
      // It stays as it is, and whoever types is told.
      if (part.dataset.version !== fresh.dataset.version) document.getElementById("changed")?.removeAttribute("hidden");
    } else {
      const said = fresh.outerHTML;
      renew(part, fresh);
      fresh.dataset.said = said;
    }
  }
  document.dispatchEvent(new Event("renewed"));
}

let asked = false, again = false;
function soon() {
  again = asked;
  if (asked) return;
  asked = true;
  // Many things happen at once; they are shown at once, too.
  setTimeout(() => refresh().catch(() => {}), 100);
  setTimeout(() => { asked = false; if (again) soon(); again = false; }, 1000);
}

let source = null, newest = main.dataset.newest;
function listen() {
  source?.close();
  source = null;
  // Who does not look holds no connection.
  if (document.hidden) return;
  source = new EventSource(`/events?after=${newest}`);
  source.onopen = () => pulse?.classList.add("on");
  source.onerror = () => pulse?.classList.remove("on");
  source.onmessage = ({ data }) => { newest = data; soon(); };
}

if (document.querySelector("[data-live]")) {
  document.addEventListener("visibilitychange", () => { listen(); if (!document.hidden) soon(); });
  listen();
}
addEventListener("pagehide", () => source?.close());
document.addEventListener("input", (event) => event.target.classList.add("dirty"));
// A chosen filter needs no button.
document.addEventListener("change", (event) => { if (event.target.matches("form[data-now] select")) event.target.form.requestSubmit(); });
// Nothing is sent twice because a button was pressed twice.
document.addEventListener("submit", (event) => {
  if (event.target.method === "post") setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
});
// What is done to a row of a list is done without leaving the list. What cannot be done is told on a page of its own.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-stay]")) return;
  event.preventDefault();
  const next = form.closest("tr, article")?.nextElementSibling?.querySelector("[href]");
  const answer = await fetch(form.action, { method: "post", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") return form.submit();
  next?.focus();
  soon();
});
addEventListener("pageshow", () => document.querySelectorAll("form[method=post] button[disabled]").forEach((button) => { button.disabled = false; }));
