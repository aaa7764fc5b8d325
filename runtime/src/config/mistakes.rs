//! Everything that is wrong with a configuration, each with its line: one mistake hides no other.

use std::num::NonZeroU32;

use secrecy::ExposeSecret;

use super::{Config, ConfigError, Variables, bounds, people};

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line that says it, from 1; none for what is not in the text.
    pub line: Option<usize>,
    /// What it is.
    pub error: ConfigError,
}

/// Reads the text of a configuration, with the variables of the environment.
pub(super) fn read(text: &str, variables: &Variables) -> Result<Config, Vec<Mistake>> {
    let expanded = variables.expand(text)?;
    let config = parsed(&expanded)?;
    let (mut config, mut errors) = variables.over(&expanded, config);
    config.keys_from(variables);
    errors.extend(problems(&config));
    if errors.is_empty() {
        return Ok(config);
    }
    let placed = errors.into_iter().map(|error| Mistake {
        line: match &error {
            ConfigError::Wrong { key, .. } => line_of(text, key),
            ConfigError::Unreadable(_)
            | ConfigError::Unset { .. }
            | ConfigError::Part { .. }
            | ConfigError::Variable { .. } => None,
        },
        error,
    });
    Err(placed.collect())
}

/// The reader stops at the first mistake, so that one is taken out and the rest read again.
fn parsed(text: &str) -> Result<Config, Vec<Mistake>> {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut mistakes: Vec<Mistake> = Vec::new();
    loop {
        let rest = lines.join("\n");
        let read = if rest.trim().is_empty() {
            Ok(Config::default())
        } else {
            serde_yaml::from_str::<Config>(&rest)
        };
        let error = match read {
            Ok(config) if mistakes.is_empty() => return Ok(config),
            Ok(_) => return Err(mistakes),
            Err(error) => error,
        };
        let line = error.location().map(|at| at.line());
        let line = line.and_then(|line| usize::try_from(line).ok());
        let said = error.without_snippet().to_string();
        // It may be missing because it was taken out.
        if !mistakes.is_empty() && said.contains("missing field") {
            return Err(mistakes);
        }
        mistakes.push(Mistake {
            line,
            error: ConfigError::Unreadable(said),
        });
        if !line.is_some_and(|line| take_out(&mut lines, line)) {
            return Err(mistakes);
        }
    }
}

/// Empties a line, those below that belong to it, and the line above that would have nothing left. False
/// when there was nothing in it.
fn take_out(lines: &mut [&str], number: usize) -> bool {
    let Some(index) = number.checked_sub(1) else {
        return false;
    };
    let Some(own) = lines.get(index).filter(|line| !line.trim().is_empty()) else {
        return false;
    };
    let own = indent(own);
    for (at, line) in lines.iter_mut().enumerate().skip(index) {
        if at > index && !line.trim().is_empty() && indent(line) <= own {
            break;
        }
        *line = "";
    }
    let (above, below) = lines.split_at(index);
    let nearest = above.iter().rposition(|line| !line.trim().is_empty());
    let next = below.iter().find(|line| !line.trim().is_empty());
    match nearest.map(|at| (at, above[at])) {
        Some((at, section))
            if section.trim_end().ends_with(':')
                && next.is_none_or(|next| indent(next) <= indent(section)) =>
        {
            take_out(lines, at + 1)
        }
        Some(_) | None => true,
    }
}

