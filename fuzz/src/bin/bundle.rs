//! Bytes as a bundle file, and as what stands in one behind a digest that fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use silex_bundle::Bundle;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((bundle, digest)) = Bundle::read(bytes) {
        check(&bundle, &digest);
    }
    // Behind its first line a mutated file is still a bundle, but its digest would hide it.
    let body = bytes
        .split(|byte| *byte == b'\n')
        .skip(1)
        .collect::<Vec<_>>();
    let body = body.join(&b'\n');
    let body = body.trim_ascii_end();
    let inner = body
        .strip_prefix(b"\"bundle\":")
        .and_then(|rest| rest.strip_suffix(b"}"));
    let Some(Ok(bundle)) = inner.map(serde_json::from_slice::<Bundle>) else {
        return;
    };
    if let Ok((read, digest)) = Bundle::read(&bundle.to_bytes()) {
        check(&read, &digest);
    }
});

/// A bundle that was read is written as it was read.
fn check(bundle: &Bundle, digest: &str) {
    assert_eq!(bundle.digest(), digest);
    assert_eq!(bundle.meaning_digest(), bundle.meaning_digest());
    let again = Bundle::read(&bundle.to_bytes());
    assert_eq!(again.map(|(_, digest)| digest).as_deref(), Ok(digest));
}
