//! Modules that grow from a seed: every kind of declaration, statement and value, in any layout,
//! with comments where the grammar has room for them.
//!
//! A module is a row of tokens; only the layout between them is drawn, so that two layouts of one
//! row say the same.

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

/// The tokens of a part of a module.
pub(crate) type Row = Vec<String>;

/// A row of fixed words and drawn parts: `row!["must", name(), prose()]`.
macro_rules! row {
    ($($part:expr),* $(,)?) => {{
        let parts: Vec<BoxedStrategy<Row>> = vec![$(IntoRow::into_row($part)),*];
        parts.prop_map(|parts| parts.concat()).boxed()
    }};
}

trait IntoRow {
    fn into_row(self) -> BoxedStrategy<Row>;
}

impl IntoRow for &str {
    fn into_row(self) -> BoxedStrategy<Row> {
        let words: Row = self.split(' ').map(str::to_owned).collect();
        Just(words).boxed()
    }
}

impl IntoRow for BoxedStrategy<Row> {
    fn into_row(self) -> BoxedStrategy<Row> {
        self
    }
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<Row> {
    prop::sample::select(words)
        .prop_map(|words| words.split(' ').map(str::to_owned).collect())
        .boxed()
}

fn any_of(parts: Vec<BoxedStrategy<Row>>) -> BoxedStrategy<Row> {
    proptest::strategy::Union::new(parts).boxed()
}

fn maybe(part: BoxedStrategy<Row>) -> BoxedStrategy<Row> {
    prop::option::of(part)
        .prop_map(Option::unwrap_or_default)
        .boxed()
}

fn many(part: BoxedStrategy<Row>, least: usize, most: usize) -> BoxedStrategy<Row> {
    prop::collection::vec(part, least..=most)
        .prop_map(|parts| parts.concat())
        .boxed()
}

/// Parts with commas between them, and perhaps behind the last.
fn listed(part: BoxedStrategy<Row>, least: usize, trailing: bool) -> BoxedStrategy<Row> {
    (prop::collection::vec(part, least..=3), any::<bool>())
        .prop_map(move |(parts, last)| {
            let mut row = Row::new();
            let count = parts.len();
            for (at, part) in parts.into_iter().enumerate() {
                row.extend(part);
                if at + 1 < count || last && trailing {
                    row.push(",".to_owned());
                }
            }
            row
        })
        .boxed()
}

fn name() -> BoxedStrategy<Row> {
    one_of(&[
        "a",
        "plan",
        "_hidden",
        "a_name_of_some_length",
        "model",
        "text",
        "x1",
        "when",
    ])
}

fn type_name() -> BoxedStrategy<Row> {
    one_of(&["Mail", "Plan", "ARecordWithALongName", "_Private"])
}

fn path() -> BoxedStrategy<Row> {
    row![name(), many(row![".", name()], 0, 2)]
}

fn string() -> BoxedStrategy<Row> {
    one_of_text(&[
        "\"words\"",
        "\"\"",
        "\"a   b, c { d } // no comment\"",
        "\"\\\"quoted\\\" \\\\ \\n\"",
        "\"é “q” 語\"",
        "\"\"\"\n    One\n      two, {x}\n\n    three\n    \"\"\"",
        "\"\"\"straight\n  away\"\"\"",
        "\"\"\"\"\"\"",
        "'''\n  {{ raw }}\n'''",
    ])
}

fn prose() -> BoxedStrategy<Row> {
    any_of(vec![
        string(),
        one_of_text(&[
            "\"at most {{ max }} words\"",
            "\"{{a.b|inline( 80 )}}, {{ x | default(\"y\") }}\"",
            "\"\"\"\n  Of {{ trusting a because \"b\" }}\n   and {{ c }}.\n  \"\"\"",
        ]),
    ])
}

fn one_of_text(texts: &'static [&'static str]) -> BoxedStrategy<Row> {
    prop::sample::select(texts)
        .prop_map(|text| vec![text.to_owned()])
        .boxed()
}

