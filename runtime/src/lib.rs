//! The Silex runtime: loads a bundle and carries out its agents.
//!
//! [`Running::start`] builds the parts and runs them: the web edge and the calls of models on a runtime
//! each, jobs on another whose threads have a lower priority, so that no job can starve the edge, or keep
//! an answer that is paid for from being heard.

pub mod agent;
pub mod backup;
mod beside;
pub mod bundle;
pub mod check;
pub mod clock;
pub mod config;
pub mod dashboard;
pub mod eval;
pub mod fault;
pub mod hours;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod model;
pub mod people;
pub mod queue;
pub mod replay;
pub mod store;
pub mod swap;
pub mod telemetry;
mod tls;
pub mod tools;
pub mod turn;
pub mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use silex_bundle::Bundle;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use agent::relay::webhook::Webhooks;
use agent::{Deployment, Parts};
use bundle::{Bundles, Loaded};
use clock::Clock;
use config::Config;
use mail::inbound::s3::{Bucket, Place, S3Error};
use mail::inbound::sns::Certificates;
use mail::transport::smtp::{self, Tls};
use mail::transport::{Outbox, Smtp, Transport};
use model::{Models, Prices, Scripted, providers};
use store::{Access, Store, StoreError};
pub use swap::replace_bundle;
use tools::{Natives, Tools};
use turn::run::Edge;
use turn::spend::{Caps, Spending};

/// How long a part may take to end after the stop, before it is left where it is.
const TO_END: Duration = Duration::from_secs(2);

/// Why the runtime does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A setting, or what a bundle needs of it.
    #[error("{0}")]
    Setting(String),
    /// The configuration lacks what the bundle needs.
    #[error("this bundle needs what the settings do not have:{}", listed(.0))]
    Missing(Vec<String>),
    /// Tools of the bundle are not as their servers offer them.
    #[error("this bundle declares tools otherwise than their servers offer them:{}", listed(.0))]
    Drift(Vec<String>),
    /// Documents that are stored do not fit the bundle.
    #[error("documents in the store do not fit this bundle, and no default makes them:{}", listed(.0))]
    Misfits(Vec<String>),
    /// The system refused something.
    #[error("{what}: {error}")]
    System {
        /// What was asked of it.
        what: String,
        /// What it said.
        error: std::io::Error,
    },
}

fn listed(lacks: &[String]) -> String {
    lacks.iter().map(|one| format!("\n- {one}")).collect()
}

/// A runtime that runs.
#[derive(Debug)]
pub struct Running {
    deployment: Deployment,
    address: SocketAddr,
    edge: tokio::runtime::Runtime,
    jobs: tokio::runtime::Runtime,
    models: tokio::runtime::Runtime,
    serving: tokio::task::JoinHandle<()>,
    working: tokio::task::JoinHandle<Result<(), StoreError>>,
    watching: tokio::task::JoinHandle<()>,
    reconciling: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Starts everything.
    ///
    /// # Errors
    /// When the database is in use or cannot be opened, the address is taken, or the bundle needs
    /// what the configuration lacks.
    pub fn start(
        config: Config,
        loaded: Arc<Loaded>,
        natives: Natives,
    ) -> Result<Self, StartError> {
        let nice = config.queue.nice;
        let edge = runtime(
            "silex-edge",
            2,
            Nice {
                working: 0,
                calculating: nice,
            },
        )?;
        let models = runtime(
            "silex-models",
            1,
            Nice {
                working: 0,
                calculating: 0,
            },
        )?;
        let jobs = runtime(
            "silex-jobs",
            config.queue.threads,
            Nice {
                working: nice,
                // A stranger's mail is read there, which may be made to take long.
                calculating: nice.saturating_mul(2).min(NICEST),
            },
        )?;
        let deployment = edge.block_on(open(
            config,
            loaded,
            natives,
            Access::Own,
            Some(models.handle()),
        ))?;
        let listen = deployment.config.listen;
        let listener = edge.block_on(tokio::net::TcpListener::bind(listen));
        let listener = listener.map_err(|error| StartError::System {
            what: format!("listening on {listen}"),
            error,
        })?;
        let address = listener.local_addr().map_err(|error| StartError::System {
            what: "listening".to_owned(),
            error,
        })?;
        let node = match &deployment.config.queue.node {
            Some(node) => node.clone(),
            None => format!("{}:{}", machine(), address.port()),
        };
        let serving = edge.spawn(together(
            &deployment,
            http::serve(deployment.clone(), listener),
        ));
        let watching = edge.spawn(http::folder::watch(deployment.clone()));
        for (name, runtime) in [("edge", &edge), ("models", &models), ("jobs", &jobs)] {
            runtime.spawn(watchdog::watch(name, deployment.stop.clone()));
        }
        let reconciling = edge.spawn(agent::reconcile::watch(deployment.clone()));
        let working = jobs.spawn(together(&deployment, work(deployment.clone(), node)));
        tracing::info!(%address, bundle = deployment.bundles().current().digest(), "{}", telemetry::event::STARTED);
        Ok(Self {
            deployment,
            address,
            edge,
            jobs,
            models,
            serving,
            working,
            watching,
            reconciling,
        })
    }

