//! `after EVENT`: what is done when something happened, one job for each line.
//!
//! A line runs a behaviour, or sets a field of the contact. What a behaviour returns is saved in the
//! field of the contact that has its type, if there is exactly one: that is how a preference is inferred.
//! Every value that is saved names what it rests on, and older versions are kept.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::agent::{Action, AfterLine, Contact};
use silex_bundle::schema::Shape;
use silex_bundle::{Agent, Bundle, Path, Type};

use super::correspondence::Correspondence;
use super::inputs::{self, Names};
use super::subject::{About, name};
use super::{Deployment, StageError, agent, end, event, route};
use crate::bundle::{Loaded, documents};
use crate::queue::Attempt;
use crate::store::entities::{self, Evidence, NewEntity};
use crate::store::jobs::{self, Over};
use crate::store::{Connection, StoreError, events, transaction};
use crate::turn::run::Whose;
use crate::turn::{self, Outcome};

/// Does what a line of `after` says about the event of a job.
///
/// # Errors
/// When the model or the store fails; finished steps are kept for the next attempt.
pub async fn after(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let about = About::of(deployment, attempt).await?;
    let bundle = deployment.bundle_of(&about.thread).await?;
    let agent = agent(&bundle, &about.thread.agent)?;
    let Some(line) = line(agent, name(attempt)?) else {
        return skipped(deployment, attempt, &about, "the bundle has no such line").await;
    };
    let said = {
        let mut reader = deployment.store().read().await?;
        Correspondence::of(&mut reader, about.thread.clone()).await?
    };
    let (declared, contact, mail) = (bundle.bundle(), &agent.contact, about.mail.as_ref());
    let mut names = inputs::names(deployment, declared, contact, &said, mail).await?;
    drop(said);
    if let Some(mail) = &about.mail {
        inputs::add_observed(deployment, agent, mail.id, &mut names).await?;
    }
    match holds(deployment, line, &names) {
        Ok(true) => {}
        Ok(false) => {
            return skipped(deployment, attempt, &about, "its condition does not hold").await;
        }
        Err(why) => return skipped(deployment, attempt, &about, &why).await,
    }
    let place = Place {
        deployment,
        attempt,
        bundle: &bundle,
        contact: &agent.contact,
        about: &about,
    };
    match &line.action {
        Action::Save { path, value } => {
            let now = deployment.now();
            let (instant, today) = turn::instant(&now);
            let scope = names.scope(&instant, &today);
            let value = value.eval(&scope);
            let value = value.map_err(|error| StageError::Unusable(error.to_string()))?;
            let evidence = Evidence::of(&about.thread.agent);
            place.save(path.clone(), value.into_owned(), evidence).await
        }
        Action::Run(call) => {
            let whose = Whose {
                key: format!("after {} {}", about.event.id, name(attempt)?),
                thread: about.thread.id,
                mail: about.mail.as_ref().map(|mail| mail.id),
                lease: attempt.job.lease,
                progress: attempt.progress.clone(),
            };
            let finished = route::run(deployment, &bundle, &whose, call, &names).await?;
            let value = match &finished.outcome {
                Outcome::Returned(returned) if returned.doubts().is_empty() => &returned.value,
                Outcome::Returned(returned) => {
                    let why = returned.doubts().join("; ");
                    return skipped(deployment, attempt, &about, &why).await;
                }
                Outcome::AskPerson(why) | Outcome::HandedOver(why) => {
                    return skipped(deployment, attempt, &about, why).await;
                }
            };
            let Some(path) = learned(bundle.bundle(), &agent.contact, &call.behaviour) else {
                return end(deployment, attempt, "after.done", None).await;
            };
            let evidence = Evidence {
                turn: Some(finished.id),
                model: finished.turn.model().map(str::to_owned),
                ..Evidence::of(&call.behaviour)
            };
            place.save(path, value.clone(), evidence).await
        }
    }
}

/// The line of a name: the event's word and its place among the event's lines.
fn line<'a>(agent: &'a Agent, name: &str) -> Option<&'a AfterLine> {
    let (word, at) = name.rsplit_once(' ')?;
    let after = agent.after.iter().find(|after| after.event.word() == word);
    after?.lines.get(at.parse::<usize>().ok()?)
}

