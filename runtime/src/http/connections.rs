//! The connections of the web edge: how many there may be, and how long one may say nothing.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::telemetry::event;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many there may be. A page that is open is one, and whoever comes when all are taken waits.
    most: usize,
    /// How long the head of a request may take, and how long a connection may rest between two.
    head: Duration,
    /// How long the body of a request may pause.
    pause: Duration,
}

impl Limits {
    /// Those of the system, as far as it may be asked for more: half of its files are for all else.
    pub(super) fn of_the_system() -> Self {
        const MOST: usize = 4_096;
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        let limit = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => getrlimit(Resource::Nofile),
            Err(_) => limit,
        };
        let files = limit.current.and_then(|files| usize::try_from(files).ok());
        Self {
            most: files.map_or(MOST, |files| (files / 2).min(MOST)),
            // Longer than a proxy keeps one that it does not use: it would send a request into the end.
            head: Duration::from_secs(75),
            pause: Duration::from_secs(30),
        }
    }
}

/// How long to wait when the system has no connection left.
const REST: Duration = Duration::from_millis(200);

/// Serves until `stop`, and then until every request that has begun is answered.
pub(super) async fn serve(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) {
    let router = router.layer(RequestBodyTimeoutLayer::new(limits.pause));
    let free = Arc::new(Semaphore::new(limits.most));
    let mut open = JoinSet::new();
    loop {
        let coming = async {
            let permit = free.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            coming = coming => coming,
            Some(_) = open.join_next() => continue,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, stop) = (router.clone(), stop.clone());
                open.spawn(async move {
                    answer(limits, stream, router, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "{}", event::NO_CONNECTION);
                tokio::time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Answers on one connection until either side ends it.
async fn answer(limits: Limits, stream: TcpStream, router: Router, stop: CancellationToken) {
    // An event of a page is small and shall not wait for more.
    let _ = stream.set_nodelay(true);
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    // Whoever breaks off, or is no browser, is nobody's mistake here.
    tokio::select! {
        _ = &mut connection => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    async fn served(
        limits: Limits,
        router: Router,
    ) -> (TcpStream, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(limits, listener, router, stop.clone()));
        (TcpStream::connect(address).await.unwrap(), stop, serving)
    }

    async fn heard(client: &mut TcpStream) -> String {
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        said
    }

    const SHORT: Duration = Duration::from_millis(50);

    fn long() -> Limits {
        Limits::of_the_system()
    }

    #[tokio::test]
    async fn who_never_ends_a_head_is_let_go() {
        let (mut client, _stop, _serving) = served(
            Limits {
                head: SHORT,
                ..long()
            },
            Router::new(),
        )
        .await;
        client
            .write_all(b"POST / HTTP/1.1\r\nX-a: b\r\n")
            .await
            .unwrap();
        let said = heard(&mut client).await;
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn who_never_ends_a_body_is_refused() {
        let router = Router::new().route("/", post(async |body: Bytes| body));
        let (mut client, _stop, _serving) = served(
            Limits {
                pause: SHORT,
                ..long()
            },
            router,
        )
        .await;
        let half = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";
        client.write_all(half).await.unwrap();
        let said = heard(&mut client).await;
        assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    }

    #[tokio::test]
    async fn who_comes_when_all_are_taken_waits_for_one() {
        let router = Router::new().route("/", post(async || "done"));
        let one = Limits { most: 1, ..long() };
        let (first, _stop, _serving) = served(one, router).await;
        let mut second = TcpStream::connect(first.peer_addr().unwrap())
            .await
            .unwrap();
        let request =
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        second.write_all(request).await.unwrap();
        let early = tokio::time::timeout(SHORT, heard(&mut second)).await;
        assert!(early.is_err(), "{early:?}");
        drop(first);
        assert!(heard(&mut second).await.ends_with("done"));
    }

    #[tokio::test]
    async fn what_has_begun_is_answered_before_the_end() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let notes = (begun.clone(), go_on.clone());
        let answer = async move || {
            notes.0.notify_one();
            notes.1.notified().await;
            "done"
        };
        let (mut client, stop, serving) =
            served(long(), Router::new().route("/", post(answer))).await;
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
        client.write_all(request).await.unwrap();
        begun.notified().await;
        stop.cancel();
        go_on.notify_one();
        assert!(heard(&mut client).await.ends_with("done"));
        serving.await.unwrap();
    }
}
