// A house in which every page has something to show, and the addresses of all its pages.

import { until } from "./house.mjs";

/** Sends mails, decides and edits drafts, and waits until nothing moves. */
export async function inhabit(house) {
  house.mail("late", { text: "Hello,\n\nI have been waiting for “The Summer Book” since March. When is it back? I would like to read it before the summer is over.\n\nBest,\nAda Amber" });
  await house.held(1);
  house.mail("card", { from: "Ben Birch <ben@b.example>", subject: "A card for my daughter", text: "Hello,\n\nmy daughter is seven. May she have a card of her own, and what do we need to bring?\n\nBen" });
  await house.held(2);
  house.mail("sunday", { from: "Cleo Cedar <cleo@c.example>", subject: "Open on Sunday?", text: "Are you open on Sunday?" });
  await house.held(3);
  house.run("drafts", "reject", "3", "--revision", "1", "--note", "I called her.");
  house.run("drafts", "edit", "2", "--revision", "1", "--body", house.write("edited.txt", "Dear Ben,\n\nyes, she may: there are cards from the age of six. Please come by together and bring a letter that shows where you live. It takes five minutes.\n\nYour ticket is T-7.\n\nKind regards\nThe library"));
  house.mail("lottery", { from: "Lucky <win@lottery.example>", subject: "You have won the lottery", text: "You have won the lottery. Click here." });
  await until("the advertisement to be put aside", () => /lottery/i.test(house.run("mails", "list")));
  await house.swap("Answer in at most 120 words.", "Answer in at most 100 words.");
  await until("the work to be done", () => !/\b(ready|running|blocked)\b/.test(house.run("jobs", "list")));
}

/** Every page, as the frame and the lists lead to them. */
export function addresses() {
  return [
    "/", "/?state=stuck", "/?q=summer", "/threads/1", "/threads/2", "/drafts", "/drafts?whose=decided", "/drafts/1", "/drafts/2",
    "/drafts/2?compare=sides", "/drafts/3", "/drafts/1/why", "/rules/desk.answer.be_brief", "/rules/desk.answer.thank_member",
    "/behaviours/", "/behaviours/agent-desk.desk.html", "/behaviours/behaviour-desk.answer.html", "/behaviours/tools.html",
    "/behaviours/types.html", "/behaviours/changes", "/questions", "/aside", "/jobs", "/jobs?state=done", "/jobs/1", "/mails/1",
    "/campaigns", "/contacts", "/contacts/ada@a.example", "/suppressed", "/reviewers", "/numbers", "/audit", "/you",
  ];
}