/// The line that says a setting, or else the section that it is missing in.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let (mut found, mut section) = (None, None);
    let mut lines = (1..).zip(text.lines());
    for name in key.split('.') {
        let says = |line: &str| {
            let rest = line.trim_start().strip_prefix(name);
            rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
        };
        let mut inside = lines.by_ref().take_while(|(_, line)| {
            section.is_none_or(|section| line.trim().is_empty() || indent(line) > section)
        });
        let Some((number, line)) =
            inside.find(|(_, line)| says(line) && (section.is_some() || indent(line) == 0))
        else {
            break;
        };
        (found, section) = (Some(number), Some(indent(line)));
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The least characters of a secret that nobody guesses.
const UNGUESSED: usize = 16;

/// What cannot be meant: of the installation as a whole, and then of each section.
fn problems(config: &Config) -> Vec<ConfigError> {
    let mut found = of_the_whole(config);
    found.extend(config.bundles.problem());
    found.extend(config.queue.problems());
    found.extend(config.models.problems());
    for problem in people::problems(&config.reviewers) {
        found.push(ConfigError::wrong("reviewers", problem));
    }
    found.extend(
        config
            .endpoints
            .iter()
            .flat_map(|(name, it)| it.problems(name)),
    );
    found.extend(config.mcp.iter().flat_map(|(name, it)| it.problems(name)));
    found.extend(
        config
            .webhooks
            .iter()
            .flat_map(|(name, it)| it.problems(name)),
    );
    found.extend(config.telemetry.problems());
    found.extend(config.dashboard.problems());
    found.extend(config.outbound.problems());
    found.extend(config.inbound.problems());
    found
}

fn of_the_whole(config: &Config) -> Vec<ConfigError> {
    let (public, pages) = (config.public_url.as_deref(), config.review.url.as_deref());
    let readers = config.readers.map(NonZeroU32::get);
    let checked = [
        bounds::filled("bundle", &config.bundle),
        readers.and_then(|readers| bounds::number("readers", readers, 1..=1_000)),
        public.and_then(|url| bounds::page("public_url", url)),
        pages.and_then(|url| bounds::page("review.url", url)),
    ];
    let mut found: Vec<_> = checked.into_iter().flatten().collect();
    let mut wrong = |key: &str, problem: &str| found.push(ConfigError::wrong(key, problem));
    if let Err(error) = jiff::tz::TimeZone::get(&config.timezone) {
        wrong("timezone", &error.to_string());
    }
    match config.secret.expose_secret().len() {
        0 if config.database.file().is_none() => wrong(
            "secret",
            "is needed with a PostgreSQL server: all its nodes share one",
        ),
        1..UNGUESSED => wrong(
            "secret",
            "can be guessed: it has 16 characters at least, `openssl rand -hex 32` makes 64",
        ),
        _ => {}
    }
    if !config.listen.ip().is_loopback() && config.dashboard.sign_in == Some(false) {
        wrong(
            "dashboard.sign_in",
            "is false, and the page listens beyond this machine: anybody could decide",
        );
    }
    if !config.listen.ip().is_loopback() && config.page_url().is_none() {
        wrong(
            "public_url",
            "is needed when the page listens beyond this machine: people sign in by links there",
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a configuration that is wrong: the line of each mistake, and a word of it.
    fn check(text: &str, found: &[(Option<usize>, &str)]) {
        let mistakes = read(text, &Variables::default()).unwrap_err();
        let said: Vec<_> = mistakes
            .iter()
            .map(|it| (it.line, it.error.to_string()))
            .collect();
        assert_eq!(said.len(), found.len(), "{said:?}");
        for ((line, said), (expected, word)) in said.iter().zip(found) {
            assert!(line == expected && said.contains(word), "{line:?} {said}");
        }
    }

    #[test]
    fn one_mistake_hides_no_other() {
        check(
            "listn: 127.0.0.1:1\nqueue:\n  wrokers: 3\n  nice: low\n  most: 5\n\
             inbound:\n  tokn: { a: 1 }\nreviewers:\n  - name: ada\n    adress: a@x.example\n    weight: 2\n",
            &[
                (Some(1), "listn"),
                (Some(3), "wrokers"),
                (Some(4), "invalid u8"),
                (Some(7), "tokn"),
                (Some(10), "adress"),
            ],
        );
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_the_line_of_the_setting_or_its_section() {
        check(
            "timezone: Europe/Bonn\nlisten: 0.0.0.0:80\ninbound:\n  sns:\n    topics: [mail]\n\
             dashboard: { sign_in: false }\nqueue: { workers: 0 }\n",
            &[
                (Some(1), "Europe/Bonn"),
                (Some(6), "dashboard.sign_in"),
                (None, "public_url"),
                (Some(7), "queue.workers"),
                (Some(5), "no ARN"),
            ],
        );
    }

    #[test]
    fn every_variable_that_is_not_set_is_named() {
        check(
            "secret: ${A}\ninbound: { token: ${B} }\ntelemetry: { metrics_token: \"x${C}\" }\n",
            &[(Some(1), "`A`"), (Some(2), "`B`"), (Some(3), "whole value")],
        );
    }

    /// A setting that cannot work, its key, and a word of why.
    const WRONG: &[(&str, &str, &str)] = &[
        ("database: ''", "", "names no file"),
        ("bundle: ''", "bundle", "is empty"),
        ("readers: 100000000", "readers", "from 1 to 1000"),
        ("secret: a", "secret", "can be guessed"),
        (
            "public_url: 'https://a.example/?q'",
            "public_url",
            "leave them out",
        ),
        ("inbound: { max_bytes: 0 }", "inbound.max_bytes", "is 0"),
        ("inbound: { folder: '' }", "inbound.folder", "is empty"),
        (
            "inbound: { s3: { bucket: '' } }",
            "inbound.s3.bucket",
            "is empty",
        ),
        (
            "inbound: { s3: { bucket: b, endpoint: x } }",
            "inbound.s3.endpoint",
            "of the web",
        ),
        (
            "outbound: { delay_s: 99999999999999999 }",
            "outbound.delay_s",
            "604800",
        ),
        ("outbound: { max_bytes: 0 }", "outbound.max_bytes", "is 0"),
        (
            "outbound: { canaries: [''] }",
            "outbound.canaries",
            "an empty one",
        ),
        (
            "outbound: { links: ['https://x.example/y'] }",
            "outbound.links",
            "is no host",
        ),
        (
            "outbound: { links: [com] }",
            "outbound.links",
            "no host of somebody",
        ),
        (
            "outbound: { smtp: { host: '', port: 25 } }",
            "outbound.smtp.host",
            "is no host",
        ),
        (
            "outbound: { smtp: { host: a, port: 0 } }",
            "outbound.smtp.port",
            "is 0",
        ),
        (
            "outbound: { smtp: { host: a, port: 25, user: ann } }",
            "outbound.smtp",
            "one of `user`",
        ),
        (
            "outbound: { smtp: { host: a, port: 25, tls: none, user: ann, password: b } }",
            "outbound.smtp.tls",
            "for all to read",
        ),
        (
            "models: { budget: { day: -1 } }",
            "models.budget.day",
            "is -1",
        ),
        (
            "models: { budget: { agents: { a.b: .nan } } }",
            "models.budget.agents.a.b",
            "NaN",
        ),
        (
            "models: { prices: { x: { input: .inf } } }",
            "models.prices.x.input",
            "is inf",
        ),
        (
            "models: { providers: { openai: { key: '' } } }",
            "models.providers.openai.key",
            "empty",
        ),
        (
            "models: { providers: { openai: { base_url: x } } }",
            "models.providers.openai.base_url",
            "web",
        ),
        (
            "models: { providers: { openai: { concurrency: 0 } } }",
            "models.providers.openai.concurrency",
            "is 0",
        ),
        (
            "models: { providers: { openai: { total_s: 0 } } }",
            "models.providers.openai.total_s",
            "is 0",
        ),
        (
            "endpoints: { crm: { url: https://crm.example, secret: s, concurrency: 0 } }",
            "endpoints.crm.concurrency",
            "is 0",
        ),
        (
            "mcp: { crm: { url: https://crm.example, concurrency: 0 } }",
            "mcp.crm.concurrency",
            "is 0",
        ),
        ("queue: { nice: 20 }", "queue.nice", "from 0 to 19"),
        (
            "queue: { threads: 100000 }",
            "queue.threads",
            "from 1 to 1024",
        ),
        (
            "endpoints: { a: { url: x, secret: s } }",
            "endpoints.a.url",
            "of the web",
        ),
        (
            "endpoints: { a: { url: 'http://x', secret: '' } }",
            "endpoints.a.secret",
            "is empty",
        ),
        ("mcp: { a: { url: x } }", "mcp.a.url", "of the web"),
        (
            "webhooks: { a: { file: '' } }",
            "webhooks.a.file",
            "is empty",
        ),
        (
            "webhooks: { a: { file: f, timeout_s: 0 } }",
            "webhooks.a.timeout_s",
            "is 0",
        ),
        (
            "webhooks: { a: { url: 'http://x', secret: whsec_!!! } }",
            "webhooks.a.secret",
            "base64",
        ),
        (
            "telemetry: { otlp: nonsense }",
            "telemetry.otlp",
            "of the web",
        ),
        (
            "reviewers: [{ name: a, address: a@x.example, escalates_to: a }]",
            "reviewers",
            "nobody else",
        ),
        (
            "reviewers: [{ name: a, address: a@x.example }, { name: b, address: a@x.example }]",
            "reviewers",
            "one address",
        ),
    ];

    #[test]
    fn a_setting_that_cannot_work_is_named_with_why() {
        for (text, key, why) in WRONG {
            let mistakes = read(text, &Variables::default()).unwrap_err();
            let [mistake] = mistakes.as_slice() else {
                panic!("{text}: {mistakes:?}");
            };
            let said = mistake.error.to_string();
            let is_named = key.is_empty() || said.starts_with(&format!("`{key}`: "));
            assert!(is_named && said.contains(why), "{text}: {said}");
            assert_eq!(mistake.line, Some(1), "{text}");
        }
    }
}