fn literal() -> BoxedStrategy<Row> {
    any_of(vec![
        string(),
        one_of_text(&[
            "3",
            "-3",
            "0.5",
            "true",
            "false",
            "none",
            "5m",
            "200ms",
            "09:00",
            "2027-03-01",
            "2027-03-01T09:00Z",
            "/a,b \\/[c]/i",
        ]),
    ])
}

fn value(depth: u32) -> BoxedStrategy<Row> {
    let case = row![maybe(row![type_name(), "."]), name()];
    if depth == 0 {
        return any_of(vec![literal(), case]);
    }
    let record = row![
        "{",
        listed(row![name(), ":", value(depth - 1)], 0, true),
        "}"
    ];
    any_of(vec![
        literal(),
        row![case, maybe(record.clone())],
        row!["[", listed(value(depth - 1), 0, true), "]"],
        record,
    ])
}

fn expr(depth: u32) -> BoxedStrategy<Row> {
    let plain = any_of(vec![path(), literal()]);
    if depth == 0 {
        return plain;
    }
    let arg = row![maybe(row![name(), ":"]), expr(depth - 1)];
    let call = row![name(), "(", listed(arg, 0, true), ")"];
    let list = row!["[", listed(value(0), 0, true), "]"];
    let primary = any_of(vec![
        plain.clone(),
        call.clone(),
        row!["(", expr(depth - 1), ")"],
    ]);
    let operand = any_of(vec![
        row![primary.clone(), "|", name(), maybe(row!["(", "3", ")"])],
        row![
            primary.clone(),
            one_of(&["==", "!=", "<=", ">=", "<", ">"]),
            plain
        ],
        row![path(), "is", one_of(&["none", "some", "empty"])],
        row![
            path(),
            "in",
            any_of(vec![list, one_of(&["1 .. 3", ".. 3", "3 .."])])
        ],
        row!["not", primary],
    ]);
    any_of(vec![
        operand.clone(),
        row![operand.clone(), many(row!["and", operand.clone()], 1, 3)],
        row![operand.clone(), many(row!["or", operand], 1, 2)],
    ])
}

fn ty(depth: u32) -> BoxedStrategy<Row> {
    let range = one_of(&["1 .. 200", ".. 5", "0 .."]);
    let mut kinds = vec![
        one_of(&[
            "bool", "email", "url", "date", "time", "datetime", "duration", "timezone",
        ]),
        row![
            maybe("trusted".into_row()),
            "text",
            maybe(range.clone()),
            maybe(one_of_text(&["/a b/i"]))
        ],
        row![one_of(&["int", "float"]), maybe(range.clone())],
        type_name(),
    ];
    if depth > 0 {
        kinds.push(row!["[", ty(depth - 1), "]", maybe(range)]);
    }
    row![any_of(kinds), maybe("?".into_row())]
}

/// Documentation, which ends its line.
fn docs() -> BoxedStrategy<Row> {
    maybe(one_of_text(&[
        "/// A doc.\n",
        "/// Two\n/// lines, one  with  blanks.\n",
    ]))
}

fn field() -> BoxedStrategy<Row> {
    row![docs(), name(), ":", ty(1), maybe(row!["=", value(1)])]
}

fn fields() -> BoxedStrategy<Row> {
    let comma = maybe(",".into_row());
    let allow = row!["allow", "unused-field", "because", string()];
    row![
        "{",
        many(row![any_of(vec![field(), allow]), comma], 0, 3),
        "}"
    ]
}

fn params() -> BoxedStrategy<Row> {
    row!["(", listed(field(), 0, true), ")"]
}

fn strength() -> BoxedStrategy<Row> {
    one_of(&["must", "never", "should", "avoid", "may"])
}

fn rule() -> BoxedStrategy<Row> {
    let clause = any_of(vec![
        row!["because", maybe("!".into_row()), string()],
        row!["check", expr(1)],
        row!["check judge"],
        row!["about", one_of(&["tool", "topic"]), name()],
        row!["overrides", path(), "because", string()],
        row!["at least 95%"],
        row!["allow vague-words because", string()],
    ]);
    let sample = row![
        one_of(&["good", "bad"]),
        string(),
        maybe(row!["because", string()])
    ];
    row![
        strength(),
        name(),
        prose(),
        many(clause, 0, 3),
        many(sample, 0, 2)
    ]
}

