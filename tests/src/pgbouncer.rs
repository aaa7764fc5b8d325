//! PgBouncer before a PostgreSQL server, in transaction mode: each transaction of a program may run on
//! another connection to the server.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::wait::until;

/// Where Debian and others put it.
const PLACES: [&str; 4] = [
    "/usr/sbin/pgbouncer",
    "/usr/bin/pgbouncer",
    "/usr/local/bin/pgbouncer",
    "/opt/homebrew/bin/pgbouncer",
];

/// A PgBouncer that runs until it is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PgBouncer {
    /// Starts it before the database of a URL without a password. `None` if it is not installed.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(database: &str) -> Option<Self> {
        let program = PLACES.iter().find(|place| Path::new(place).exists())?;
        let (host, name) = server_of(database);
        // It is free now, and nobody else on this machine looks for just this one.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free
            .unwrap_or_else(|error| panic!("a port: {error}"))
            .port();
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let users = folder.path().join("users.txt");
        let settings = folder.path().join("pgbouncer.ini");
        write(&users, "\"silex\" \"\"\n");
        let text = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {}\n\
             pool_mode = transaction\ndefault_pool_size = 6\n\
             ignore_startup_parameters = extra_float_digits\n",
            host.0,
            host.1,
            users.display()
        );
        write(&settings, &text);
        open_to_all(folder.path());
        let mut command = Command::new(program);
        command.arg("-q").arg(&settings);
        // It refuses to run as root.
        if rustix::process::getuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{program}: {error}"));
        until("PgBouncer to listen", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Some(Self {
            child,
            url: format!("postgres://silex@127.0.0.1:{port}/{name}?pgbouncer=true"),
            _folder: folder,
        })
    }

    /// The URL of the database behind it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Host and port of a URL, and the database.
fn server_of(database: &str) -> ((&str, &str), &str) {
    let (_, rest) = database.split_once('@').unwrap_or_default();
    let (host, name) = rest.split_once('/').unwrap_or_default();
    (host.split_once(':').unwrap_or((host, "5432")), name)
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn open_to_all(folder: &Path) {
    let open = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
    open.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}