    /// Where the web edge listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it runs.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Takes the bundle file into use again on each SIGHUP, and when it changes if the settings say so. When
    /// this has returned the signal is heard, which would end the process before.
    ///
    /// # Errors
    /// When the signal cannot be listened to.
    pub fn follow_bundle(&self) -> std::io::Result<()> {
        let hang_up = self.block_on(async { signal(SignalKind::hangup()) })?;
        self.edge
            .spawn(swap::follow(self.deployment.clone(), hang_up));
        Ok(())
    }

    /// Runs a future beside it, on the web edge's runtime.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.edge.block_on(future)
    }

    /// Stops taking work, lets what runs end within the drain time, and closes the database.
    ///
    /// # Errors
    /// When the queue could not give back what was still running.
    pub fn stop(self) -> Result<(), StartError> {
        tracing::info!("{}", telemetry::event::DRAINING);
        self.deployment.stop.cancel();
        let worked = self.jobs.block_on(self.working);
        self.edge.block_on(async {
            // All end with the token; a slow reader, disk or bucket is not waited for.
            let _ = tokio::time::timeout(TO_END, self.serving).await;
            let _ = tokio::time::timeout(TO_END, self.watching).await;
            self.deployment.edge.tools.servers().close().await;
            let _ = tokio::time::timeout(TO_END, self.reconciling).await;
            self.deployment.edge.answers.close();
            self.deployment.store().close().await;
        });
        self.jobs.shutdown_timeout(Duration::from_secs(1));
        self.models.shutdown_timeout(Duration::from_secs(1));
        self.edge.shutdown_timeout(Duration::from_secs(1));
        let panicked = |error: tokio::task::JoinError| StartError::System {
            what: "working jobs".to_owned(),
            error: std::io::Error::other(error),
        };
        Ok(worked.map_err(panicked)??)
    }
}

/// The machine's name, as far as it tells one.
fn machine() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let told = told.or_else(|_| std::env::var("HOSTNAME").map_err(std::io::Error::other));
    told.map_or_else(|_| "node".to_owned(), |name| name.trim().to_owned())
}

/// A part that ends, by an error or a panic, stops the others: mail is not taken in when no jobs
/// are worked.
fn together<F: Future>(
    deployment: &Deployment,
    part: F,
) -> impl Future<Output = F::Output> + use<F> {
    let stops = deployment.stop.clone().drop_guard();
    async move {
        let _stops = stops;
        part.await
    }
}

/// As far as a thread can stand back for others.
const NICEST: u8 = 19;

/// How far the threads of a runtime stand back for others.
#[derive(Clone, Copy)]
struct Nice {
    /// Those that it begins with: its tasks run on them.
    working: u8,
    /// Those that it starts when something takes long: a stranger's mail is read, texts are compared, a
    /// password is checked.
    calculating: u8,
}

fn runtime(name: &str, threads: usize, nice: Nice) -> Result<tokio::runtime::Runtime, StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(threads)
        .thread_name(name)
        .enable_all();
    // Only Linux has a priority for each thread; elsewhere the web edge would be slowed as well.
    if cfg!(target_os = "linux") {
        let started = AtomicUsize::new(0);
        builder.on_thread_start(move || {
            let begins = started.fetch_add(1, Ordering::Relaxed) < threads;
            let nice = if begins {
                nice.working
            } else {
                nice.calculating
            };
            if nice > 0 {
                // Where the system does not allow it, they run at the usual priority.
                let _ = rustix::process::setpriority_process(None, i32::from(nice));
            }
        });
    }
    builder.build().map_err(|error| StartError::System {
        what: "starting threads".to_owned(),
        error,
    })
}

/// Works jobs, and looks after what a clock starts.
async fn work(deployment: Deployment, node: String) -> Result<(), StoreError> {
    let duties = agent::duties::run(deployment.clone());
    // Duties go on until the stop, so that jobs which end by themselves have to be one.
    let jobs = together(&deployment, work_jobs(deployment.clone(), node));
    let (worked, ()) = tokio::join!(jobs, duties);
    worked
}

