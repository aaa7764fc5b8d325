//! The configuration of a runtime that is there to try a package out.

use std::collections::BTreeSet;

use silex_bundle::tool::Handler;
use silex_bundle::{Bundle, Tool};
use silex_runtime::bundle::Loaded;
use silex_runtime::config::{Config, Pin, Reviewer};
use silex_runtime::tools::Natives;

use super::Arguments;
use super::state::State;
use crate::{Failure, deployment, files, port};

/// The port of the page, if it is free.
const PORT: u16 = 8025;

/// A configuration and what a person should know about it.
pub(super) struct SetUp {
    pub(super) config: Config,
    pub(super) notes: Vec<String>,
}

/// The settings of `silexd.yaml`, if there is one, with all that reaches outside turned inside.
pub(super) fn set_up(
    arguments: &Arguments,
    state: &State,
    loaded: &Loaded,
    natives: &Natives,
) -> Result<SetUp, Failure> {
    let mut notes = Vec::new();
    let mut config = deployment::read(&arguments.folder)?;
    config.database = state.database().into();
    config.inbound.folder = Some(state.mail());
    config.outbound.outbox = state.outbox();
    if config.outbound.smtp.take().is_some() {
        notes
            .push("the SMTP server of silexd.yaml is not used: mail goes to the folder".to_owned());
    }
    // Whoever sits at this machine is the operator, whatever address others would have.
    config.dashboard.sign_in = Some(false);
    // The runtime listens by itself: the port is free, and is left to it.
    config.listen = port::listen(arguments.port, PORT)?
        .local_addr()
        .map_err(Failure::new)?;
    if config.reviewers.is_empty() {
        let reviewer = |name: &str| Reviewer::new(name, &format!("{name}@localhost"));
        config.reviewers = vec![reviewer("you"), reviewer("colleague")];
        // They decide on the page, and the outbox is for what the contact gets.
        config.review.by_mail = false;
    }
    config.stand_ins = true;
    // What an author changes is to hold from the next mail, also in a conversation that has begun.
    config.bundles.pin = Pin::Mail;
    trust(&mut config, state, &mut notes)?;
    config.models.scripted = !arguments.live;
    if arguments.live {
        deployment::keys(&config, loaded.bundle().models.iter(), "--live")?;
        notes.push("the models of the spec answer; their calls cost what they cost".to_owned());
    } else {
        notes.push(
            "a scripted model answers, and says that it is a script (--live asks the real one)"
                .to_owned(),
        );
    }
    notes.extend(stand_ins(&config, natives, loaded.bundle()));
    Ok(SetUp { config, notes })
}

/// The sample mails carry what a mail server found out about their senders, and that server is
/// believed. A mail of the reader's own carries nothing: it is believed here, and only here.
fn trust(config: &mut Config, state: &State, notes: &mut Vec<String>) -> Result<(), Failure> {
    config.inbound.trust_unverified = true;
    if config.inbound.authserv_id.is_none() {
        for sample in state.samples()? {
            config.inbound.authserv_id =
                authserv_id(&String::from_utf8_lossy(&files::bytes(&sample)?));
            if config.inbound.authserv_id.is_some() {
                break;
            }
        }
    }
    notes.push(
        "a mail without Authentication-Results counts as verified here, and only here".to_owned(),
    );
    Ok(())
}

/// The name of the server that wrote the topmost `Authentication-Results` of a mail.
fn authserv_id(mail: &str) -> Option<String> {
    let mut lines = mail
        .lines()
        .take_while(|line| !line.is_empty())
        .skip_while(|line| {
            !line
                .get(..23)
                .is_some_and(|name| name.eq_ignore_ascii_case("authentication-results:"))
        });
    let mut value = lines.next()?.get(23..)?.to_owned();
    // A field goes on in the lines that begin with white space.
    lines
        .take_while(|line| line.starts_with([' ', '\t']))
        .for_each(|line| value.push_str(line));
    let name = value
        .split([';', ' ', '\t'])
        .find(|word| !word.is_empty())?;
    Some(name.to_owned())
}

/// The tools that the package's own examples answer for.
fn stand_ins(config: &Config, natives: &Natives, bundle: &Bundle) -> Option<String> {
    let names: BTreeSet<_> = bundle
        .tools
        .values()
        .filter(|tool| is_absent(config, natives, tool))
        .map(|tool| tool.name.as_str())
        .collect();
    let names: Vec<_> = names.into_iter().collect();
    (!names.is_empty()).then(|| {
        format!(
            "nothing carries out {}: the package's examples answer for it",
            names.join(", ")
        )
    })
}

fn is_absent(config: &Config, natives: &Natives, tool: &Tool) -> bool {
    match &tool.handler {
        Handler::Http { endpoint, .. } => !config.endpoints.contains_key(endpoint),
        Handler::Native { name } => !natives.has(name),
        Handler::Search { .. }
        | Handler::Get { .. }
        | Handler::Save { .. }
        | Handler::Behaviour(_)
        | Handler::Mcp { .. }
        | Handler::AskReviewer { .. }
        | Handler::HandOver { .. } => false,
    }
}

/// Whether a changed bundle needs what the running configuration lacks.
pub(super) fn fits(config: &Config, next: &Loaded) -> Result<(), Failure> {
    if config.models.scripted {
        Ok(())
    } else {
        deployment::keys(config, next.bundle().models.iter(), "--live")
    }
}

#[cfg(test)]
mod tests {
    use super::authserv_id;

    #[track_caller]
    fn check(mail: &str, expected: Option<&str>) {
        assert_eq!(authserv_id(mail).as_deref(), expected);
    }

    #[test]
    fn the_server_of_the_topmost_results_is_found() {
        check(
            "From: a@b.example\nAuthentication-Results: mx.one.example;\n dkim=pass\nAuthentication-Results: mx.two.example; spf=pass\n\nBody",
            Some("mx.one.example"),
        );
        check(
            "authentication-results:\r\n\tmx.folded.example 1;\r\n dmarc=pass\r\n\r\n",
            Some("mx.folded.example"),
        );
    }

    #[test]
    fn what_stands_in_the_body_is_nobody_s_word() {
        check(
            "From: a@b.example\n\nAuthentication-Results: mx.evil.example; dmarc=pass\n",
            None,
        );
        check("", None);
    }
}
