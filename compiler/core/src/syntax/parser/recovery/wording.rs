//! The words of the grammar, and what is said about what it expected.

use super::super::grammar::Rule;

/// The keywords of the language.
pub(super) fn keywords() -> impl Iterator<Item = (Rule, &'static str)> {
    KEYWORDS.iter().copied()
}

/// Whether a word is one of the language.
pub(crate) fn is_word(word: &str) -> bool {
    keywords().any(|(_, known)| known == word)
}

/// The word of a keyword's rule.
fn keyword(rule: Rule) -> Option<&'static str> {
    keywords()
        .find(|(known, _)| *known == rule)
        .map(|(_, word)| word)
}

/// What would have been read, in an author's words.
pub(super) fn expectation(expected: &[Rule]) -> String {
    let mut words: Vec<String> = Vec::new();
    for rule in expected {
        let word = match (keyword(*rule), describe(*rule)) {
            (_, Some(text)) => text.to_owned(),
            (Some(word), None) => format!("`{word}`"),
            (None, None) => continue,
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // A line that could start here says more than all that could go on.
    if let Some(line) = words.iter().find(|word| is_line(word)) {
        return line.clone();
    }
    if words
        .iter()
        .any(|word| word == "a value" || word == "an expression")
    {
        words.retain(|word| !LITERALS.contains(&word.as_str()));
    }
    if words.len() > 6 {
        words.retain(|word| !word.starts_with('`'));
    }
    words.truncate(6);
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Whether what was expected is a line, so that what stands before is complete.
pub(super) fn is_line(expected: &str) -> bool {
    expected.starts_with("a line of")
        || ["a statement", "a field", "a case", "a declaration"].contains(&expected)
}

/// What a value or an expression may be.
const LITERALS: [&str; 9] = [
    "a string",
    "a number",
    "a duration",
    "a time",
    "a range",
    "a type name",
    "`true`",
    "`false`",
    "`none`",
];

fn describe(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::file | Rule::item | Rule::import | Rule::EOI => "a declaration",
        Rule::arrow => "`->`",
        Rule::colon => "`:`",
        Rule::equals => "`=`",
        Rule::open => "`{`",
        Rule::module => "a module",
        Rule::names => "`.{`",
        Rule::name | Rule::wildcard | Rule::patterns => "a name",
        Rule::Type => "a type name",
        Rule::type_ref | Rule::plain_type | Rule::text_type | Rule::number_type => "a type",
        Rule::string | Rule::prose | Rule::raw => "a string",
        Rule::number => "a number",
        Rule::percent => "a percentage",
        Rule::duration => "a duration",
        Rule::time => "a time",
        Rule::range => "a range",
        Rule::code => "the code of a lint",
        Rule::expr | Rule::reference | Rule::parens => "an expression",
        Rule::compare => "a comparison",
        Rule::case_value | Rule::list_value | Rule::record_value => "a value",
        Rule::params | Rule::args => "`(`",
        Rule::body | Rule::fields => "`{`",
        Rule::call | Rule::arg => "a call",
        Rule::field | Rule::param | Rule::entry => "a field",
        Rule::case => "a case",
        Rule::rule_line | Rule::strength | Rule::role | Rule::fact | Rule::when => "a statement",
        Rule::tool_line => "a line of a tool",
        Rule::model_line => "a line of a model",
        Rule::agent_line => "a line of an agent",
        Rule::review_line => "a line of `review`",
        Rule::deliver_line => "a line of `deliver`",
        Rule::relay_line => "a line of `relay`",
        Rule::campaign_line => "a line of `campaign`",
        Rule::after_line => "a line of `after`",
        Rule::example_line => "a line of an example",
        Rule::handler => "a handler",
        Rule::target => "a target",
        Rule::event => "an event",
        Rule::day => "`day` or a day of the week",
        Rule::matcher => "a matcher",
        Rule::method => "a method",
        Rule::quota => "a bound such as `turns 8`",
        Rule::dots => "`..`",
        Rule::numeral => "a value",
        _ => return None,
    })
}

/// Every keyword of the grammar; a test compares the two.
static KEYWORDS: &[(Rule, &str)] = &[
    (Rule::k_DELETE, "DELETE"),
    (Rule::k_GET, "GET"),
    (Rule::k_PATCH, "PATCH"),
    (Rule::k_POST, "POST"),
    (Rule::k_PUT, "PUT"),
    (Rule::k_about, "about"),
    (Rule::k_after, "after"),
    (Rule::k_agent, "agent"),
    (Rule::k_allow, "allow"),
    (Rule::k_and, "and"),
    (Rule::k_any, "any"),
    (Rule::k_anyone, "anyone"),
    (Rule::k_approved, "approved"),
    (Rule::k_ask, "ask"),
    (Rule::k_assign, "assign"),
    (Rule::k_at, "at"),
    (Rule::k_at_most, "at_most"),
    (Rule::k_attempts, "attempts"),
    (Rule::k_avoid, "avoid"),
    (Rule::k_bad, "bad"),
    (Rule::k_because, "because"),
    (Rule::k_before, "before"),
    (Rule::k_behaviour, "behaviour"),
    (Rule::k_blocked, "blocked"),
    (Rule::k_bool, "bool"),
    (Rule::k_bounced, "bounced"),
    (Rule::k_by, "by"),
    (Rule::k_calls, "calls"),
    (Rule::k_campaign, "campaign"),
    (Rule::k_check, "check"),
    (Rule::k_checks, "checks"),
    (Rule::k_const, "const"),
    (Rule::k_contact, "contact"),
    (Rule::k_contains, "contains"),
    (Rule::k_date, "date"),
    (Rule::k_datetime, "datetime"),
    (Rule::k_day, "day"),
    (Rule::k_deliver, "deliver"),
    (Rule::k_delivered, "delivered"),
    (Rule::k_drafted, "drafted"),
    (Rule::k_drop, "drop"),
    (Rule::k_due, "due"),
    (Rule::k_duration, "duration"),
    (Rule::k_each, "each"),
    (Rule::k_else, "else"),
    (Rule::k_email, "email"),
    (Rule::k_empty, "empty"),
    (Rule::k_entity, "entity"),
    (Rule::k_enum, "enum"),
    (Rule::k_escalate, "escalate"),
    (Rule::k_every, "every"),
    (Rule::k_example, "example"),
    (Rule::k_expect, "expect"),
    (Rule::k_fact, "fact"),
    (Rule::k_fail, "fail"),
    (Rule::k_failed, "failed"),
    (Rule::k_fails, "fails"),
    (Rule::k_fallback, "fallback"),
    (Rule::k_false, "false"),
    (Rule::k_final, "final"),
    (Rule::k_float, "float"),
    (Rule::k_follow, "follow"),
    (Rule::k_for, "for"),
    (Rule::k_friday, "friday"),
    (Rule::k_from, "from"),
    (Rule::k_gate, "gate"),
    (Rule::k_get, "get"),
    (Rule::k_given, "given"),
    (Rule::k_goal, "goal"),
    (Rule::k_good, "good"),
    (Rule::k_guard, "guard"),
    (Rule::k_hand_over, "hand_over"),
    (Rule::k_held, "held"),
    (Rule::k_history, "history"),
    (Rule::k_hold, "hold"),
    (Rule::k_http, "http"),
    (Rule::k_in, "in"),
    (Rule::k_inbox, "inbox"),
    (Rule::k_int, "int"),
    (Rule::k_is, "is"),
    (Rule::k_judge, "judge"),
    (Rule::k_key, "key"),
    (Rule::k_layout, "layout"),
    (Rule::k_least, "least"),
    (Rule::k_limit, "limit"),
    (Rule::k_mail, "mail"),
    (Rule::k_match, "match"),
    (Rule::k_max_tokens, "max_tokens"),
    (Rule::k_may, "may"),
    (Rule::k_mcp, "mcp"),
    (Rule::k_model, "model"),
    (Rule::k_monday, "monday"),
    (Rule::k_must, "must"),
    (Rule::k_name, "name"),
    (Rule::k_native, "native"),
    (Rule::k_never, "never"),
    (Rule::k_no, "no"),
    (Rule::k_none, "none"),
    (Rule::k_not, "not"),
    (Rule::k_observe, "observe"),
    (Rule::k_on, "on"),
    (Rule::k_once, "once"),
    (Rule::k_or, "or"),
    (Rule::k_otherwise, "otherwise"),
    (Rule::k_overrides, "overrides"),
    (Rule::k_owned, "owned"),
    (Rule::k_pass, "pass"),
    (Rule::k_per, "per"),
    (Rule::k_prompt, "prompt"),
    (Rule::k_provider, "provider"),
    (Rule::k_quiet, "quiet"),
    (Rule::k_reads, "reads"),
    (Rule::k_reassign, "reassign"),
    (Rule::k_received, "received"),
    (Rule::k_record, "record"),
    (Rule::k_refuse, "refuse"),
    (Rule::k_rejected, "rejected"),
    (Rule::k_relay, "relay"),
    (Rule::k_replies, "replies"),
    (Rule::k_retry, "retry"),
    (Rule::k_returns, "returns"),
    (Rule::k_review, "review"),
    (Rule::k_reviewer, "reviewer"),
    (Rule::k_role, "role"),
    (Rule::k_route, "route"),
    (Rule::k_rule, "rule"),
    (Rule::k_ruleset, "ruleset"),
    (Rule::k_run, "run"),
    (Rule::k_saturday, "saturday"),
    (Rule::k_save, "save"),
    (Rule::k_search, "search"),
    (Rule::k_send, "send"),
    (Rule::k_sends, "sends"),
    (Rule::k_should, "should"),
    (Rule::k_shown, "shown"),
    (Rule::k_some, "some"),
    (Rule::k_spends, "spends"),
    (Rule::k_stage, "stage"),
    (Rule::k_steps, "steps"),
    (Rule::k_sunday, "sunday"),
    (Rule::k_temperature, "temperature"),
    (Rule::k_text, "text"),
    (Rule::k_then, "then"),
    (Rule::k_thread, "thread"),
    (Rule::k_thursday, "thursday"),
    (Rule::k_time, "time"),
    (Rule::k_timeout, "timeout"),
    (Rule::k_timezone, "timezone"),
    (Rule::k_to, "to"),
    (Rule::k_tokens, "tokens"),
    (Rule::k_tool, "tool"),
    (Rule::k_tools, "tools"),
    (Rule::k_topic, "topic"),
    (Rule::k_true, "true"),
    (Rule::k_trusted, "trusted"),
    (Rule::k_trusting, "trusting"),
    (Rule::k_tuesday, "tuesday"),
    (Rule::k_turns, "turns"),
    (Rule::k_undo, "undo"),
    (Rule::k_url, "url"),
    (Rule::k_use, "use"),
    (Rule::k_via, "via"),
    (Rule::k_webhook, "webhook"),
    (Rule::k_wednesday, "wednesday"),
    (Rule::k_when, "when"),
    (Rule::k_where, "where"),
    (Rule::k_writes, "writes"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_keyword_of_the_grammar() {
        let grammar = Rule::all_rules().iter().map(|rule| format!("{rule:?}"));
        let wanted: Vec<String> = grammar.filter(|name| name.starts_with("k_")).collect();
        let found: Vec<String> = keywords().map(|(_, word)| format!("k_{word}")).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn few_alternatives_are_named_and_many_are_summed_up() {
        assert_eq!(expectation(&[Rule::k_from]), "`from`");
        assert_eq!(
            expectation(&[Rule::name, Rule::string]),
            "a name or a string"
        );
        assert_eq!(
            expectation(&[Rule::k_because, Rule::strength, Rule::k_when]),
            "a statement"
        );
    }
}
