//! The model client against a provider that speaks the real wire formats, with real faults.

#![expect(
    clippy::unwrap_used,
    reason = "a check function fails like the test that calls it"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use silex_bundle::Model;
use silex_bundle::render::message::{Message, ToolResult};
use silex_runtime::clock::Clock;
use silex_runtime::model::{
    Cause, Completion, Delta, Limits, ModelError, Models, OutputSchema, Pace, Provider, Request,
    Scripted, Stop, ToolSpec, Usage,
};
use silex_tests::stub_model::{KEY, Reply, Said, StubModel, Wire};

/// Both protocols, whole and streamed.
const WAYS: [(&str, Wire, bool); 4] = [
    ("anthropic", Wire::Anthropic, false),
    ("anthropic", Wire::Anthropic, true),
    ("openai", Wire::OpenAi, false),
    ("openai", Wire::OpenAi, true),
];

fn model(provider: &str) -> Model {
    serde_json::from_value(json!({ "provider": provider, "name": "stub-1", "timeout_ms": 60_000 }))
        .unwrap()
}

fn limits() -> Limits {
    Limits {
        max_bytes: 64 * 1024,
        ..Limits::default()
    }
}

/// Limits that silence reaches soon.
fn impatient() -> Limits {
    let soon = Duration::from_millis(200);
    Limits {
        first_byte: soon,
        between_bytes: soon,
        ..limits()
    }
}

fn models_with(stub: &StubModel, key: &str, limits: Limits) -> Models {
    let provider = |name| Provider {
        limits,
        ..Provider::new(name, Some(stub.base_url()), Some(key.into())).unwrap()
    };
    let providers = vec![provider("anthropic"), provider("openai")];
    Models::live(providers, Scripted::demo(), Clock::system()).unwrap()
}

fn models(stub: &StubModel) -> Models {
    models_with(stub, KEY, limits())
}

fn ask(provider: &str, stream: bool) -> Request {
    let tool = |name: &str| ToolSpec {
        name: name.to_owned(),
        description: "Finds.".to_owned(),
        input_schema: json!({ "type": "object", "properties": { "query": { "type": "string" } } }),
    };
    Request {
        tools: vec![tool("select_document"), tool("see_allowance")],
        stream,
        ..Request::new(
            &model(provider),
            "Be kind.",
            vec![Message::user("Write about bees.")],
        )
    }
}

async fn complete(
    stub: &StubModel,
    provider: &str,
    stream: bool,
) -> Result<Completion, ModelError> {
    models(stub)
        .complete(&model(provider), &ask(provider, stream), |_| {})
        .await
}

fn words(error: &ModelError) -> &'static str {
    match error {
        ModelError::Retry { .. } => "retry",
        ModelError::Snooze { .. } => "snooze",
        ModelError::Out { .. } => "out",
        ModelError::GiveUp { .. } => "give up",
    }
}

/// Each way gets this answer, and the same verdict. What is not paid for is asked twice.
async fn check_fails(
    reply: impl Fn(Wire) -> Reply,
    streamed_only: bool,
    verdict: &str,
    message: &str,
) {
    for (provider, wire, stream) in WAYS.into_iter().filter(|way| way.2 || !streamed_only) {
        let stub = StubModel::start(vec![reply(wire), reply(wire)])
            .await
            .unwrap();
        let error = complete(&stub, provider, stream).await.unwrap_err();
        assert_eq!(
            words(&error),
            verdict,
            "{provider} stream={stream}: {error}"
        );
        assert!(
            error.to_string().contains(message),
            "{provider} stream={stream}: {error}"
        );
        assert_eq!(stub.refusals(), Vec::<String>::new());
        let twice = verdict == "retry" && !error.fault().charged;
        assert_eq!(
            stub.seen().len(),
            if twice { 2 } else { 1 },
            "{provider} stream={stream}: only one layer retries"
        );
    }
}

