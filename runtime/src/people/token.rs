//! Tokens of sessions and links: 256 random bits, which only their bearer has.

use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

use super::NotSignedIn;

/// A token that was just drawn.
pub(super) struct Token {
    /// What its bearer has.
    pub(super) text: String,
    /// What the store has.
    pub(super) hash: String,
}

/// Draws a token.
pub(super) fn draw() -> Result<Token, NotSignedIn> {
    let text = hex::encode(random::<32>()?);
    let hash = hash(&text);
    Ok(Token { text, hash })
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], NotSignedIn> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| NotSignedIn::System("it has no randomness".to_owned()))?;
    Ok(bytes)
}

/// The digest under which the store knows a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}
