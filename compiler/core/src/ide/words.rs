//! What the words of the language mean, and the shape of functions, in a line each.

use silex_bundle::functions::Function;

/// A word that a line can begin with, and what it says.
pub(super) type Word = (&'static str, &'static str);

/// Words that open a declaration.
pub(super) const DECLARATIONS: [Word; 12] = [
    ("use", "takes names from another module"),
    ("const", "a value that the author fixes"),
    ("enum", "one of a closed set"),
    ("record", "named fields"),
    ("entity", "a record that the runtime's store keeps"),
    ("tool", "what the model may call"),
    ("model", "a language model and how it is asked"),
    ("ruleset", "a named group of rules"),
    (
        "behaviour",
        "a typed function that a model carries out under rules",
    ),
    ("agent", "wires behaviours to mail"),
    ("example", "a conversation and what is expected of it"),
    ("allow", "silences a lint, and says why"),
];

/// Words that open a statement of a behaviour.
pub(super) const STATEMENTS: [Word; 18] = [
    ("role", "who the model is"),
    ("goal", "what it is for"),
    ("fact", "what holds, as the model is told"),
    ("must", "a rule that a draft may not break"),
    (
        "never",
        "a rule against something, that a draft may not break",
    ),
    ("should", "a rule that is kept mostly"),
    ("avoid", "a rule against something, kept mostly"),
    ("may", "what is permitted"),
    ("follow", "the rules of a ruleset"),
    ("observe", "what another behaviour finds out first"),
    ("when", "what holds under a condition"),
    ("match", "what holds by the case of an enum"),
    ("each", "a fact for each item of a list"),
    ("steps", "what to do, in order"),
    ("stage", "what holds in a part of the conversation"),
    ("tools", "the tools that are offered"),
    ("limit", "turns, tokens, history, attempts, calls"),
    ("layout", "how the prompt is laid out"),
];

/// Words that go on behind a rule's prose.
pub(super) const CLAUSES: [Word; 7] = [
    ("because", "why, for people; `because!` tells the model too"),
    ("check", "decided by the runtime, or by a `judge`"),
    ("about", "the tool or topic that the rule speaks of"),
    ("overrides", "the rule that this one wins over"),
    ("good", "a text that keeps the rule"),
    ("bad", "a text that breaks the rule"),
    ("at least", "the rate to which `silex eval` holds the rule"),
];

/// Words that open a line of a tool.
pub(super) const TOOL_LINES: [Word; 9] = [
    ("via", "what carries the tool out"),
    ("reads", "the entity that it reads"),
    ("writes", "the entity that it writes"),
    ("sends to", "whom it can reach"),
    ("spends", "the parameter that is an amount"),
    (
        "gate",
        "a person, or a refusal, between the model and the effect",
    ),
    ("timeout", "how long it may take"),
    ("retry", "how often it is tried again"),
    ("at_most", "how often it may be called for one contact"),
];

/// Words that open a line of a model.
pub(super) const MODEL_LINES: [Word; 7] = [
    ("provider", "whose protocol it speaks"),
    ("name", "what the provider calls it"),
    ("temperature", "from 0 to 2"),
    ("max_tokens", "the most that it answers with"),
    ("timeout", "how long an answer may take"),
    ("retry", "how often it is asked again"),
    ("fallback", "the model that is asked instead"),
];

/// Words that open a line of an agent.
pub(super) const AGENT_LINES: [Word; 10] = [
    ("inbox", "the addresses that it answers"),
    ("contact", "whom it answers"),
    ("guard", "looks at each mail first"),
    ("observe", "what is found out before the route"),
    ("route", "which behaviour answers"),
    ("after", "what is done when something has happened"),
    ("review", "which drafts a person sees"),
    ("deliver", "how replies are sent"),
    ("relay", "whom else to tell"),
    ("campaign", "mails that nobody asked for"),
];

/// Words that open a line of an example.
pub(super) const EXAMPLE_LINES: [Word; 5] = [
    ("given", "an input"),
    ("mail", "the mail that comes in"),
    ("calls", "a tool that the model calls"),
    ("replies", "what the model answers"),
    ("expect", "what must hold then"),
];

/// Types that need no declaration.
pub(super) const TYPES: [Word; 12] = [
    (
        "text",
        "Unicode text from outside; `text 1..200` bounds its length",
    ),
    ("trusted text", "text that only the deployment writes"),
    ("bool", "`true` or `false`"),
    ("int", "a whole number; `int 1..10` bounds it"),
    ("float", "a number"),
    ("email", "an address; untrusted in prose"),
    ("url", "an address of the web; untrusted in prose"),
    ("date", "a day"),
    ("time", "a time of day"),
    ("datetime", "an instant"),
    ("duration", "a length of time"),
    ("timezone", "a time zone by its name"),
];

/// What a place provides without a declaration.
pub(super) const GIVEN: [Word; 7] = [
    ("now", "the instant of the turn, fixed while it lasts"),
    ("today", "the day of the turn, in the deployment's zone"),
    ("reply", "what the model answered: a `Reply`"),
    ("result", "what the model answered"),
    ("mail", "the mail that came in"),
    ("thread", "the conversation"),
    ("draft", "what is reviewed"),
];

/// What a word of some lists says.
pub(super) fn meaning(words: &[Word], word: &str) -> Option<&'static str> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, meaning)| *meaning)
}

/// A function as it is called.
pub(super) fn call_of(function: &Function) -> String {
    let params = function.params.iter().map(|param| {
        let optional = if param.optional { "?" } else { "" };
        format!("{}{optional}: {}", param.name, param.takes.describe())
    });
    format!(
        "{}({})",
        function.name,
        params.collect::<Vec<_>>().join(", ")
    )
}
