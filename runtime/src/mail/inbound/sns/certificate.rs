//! The certificate that SNS signs with.
//!
//! Its file holds the certificate alone, or those above it as well. It comes by TLS from a host of
//! SNS, so whoever answers there has been proven by the roots of the system; here is checked that
//! it was made for SNS, that it is valid now, and that those above it, if there are any, signed it.

use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters, UnparsedPublicKey,
};
use x509_cert::der::Encode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::host;

/// Certificates in one file.
const LONGEST_CHAIN: usize = 6;

/// Why a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is not one.
    #[error("it is not a certificate in PEM form")]
    Unreadable,
    /// It was not made for SNS.
    #[error("it was not issued to SNS")]
    Name,
    /// It is not valid yet, or not any more.
    #[error("it is not valid at this time")]
    Expired,
    /// The one above it did not sign it.
    #[error("its chain is broken")]
    Chain,
}

/// What is signed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

/// A certificate of SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    key: Vec<u8>,
    /// From when to when its whole chain is valid, milliseconds.
    valid: (i64, i64),
}

impl Certificate {
    /// Reads a certificate file.
    ///
    /// # Errors
    /// It is none, it was not made for SNS, or its chain is broken.
    pub fn read(pem: &[u8]) -> Result<Self, Unusable> {
        let chain =
            x509_cert::Certificate::load_pem_chain(pem).map_err(|_| Unusable::Unreadable)?;
        let leaf = chain.first().ok_or(Unusable::Unreadable)?;
        if chain.len() > LONGEST_CHAIN {
            return Err(Unusable::Chain);
        }
        if !is_of_sns(leaf) {
            return Err(Unusable::Name);
        }
        if !chain
            .iter()
            .zip(chain.iter().skip(1))
            .all(|(lower, upper)| signed_by(lower, upper))
        {
            return Err(Unusable::Chain);
        }
        let bounds = chain.iter().map(|one| one.tbs_certificate().validity());
        let from = bounds
            .clone()
            .map(|of| of.not_before.to_unix_duration().as_millis());
        let to = bounds.map(|of| of.not_after.to_unix_duration().as_millis());
        let millis = |time: Option<u128>| time.and_then(|time| i64::try_from(time).ok());
        Ok(Self {
            key: key(leaf).ok_or(Unusable::Unreadable)?.to_vec(),
            valid: millis(from.max())
                .zip(millis(to.min()))
                .ok_or(Unusable::Unreadable)?,
        })
    }

    /// Whether it is valid at a time, milliseconds.
    ///
    /// # Errors
    /// It is not.
    pub fn valid_at(&self, now: i64) -> Result<(), Unusable> {
        if (self.valid.0..=self.valid.1).contains(&now) {
            Ok(())
        } else {
            Err(Unusable::Expired)
        }
    }

    pub(super) fn verifies(&self, hash: Hash, signed: &[u8], signature: &[u8]) -> bool {
        let parameters = match hash {
            Hash::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(parameters, &self.key)
            .verify(signed, signature)
            .is_ok()
    }
}

/// The bytes of the public key, as ring reads them.
fn key(certificate: &x509_cert::Certificate) -> Option<&[u8]> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    info.subject_public_key.as_bytes()
}

fn signed_by(lower: &x509_cert::Certificate, upper: &x509_cert::Certificate) -> bool {
    let named = lower.tbs_certificate().issuer() == upper.tbs_certificate().subject();
    let parameters = parameters(&lower.signature_algorithm().oid.to_string());
    let (Some(parameters), Some(key), Some(signature), Ok(signed)) = (
        parameters,
        key(upper),
        lower.signature().as_bytes(),
        lower.tbs_certificate().to_der(),
    ) else {
        return false;
    };
    named
        && UnparsedPublicKey::new(parameters, key)
            .verify(&signed, signature)
            .is_ok()
}

/// The algorithms of RFC 4055 that a certificate authority uses today.
fn parameters(oid: &str) -> Option<&'static RsaParameters> {
    match oid {
        "1.2.840.113549.1.1.11" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "1.2.840.113549.1.1.12" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "1.2.840.113549.1.1.13" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// Whether one of its names is one that SNS signs under.
fn is_of_sns(certificate: &x509_cert::Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let common = tbs.subject().common_name().ok().flatten();
    let others = tbs.get_extension::<SubjectAltName>().ok().flatten();
    let others = others.map(|(_, names)| names.0).unwrap_or_default();
    let mut others = others.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str()),
        GeneralName::OtherName(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::UniformResourceIdentifier(_)
        | GeneralName::IpAddress(_)
        | GeneralName::RegisteredId(_) => None,
    });
    others.any(is_name) || common.is_some_and(|name| is_name(&name.value()))
}

/// `sns.amazonaws.com`, `sns.REGION.…`, `sns-signing.REGION.…` or `sns-REGION.…`.
fn is_name(name: &str) -> bool {
    let rest = name
        .strip_suffix(".amazonaws.com")
        .or_else(|| name.strip_suffix(".amazonaws.com.cn"));
    match rest
        .map(|rest| rest.split('.').collect::<Vec<_>>())
        .as_deref()
    {
        Some(["sns"]) => true,
        Some([one]) => one.strip_prefix("sns-").is_some_and(host::is_region),
        Some(["sns" | "sns-signing", region]) => host::is_region(region),
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_sns_are_its_names() {
        for name in [
            "sns.amazonaws.com",
            "sns.us-east-1.amazonaws.com",
            "sns-signing.af-south-1.amazonaws.com",
            "sns-cn-north-1.amazonaws.com.cn",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "amazonaws.com",
            "sqs.us-east-1.amazonaws.com",
            "sns.a.b.amazonaws.com",
            "sns.amazonaws.com.evil.example",
            "xsns.amazonaws.com",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
