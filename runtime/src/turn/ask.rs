//! One model call of a turn: its budget, the call, and what it leaves in the journal, also when no
//! answer comes.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::Model;

use super::answers::Question;
use super::ending::Ending;
use super::judge::Verdict;
use super::live::{Part, Piece};
use super::run::{Along, Position, TurnError, digest, stored};
use super::spend::Reserved;
use super::{Event, Turn};
use crate::model::{Cause, Completion, Fault, ModelError, Models, Request, client};
use crate::store::budgets::{self, Calling, Unanswered};
use crate::store::transaction;
use crate::store::turns::{Step, StepKind};

impl Position<'_> {
    /// The next words of the turn's own model.
    pub(super) async fn ask(
        &mut self,
        turn: &mut Turn,
        request: &Arc<Request>,
    ) -> Result<(), TurnError> {
        let number = turn.step();
        self.complete(turn, request, (number, None)).await
    }

    /// What a second model says about a rule of the draft.
    pub(super) async fn judge(
        &mut self,
        turn: &mut Turn,
        number: u32,
        rule: &str,
        request: &Arc<Request>,
    ) -> Result<(), TurnError> {
        self.complete(turn, request, (number, Some(rule))).await
    }

    /// Asks, and stores the answer together with the end of the turn, if it came to that. An answer that an
    /// earlier attempt heard and did not come to store is not asked for again.
    async fn complete(
        &mut self,
        turn: &mut Turn,
        request: &Arc<Request>,
        (number, judged): (u32, Option<&str>),
    ) -> Result<(), TurnError> {
        let (edge, begun) = (self.edge, self.edge.clock.begin());
        let model = turn.bundle().model_of(turn.behaviour());
        let models = edge.models.of_bundle(turn.bundle().bundle().models.clone());
        let chain = models.chain(model);
        let place = (self.id, i64::from(number));
        let question = Question {
            place,
            job: self.whose.lease.job,
            digest: digest(&**request),
        };
        let (completion, reserved) = match edge.answers.find(&question) {
            Some(heard) => heard,
            None => {
                self.answer(&models, (model, &chain), request, &question)
                    .await?
            }
        };
        // A provider answers with the name of a version, which begins like what was asked for. So may that of
        // another model.
        let names = chain.iter().map(|model| &model.name);
        let answering = names.filter(|name| completion.model.starts_with(*name));
        let name = answering.max_by_key(|name| name.len());
        let name = name.unwrap_or(&model.name);
        // The request itself can be made again from the turn; this is for people.
        let (label, event, shown) = said(request, judged, &completion);
        let step = Step {
            turn_id: self.id,
            number: place.1,
            kind: StepKind::Model,
            request_digest: question.digest,
            request: shown,
            result: Some(stored(&event)?),
            error: None,
            usage: Some(stored(&completion.usage)?),
            model: Some(name.clone()),
            cost: edge.spending.prices.cost(name, &completion.usage),
            started_at: begun.at,
            finished_at: begun.ends_at(),
        };
        self.used.add(&step);
        turn.apply(event);
        let ending = Ending::of(self, turn)?;
        self.ended = ending.is_some();
        let along = Along {
            reserved,
            ending,
            ..Along::default()
        };
        let journaled = self.journal(label, step, along).await;
        // While the database is away it is no use to ask for another.
        if !matches!(&journaled, Err(TurnError::Store(error)) if error.is_passing()) {
            edge.answers.forget(place);
        }
        journaled?;
        edge.live.tell(|| self.piece(place.1, Part::Over));
        Ok(())
    }

    /// What the model says now, and what was reserved for it.
    async fn answer(
        &self,
        models: &Models,
        (model, chain): (&Model, &[&Model]),
        request: &Arc<Request>,
        question: &Question,
    ) -> Result<(Completion, Reserved), TurnError> {
        let (edge, spending) = (self.edge, &self.edge.spending);
        let (_, number) = question.place;
        let most = || client::most(request);
        let call = Calling {
            lease: self.whose.lease,
            thread: self.whose.thread,
            turn_id: self.id,
            number,
            model: model.name.clone(),
        };
        let now = edge.clock.now_ms();
        let reserved = spending.reserve(&edge.store, call, chain, most, now);
        let reserved = reserved.await?;
        let begun = self.piece(number, Part::Begun);
        edge.live.tell(|| begun.clone());
        let call = {
            let (models, model, request) = (models.clone(), model.clone(), Arc::clone(request));
            let (progress, live) = (self.whose.progress.clone(), edge.live.clone());
            async move {
                let said = |delta| {
                    progress.made();
                    live.tell(|| begun.with(Part::Said(delta)));
                };
                models.complete(&model, &request, said).await
            }
            .boxed()
        };
        let clock = edge.clock.clone();
        let heard = edge.answers.hear(question.clone(), reserved, clock, call);
        match self.whose.progress.outside(heard).await {
            Ok(completion) => Ok((completion, reserved)),
            Err(error) => {
                let cost = spending.prices.cost(&model.name, &most());
                self.unanswered(number, request, &error, cost, reserved)
                    .await?;
                Err(error.into())
            }
        }
    }

    fn piece(&self, step: i64, part: Part) -> Piece {
        Piece {
            thread: self.whose.thread,
            turn: self.id,
            step,
            part,
        }
    }

    /// A call without an answer: what it may cost stays spent, or is given back.
    async fn unanswered(
        &self,
        number: i64,
        request: &Request,
        error: &ModelError,
        cost: i64,
        reserved: Reserved,
    ) -> Result<(), TurnError> {
        let Fault { charged, .. } = error.fault();
        let refused = matches!(
            error,
            ModelError::GiveUp {
                cause: Cause::Request,
                ..
            }
        );
        let call = Unanswered {
            turn_id: self.id,
            number,
            model: request.model.clone(),
            error: error.to_string(),
            cost: if *charged { cost } else { 0 },
            request: refused.then(|| stored(request)).transpose()?,
        };
        let keep = *charged || refused;
        if !keep && reserved.id.is_none() {
            return Ok(());
        }
        let now = self.edge.clock.now_ms();
        let work = transaction(move |tx| {
            async move {
                let cost = if call.cost > 0 { reserved.amount } else { 0 };
                if let Some(id) = reserved.id {
                    budgets::settle(tx, id, cost).await?;
                }
                match keep {
                    true => budgets::unanswered(tx, &call, now).await,
                    false => Ok(()),
                }
            }
            .boxed()
        });
        Ok(self.edge.store.write("", work).await?)
    }
}

/// The name of the write, the event and what people see of the request.
fn said(
    request: &Request,
    judged: Option<&str>,
    completion: &Completion,
) -> (&'static str, Event, Value) {
    let model = &completion.model;
    match judged {
        None => (
            "turn.asked",
            Event::Answered(completion.clone()),
            json!({ "model": model, "messages": request.messages.len() }),
        ),
        Some(rule) => (
            "turn.judged",
            Event::Judged(Verdict::read(rule, &completion.text)),
            json!({ "model": model, "judge": rule }),
        ),
    }
}

/// Why a person must take over after a model call without an answer; else the error.
pub(super) fn for_a_person(error: TurnError) -> Result<String, TurnError> {
    let TurnError::Model(ModelError::GiveUp { cause, fault }) = &error else {
        return Err(error);
    };
    match cause {
        Cause::Context => Ok("the conversation is too long for the model".to_owned()),
        Cause::Answer => Ok(format!("the model's answer is of no use: {fault}")),
        Cause::Request
        | Cause::Key
        | Cause::Missing
        | Cause::Quota
        | Cause::Config
        | Cause::Down
        | Cause::Budget => Err(error),
    }
}
