//! Edits of the base package, and what is said of each: the kind of change and its subject.

/// A text, what is put in its place, and what is said.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) said: &'static [&'static str],
}

const fn edit(from: &'static str, to: &'static str, said: &'static [&'static str]) -> Edit {
    Edit { from, to, said }
}

pub(super) const EDITS: &[Edit] = &[
    // Effects, and what stands between.
    edit("  gate reviewer\n", "", &["gate-removed a.tell"]),
    edit(
        "  gate refuse when amount > 50\n",
        "",
        &["gate-removed a.credit"],
    ),
    edit(
        "gate reviewer when amount > 15",
        "gate reviewer",
        &["gate-tightened a.credit"],
    ),
    edit(
        "gate reviewer when amount > 15",
        "gate reviewer when amount > 30",
        &["gate-weakened a.credit"],
    ),
    edit(
        "sends to thread",
        "sends to contact",
        &["audience-narrowed a.tell"],
    ),
    edit(
        "sends to thread",
        "sends to anyone",
        &["audience-widened a.tell"],
    ),
    edit("  sends to thread\n", "", &["effect-removed a.tell"]),
    edit(
        "  timeout 5s\n",
        "  timeout 5s\n  reads Note\n",
        &["reads-added a.find_order"],
    ),
    edit(
        "  timeout 5s\n",
        "  timeout 5s\n  writes Note\n",
        &["effect-added a.find_order"],
    ),
    edit(
        "  timeout 5s\n",
        "  timeout 9s\n",
        &["timing-changed a.find_order"],
    ),
    edit(
        "via http POST \"desk\"",
        "via http POST \"elsewhere\"",
        &["handler-changed a.find_order"],
    ),
    edit(
        "  tools find_order, credit",
        "  tools find_order, credit, tell",
        &["acting-tool-offered a.tell"],
    ),
    edit(
        "  tools find_order, credit",
        "  tools credit",
        &["tool-withdrawn a.find_order"],
    ),
    edit(
        "  tools find_order, credit",
        "  tools find_order\n  when client.plan == pro { tools credit }",
        &["tool-offered-less a.credit"],
    ),
    edit(
        "{{ client.name | inline(80) }}",
        "{{ trusting client.name because \"we know them\" }}",
        &["trusting-added a.answer", "text-reworded a.answer.who"],
    ),
    edit(
        "{{ client.name | inline(80) }}",
        "{{ client.name | fence }}",
        &["quote-changed a.answer", "text-reworded a.answer.who"],
    ),
    edit("  guard screen(mail)\n", "", &["guard-removed a.desk"]),
    edit(
        "inbox \"desk@example.org\"",
        "inbox \"desk@example.org\", \"help@example.org\"",
        &["inbox-added a.desk"],
    ),
    edit(
        "complaint -> reviewer \"A complaint.\"",
        "complaint -> answer(client, thread, mail)",
        &["route-automated a.desk"],
    ),
    edit(
        "complaint -> reviewer \"A complaint.\"",
        "complaint -> drop",
        &["route-changed a.desk"],
    ),
    edit(
        "    hold when thread.turns == 1\n",
        "    hold when thread.turns <= 2\n",
        // All drafts that the second line does not pass are held anyway.
        &[],
    ),
    edit(
        "thread.turns > 3",
        "thread.turns > 2",
        &["review-passes-more a.desk"],
    ),
    edit(
        "otherwise hold",
        "otherwise pass",
        &["review-passes-more a.desk"],
    ),
    edit(
        "from \"Desk <desk@example.org>\"",
        "from \"Desk <other@example.org>\"",
        &["sender-changed a.desk"],
    ),
    edit(
        "model sorter { provider anthropic name \"claude-haiku-4-5\" }",
        "model sorter { provider openai name \"gpt-4.1\" }",
        &["provider-changed a.sorter", "model-changed a.sorter"],
    ),
    edit(
        "temperature 0.4",
        "temperature 0.5",
        &["model-settings-changed a.writer"],
    ),
    edit(
        "on delivered to webhook",
        "on delivered, received to webhook",
        &["relay-changed a.desk.books"],
    ),
    edit(
        "  relay books { on delivered to webhook \"books\" }\n",
        "",
        &["relay-removed a.desk.books"],
    ),
    edit(
        " where client.plan == pro",
        "",
        &["campaign-widened a.desk.news"],
    ),
    edit(
        "every monday at 09:00",
        "every day at 09:00",
        &["campaign-changed a.desk.news"],
    ),
    edit("    undo 2m\n", "    undo 1m\n", &["wait-shortened a.desk"]),
    edit("21:00..07:00", "22:00..07:00", &["wait-shortened a.desk"]),
    edit("21:00..07:00", "21:00..08:00", &["wait-lengthened a.desk"]),
    edit(
        "at_most 3 per 1d",
        "at_most 5 per 1d",
        &["limit-raised a.desk"],
    ),
    edit(
        "at_most 3 per 1d",
        "at_most 5 per 2d",
        &["limit-shifted a.desk"],
    ),
    edit(
        "on keep -> settled",
        "on keep -> settled\n    tools find_order\n    on find_order -> settled",
        &["tool-offered a.find_order", "stages-changed a.settle"],
    ),
    // Rules.
    edit(
        "at least 90%",
        "at least 80%",
        &["rate-lowered a.answer.greet"],
    ),
    edit(" at least 90%", "", &["rate-lowered a.answer.greet"]),
    edit(
        "should greet \"Greet by name.\" at least 90%",
        "should greet \"Greet by name.\" at least 90%\n    check judge",
        &["check-added a.answer.greet"],
    ),
    edit(
        "never discount \"Offer a discount.\"",
        "never discount \"Offer a discount.\" overrides offer because \"a discount is no thing\"",
        &[
            "override-added a.answer.discount",
            "permission-holds-less a.answer.offer",
        ],
    ),
    edit(
        "  must newest \"Answer the newest message.\"\n    because \"Older ones were answered.\"\n",
        "",
        &["rule-removed a.answer.newest"],
    ),
    edit(
        "must newest \"Answer",
        "should newest \"Answer",
        &["strength-lowered a.answer.newest"],
    ),
    edit(
        "must newest \"Answer",
        "avoid newest \"Answer",
        &["rule-reversed a.answer.newest"],
    ),
    edit(
        "must newest \"Answer",
        "must latest \"Answer",
        &["renamed a.answer.latest"],
    ),
    edit(
        "Answer the newest message.",
        "Answer the newest mail.",
        &["rule-reworded a.answer.newest"],
    ),
    edit(
        "because \"Older ones",
        "because! \"Older ones",
        &["reason-reworded a.answer.newest"],
    ),
    edit(
        "    check not mentions(reply.body, \"by monday\")\n",
        "",
        &["check-removed a.answer.promise"],
    ),
    edit(
        "follow polite(max: 200)",
        "follow polite(max: 250)",
        &["check-loosened a.polite.fit", "rule-reworded a.polite.fit"],
    ),
    edit(
        "    good \"I have passed it on.\"\n",
        "",
        &["samples-changed a.answer.promise"],
    ),
    edit(
        "  should greet \"Greet by name.\" at least 90%\n",
        "",
        &["rule-removed a.answer.greet"],
    ),
    edit(
        "  may offer \"Offer one more thing.\"\n",
        "",
        &["permission-removed a.answer.offer"],
    ),
    edit(
        "may offer \"Offer one",
        "never offer \"Offer one",
        &["permission-withdrawn a.answer.offer"],
    ),
    edit(
        "    never discount \"Offer a discount.\"\n",
        "    never discount \"Offer a discount.\"\n    never beg \"Ask for money.\"\n",
        &["ban-added a.answer.beg"],
    ),
    edit(
        "when client.plan == free",
        "when client.plan != pro",
        &["ban-holds-more a.answer.discount"],
    ),
    edit(
        "when client.plan == pro {\n    may",
        "when client.plan == plus {\n    may",
        &[
            "permission-holds-elsewhere a.answer.series",
            "rule-holds-elsewhere a.answer.look_first",
        ],
    ),
    edit(
        "when thread.turns > 5",
        "when thread.turns > 8",
        &[
            "rule-holds-less a.answer.sum_up",
            "text-holds-less a.answer.long",
        ],
    ),
    edit(
        "about topic series",
        "about topic books",
        &["about-changed a.answer.series"],
    ),
    // Interfaces.
    edit(
        "enum Plan { free, plus, pro }",
        "enum Plan { free, plus, pro, team }",
        &["case-added a.Plan"],
    ),
    edit(
        "limit: int 1..10 = 3",
        "limit: int 1..20 = 3",
        &["type-widened a.Client"],
    ),
    edit(
        "limit: int 1..10 = 3",
        "limit: int 1..10 = 4",
        // What an example leaves out is filled in.
        &[
            "default-changed a.Client",
            "example-changed a.a_free_one_asks",
            "example-changed a.a_pro_asks",
        ],
    ),
    edit(
        "parcels: int 0..9 = 1",
        "parcels: int 0..9",
        &["default-removed a.Order"],
    ),
    edit(
        "  nick: text 0..40?\n",
        "",
        &["optional-field-removed a.Client"],
    ),
    edit(
        "  nick: text 0..40?\n",
        "  nick: trusted text 0..40?\n",
        &["type-trusted a.Client"],
    ),
    edit(
        "parcels: int 0..9 = 1",
        "parcels: int 0..9 = 1, weight: float 0..9",
        &["required-field-added a.Order"],
    ),
    edit(
        "  order: text 4..12,",
        "  order: text 4..14,",
        &["parameter-widened a.find_order"],
    ),
    edit(
        "  /// How many to return.\n  most: int 1..10 = 3,\n",
        "",
        &["parameter-removed a.find_order"],
    ),
    edit(
        "/// How many to return.",
        "/// The most to return.",
        &["description-reworded a.find_order"],
    ),
    edit(
        "behaviour answer(client: Client, thread: Thread, mail: Mail)",
        "behaviour answer(client: Client, thread: Thread, mail: Mail, hint: text 0..9 = \"\")",
        &["optional-field-added a.answer"],
    ),
    edit(
        "limit turns 6, ",
        "limit turns 9, ",
        &["limit-raised a.answer"],
    ),
    edit("tokens 4000", "tokens 3000", &["limit-changed a.answer"]),
    // Words.
    edit(
        "You are the desk",
        "You are the front desk",
        &["text-reworded a.answer.role"],
    ),
    edit(
        "    look \"Look it up.\"\n    write \"Write the answer.\"\n",
        "    write \"Write the answer.\"\n    look \"Look it up.\"\n",
        &["order-changed a.answer"],
    ),
    edit(
        "/// Answers one mail.",
        "/// Answers a mail.",
        &["description-reworded a.answer"],
    ),
    // Examples.
    edit(
        "  expect rule series\n",
        "",
        &["expectation-removed a.a_pro_asks"],
    ),
    edit(
        "given thread.turns = 2",
        "given thread.turns = 3",
        &["example-changed a.a_pro_asks"],
    ),
];
