//! A certificate authority of this test run, and the certificates that it makes.
//!
//! The key that SNS signs with here is in the repository: it proves nothing to anybody but a
//! `silexd` that a test told to trust this authority. Making one takes too long.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, date_time_ymd,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, PrivateKey};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

const SIGNING_KEY: &str = include_str!("signing_key.pem");

/// Prefixes of a digest in a signature (RFC 8017, 9.2).
const SHA1_PREFIX: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256_PREFIX: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Which signature of SNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// SHA-1.
    One,
    /// SHA-256.
    Two,
}

/// What is asked of a signing certificate.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// The years from whose beginning to whose beginning it is valid.
    pub years: (i32, i32),
    /// Whether those above it are in its file.
    pub chain: bool,
    /// Whether the one above it in the file is a stranger's.
    pub broken: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            name: "sns.amazonaws.com".to_owned(),
            years: (2020, 2090),
            chain: false,
            broken: false,
        }
    }
}

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

fn made<T, E: std::fmt::Debug>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("a certificate: {error:?}"))
}

impl Authority {
    /// An authority of its own, whose key is RSA as that of Amazon's.
    ///
    /// # Panics
    /// When the library cannot make it.
    #[must_use]
    pub fn new() -> Self {
        let key = made(KeyPair::from_pkcs8_pem_and_sign_algo(
            SIGNING_KEY,
            &PKCS_RSA_SHA256,
        ));
        Self::with("Tests Root", key)
    }

    /// One of the same name, with another key.
    ///
    /// # Panics
    /// When the library cannot make it.
    #[must_use]
    pub fn stranger() -> Self {
        Self::with("Tests Root", made(KeyPair::generate()))
    }

    fn with(name: &str, key: KeyPair) -> Self {
        let mut params = made(CertificateParams::new(Vec::new()));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = made(params.self_signed(&key)).pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Its own certificate, as a file.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The file of a certificate that messages are signed with.
    #[must_use]
    pub fn signing_certificate(&self, asked: &Asked) -> String {
        let key = made(KeyPair::from_pkcs8_pem_and_sign_algo(
            SIGNING_KEY,
            &PKCS_RSA_SHA256,
        ));
        let mut params = made(CertificateParams::new(vec![asked.name.clone()]));
        params
            .distinguished_name
            .push(DnType::CommonName, asked.name.as_str());
        params.not_before = date_time_ymd(asked.years.0, 1, 1);
        params.not_after = date_time_ymd(asked.years.1, 1, 1);
        let leaf = made(params.signed_by(&key, &self.issuer)).pem();
        if asked.broken {
            format!("{leaf}{}", Self::stranger().pem)
        } else if asked.chain {
            format!("{leaf}{}", self.pem)
        } else {
            leaf
        }
    }

    /// What a server of these names speaks TLS with.
    #[must_use]
    pub fn acceptor(&self, names: &[&str]) -> TlsAcceptor {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let key = made(KeyPair::generate());
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = made(CertificateParams::new(names));
        let certificate = made(params.signed_by(&key, &self.issuer));
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        TlsAcceptor::from(Arc::new(made(config)))
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// The signature of SNS over a text.
///
/// # Panics
/// When the library cannot make it.
#[must_use]
pub fn sign(version: Version, text: &str) -> Vec<u8> {
    let key = made(PrivateKey::from_pkcs8_pem(SIGNING_KEY));
    let (algorithm, prefix) = match version {
        Version::One => (&SHA1_FOR_LEGACY_USE_ONLY, SHA1_PREFIX),
        Version::Two => (&SHA256, SHA256_PREFIX),
    };
    let digest = digest(algorithm, text.as_bytes());
    let scheme = Pkcs1v15Sign {
        hash_len: Some(digest.as_ref().len()),
        prefix: prefix.into(),
    };
    made(key.sign(scheme, digest.as_ref()))
}
