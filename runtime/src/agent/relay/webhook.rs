//! Webhooks: a signed POST as *Standard Webhooks* has it, to a configured URL.
//!
//! Redirects are not followed: a receiver does not choose where our data goes. A name that leads into a
//! private network is refused unless the setting allows it, whatever its address is at that moment.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::payload::Message;
use super::{Refused, place};
use crate::agent::Deployment;
use crate::config::{Config, Webhook};
use crate::tls;

/// The clients that post.
#[derive(Debug, Clone)]
pub struct Webhooks {
    public: reqwest::Client,
    private: reqwest::Client,
}

impl Webhooks {
    /// Clients that follow no redirect.
    ///
    /// # Errors
    /// The system has no usable TLS.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            public: tls::client().dns_resolver(Arc::new(Public)).build()?,
            private: tls::client().build()?,
        })
    }
}

/// Tells a webhook, or the file that stands for it.
pub(super) async fn tell(
    deployment: &Deployment,
    name: &str,
    message: &Message,
) -> Result<(), Refused> {
    let missing = || Refused::ForGood(format!("the webhook `{name}` is not configured"));
    let webhook = place_of(&deployment.config, name).ok_or_else(missing)?;
    if let Some(url) = &webhook.url {
        return post(deployment, &webhook, url, message).await;
    }
    let (file, folder) = (webhook.file.clone(), webhook.folder.clone());
    let message = message.clone();
    let written = tokio::task::spawn_blocking(move || match (file, folder) {
        (Some(file), _) => place::append(&file, &message),
        (None, Some(folder)) => place::put(&folder, &message),
        (None, None) => Ok(()),
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Refused::Now(format!("the webhook `{name}`: {error}"))),
        Err(error) => Err(Refused::Now(error.to_string())),
    }
}

/// Where a webhook leads. One that is not configured is a folder beside the outbox where stand-ins are
/// allowed: when a package is tried out.
fn place_of<'a>(config: &'a Config, name: &str) -> Option<Cow<'a, Webhook>> {
    let configured = config.webhooks.get(name).map(Cow::Borrowed);
    let folder = config.outbound.outbox.with_file_name("relays").join(name);
    configured.or(config.stand_ins.then(|| {
        Cow::Owned(Webhook {
            folder: Some(folder),
            ..Webhook::default()
        })
    }))
}

async fn post(
    deployment: &Deployment,
    webhook: &Webhook,
    url: &str,
    message: &Message,
) -> Result<(), Refused> {
    let url: Url = url
        .parse()
        .map_err(|error| Refused::ForGood(format!("its URL is none: {error}")))?;
    let client = match webhook.private {
        true => &deployment.webhooks.private,
        false if is_private(&url) => return Err(Refused::ForGood(PRIVATE.to_owned())),
        false => &deployment.webhooks.public,
    };
    let timestamp = (deployment.clock().now_ms() / 1000).to_string();
    let secret = webhook.secret.as_ref().map(|secret| secret.expose_secret());
    let request = client
        .post(url)
        .timeout(Duration::from_secs(webhook.timeout_s))
        .header("content-type", "application/json")
        .header("webhook-id", &message.id)
        .header("webhook-timestamp", &timestamp)
        .header(
            "webhook-signature",
            signature(secret.unwrap_or_default(), &timestamp, message),
        )
        .body(message.body.clone());
    // The URL can hold a secret of its own, so it is in no message.
    let answer = request.send().await;
    let status = answer
        .map_err(|error| Refused::Now(cause(&error.without_url())))?
        .status();
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::GONE => Err(Refused::ForGood(
            "the receiver answered 410: it wants no more".to_owned(),
        )),
        status => Err(Refused::Now(format!("the receiver answered {status}"))),
    }
}

/// The error with what caused it, which is where a resolver's words are.
fn cause(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = error.to_string();
        source = error.source();
    }
    words
}

/// `v1,` and the HMAC-SHA256 over id, timestamp and body, in base64.
fn signature(secret: &str, timestamp: &str, message: &Message) -> String {
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => STANDARD
            .decode(encoded)
            .unwrap_or_else(|_| secret.as_bytes().to_vec()),
        None => secret.as_bytes().to_vec(),
    };
    // HMAC takes keys of any length, so this cannot fail; an empty tag would only be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return String::new();
    };
    mac.update(format!("{}.{timestamp}.{}", message.id, message.body).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

const PRIVATE: &str =
    "its address is one of a private network: `private: true` in its settings allows that";

/// Whether the URL names an address of a private network itself; names are looked up by [`Public`].
fn is_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse().is_ok_and(|address| !is_public(address))
}

/// Resolves names to public addresses alone.
#[derive(Debug)]
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(PRIVATE.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the open network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared by providers (RFC 6598), for protocols (RFC 6890), for measurements (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An IPv4 address in another dress (mapped, NAT64, 6to4) is what it is underneath.
    let [first, second, third, ..] = address.segments();
    let embedded = address.to_ipv4_mapped().or(match (first, second) {
        (0x64, 0xff9b) => {
            let [.., high, low] = address.segments();
            Some(v4(high, low))
        }
        (0x2002, high) => Some(v4(high, third)),
        _ => None,
    });
    if let Some(address) = embedded {
        return is_public_v4(address);
    }
    // All that is given out to the open network lies in 2000::/3.
    (first & 0xe000) == 0x2000 && (first, second) != (0x2001, 0x0db8)
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // The example of the specification's own libraries.
        let message = Message {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            event: 1,
            word: "received",
            body: "{\"test\": 2432232314}".to_owned(),
        };
        assert_eq!(
            signature(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "1614265330",
                &message
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn addresses_of_private_networks_are_known_in_every_dress() {
        let public = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"];
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for url in [
            "http://127.0.0.1/x",
            "http://[::1]:80/",
            "http://2130706433/",
        ] {
            assert!(is_private(&url.parse().unwrap()), "{url}");
        }
        assert!(!is_private(&"https://hooks.example.org/x".parse().unwrap()));
    }
}