fn call() -> BoxedStrategy<Row> {
    row![name(), "(", listed(expr(1), 0, true), ")"]
}

fn names() -> BoxedStrategy<Row> {
    listed(name(), 1, false)
}

fn statement(depth: u32) -> BoxedStrategy<Row> {
    let mut kinds = vec![
        rule(),
        rule(),
        row![one_of(&["role", "goal"]), prose()],
        row!["fact", name(), prose()],
        row![
            "follow",
            name(),
            maybe(row![
                "(",
                listed(row![name(), ":", literal()], 0, true),
                ")"
            ])
        ],
        row!["observe", name(), "=", call()],
        row!["tools", names()],
        row!["model", name()],
        row!["limit turns 8 , tokens 6000"],
        row!["layout", name()],
        row!["on", name(), "->", name()],
        row!["allow unused-input because", string()],
    ];
    if depth > 0 {
        let body = body(depth - 1);
        let otherwise = row!["else", body.clone()];
        let chain = many(row!["else when", expr(1), body.clone()], 0, 2);
        kinds.push(row!["when", expr(2), body.clone(), chain, maybe(otherwise)]);
        let arm = row![
            any_of(vec![names(), "_".into_row(), "true".into_row()]),
            body.clone()
        ];
        kinds.push(row!["match", path(), "{", many(arm, 0, 3), "}"]);
        kinds.push(row!["each", name(), "in", path(), body.clone()]);
        kinds.push(row!["stage", name(), maybe("final".into_row()), body]);
        let step = row![name(), prose(), maybe(row!["about tool", name()])];
        kinds.push(row!["steps", "{", many(step, 0, 3), "}"]);
    }
    any_of(kinds)
}

fn body(depth: u32) -> BoxedStrategy<Row> {
    row!["{", many(statement(depth), 0, 3), "}"]
}

fn tool() -> BoxedStrategy<Row> {
    let handler = any_of(vec![
        row!["search", type_name()],
        row!["save", path(), "=", expr(1)],
        row!["behaviour", call()],
        row!["http POST", string()],
        row!["mcp", string(), string()],
        row!["native", string()],
        row!["ask reviewer", string()],
        row!["hand_over", string()],
    ]);
    let line = any_of(vec![
        row![one_of(&["reads", "writes"]), type_name()],
        row!["sends to", one_of(&["thread", "contact", "anyone"])],
        row!["spends", name()],
        row!["via", handler],
        row!["timeout 5s"],
        row!["retry 3 from 200ms to 5s"],
        row![
            "gate",
            one_of(&["reviewer", "refuse"]),
            maybe(row!["when", expr(1)])
        ],
        row!["at_most 3 per 1d"],
    ]);
    let bound = maybe(row!["for", name(), ":", type_name()]);
    row![
        "tool",
        name(),
        params(),
        bound,
        "->",
        ty(1),
        "{",
        many(line, 0, 3),
        "}"
    ]
}

fn agent() -> BoxedStrategy<Row> {
    let ends = any_of(vec![row!["reviewer", string()], "drop".into_row(), call()]);
    let arm = row![any_of(vec![names(), "_".into_row()]), "->", ends.clone()];
    let zone = row!["in", any_of(vec![string(), path()])];
    let line = any_of(vec![
        row!["inbox", listed(string(), 1, false)],
        row!["contact", name(), ":", type_name(), "by", name()],
        row!["guard", call()],
        row!["observe", name(), "=", call()],
        row!["route", ends],
        row!["route match", call(), "{", many(arm, 0, 3), "}"],
        row![
            "after delivered {",
            "run",
            call(),
            maybe(row!["when", expr(1)]),
            "}"
        ],
        row![
            "review {",
            "assign round_robin hold when",
            expr(1),
            "otherwise pass due 4h then reassign",
            "}"
        ],
        row![
            "deliver {",
            "from",
            string(),
            "undo 2m quiet 21:00 .. 07:00",
            zone.clone(),
            "at_most 3 per 1d",
            "}"
        ],
        row![
            "relay",
            name(),
            "{",
            "on received , delivered to webhook",
            string(),
            "}"
        ],
        row![
            "campaign",
            name(),
            "{",
            "to",
            name(),
            ":",
            type_name(),
            maybe(row!["where", expr(1)]),
            "every monday at 09:00",
            zone,
            "send",
            call(),
            "}"
        ],
    ]);
    row!["agent", name(), "{", many(line, 0, 4), "}"]
}

