//! The house that `tests/load` measures and `tests/chaos` harms: a provider of models in this process,
//! a `silexd` beside it, and somebody who posts mail.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::package::{compiled, of_text};
use crate::silexd::{MAIL_SERVER, Silexd, TOKEN};
use crate::stub_model::{KEY, Reply, Seen, StubModel};
use crate::usage::Usage;
use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How many mails are posted at once.
const POSTING: usize = 32;

/// Nothing here takes longer, unless it never ends.
const PATIENCE: Duration = Duration::from_secs(300);

/// A guard, a tool and an answer: three calls of a model for each mail.
const DESK: &str = r#"//! A desk that answers everything at once.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 60s }

/// Somebody who writes.
entity Writer key address { address: email, name: text 0..80 = "" }

/// How long a text is.
record Measure { words: int 0.., sentences: int 0.. }

/// Count the words of a text.
tool measure_text(
  /// The text.
  text: text 1..8000000,
) -> Measure { via native "measure_text" timeout 60s }

/// Says whether a mail may be answered.
behaviour screen(mail: Mail) -> Verdict {
  model clerk
  role "You open the post."
  must allow_people "Answer `allow` for anything that a person wrote."
}

/// Answers a mail.
behaviour answer(writer: Writer, thread: Thread, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
  must measure_first "Measure the mail before you answer." about tool measure_text
  never promise_dates "Promise a date."
    check not matches(reply.body, /PATTERN/i)
    bad "You will have it by Monday."
  tools measure_text
}

agent desk {
  inbox "desk@desk.example"
  contact writer: Writer by address
  guard screen(mail)
  route answer(writer, thread, mail)
  review { otherwise pass }
  deliver { from "The desk <desk@desk.example>" }
}
"#;

/// What a model says that knows its work: allows, measures, answers.
#[must_use]
pub fn clerk(seen: &Seen) -> Reply {
    if seen.system().contains("You open the post.") {
        Reply::text(json!({ "kind": "allow" }).to_string())
    } else if seen.results().is_empty() {
        Reply::calls(&[("measure_text", json!({ "text": "what was asked" }))])
    } else {
        Reply::text("Dear writer, it is noted.")
    }
}

/// A provider of models, a `silexd` and somebody who posts.
#[derive(Debug)]
pub struct House {
    /// The program.
    pub silexd: Silexd,
    /// The provider.
    pub model: StubModel,
    runtime: Runtime,
    client: reqwest::Client,
}

/// How a house differs from the usual one.
pub struct Plan {
    /// How long the model takes to answer.
    pub pace: Duration,
    /// Settings on top.
    pub settings: Value,
    /// The pattern that no reply may match.
    pub pattern: &'static str,
    /// What the model says.
    pub brain: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
    /// How far the provider of models stands back for `silexd`: in earnest it has a machine of its own.
    pub nice: i32,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            pace: Duration::ZERO,
            settings: json!({}),
            pattern: "by monday",
            brain: Box::new(clerk),
            nice: 0,
        }
    }
}