async fn work_jobs(deployment: Deployment, node: String) -> Result<(), StoreError> {
    let config = queue::Config {
        node,
        slots: deployment.config.queue.workers,
        most: deployment.config.queue.most,
        drain: Duration::from_secs(deployment.config.queue.drain_s),
        kinds: jobs::policies(&deployment),
        ..queue::Config::default()
    };
    let (store, clock, stop) = (
        deployment.store().clone(),
        deployment.clock().clone(),
        deployment.stop.clone(),
    );
    let sharing = tokio::spawn(agent::circuits::share(deployment.clone()));
    let telling = tokio::spawn(agent::telling::tell(deployment.clone()));
    let run: queue::Run = Arc::new(move |attempt| jobs::run(deployment.clone(), attempt).boxed());
    let worked = queue::run(config, store, clock, run, stop).await;
    sharing.abort();
    telling.abort();
    worked
}

/// Opens the parts without running jobs: what commands beside a running `silexd` do. Answers of models are
/// heard on the runtime `hearing`, or where they are asked for.
///
/// # Errors
/// When the database cannot be opened, or the bundle needs what the configuration lacks.
pub async fn open(
    config: Config,
    loaded: Arc<Loaded>,
    natives: Natives,
    access: Access,
    hearing: Option<&Handle>,
) -> Result<Deployment, StartError> {
    let clock = Clock::system();
    let store = Store::open_with(&config.database, access, config.readers, clock.now_ms()).await?;
    agree(&clock, &store).await?;
    let now = clock.now_ms();
    let secret = beside::secret(&config)?;
    let models = models(&config, &clock)?;
    let client = http_client()?;
    let spending = spending(&config, loaded.bundle())?;
    let servers = tools::mcp::Servers::new(&config.mcp, &client);
    complete(&config, &natives, loaded.bundle())?;
    let endpoints = config.endpoints.clone();
    let tools = Tools::new(store.clone(), endpoints, natives, servers, client)
        .with_places(tools::Places::of(&config))
        .with_stand_ins(config.stand_ins);
    if access == Access::Own {
        as_declared(&tools, loaded.bundle()).await?;
        swap::prepare(&store, &config, &loaded, now).await?;
    }
    let mut answers = beside::answers(&config, access, &store, now).await?;
    if let Some(runtime) = hearing {
        answers = answers.heard_on(runtime);
    }
    let transport = transport(&config).await;
    let bucket = bucket(&config).await?;
    let webhooks =
        Webhooks::new().map_err(|error| StartError::Setting(format!("no HTTP client: {error}")))?;
    let certificates = Certificates::new(sns_client()?);
    let bundles = Arc::new(Bundles::new(loaded));
    let edge = Edge {
        store,
        models,
        tools,
        clock,
        bundles,
        spending: Arc::new(spending),
        answers,
        live: turn::live::Live::default(),
    };
    Ok(Deployment::new(Parts {
        config,
        edge,
        transport,
        certificates,
        bucket,
        webhooks,
        secret,
        stop: CancellationToken::new(),
    }))
}

/// Takes the time of a server for ours, as all its nodes do.
async fn agree(clock: &Clock, store: &Store) -> Result<(), StoreError> {
    let mut reader = store.read().await?;
    if let Some(now) = store::jobs::server_time(&mut reader).await? {
        clock.agree(now);
    }
    Ok(())
}

/// Asks endpoints and servers of tools.
fn http_client() -> Result<reqwest::Client, StartError> {
    // Who cannot be connected to was asked for nothing, and that is known in time.
    tls::client()
        .connect_timeout(Duration::from_secs(5))
        .build()
        .map_err(|error| StartError::Setting(format!("no HTTP client: {error}")))
}

/// Refuses a bundle of which something would not be carried out because a setting is missing.
pub(crate) fn complete(
    config: &Config,
    natives: &Natives,
    bundle: &Bundle,
) -> Result<(), StartError> {
    let missing = check::missing(config, natives, bundle);
    match missing.is_empty() {
        true => Ok(()),
        false => Err(StartError::Missing(missing)),
    }
}

/// Refuses a bundle whose tools differ from what their servers offer.
pub(crate) async fn as_declared(tools: &Tools, bundle: &Bundle) -> Result<(), StartError> {
    let differences = tools.servers().differences(bundle).await;
    if differences.is_empty() {
        Ok(())
    } else {
        Err(StartError::Drift(differences))
    }
}