fn example() -> BoxedStrategy<Row> {
    let matcher = any_of(vec![
        "any".into_row(),
        row!["contains", string()],
        literal(),
        row!["{", listed(row![name(), ":", "any"], 0, true), "}"],
    ]);
    let pattern = row!["{", listed(row![name(), ":", matcher], 0, true), "}"];
    let outcome = any_of(vec![row!["returns", value(1)], row!["fails", string()]]);
    let line = any_of(vec![
        row!["given", path(), "=", value(2)],
        row!["mail", string()],
        row!["calls", name(), pattern, outcome],
        row!["replies", value(1)],
        row![
            "expect",
            maybe("no".into_row()),
            one_of(&["rule", "tool"]),
            name()
        ],
        row![
            "expect prompt",
            maybe("no".into_row()),
            "contains",
            string()
        ],
        row!["expect tokens <= 1500"],
        row![
            "expect checks",
            any_of(vec!["pass".into_row(), row!["fail", name()]])
        ],
    ]);
    row![
        "example",
        name(),
        "for",
        name(),
        maybe("shown".into_row()),
        "{",
        many(line, 0, 4),
        "}"
    ]
}

fn item() -> BoxedStrategy<Row> {
    let case = row![
        docs(),
        name(),
        maybe(row![
            "{",
            many(row![field(), maybe(",".into_row())], 1, 2),
            "}"
        ]),
        maybe(",".into_row())
    ];
    let line = any_of(vec![
        row!["provider", name()],
        row!["name", string()],
        row!["temperature 0.4"],
        row!["timeout 90s"],
        row!["fallback", name()],
    ]);
    any_of(vec![
        row![
            "use",
            path(),
            ".",
            "{",
            listed(any_of(vec![name(), type_name()]), 1, true),
            "}"
        ],
        row![
            docs(),
            "const",
            name(),
            maybe(row![":", ty(1)]),
            "=",
            value(2)
        ],
        row!["allow a-lint because", string()],
        row![docs(), "enum", type_name(), "{", many(case, 0, 3), "}"],
        row![docs(), "record", type_name(), fields()],
        row![
            docs(),
            "entity",
            type_name(),
            "key",
            name(),
            maybe(row!["owned by", type_name()]),
            fields()
        ],
        row![docs(), "model", name(), "{", many(line, 0, 4), "}"],
        row![docs(), tool()],
        row![docs(), "ruleset", name(), maybe(params()), body(1)],
        row![docs(), "behaviour", name(), params(), "->", ty(1), body(2)],
        row![docs(), agent()],
        row![docs(), example()],
    ])
}

/// The tokens of a module.
pub(crate) fn module() -> BoxedStrategy<Row> {
    many(item(), 0, 4)
}

/// What stands between two tokens, drawn from bytes: mostly a blank, else lines and comments. One
/// place in twenty has a comment, each with a number, so that their order shows.
pub(crate) fn laid_out(row: &Row, layout: &[u8], comments: bool) -> String {
    let mut text = String::new();
    let mut drawn = layout.iter().copied().cycle();
    for (at, token) in row.iter().enumerate() {
        let gap = match drawn.next().unwrap_or_default() {
            0..=39 => "\n".to_owned(),
            40..=59 => "   ".to_owned(),
            60..=69 => "\n\n\n".to_owned(),
            70..=74 => "\t".to_owned(),
            75..=79 => "\r\n".to_owned(),
            80..=85 if comments => format!(" // note {at}\n"),
            86..=91 if comments => format!("\n\n// line {at}\n\n"),
            92..=93 if comments => format!("\n//// not a doc {at}\n"),
            _ => " ".to_owned(),
        };
        // The range of a length stays close, and a doc starts a line of its own.
        text.push_str(if token.starts_with("///") { "\n" } else { &gap });
        text.push_str(token);
    }
    text
}
