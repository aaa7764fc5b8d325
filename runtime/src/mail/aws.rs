//! How the clients of AWS are set up: TLS by ring as everywhere here, no retries of their own (a job
//! that fails is tried again), bounded waits.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use secrecy::{ExposeSecret, SecretString};

/// The key of an account and its secret.
pub(super) type Keys = (String, SecretString);

/// What a client is made of. Without keys, those are used that AWS's own tools would find.
pub(super) async fn config(region: Option<&str>, keys: Option<&Keys>) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let limits = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_timeout(Duration::from_secs(120))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .timeout_config(limits);
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some((key, secret)) = keys {
        let keys = Credentials::new(key, secret.expose_secret(), None, None, "silexd.yaml");
        loader = loader.credentials_provider(keys);
    }
    loader.load().await
}
