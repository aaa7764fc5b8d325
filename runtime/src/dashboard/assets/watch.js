// Shows what a model says as it says it. A message says from where on its text stands, so that one
// which comes twice, or after a break, does no harm.

const now = document.getElementById("now");
const blocks = new Map();

function block(key) {
  if (!blocks.has(key)) {
    const text = Object.assign(document.createElement("p"), { className: "letter" });
    const card = Object.assign(document.createElement("div"), { className: "card" });
    card.append(text);
    now.append(card);
    blocks.set(key, { card, text });
  }
  now.hidden = false;
  return blocks.get(key).text;
}

let source = null;
function listen() {
  source?.close();
  source = null;
  if (document.hidden) return;
  source = new EventSource(`/threads/${now.dataset.thread}/live`);
  source.addEventListener("said", ({ data }) => {
    const { turn, step, from, text } = JSON.parse(data);
    const shown = block(`${turn}.${step}`);
    shown.textContent = shown.textContent.slice(0, from) + text;
  });
  source.addEventListener("over", ({ data }) => {
    const { turn, step } = JSON.parse(data);
    const key = `${turn}.${step}`;
    // The timeline has it in a moment.
    setTimeout(() => {
      blocks.get(key)?.card.remove();
      blocks.delete(key);
      now.hidden = blocks.size === 0;
    }, 400);
  });
}

document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", () => source?.close());
listen();
