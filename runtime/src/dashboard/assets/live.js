// Shows what happens as it happens. Without it every page still works; it is only not live.
const main = document.querySelector("main");
let asked = false;
async function refresh() {
  // What a person is writing is not taken from under their hands.
  if (document.querySelector("textarea.dirty") || main.contains(document.activeElement) && document.activeElement.matches("textarea, input")) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = [...main.querySelectorAll("details[open]")].map((it) => it.id);
  main.replaceChildren(...page.querySelector("main").childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
}
document.addEventListener("input", (event) => event.target.classList.add("dirty"));
new EventSource("/events").onmessage = () => {
  if (asked) return;
  asked = true;
  setTimeout(() => { asked = false; refresh(); }, 150);
};
