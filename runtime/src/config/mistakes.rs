//! Everything that is wrong with a configuration, each with its line: one mistake hides no other.

use secrecy::{ExposeSecret, SecretString};

use super::{Config, ConfigError, Variables, people};

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

/// What cannot be meant.
fn problems(config: &Config) -> Vec<ConfigError> {
    let mut found = Vec::new();
    let mut wrong = |key, problem: &str| {
        found.push(ConfigError::Wrong {
            key,
            problem: problem.to_owned(),
        });
    };
    if let Err(error) = jiff::tz::TimeZone::get(&config.timezone) {
        wrong("timezone", &error.to_string());
    }
    let is_web = |url: &str| reqwest::Url::parse(url).is_ok_and(|url| url.has_host());
    let urls = [
        ("public_url", &config.public_url),
        ("review.url", &config.review.url),
    ];
    for (key, url) in urls {
        let url = url.as_deref();
        if url.is_some_and(|url| !url.starts_with("http") || !is_web(url)) {
            wrong(key, "is no address of the web, `https://mail.example.org`");
        }
    }
    let queue = &config.queue;
    if queue.workers == 0 || queue.threads == 0 || queue.most == 0 {
        wrong("queue", "needs a worker and a thread at least");
    }
    if config.database.file().is_none() && config.secret.expose_secret().is_empty() {
        wrong(
            "secret",
            "is needed with a PostgreSQL server: all its nodes share one",
        );
    }
    for problem in people::problems(&config.reviewers) {
        wrong("reviewers", &problem);
    }
    for (name, server) in &config.mcp {
        if let Some(problem) = server.problem() {
            wrong("mcp", &format!("`{name}` {problem}"));
        }
    }
    for (name, webhook) in &config.webhooks {
        if let Some(problem) = webhook.problem() {
            wrong("webhooks", &format!("`{name}` {problem}"));
        }
    }
    // An unset variable of the environment is often an empty one.
    let secrets = [
        ("inbound.token", &config.inbound.token),
        ("telemetry.metrics_token", &config.telemetry.metrics_token),
    ];
    for (key, _) in secrets.into_iter().filter(|(_, secret)| is_empty(secret)) {
        wrong(key, "is empty: anybody could say it");
    }
    let page = &config.dashboard;
    if !config.listen.ip().is_loopback() && page.sign_in == Some(false) {
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
    for (key, hours) in [
        ("dashboard.idle_hours", page.idle_hours),
        ("dashboard.session_hours", page.session_hours),
    ] {
        if hours == 0 {
            wrong(key, "is 0: nobody could stay signed in");
        }
    }
    found.extend(config.outbound.checked().err());
    found.extend(config.inbound.checked().err());
    found
}

fn is_empty(secret: &Option<SecretString>) -> bool {
    let secret = secret.as_ref();
    secret.is_some_and(|secret| secret.expose_secret().is_empty())
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
                (Some(7), "worker"),
                (Some(6), "dashboard.sign_in"),
                (None, "public_url"),
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
}
