// Silex for tree-sitter, after compiler/core/src/syntax/grammar.pest: the same rules under the same
// words where a colour, an indent or a fold needs them.
//
// It takes a little more than the compiler: doc comments may stand anywhere, and what the compiler
// refuses with a finding (a clause behind a sample, a `when` behind a rule) is an error of the tree.
// What the compiler reads, this reads.

const comma_list = (rule) => seq(rule, repeat(seq(",", rule)), optional(","));
const block = (...lines) => seq("{", repeat(choice(...lines)), "}");
const entries = (rule) => seq("{", optional(comma_list(rule)), "}");

// Words with a meaning at the start of an expectation or a check, which may also be names there.
const AS_NAMES = ["judge", "rule", "tool", "prompt", "tokens", "checks", "stage", "no"];

module.exports = grammar({
  name: "silex",

  word: ($) => $.name,

  extras: ($) => [/\s/, /\uFEFF/, $.comment, $.doc_comment, $.module_doc],

  rules: {
    file: ($) => repeat($._item),

    _item: ($) =>
      choice(
        $.use, $.allow, $.constant, $.enum, $.record, $.entity, $.tool, $.model,
        $.ruleset, $.behaviour, $.agent, $.example,
      ),

    use: ($) =>
      seq(
        "use", repeat1(seq(field("module", $.name), ".")),
        "{", comma_list(field("takes", choice($.type_name, $.name))), "}",
      ),
    allow: ($) => seq("allow", field("code", $.code), $._because),
    _because: ($) => seq("because", field("because", $.string)),
    constant: ($) => seq("const", field("name", $.name), optional($._type), "=", field("value", $._value)),

    // types
    enum: ($) => seq("enum", field("name", $.type_name), "{", repeat(seq($.case, optional(","))), "}"),
    case: ($) => seq(field("name", $.name), optional(seq("{", repeat1(seq($.field, optional(","))), "}"))),
    record: ($) => seq("record", field("name", $.type_name), $.fields),
    entity: ($) =>
      seq(
        "entity", field("name", $.type_name), "key", field("key", $.name),
        optional(seq("owned", "by", field("owner", $.type_name))), $.fields,
      ),
    fields: ($) => seq("{", repeat(seq(choice($.allow, $.field), optional(","))), "}"),
    field: ($) => seq(field("name", choice($.name, alias("allow", $.name))), $._type, optional($._default)),
    _default: ($) => seq("=", field("default", $._value)),
    _type: ($) => seq(":", field("type", $.type)),
    type: ($) =>
      seq(choice($.list_type, $.text_type, $.number_type, $.plain_type, $.type_name), optional($.optional)),
    optional: () => "?",
    list_type: ($) => prec.right(seq("[", $.type, "]", optional($.range))),
    text_type: ($) => prec.right(seq(optional("trusted"), "text", optional($.range), optional($.regex))),
    number_type: ($) => prec.right(seq(choice("int", "float"), optional($.range))),
    plain_type: () => choice("bool", "email", "url", "date", "time", "datetime", "duration", "timezone"),
    range: ($) => prec.right(choice(seq($.number, "..", optional($.number)), seq("..", $.number))),

    // values and expressions
    _value: ($) => choice($._literal, $.case_value, $.list, $.record_value),
    list: ($) => seq("[", optional(comma_list($._value)), "]"),
    record_value: ($) => entries($.entry),
    entry: ($) => seq(field("name", $.name), ":", field("value", $._value)),
    case_value: ($) => prec.right(seq(optional(seq($.type_name, ".")), field("case", $.name), optional($.record_value))),

    _expression: ($) =>
      choice($.or, $.and, $.not, $.comparison, $.test, $.membership, $.filtered, $._primary),
    _primary: ($) => choice($.reference, $.call, $._literal, $.parens, $.list),
    or: ($) => prec.left(1, seq($._expression, "or", $._expression)),
    and: ($) => prec.left(2, seq($._expression, "and", $._expression)),
    not: ($) => prec(3, seq("not", $._expression)),
    comparison: ($) => prec.left(4, seq($._expression, $.compare, $._expression)),
    compare: () => choice("==", "!=", "<=", ">=", "<", ">"),
    test: ($) => prec.left(4, seq($._expression, "is", choice($.none, "some", "empty"))),
    membership: ($) => prec.left(4, seq($._expression, "in", choice($.range, $.list))),
    filtered: ($) => prec.right(5, seq($._primary, repeat1($.filter))),
    filter: ($) => prec.right(seq("|", field("name", $.name), optional($.arguments))),
    reference: ($) => prec.right(seq(choice($._word, $.type_name), repeat(seq(".", field("member", $.name))))),
    _word: ($) => choice($.name, ...AS_NAMES.map((word) => alias(word, $.name))),
    parens: ($) => seq("(", $._expression, ")"),
    call: ($) => seq(field("name", $._word), $.arguments),
    arguments: ($) => seq("(", optional(comma_list($.argument)), ")"),
    argument: ($) => seq(optional(seq(field("name", $.name), ":")), $._expression),
    path: ($) => prec.right(seq(choice($.name, $.type_name), repeat(seq(".", field("member", $.name))))),
    _literal: ($) =>
      choice($.string, $.datetime, $.date, $.time, $.duration, $.number, $.regex, $.boolean, $.none),
    boolean: () => choice("true", "false"),
    none: () => "none",

    // behaviours
    behaviour: ($) => seq("behaviour", field("name", $.name), $.parameters, "->", field("returns", $.type), $.body),
    ruleset: ($) => seq("ruleset", field("name", $.name), optional($.parameters), $.body),
    parameters: ($) => seq("(", optional(comma_list($.parameter)), ")"),
    parameter: ($) => seq(field("name", $.name), $._type, optional($._default)),
    body: ($) => block($._statement),
    _statement: ($) =>
      choice(
        $.role, $.fact, $.rule, $.when, $.match, $.each, $.follow, $.observe, $.tools, $.steps, $.stage, $.on,
        $.use_model, $.limit, $.layout, $.allow,
      ),
    role: ($) => seq(choice("role", "goal"), $.prose),
    fact: ($) => seq("fact", field("name", $.name), $.prose),
    rule: ($) =>
      prec.right(seq(
        $.strength, field("name", $.name), $.prose,
        repeat(choice($.because, $.check, $.about, $.overrides, $.at_least, $.allow)),
        repeat($.sample),
      )),
    strength: () => choice("must", "never", "should", "avoid", "may"),
    because: ($) => seq("because", optional("!"), $.string),
    check: ($) => prec.right(seq("check", choice($.judge, $._expression))),
    judge: () => prec(1, "judge"),
    about: ($) => seq("about", choice("tool", "topic"), $.name),
    overrides: ($) => seq("overrides", field("rule", $.path), $._because),
    at_least: ($) => seq("at", "least", $.percent),
    sample: ($) => prec.right(seq(choice("good", "bad"), $.string, optional($._because))),
    when: ($) =>
      prec.right(seq(
        "when", field("condition", $._expression), $.body, repeat($.else_when), optional(seq("else", $.body)),
      )),
    else_when: ($) => seq("else", "when", field("condition", $._expression), $.body),
    match: ($) => seq("match", field("on", $.path), block($.arm)),
    arm: ($) => seq($._patterns, $.body),
    _patterns: ($) => choice($.wildcard, seq($._case, repeat(seq(",", $._case)))),
    _case: ($) => field("case", choice($.name, $.boolean)),
    wildcard: () => "_",
    each: ($) => seq("each", field("name", $.name), "in", field("list", $.path), $.body),
    follow: ($) => seq("follow", field("name", $.name), optional($.arguments)),
    observe: ($) => seq("observe", field("name", $.name), "=", $.call),
    tools: ($) => seq("tools", $.name, repeat(seq(",", $.name))),
    steps: ($) => seq("steps", block($.step)),
    step: ($) => prec.right(seq(field("name", choice($.name, alias("about", $.name))), $.prose, optional($.about))),
    stage: ($) => seq("stage", field("name", $.name), optional("final"), $.body),
    on: ($) => seq("on", field("tool", $.name), "->", field("stage", $.name)),
    use_model: ($) => seq("model", $.name),
    limit: ($) => seq("limit", $.quota, repeat(seq(",", $.quota))),
    quota: ($) => seq(choice("turns", "tokens", "history", "attempts", "calls"), $.number),
    layout: ($) => seq("layout", $.name),

    // tools and models
    tool: ($) =>
      seq(
        "tool", field("name", $.name), $.parameters, optional(seq("for", field("bound", $.name), $._bound_type)),
        "->", field("returns", $.type),
        block(
          $.via, $.reads, $.sends, $.spends, $.timeout, $.retry, $.gate, $.at_most, $.allow,
        ),
      ),
    _bound_type: ($) => seq(":", field("type", $.type_name)),
    via: ($) =>
      seq("via", choice(
        seq(choice("search", "get"), $.type_name),
        seq("save", $._saved),
        seq("behaviour", $.call),
        seq("http", $.method, $.string),
        seq("mcp", $.string, $.string),
        seq("native", $.string),
        seq("ask", "reviewer", $.string),
        seq("hand_over", $.string),
      )),
    _saved: ($) => seq($.path, "=", $._expression),
    method: () => choice("GET", "POST", "PUT", "PATCH", "DELETE"),
    reads: ($) => seq(choice("reads", "writes"), $.type_name),
    sends: () => seq("sends", "to", choice("thread", "contact", "anyone")),
    spends: ($) => seq("spends", $.name),
    timeout: ($) => seq("timeout", $.duration),
    retry: ($) => seq("retry", $.number, "from", $.duration, "to", $.duration),
    gate: ($) => seq("gate", choice("reviewer", "refuse"), optional($._when)),
    _when: ($) => seq("when", field("condition", $._expression)),
    at_most: ($) => seq("at_most", $.number, "per", $.duration),
    model: ($) =>
      seq(
        "model", field("name", $.name),
        block($.provider, $.model_name, $.amount, $.timeout, $.retry, $.fallback),
      ),
    provider: ($) => seq("provider", $.name),
    model_name: ($) => seq("name", $.string),
    amount: ($) => seq(choice("temperature", "max_tokens"), $.number),
    fallback: ($) => seq("fallback", $.name),

    // agents
    agent: ($) =>
      seq(
        "agent", field("name", $.name),
        block(
          $.inbox, $.contact, $.guard, $.observe, $.route, $.after, $.review, $.deliver, $.relay, $.campaign, $.allow,
        ),
      ),
    inbox: ($) => seq("inbox", $.string, repeat(seq(",", $.string))),
    contact: ($) => seq("contact", field("name", $.name), $._bound_type, "by", field("key", $.name)),
    guard: ($) => seq("guard", $.call),
    route: ($) => seq("route", $._target),
    _target: ($) => choice($.route_match, $.to_reviewer, $.drop, $.call, alias($.call_of_drop, $.call)),
    route_match: ($) => seq("match", choice($.call, $.path), block($.target_arm)),
    to_reviewer: ($) => seq("reviewer", $.string),
    drop: () => "drop",
    call_of_drop: ($) => seq(field("name", alias("drop", $.name)), $.arguments),
    target_arm: ($) => seq($._patterns, "->", $._target),
    after: ($) => seq("after", $.event, block($.run, $.save)),
    run: ($) => seq("run", $.call, optional($._when)),
    save: ($) => seq("save", $._saved, optional($._when)),
    event: () =>
      choice("received", "blocked", "drafted", "held", "approved", "rejected", "delivered", "bounced", "failed"),
    review: ($) => seq("review", block($.assign, $.decide, $.otherwise, $.due)),
    assign: ($) => seq("assign", $.name),
    decide: ($) => seq(choice("hold", "pass"), $._when),
    otherwise: () => seq("otherwise", choice("hold", "pass")),
    due: ($) => seq("due", $.duration, "then", choice("reassign", "escalate")),
    deliver: ($) => seq("deliver", block($.sender, $.undo, $.quiet, $.at_most)),
    sender: ($) => seq("from", $.string),
    undo: ($) => seq("undo", $.duration),
    quiet: ($) => seq("quiet", $.time, "..", $.time, $._zone),
    _zone: ($) => seq("in", field("zone", choice($.string, $.path))),
    relay: ($) => seq("relay", field("name", $.name), block($.on_events, $.relay_to, $.retry)),
    on_events: ($) => seq("on", $.event, repeat(seq(",", $.event))),
    relay_to: ($) => seq("to", choice("webhook", "mail"), $.string),
    campaign: ($) => seq("campaign", field("name", $.name), block($.audience, $.schedule, $.send)),
    audience: ($) => seq("to", field("name", $.name), $._bound_type, optional(seq("where", field("condition", $._expression)))),
    schedule: ($) =>
      seq(
        choice(
          seq("every", $.day),
          seq("once", optional(seq($.duration, choice("before", "after"))), choice($.date, $.path)),
        ),
        "at", $.time, $._zone,
      ),
    day: () => choice("day", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    send: ($) => seq("send", $.call),

    // examples
    example: ($) =>
      seq(
        "example", field("name", $.name), "for", field("behaviour", $.name), optional("shown"),
        block($.given, $.mail, $.calls, $.replies, $.expect),
      ),
    given: ($) => seq("given", $.path, "=", field("value", $._value)),
    mail: ($) => seq("mail", choice($.string, $.record_value)),
    calls: ($) =>
      seq("calls", field("name", $.name), $.pattern, choice(seq("returns", field("returns", $._value)), seq("fails", $.string))),
    replies: ($) => seq("replies", field("value", $._value)),
    pattern: ($) => entries($.pattern_entry),
    pattern_entry: ($) => seq(field("name", $.name), ":", $._matcher),
    _matcher: ($) => choice($.any, $.contains, $.pattern, $.list, $._literal, $.case_pattern),
    any: () => "any",
    contains: ($) => seq("contains", $.string),
    case_pattern: ($) =>
      choice(
        seq(optional(seq($.type_name, ".")), field("case", $.name), optional($.pattern)),
        seq(field("case", alias("any", $.name)), $.pattern),
        field("case", alias("contains", $.name)),
      ),
    expect: ($) =>
      prec.right(seq("expect", choice(
        prec(1, seq(optional("no"), choice("rule", "tool"), $.name)),
        prec(1, seq("prompt", optional("no"), "contains", $.string)),
        prec(1, seq("checks", choice("pass", seq("fail", $.name)))),
        prec(1, seq("stage", $.name)),
        $._expression,
      ))),

    // prose, in which holes open
    prose: ($) =>
      choice(
        seq('"', repeat(choice($.prose_text, $.escape, $.hole)), token.immediate('"')),
        seq('"""', repeat(choice(alias($._block_text, $.prose_text), $.hole)), token.immediate(prec(2, '"""'))),
        $.raw_text,
      ),
    prose_text: () =>
      prec.right(
        repeat1(choice(token.immediate(prec(1, /([^"\\\n{]|\{[^"\\\n{])+/)), token.immediate(prec(1, "{")))),
      ),
    _block_text: () =>
      prec.right(repeat1(choice(token.immediate(prec(1, /[^"{]+/)), token.immediate(prec(1, /""?|\{/))))),
    raw_text: () => token(prec(1, /'''('?'?[^'])*'''/)),
    escape: () => token.immediate(prec(1, /\\[^\n]/)),
    hole: ($) =>
      seq(token.immediate(prec(1, "{{")), choice(seq("trusting", $._piped, $._because), $._piped), "}}"),
    _piped: ($) => choice($.filtered, $._primary),

    // tokens
    name: () => /[a-z][A-Za-z0-9_]*|_[a-z0-9_][A-Za-z0-9_]*/,
    type_name: () => /_?[A-Z][A-Za-z0-9_]*/,
    code: () => /[a-z][a-z0-9-]*/,
    number: () => /-?[0-9]+(\.[0-9]+)?/,
    percent: () => /[0-9]+%/,
    duration: () => /[0-9]+(ms|s|m|h|d|w)/,
    time: () => /[0-9]{2}:[0-9]{2}/,
    date: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}/,
    datetime: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})/,
    regex: () => /\/([^\/*\\\n]|\\[^\n])([^\/\\\n]|\\[^\n])*\/i?/,
    string: () => token(choice(/"([^"\\\n]|\\[^\n])*"/, /"""("?"?[^"])*"""/, /'''('?'?[^'])*'''/)),

    comment: () => token(choice(/\/\/([^!\/\n][^\n]*)?/, /\/\/\/\/[^\n]*/)),
    doc_comment: () => token(/\/\/\/([^\/\n][^\n]*)?/),
    module_doc: () => token(/\/\/![^\n]*/),
  },
});
