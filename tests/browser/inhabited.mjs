// A house in which every page has something to show, and the addresses of all its pages.

import { until } from "./house.mjs";

const MINUTE = 60_000;

/** Sends mails, decides and edits drafts, and waits until nothing moves. */
export async function inhabit(house) {
  const [list, held] = [(what) => house.run(what, "list"), (most) => house.held(most)];
  // From then on a campaign misses nothing that becomes due.
  await until("the campaign to be known", async () => !(await house.page("/campaigns")).includes("never"));
  const due = new Date(Math.ceil((Date.now() + 1) / MINUTE) * MINUTE).toISOString().slice(11, 16);
  house.mail("late", { text: "Hello,\n\nI have been waiting for “The Summer Book” since March. When is it back? I would like to read it before the summer is over.\n\nBest,\nAda Amber" });
  await held(1);
  house.mail("card", { from: "Ben Birch <ben@b.example>", subject: "A card for my daughter", text: "Hello,\n\nmy daughter is seven. May she have a card of her own, and what do we need to bring?\n\nBen" });
  await held(2);
  house.mail("sunday", { from: "Cleo Cedar <cleo@c.example>", subject: "Open on Sunday?", text: "Are you open on Sunday? I need more poems." });
  await held(3);
  house.run("drafts", "reject", "3", "--revision", "1", "--note", "I called her.");
  house.run("suppressed", "add", "cleo@c.example", "--note", "She asked for it by telephone.");
  house.run("drafts", "edit", "2", "--revision", "1", "--body", house.write("edited.txt", "Dear Ben,\n\nyes, she may: there are cards from the age of six. Please come by together and bring a letter that shows where you live. It takes five minutes.\n\nYour ticket is T-7.\n\nKind regards\nThe library"));
  house.mail("thanks", { from: "Dora Dune <dora@d.example>", subject: "Thank you", text: "The reading on Friday was lovely. Thank you!\n\nDora" });
  await held(3);
  house.run("drafts", "approve", "4", "--revision", "1");
  house.mail("lottery", { from: "Lucky <win@lottery.example>", subject: "You have won the lottery", text: "You have won the lottery. Click here." });
  await until("the advertisement to be put aside", () => /lottery/i.test(list("mails")));
  house.mail("riddle", { from: "Emil Elm <emil@e.example>", subject: "A riddle", text: "What has pages, and is no book?" });
  await until("the riddle to be given up", () => /\bdead\b/.test(list("jobs")));
  house.mail("edition", { from: "Fay Fern <fay@f.example>", subject: "Which edition?", text: "Which edition of “The Summer Book” do you have?" });
  await until("the question", () => /edition/.test(list("questions")));
  house.run("reviewers", "set", "nora", "--address", "nora@library.example", "--weight", "2", "--cap", "5", "--hours", "mon-fri 09:00..17:00 in Europe/Berlin", "--escalates-to", "rosa");
  house.run("reviewers", "absent", "nora", "--until", "2099-01-02");
  house.run("jobs", "pause", "relay");
  await house.swap({ "Answer in at most 120 words.": "Answer in at most 100 words.", "at 00:00": `at ${due}` });
  await until("the campaign", async () => /skipped[^]*drafts\/5|drafts\/5[^]*skipped/.test(await house.page(CAMPAIGN)));
  await until("a mail to leave", () => house.outbox().length > 0);
  await until("the work to be done", () => !/\b(ready|running|blocked|scheduled)\b/.test(list("jobs")));
}

/** Every page, as the frame and the lists lead to them. */
export function addresses(house) {
  const dead = house.run("jobs", "list").match(/^\s*(\d+) .*\bdead\b/m)[1];
  return [
    "/", "/?state=stuck", "/?q=summer", "/?q=nobody", "/threads/1", "/threads/2", "/threads/6", "/drafts", "/drafts?whose=all", "/drafts?whose=decided", "/drafts/1", "/drafts/2",
    "/drafts/2?compare=sides", "/drafts/3", "/drafts/4", "/drafts/5", "/drafts/1/why", "/rules/desk.answer.be_brief", "/rules/desk.answer.thank_member",
    "/behaviours/", "/behaviours/agent-desk.desk.html", "/behaviours/behaviour-desk.answer.html", "/behaviours/tools.html",
    "/behaviours/types.html", "/behaviours/changes", "/questions", "/aside", "/jobs", "/jobs?state=done", "/jobs?state=waiting", `/jobs/${dead}`, "/mails/1", "/mails/1?view=formatted",
    "/campaigns", CAMPAIGN, `${CAMPAIGN}/rehearsal`, "/contacts", "/contacts/ada@a.example", "/contacts/cleo@c.example", "/suppressed", "/reviewers", "/numbers", "/numbers?span=month", "/audit", "/you",
  ];
}

export const CAMPAIGN = "/campaigns/desk.desk/books";