#[tokio::test]
async fn a_conversation_with_parallel_calls_is_taken_by_both_providers() {
    for (provider, _, stream) in WAYS {
        let calls = [
            ("select_document", json!({ "query": "bees" })),
            ("see_allowance", json!({})),
        ];
        let stub = StubModel::start(vec![
            Reply::calls(&calls),
            Reply::text("Dear Ada, here it is."),
        ])
        .await
        .unwrap();
        let models = models(&stub);
        let mut request = ask(provider, stream);
        let first = models
            .complete(&model(provider), &request, |_| {})
            .await
            .unwrap();
        assert_eq!(first.stop, Stop::ToolUse);
        let made: Vec<(&str, &Value)> = first
            .calls
            .iter()
            .map(|call| (call.name.as_str(), &call.input))
            .collect();
        assert_eq!(
            made,
            [
                ("select_document", &calls[0].1),
                ("see_allowance", &calls[1].1)
            ]
        );
        let result = |index: usize, is_error| ToolResult {
            id: first.calls[index].id.clone(),
            content: "[]".to_owned(),
            is_error,
        };
        request.messages.push(first.message());
        request
            .messages
            .push(Message::Results(vec![result(0, false), result(1, true)]));
        let mut seen = String::new();
        let hear = |delta| match delta {
            Delta::Text(text) => seen.push_str(&text),
            Delta::Call { name } => panic!("called {name}"),
        };
        let second = models
            .complete(&model(provider), &request, hear)
            .await
            .unwrap();
        assert_eq!(
            (second.text.as_str(), second.stop),
            ("Dear Ada, here it is.", Stop::End)
        );
        assert_eq!(seen, second.text);
        assert_eq!(
            (second.model.as_str(), second.request_id.as_deref()),
            ("stub-1", Some("req_stub"))
        );
        let written = if provider == "anthropic" {
            (40, 2)
        } else {
            (42, 0)
        };
        assert_eq!(
            second.usage,
            Usage {
                input: written.0,
                output: 12,
                cache_read: 8,
                cache_write: written.1
            }
        );
        assert_eq!(stub.refusals(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn malformed_arguments_are_typed_and_can_be_answered() {
    for (provider, _, stream) in WAYS {
        let broken = Reply::Say(Said::malformed("select_document", "{\"query\": \"be"));
        let stub = StubModel::start(vec![broken, Reply::text("Better.")])
            .await
            .unwrap();
        let models = models(&stub);
        let mut request = ask(provider, stream);
        let first = models
            .complete(&model(provider), &request, |_| {})
            .await
            .unwrap();
        assert_eq!(first.calls.len(), 1);
        assert_eq!(
            first.calls[0].input,
            json!("{\"query\": \"be"),
            "{provider} stream={stream}"
        );
        request.messages.push(first.message());
        let id = first.calls[0].id.clone();
        request.messages.push(Message::Results(vec![ToolResult {
            id,
            content: "not JSON".to_owned(),
            is_error: true,
        }]));
        assert_eq!(
            models
                .complete(&model(provider), &request, |_| {})
                .await
                .unwrap()
                .text,
            "Better."
        );
        assert_eq!(stub.refusals(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_conversation_without_a_result_is_refused_by_both() {
    for (provider, _, stream) in WAYS {
        let stub = StubModel::start(vec![Reply::calls(&[("select_document", json!({}))])])
            .await
            .unwrap();
        let models = models(&stub);
        let mut request = ask(provider, stream);
        let first = models
            .complete(&model(provider), &request, |_| {})
            .await
            .unwrap();
        request
            .messages
            .extend([first.message(), Message::user("And?")]);
        let error = models
            .complete(&model(provider), &request, |_| {})
            .await
            .unwrap_err();
        assert!(
            matches!(
                &error,
                ModelError::GiveUp {
                    cause: Cause::Request,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_429_with_retry_after_pauses_the_provider_for_everyone() {
    for (provider, wire, stream) in WAYS {
        let slow = Reply::error(
            wire,
            429,
            "rate_limit_error",
            "Slow down.",
            &[("retry-after", "30")],
        );
        let stub = StubModel::start(vec![slow]).await.unwrap();
        let models = models(&stub);
        for message in ["Slow down.", "left alone"] {
            let error = models
                .complete(&model(provider), &ask(provider, stream), |_| {})
                .await
                .unwrap_err();
            let ModelError::Snooze { after, .. } = &error else {
                panic!("{error}")
            };
            assert!(
                *after > Duration::from_secs(20) && *after <= Duration::from_secs(30),
                "{after:?}"
            );
            assert!(error.to_string().contains(message), "{error}");
        }
        assert_eq!(stub.seen().len(), 1, "a paused provider is not called");
    }
}

#[tokio::test]
async fn a_429_without_retry_after_is_tried_again_by_the_job() {
    check_fails(
        |wire| Reply::error(wire, 429, "rate_limit_exceeded", "Slow down.", &[]),
        false,
        "retry",
        "429",
    )
    .await;
}

#[tokio::test]
async fn a_used_up_quota_opens_the_circuit() {
    let reply = |wire| match wire {
        Wire::Anthropic => Reply::error(
            wire,
            400,
            "invalid_request_error",
            "Your credit balance is too low.",
            &[],
        ),
        Wire::OpenAi => Reply::error(
            wire,
            429,
            "insufficient_quota",
            "Check your plan.",
            &[("retry-after", "1")],
        ),
    };
    check_fails(reply, false, "out", "").await;
}

#[tokio::test]
async fn an_overloaded_provider_is_tried_again() {
    for code in [500, 503, 529] {
        check_fails(
            |wire| Reply::error(wire, code, "overloaded_error", "Busy.", &[]),
            false,
            "retry",
            "Busy.",
        )
        .await;
    }
}

#[tokio::test]
async fn a_cut_stream_is_no_answer() {
    let cut = |_| Reply::Cut {
        said: Said::text("Dear Ada, here is the piece that you asked for."),
        after_bytes: 330,
    };
    check_fails(cut, false, "retry", "").await;
}

#[tokio::test]
async fn an_error_event_after_200_is_an_error() {
    check_fails(
        |_| Reply::ErrorAfterStart {
            kind: "overloaded_error",
        },
        true,
        "retry",
        "It went wrong.",
    )
    .await;
}

#[tokio::test]
async fn a_page_of_html_is_no_answer() {
    check_fails(|_| Reply::WrongContentType, false, "retry", "text/html").await;
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    check_fails(
        |_| Reply::Huge { bytes: 70_000 },
        false,
        "give up",
        "larger than",
    )
    .await;
}

/// An answer that takes long to be understood, as a whole.
async fn check_long() {
    let text = "bees ".repeat(100_000);
    for provider in ["anthropic", "openai"] {
        let stub = StubModel::start(vec![Reply::text(&text)]).await.unwrap();
        let models = models_with(&stub, KEY, Limits::default());
        let asked = ask(provider, false);
        let said = models.complete(&model(provider), &asked, |_| {}).await;
        assert!(said.unwrap().text == text, "{provider}");
    }
}

#[tokio::test]
async fn a_long_answer_is_understood_on_the_only_thread() {
    check_long().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_answer_is_understood_beside_others() {
    check_long().await;
}

async fn check_silence(reply: Reply, way: (&str, Wire, bool), message: &str) {
    let stub = StubModel::start(vec![reply]).await.unwrap();
    let models = models_with(&stub, KEY, impatient());
    let error = models
        .complete(&model(way.0), &ask(way.0, way.2), |_| {})
        .await
        .unwrap_err();
    assert_eq!(words(&error), "retry", "{error}");
    assert!(error.to_string().contains(message), "{error}");
}

#[tokio::test]
async fn silence_before_and_inside_an_answer_has_its_own_limit() {
    for way in WAYS {
        check_silence(Reply::HangAfterHead, way, "stopped for 0.2 s").await;
        if way.2 {
            check_silence(Reply::Hang, way, "no answer began within 0.2 s").await;
        }
    }
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_total() {
    for (provider, _, stream) in WAYS {
        let drip = Reply::Drip {
            said: Said::text("Dear Ada."),
            every: Duration::from_millis(50),
        };
        let stub = StubModel::start(vec![drip]).await.unwrap();
        let model = Model {
            timeout_ms: 400,
            ..model(provider)
        };
        let error = models(&stub)
            .complete(&model, &ask(provider, stream), |_| {})
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("no whole answer within 0."),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_tried_again() {
    let provider =
        Provider::new("openai", Some("http://127.0.0.1:9/v1"), Some(KEY.into())).unwrap();
    let models = Models::live(vec![provider], Scripted::demo(), Clock::system()).unwrap();
    let error = models
        .complete(&model("openai"), &ask("openai", true), |_| {})
        .await
        .unwrap_err();
    assert_eq!(words(&error), "retry", "{error}");
}

#[tokio::test]
async fn a_refusal_is_an_outcome() {
    for (provider, _, stream) in WAYS {
        let no = Said {
            refuses: true,
            ..Said::text("I will not.")
        };
        let stub = StubModel::start(vec![Reply::Say(no)]).await.unwrap();
        let answer = complete(&stub, provider, stream).await.unwrap();
        assert_eq!(
            (answer.stop, answer.text.as_str()),
            (Stop::Refusal, "I will not.")
        );
    }
}

#[tokio::test]
async fn a_call_that_was_cut_is_not_a_call() {
    for (provider, wire, stream) in WAYS {
        let stop = if wire == Wire::Anthropic {
            "max_tokens"
        } else {
            "length"
        };
        let cut = Said {
            stop: Some(stop),
            ..Said::malformed("select_document", "{\"que")
        };
        let stub = StubModel::start(vec![Reply::Say(cut)]).await.unwrap();
        let answer = complete(&stub, provider, stream).await.unwrap();
        assert_eq!((answer.stop, answer.calls.len()), (Stop::CallCut, 0));
    }
}

#[tokio::test]
async fn an_answer_has_the_wanted_form_and_comes_out_of_its_envelope() {
    let word = json!({ "type": "string", "enum": ["request", "other"], "maxLength": 9 });
    let piece = json!({
        "type": "object", "additionalProperties": false, "required": ["title"],
        "properties": { "title": { "type": "string", "maxLength": 60 }, "note": { "type": "string" } },
    });
    for (provider, _, stream) in WAYS {
        for (schema, said, expected) in [
            (&word, r#"{"value": "request"}"#, r#""request""#),
            (&piece, r#"{"title": "Bees"}"#, r#"{"title": "Bees"}"#),
        ] {
            let stub = StubModel::start(vec![Reply::text(said)]).await.unwrap();
            let mut request = ask(provider, stream);
            request.output = Some(OutputSchema {
                name: "result".to_owned(),
                schema: schema.clone(),
            });
            let answer = models(&stub)
                .complete(&model(provider), &request, |_| {})
                .await
                .unwrap();
            assert_eq!(answer.text, expected);
            assert_eq!(stub.refusals(), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_for_a_person_and_is_not_repeated() {
    for (provider, _, stream) in WAYS {
        let stub = StubModel::start(Vec::new()).await.unwrap();
        let models = models_with(&stub, "sk-wrong-key-of-mine", limits());
        let error = models
            .complete(&model(provider), &ask(provider, stream), |_| {})
            .await
            .unwrap_err();
        assert!(
            matches!(
                &error,
                ModelError::Out {
                    cause: Cause::Key,
                    ..
                }
            ),
            "{error}"
        );
        assert!(
            !format!("{error} {error:?}").contains("of-mine"),
            "{error:?}"
        );
    }
}

/// Two models that are each other's fallback.
fn pair(stub: &StubModel) -> (Model, Models) {
    let other = Model {
        name: "stub-2".to_owned(),
        fallback: Some("p.first".to_owned()),
        ..model("openai")
    };
    let first = Model {
        fallback: Some("p.other".to_owned()),
        ..model("anthropic")
    };
    let named = BTreeMap::from([
        ("p.other".to_owned(), other),
        ("p.first".to_owned(), first.clone()),
    ]);
    (first, models(stub).of_bundle(named))
}

#[tokio::test]
async fn the_fallback_answers_while_the_first_model_is_out() {
    let missing = |wire| Reply::error(wire, 404, "not_found_error", "gone", &[]);
    let stub = StubModel::start(vec![missing(Wire::Anthropic)])
        .await
        .unwrap();
    let (first, models) = pair(&stub);
    for asked in [2, 3] {
        stub.push(Reply::text("From the other."));
        let answer = models
            .complete(&first, &ask("anthropic", true), |_| {})
            .await
            .unwrap();
        assert_eq!(
            (answer.provider.as_str(), answer.model.as_str()),
            ("openai", "stub-2")
        );
        assert_eq!(stub.seen().len(), asked, "the first is not asked again");
    }
    stub.push(missing(Wire::OpenAi));
    let error = models
        .complete(&first, &ask("anthropic", true), |_| {})
        .await
        .unwrap_err();
    assert_eq!(
        error.fault().provider,
        "anthropic",
        "fallbacks that name each other end"
    );
}

#[tokio::test]
async fn a_provider_that_fails_again_and_again_is_out_until_a_probe_is_answered() {
    let busy = || Reply::error(Wire::Anthropic, 529, "overloaded_error", "Busy.", &[]);
    let stub = StubModel::start(vec![busy(), busy(), busy(), busy(), busy()])
        .await
        .unwrap();
    let clock = Clock::fixed(1_000_000);
    let provider = Provider::new("anthropic", Some(stub.base_url()), Some(KEY.into())).unwrap();
    let models = Models::live(vec![provider], Scripted::demo(), clock.clone()).unwrap();
    let mut changes = models.changes().unwrap();
    let complete = async || {
        let request = ask("anthropic", true);
        models.complete(&model("anthropic"), &request, |_| {}).await
    };
    for verdict in ["retry", "retry", "out", "out"] {
        assert_eq!(words(&complete().await.unwrap_err()), verdict);
    }
    assert_eq!(stub.seen().len(), 5, "nobody asks while it is out");
    let change = changes.try_recv().unwrap();
    assert_eq!(
        (change.circuit.as_str(), change.turned),
        ("anthropic/stub-1", true)
    );
    clock.advance(10_000);
    assert_eq!(
        complete().await.unwrap().text,
        "The stub has nothing to say."
    );
    assert!(changes.try_recv().unwrap().state.open.is_none());

    // Another node found it out, and tells this one.
    let mut told = change.state;
    told.changed_at = clock.now_ms() + 1;
    told.open.as_mut().unwrap().probe_at = clock.now_ms() + 60_000;
    assert!(models.learn("anthropic/stub-1", &told));
    assert_eq!(words(&complete().await.unwrap_err()), "out");
}

#[tokio::test]
async fn a_provider_whose_count_is_at_nothing_is_left_alone_until_it_is_full() {
    for (provider, wire, stream) in WAYS {
        let (count, reset) = match wire {
            Wire::Anthropic => (
                "anthropic-ratelimit-requests-remaining",
                (
                    "anthropic-ratelimit-requests-reset",
                    "2026-11-27T10:00:40Z".to_owned(),
                ),
            ),
            Wire::OpenAi => (
                "x-ratelimit-remaining-requests",
                ("x-ratelimit-reset-requests", "40s".to_owned()),
            ),
        };
        let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT".to_owned());
        let counted = Reply::Counted {
            said: Said::text("The last one."),
            headers: vec![(count, "0".to_owned()), reset, date],
        };
        let stub = StubModel::start(vec![counted]).await.unwrap();
        let models = models(&stub);
        let complete = async || {
            models
                .complete(&model(provider), &ask(provider, stream), |_| {})
                .await
        };
        assert_eq!(complete().await.unwrap().text, "The last one.");
        let error = complete().await.unwrap_err();
        assert_eq!(
            words(&error),
            "snooze",
            "{provider} stream={stream}: {error}"
        );
    }
}

#[tokio::test]
async fn the_settings_bound_how_fast_calls_come() {
    let stub = StubModel::start(Vec::new()).await.unwrap();
    let provider = Provider {
        pace: Pace {
            requests: Some(2),
            tokens: None,
        },
        ..Provider::new("anthropic", Some(stub.base_url()), Some(KEY.into())).unwrap()
    };
    let clock = Clock::fixed(0);
    let models = Models::live(vec![provider], Scripted::demo(), clock.clone()).unwrap();
    let complete = async || {
        let request = ask("anthropic", true);
        models.complete(&model("anthropic"), &request, |_| {}).await
    };
    complete().await.unwrap();
    complete().await.unwrap();
    let error = complete().await.unwrap_err();
    assert!(
        matches!(error, ModelError::Snooze { after, .. } if after == Duration::from_secs(30)),
        "{error}"
    );
    clock.advance(30_000);
    complete().await.unwrap();
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn an_answer_in_a_compressed_form_is_not_unpacked() {
    check_fails(|_| Reply::Bomb, false, "retry", "compressed").await;
}

#[tokio::test]
async fn a_brain_answers_when_the_queue_is_empty() {
    let stub = StubModel::start(Vec::new()).await.unwrap();
    let stub = stub.with_brain(|seen| {
        Reply::text(format!(
            "You said {}.",
            seen.body["messages"].as_array().unwrap().len()
        ))
    });
    assert_eq!(
        complete(&stub, "anthropic", true).await.unwrap().text,
        "You said 1."
    );
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_named() {
    let models = Models::live(Vec::new(), Scripted::demo(), Clock::system()).unwrap();
    let error = models
        .complete(&model("mistral"), &ask("mistral", true), |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("mistral: "), "{error}");
}
