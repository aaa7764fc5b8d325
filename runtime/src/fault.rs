//! Fault points: named places where a test may end the process, as a crash would.
//!
//! They exist only with the feature `faults`; without it every function here is empty. With it,
//! the environment says what happens: `SILEX_FAULT=record:FILE` appends the name of every point
//! that is passed to FILE, and `SILEX_FAULT=kill:N` ends the process by SIGKILL at the Nth one. A
//! test first records, then kills at 1, 2, 3 and so on to the end. `SILEX_FAULT=kill:NAME` ends it at
//! the first of this name. And `SILEX_CLOCK=FILE` sets the system's clock wrong by the milliseconds in
//! FILE, which may change while the program runs.

/// Reads the plan from the environment. Called once, at the start of the program.
#[cfg(not(feature = "faults"))]
pub fn init() {}

/// Passes the point `name`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &str) {}

/// Passes the point `label.moment`. A write without a label has no points.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point_of(_label: &str, _moment: &str) {}

/// The client that asks the hosts of SNS for certificates, as it is.
///
/// # Errors
/// Never; with fault points, when the stub that is named cannot be used.
#[cfg(not(feature = "faults"))]
pub fn of_sns(client: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, String> {
    Ok(client)
}

/// By how much the system's clock is wrong, in milliseconds.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn clock_ms() -> i64 {
    0
}

#[cfg(feature = "faults")]
pub use planned::{clock_ms, init, point, point_of};
#[cfg(feature = "faults")]
pub use stub_sns::of_sns;

/// Leads the client for SNS to a stub on this machine, whose authority it then trusts alone.
#[cfg(feature = "faults")]
mod stub_sns {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use reqwest::{Certificate, ClientBuilder};

    struct Stub(SocketAddr);

    impl Resolve for Stub {
        fn resolve(&self, _name: Name) -> Resolving {
            let addresses: Addrs = Box::new(std::iter::once(self.0));
            Box::pin(std::future::ready(Ok(addresses)))
        }
    }

    /// The stub that `SILEX_SNS_STUB=ADDRESS,FILE` names: where it listens, and the PEM file of its
    /// authority. Without the variable nothing is changed.
    ///
    /// # Errors
    /// The variable names no stub.
    pub fn of_sns(client: ClientBuilder) -> Result<ClientBuilder, String> {
        let Ok(stub) = std::env::var("SILEX_SNS_STUB") else {
            return Ok(client);
        };
        let (address, file) = stub
            .split_once(',')
            .ok_or("SILEX_SNS_STUB is ADDRESS,FILE")?;
        let address = address
            .parse()
            .map_err(|error| format!("{address}: {error}"))?;
        let pem = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let authority = Certificate::from_pem(&pem).map_err(|error| error.to_string())?;
        Ok(client
            .tls_backend_rustls()
            .tls_certs_only([authority])
            .no_proxy()
            .dns_resolver(Arc::new(Stub(address))))
    }
}

#[cfg(feature = "faults")]
mod planned {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    #[derive(Debug, PartialEq)]
    pub(super) enum Plan {
        Record(PathBuf),
        Kill(u64),
        KillAt(String),
    }

    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    /// Reads the plan from the environment. Called once, at the start of the program.
    pub fn init() {
        PLAN.get_or_init(|| std::env::var("SILEX_FAULT").ok().as_deref().and_then(parse));
    }

    /// Passes the point `name`.
    pub fn point(name: &str) {
        match PLAN.get() {
            Some(Some(Plan::Record(file))) => record(file, name),
            Some(Some(Plan::Kill(at))) => {
                if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *at {
                    die();
                }
            }
            Some(Some(Plan::KillAt(at))) if at == name => die(),
            Some(Some(Plan::KillAt(_)) | None) | None => {}
        }
    }

    /// By how much the system's clock is wrong, in milliseconds.
    pub fn clock_ms() -> i64 {
        static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
        let file = FILE.get_or_init(|| std::env::var_os("SILEX_CLOCK").map(PathBuf::from));
        let told = file
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file).ok());
        told.and_then(|ms| ms.trim().parse().ok()).unwrap_or(0)
    }

    /// Passes the point `label.moment`. A write without a label has no points.
    pub fn point_of(label: &str, moment: &str) {
        if !label.is_empty() {
            point(&format!("{label}.{moment}"));
        }
    }

    pub(super) fn parse(plan: &str) -> Option<Plan> {
        match plan.split_once(':')? {
            ("record", file) => Some(Plan::Record(PathBuf::from(file))),
            ("kill", at) => Some(match at.parse() {
                Ok(number) => Plan::Kill(number),
                Err(_) => Plan::KillAt(at.to_owned()),
            }),
            _ => None,
        }
    }

    /// A record that cannot be written is a test that cannot be trusted, so the process dies too.
    fn record(file: &PathBuf, name: &str) {
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
        if written.is_err() {
            die();
        }
    }

    fn die() -> ! {
        // The signal cannot be caught: no destructor runs and nothing is flushed.
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

#[cfg(all(test, feature = "faults"))]
mod tests {
    use super::planned::{Plan, parse};

    #[test]
    fn a_plan_is_a_word_and_its_argument() {
        assert_eq!(
            parse("record:/tmp/points"),
            Some(Plan::Record("/tmp/points".into()))
        );
        assert_eq!(parse("kill:7"), Some(Plan::Kill(7)));
        assert_eq!(
            parse("kill:relay.after_call"),
            Some(Plan::KillAt("relay.after_call".to_owned()))
        );
        assert_eq!(parse("nothing"), None);
    }
}
