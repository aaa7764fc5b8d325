// A model provider and a ticket system on this machine. The model speaks Anthropic's stream of events,
// and says what the test lets it say, as slowly as the test likes.

import { createServer } from "node:http";

/** Listens on a free port of this machine. */
function listen(handle) {
  return new Promise((resolve) => {
    const server = createServer(handle);
    server.listen(0, "127.0.0.1", () => resolve({ server, url: `http://127.0.0.1:${server.address().port}` }));
  });
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || "null");
}

/** One answer, written as the provider writes it. */
class Answer {
  constructor(response, model) {
    this.response = response;
    this.model = model;
    this.blocks = 0;
  }

  /** An error in the place of an answer. */
  refuse(message) {
    this.response.writeHead(400, { "content-type": "application/json" });
    this.response.end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }));
  }

  #event(type, data) {
    if (!this.response.headersSent) {
      this.response.writeHead(200, { "content-type": "text/event-stream" });
      const message = { id: "msg_1", type: "message", role: "assistant", model: this.model, content: [], stop_reason: null, stop_sequence: null };
      this.#event("message_start", { message: { ...message, usage: { input_tokens: 900, output_tokens: 1 } } });
    }
    this.response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }

  /** Text, of which `words` is the first piece. */
  say(words) {
    if (!this.blocks) {
      this.#event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
      this.blocks = 1;
    }
    this.#event("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } });
  }

  call(name, input) {
    const index = this.blocks;
    this.#event("content_block_start", { index, content_block: { type: "tool_use", id: `toolu_${index}`, name, input: {} } });
    this.#event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: JSON.stringify(input) } });
    this.#end(index, "tool_use");
  }

  end() {
    this.#end(0, "end_turn");
  }

  #end(index, stop_reason) {
    if (index > 0) this.#event("content_block_stop", { index: 0 });
    this.#event("content_block_stop", { index });
    this.#event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 60 } });
    this.#event("message_stop", {});
    this.response.end();
  }
}

/** A model that answers with `brain(request, answer)`, and a ticket system. */
export async function peers(brain) {
  const model = await listen(async (request, response) => {
    const asked = await body(request);
    await brain(asked, new Answer(response, asked.model));
  });
  const tickets = await listen(async (request, response) => {
    await body(request);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ number: "T-7" }));
  });
  const stop = () => [model, tickets].forEach(({ server }) => { server.closeAllConnections(); server.close(); });
  return { model: model.url, tickets: tickets.url, stop };
}

/** Whether a request is the guard's, which is to answer with a verdict. */
export const asksForVerdict = (asked) => JSON.stringify(asked.system).includes("You open the post");
/** Whether the model has had the result of its tool. */
export const hasTicket = (asked) => JSON.stringify(asked.messages).includes("T-7");

/** A model that lets everything in, opens a ticket and answers. */
export async function clerk(asked, answer) {
  if (asksForVerdict(asked)) answer.say(JSON.stringify({ kind: "allow" }));
  else if (!hasTicket(asked)) return answer.call("open_ticket", { about: "a late book" });
  else for (const word of LETTER.split(/(?<= )/)) answer.say(word);
  answer.end();
}

export const LETTER = "Dear Ada, thank you for your mail. Your ticket is T-7, and somebody looks for the book today. Kind regards, the desk";

/** What those who write like to read, by their subject. */
const TASTES = { "A late book": "Tove Jansson, and whatever is by the sea", "Open on Sunday?": "poems" };

/** What the library answers to each of the mails of an inhabited house, by its subject. */
const ANSWERS = {
  "A late book": "Dear Ada,\n\nthank you for writing. Your question is noted as T-7. “The Summer Book” is on loan until Thursday, and three readers wait before you. We write to you the day it is back on the hold shelf.\n\nIf you do not have a card yet, you can get one at the desk; it is free, and you can reserve books with it from home.\n\nKind regards\nThe library",
  "A card for my daughter": "Dear Ben,\n\nyes, she may: there are cards from the age of six. Please come by with her and bring something that shows where you live. It takes five minutes. Your ticket is T-7.\n\nKind regards\nThe library",
  "Thank you": "Dear Dora,\n\nthank you, we pass it on. Your ticket is T-7.\n\nKind regards\nThe library",
  "Open on Sunday?": "Dear Cleo,\n\nwe are closed on Sundays. On Saturday we are here from ten to two. Your ticket is T-7.\n\nKind regards\nThe library",
};

/** A model that answers like somebody who works there, and has no answer to a riddle. */
export async function librarian(asked, answer) {
  const said = JSON.stringify(asked.messages);
  const isAsked = (subject) => said.includes(subject);
  if (JSON.stringify(asked.system).includes("You recommend books")) {
    answer.say(JSON.stringify({ subject: "A book for you", body: "Good morning,\n\n“The Summer Book” is back and waits on the hold shelf for a week.\n\nThe library" }));
    return answer.end();
  }
  if (!asksForVerdict(asked) && isAsked("A riddle")) return answer.refuse("Nobody knows this.");
  if (!asksForVerdict(asked) && isAsked("Which edition?") && hasTicket(asked)) return answer.call("ask_librarian", { question: "Which edition of “The Summer Book” do we have?" });
  const subject = Object.keys(ANSWERS).find(isAsked);
  if (asksForVerdict(asked)) {
    const verdict = said.includes("lottery") ? { kind: "block", reason: "an advertisement that nobody asked for" } : { kind: "allow" };
    answer.say(JSON.stringify(verdict));
  } else if (!hasTicket(asked)) return answer.call("open_ticket", { about: subject ?? "a question" });
  else if (TASTES[subject] && !said.includes("note_taste")) return answer.call("note_taste", { taste: { likes: TASTES[subject] } });
  else answer.say(ANSWERS[subject] ?? LETTER);
  answer.end();
}