/// Whether the line's condition holds.
fn holds(deployment: &Deployment, line: &AfterLine, names: &Names) -> Result<bool, String> {
    let Some(when) = &line.when else {
        return Ok(true);
    };
    let now = deployment.now();
    let (instant, today) = turn::instant(&now);
    when.holds(&names.scope(&instant, &today))
        .map_err(|error| format!("its condition cannot be decided: {error}"))
}

/// The field of the contact in which a behaviour's result is saved: the only one of its type.
fn learned(bundle: &Bundle, contact: &Contact, behaviour: &str) -> Option<Path> {
    let returns = &bundle.behaviours.get(behaviour)?.returns;
    let Type::Named(name) = returns else {
        return None;
    };
    if name.starts_with("silex.") {
        return None;
    }
    let declared = bundle.declarations.get(&contact.entity)?;
    let Shape::Entity { fields, .. } = &declared.shape else {
        return None;
    };
    let mut fitting = fields.iter().filter(|field| {
        field.of == *returns || matches!(&field.of, Type::Optional(inner) if **inner == *returns)
    });
    let field = fitting.next()?;
    fitting.next().is_none().then(|| Path {
        root: contact.name.clone(),
        fields: vec![field.name.clone()],
    })
}

/// Where a line is carried out.
struct Place<'a> {
    deployment: &'a Deployment,
    attempt: &'a Attempt,
    bundle: &'a Arc<Loaded>,
    contact: &'a Contact,
    about: &'a About,
}

impl Place<'_> {
    /// Sets a field of the contact, in the contact as it is stored then.
    async fn save(&self, path: Path, value: Value, evidence: Evidence) -> Result<Over, StageError> {
        let (lease, now) = (self.attempt.job.lease, self.deployment.clock().now_ms());
        let (kind, key) = (
            self.contact.entity.clone(),
            self.about.thread.contact_key.clone(),
        );
        let evidence = Evidence {
            mail: self.about.event.mail_id,
            event: Some(self.about.event.id),
            ..evidence
        };
        let mut told = event(
            "contact.saved",
            &evidence.by,
            Some(self.about.thread.id),
            self.about.event.mail_id,
            json!({ "field": path.to_string(), "model": evidence.model }),
        );
        told.draft_id = self.about.event.draft_id;
        let bundle = self.bundle.clone();
        let work = transaction(move |tx| {
            async move {
                jobs::still_held(tx, lease).await?;
                let set = Set { path, value };
                set.store(tx, bundle.bundle(), (kind, key), &evidence, now)
                    .await?;
                events::append(tx, &told, now).await?;
                jobs::complete(tx, lease, now).await
            }
            .boxed()
        });
        Ok(self.deployment.store().write("after.saved", work).await?)
    }
}

/// A field that gets a value.
struct Set {
    path: Path,
    value: Value,
}

impl Set {
    async fn store(
        self,
        tx: &mut Connection,
        bundle: &Bundle,
        (kind, key): (String, String),
        evidence: &Evidence,
        now: i64,
    ) -> Result<(), StoreError> {
        let stored = entities::find(tx, &kind, &key).await?;
        let missing = || StoreError::Conflict(format!("there is no `{kind}` {key}"));
        let stored = stored.ok_or_else(missing)?;
        let mut value = stored.value;
        documents::set(&mut value, &self.path, self.value).map_err(StoreError::Conflict)?;
        let value = documents::stored(bundle, &kind, &value).map_err(StoreError::Conflict)?;
        let entity = NewEntity {
            kind,
            key,
            owner: stored.owner,
            value,
        };
        entities::save(tx, &entity, Some(stored.version), evidence, now).await?;
        Ok(())
    }
}

/// A line that is not carried out is done; why is noted.
async fn skipped(
    deployment: &Deployment,
    attempt: &Attempt,
    about: &About,
    why: &str,
) -> Result<Over, StageError> {
    let data = json!({ "line": name(attempt)?, "after": about.event.id, "why": why });
    let told = event(
        "after.skipped",
        &about.thread.agent,
        Some(about.thread.id),
        about.event.mail_id,
        data,
    );
    end(deployment, attempt, "after.skipped", Some(told)).await
}