impl House {
    /// Prepares it. `silexd` does not run yet.
    ///
    /// # Errors
    /// There is no such program, or no port.
    pub fn new(silexd: &Path, plan: Plan) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_start(move || {
                // Where the system does not allow it, it does not stand back.
                let _ = rustix::process::nice(plan.nice);
            })
            .enable_all()
            .build()?;
        let model = runtime
            .block_on(StubModel::start(Vec::new()))?
            .with_brain(plan.brain)
            .paced(plan.pace);
        let account = json!({ "key": KEY, "base_url": model.base_url(), "concurrency": 100_000 });
        let mut settings = json!({ "models": { "providers": { "anthropic": account } } });
        crate::silexd::merge(&mut settings, &plan.settings);
        let bundle = compiled(&of_text("desk", &DESK.replace("PATTERN", plan.pattern)));
        let program = silexd.to_str().context("the path of silexd")?;
        if !silexd.exists() {
            bail!("{program} is not there: `tests/load` builds it");
        }
        Ok(Self {
            silexd: Silexd::new(program, &bundle, &settings),
            model,
            runtime,
            client: client()?,
        })
    }

    /// Waits for something of the model's or of a store's.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// What `silexd` has used since it was started.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Ok(Usage::of(self.silexd.pid())?)
    }

    /// What threads beside it ask with.
    #[must_use]
    pub fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// Where those threads wait.
    #[must_use]
    pub fn handle(&self) -> tokio::runtime::Handle {
        self.runtime.handle().clone()
    }

    /// Posts a mail.
    ///
    /// # Errors
    /// There was no answer, or not the one that was to come.
    pub fn post_mail(&self, mail: String) -> anyhow::Result<()> {
        let address = self.silexd.address();
        self.block_on(self.post_one(&address, mail))
    }

    /// Posts the mails of these numbers.
    ///
    /// # Errors
    /// There was no answer, or not the one that was to come.
    pub fn post(&self, numbers: Range<usize>) -> anyhow::Result<()> {
        let address = self.silexd.address();
        self.block_on(async {
            stream::iter(numbers.map(Ok))
                .try_for_each_concurrent(POSTING, |number| self.post_one(&address, mail(number)))
                .await
        })
    }

    /// Posts the same mail so many times at once. Gives how often each status came.
    ///
    /// # Errors
    /// There was no answer, or not the one that was to come.
    pub fn post_again(&self, number: usize, times: usize) -> anyhow::Result<BTreeMap<u16, usize>> {
        let address = self.silexd.address();
        self.block_on(async {
            let answers: Vec<u16> = stream::iter(0..times)
                .map(|_| self.status(&address, mail(number)))
                .buffer_unordered(times)
                .try_collect()
                .await?;
            let mut counted = BTreeMap::new();
            for status in answers {
                *counted.entry(status).or_default() += 1;
            }
            Ok(counted)
        })
    }

    async fn post_one(&self, address: &str, mail: String) -> anyhow::Result<()> {
        match self.status(address, mail).await? {
            200..=299 => Ok(()),
            status => bail!("a mail was not taken: {status}"),
        }
    }

    /// Posts a mail. Gives the status of the answer.
    ///
    /// # Errors
    /// There was none.
    pub async fn status(&self, address: &str, mail: String) -> anyhow::Result<u16> {
        let post = self.client.post(format!("{address}/mail"));
        let response = post.bearer_auth(TOKEN).body(mail).send().await?;
        Ok(response.status().as_u16())
    }

    /// How many mails have left.
    #[must_use]
    pub fn sent(&self) -> usize {
        let Ok(outbox) = fs::read_dir(self.silexd.path("out")) else {
            return 0;
        };
        let eml = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".eml");
        let names = outbox.flatten().map(|entry| entry.file_name());
        names.filter(eml).count()
    }

    /// Waits until so many have left.
    ///
    /// # Errors
    /// They do not.
    pub fn until_sent(&self, wanted: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let sent = self.sent();
            if sent >= wanted {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!(
                    "only {sent} of {wanted} mails left:\n{}",
                    self.silexd.said()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn client() -> anyhow::Result<reqwest::Client> {
    // Whoever came first has done it.
    let _already = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().build()?)
}

/// A mail of a writer that nobody else is, its sender proven.
#[must_use]
pub fn mail(number: usize) -> String {
    let from = format!("writer-{number}@writers.example");
    format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=writers.example\r\n\
         From: {from}\r\nTo: desk@desk.example\r\nSubject: Question {number}\r\n\
         Message-ID: <{number}@writers.example>\r\nDate: Mon, 2 Mar 2026 09:41:06 +0000\r\n\r\n\
         Dear desk,\r\n\r\nthis is question {number}. Could you say how long this mail is? I would\r\n\
         like to know it before I write a longer one.\r\n\r\nKind regards,\r\nWriter {number}\r\n"
    )
}
