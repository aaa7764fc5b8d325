//! Short signatures, for what has to survive in an address or a subject.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Characters of a signature: 80 bits.
pub(super) const LENGTH: usize = 16;

/// RFC 4648's alphabet in the case that mail programs may turn addresses into.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The signature of this installation over these parts, the first of which says what for. No part may
/// hold a zero byte. None if the secret cannot be a key.
pub(super) fn sign(secret: &[u8], parts: &[&str]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(parts.join("\0").as_bytes());
    let digest = mac.finalize().into_bytes();
    // The low five bits of a byte are as even as the byte; so each makes one character.
    let characters = digest
        .iter()
        .take(LENGTH)
        .filter_map(|byte| BASE32.get(usize::from(byte & 31)));
    Some(characters.map(|&c| char::from(c)).collect())
}

/// Whether a text looks like a signature, whoever made it.
pub(super) fn is_one(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| BASE32.contains(&byte))
}