/// The models of a configuration: their providers, with keys and addresses.
///
/// # Errors
/// It names a provider that there is not, or the system has no usable TLS.
pub fn models(config: &Config, clock: &Clock) -> Result<Models, StartError> {
    if config.models.scripted {
        return Ok(Models::scripted(Scripted::demo()));
    }
    let accounts = &config.models.providers;
    if let Some(name) = accounts
        .keys()
        .find(|name| providers::known(name).is_none())
    {
        let names: Vec<_> = providers::KNOWN.iter().map(|known| known.name).collect();
        return Err(StartError::Setting(format!(
            "`models.providers.{name}`: the providers are {}",
            names.join(", ")
        )));
    }
    let mut set_up = Vec::new();
    for known in &providers::KNOWN {
        let account = accounts.get(known.name).cloned().unwrap_or_default();
        let base_url = account.base_url.as_deref();
        // A provider without a key or an address is not set up, and a call of it says so.
        if (account.key.is_none() && !known.open)
            || (base_url.is_none() && known.base_url.is_none())
        {
            continue;
        }
        let (limits, pace) = (account.limits(), account.pace());
        let provider = model::Provider::new(known.name, base_url, account.key)
            .map_err(|error| StartError::Setting(error.to_string()))?;
        set_up.push(model::Provider {
            concurrency: account.concurrency.unwrap_or(provider.concurrency),
            limits,
            pace,
            ..provider
        });
    }
    Models::live(set_up, Scripted::demo(), clock.clone())
        .map_err(|error| StartError::Setting(error.to_string()))
}

/// What calls of models cost, and what may be spent of it.
pub(crate) fn spending(config: &Config, bundle: &Bundle) -> Result<Spending, StartError> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float becomes the nearest"
    )]
    let micros = |money: f64| (money * 1e6).round() as i64;
    let models = &config.models;
    let spending = Spending {
        prices: Prices::with(models.prices.clone()),
        caps: Caps {
            tokens: Some(models.turn.tokens),
            money: models.turn.money.map(micros),
            time: Some(Duration::from_secs(models.turn.time_s)),
        },
        day: models.budget.day.map(micros),
        agents: models
            .budget
            .agents
            .iter()
            .map(|(name, money)| (name.clone(), micros(*money)))
            .collect(),
        zone: config.timezone.clone(),
    };
    if let Some(agent) = spending
        .agents
        .keys()
        .find(|name| !bundle.agents.contains_key(*name))
    {
        let known: Vec<_> = bundle.agents.keys().map(String::as_str).collect();
        return Err(StartError::Setting(format!(
            "`models.budget.agents`: there is no agent `{agent}`; there are: {}",
            known.join(", ")
        )));
    }
    let bounded =
        spending.day.is_some() || !spending.agents.is_empty() || models.turn.money.is_some();
    let unpriced = bundle.models.values().find(|model| {
        model.provider != "scripted"
            && !models.scripted
            && spending.prices.of(&model.name).is_none()
    });
    match unpriced.filter(|_| bounded) {
        None => Ok(spending),
        Some(model) => Err(StartError::Setting(format!(
            "money is limited, but what `{}` costs is not known: add it under `models.prices`",
            model.name
        ))),
    }
}

/// Asks hosts of SNS for certificates. In a program with fault points a test may stand in for them.
fn sns_client() -> Result<reqwest::Client, StartError> {
    let failed = |why: String| StartError::Setting(format!("no client for SNS: {why}"));
    let client = fault::of_sns(Certificates::client()).map_err(failed)?;
    client.build().map_err(|error| failed(error.to_string()))
}

async fn bucket(config: &Config) -> Result<Option<Bucket>, StartError> {
    let Some(s3) = &config.inbound.s3 else {
        return Ok(None);
    };
    let place = Place {
        bucket: s3.bucket.clone(),
        prefix: s3.prefix.clone(),
        region: s3.region.clone(),
        endpoint: s3.endpoint.clone(),
        keys: s3.access_key.clone().zip(s3.secret_key.clone()),
    };
    let bucket = Bucket::new(place).await;
    let refused = |error: S3Error| StartError::Setting(format!("`inbound.s3`: {error}"));
    bucket.map(Some).map_err(refused)
}

#[cfg_attr(
    not(feature = "aws"),
    expect(
        clippy::unused_async,
        reason = "the AWS clients look for their settings"
    )
)]
async fn transport(config: &Config) -> Transport {
    #[cfg(feature = "aws")]
    if let Some(ses) = &config.outbound.ses {
        let settings = mail::transport::ses::Settings {
            region: ses.region.clone(),
            keys: ses.access_key.clone().zip(ses.secret_key.clone()),
            endpoint: ses.endpoint.clone(),
            configuration_set: ses.configuration_set.clone(),
        };
        return Transport::Ses(Box::new(mail::transport::Ses::new(&settings).await));
    }
    let Some(smtp) = &config.outbound.smtp else {
        return Transport::Outbox(Outbox::new(&config.outbound.outbox));
    };
    Transport::Smtp(Smtp::new(smtp::Settings {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: match smtp.tls {
            config::Tls::Implicit => Tls::Implicit,
            config::Tls::Starttls => Tls::StartTls,
            config::Tls::None => Tls::None,
        },
        login: smtp.user.clone().zip(smtp.password.clone()),
        timeout: Duration::from_secs(30),
    }))
}
