//! Signatures on thoughts: only what this provider itself signed is taken back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Makes and checks one provider's signatures.
pub(crate) struct Signer {
    key: [u8; 32],
}

impl Signer {
    pub(crate) fn new(seed: u64, provider: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"wye-sim signature key");
        hash.update(seed.to_le_bytes());
        hash.update(provider.as_bytes());
        Self { key: hash.finalize().into() }
    }

    /// A signature over `text`, as long as vendors' are.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&[0x12, 0x7c, 0x0a, 0x7a]);
        let mut block = self.block(text.as_bytes());
        for _ in 0..3 {
            bytes.extend_from_slice(&block);
            block = self.block(&block);
        }
        STANDARD.encode(bytes)
    }

    /// Whether `signature` is what [`Self::sign`] made of `text`.
    pub(crate) fn holds(&self, text: &str, signature: &str) -> bool {
        self.sign(text) == signature
    }

    /// A signature over nothing but a nonce, for vendors whose signature stands alone.
    pub(crate) fn stamp(&self, nonce: u64) -> String {
        let text = format!("{nonce:016x}");
        let signed = self.sign(&text);
        STANDARD.encode(format!("{text}{signed}"))
    }

    /// Whether a stamp is one of ours.
    pub(crate) fn stamped(&self, stamp: &str) -> bool {
        // Google's own SDK sends bytes back in the alphabet for addresses.
        let Ok(bytes) = STANDARD.decode(stamp.replace('-', "+").replace('_', "/")) else { return false };
        let Ok(text) = String::from_utf8(bytes) else { return false };
        text.split_at_checked(16).is_some_and(|(nonce, signature)| self.holds(nonce, signature))
    }

    /// An id of 50 digits that tells later whether the vendor kept what it names.
    pub(crate) fn issue(&self, prefix: &str, nonce: u64, stored: bool) -> String {
        let block = self.block(format!("{prefix}{nonce:016x}{stored}").as_bytes());
        let seal: String = block.iter().take(17).map(|b| format!("{b:02x}")).collect();
        format!("{prefix}{nonce:016x}{seal}")
    }

    /// Whether an id names something the vendor kept.
    pub(crate) fn stored(&self, prefix: &str, id: &str) -> bool {
        let nonce = id.strip_prefix(prefix).and_then(|rest| rest.get(..16));
        let nonce = nonce.and_then(|nonce| u64::from_str_radix(nonce, 16).ok());
        nonce.is_some_and(|nonce| self.issue(prefix, nonce, true) == id)
    }

    fn block(&self, bytes: &[u8]) -> [u8; 32] {
        // The key goes in on both sides, so that a longer text cannot be signed from a shorter one.
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(bytes);
        hash.update(self.key);
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_signatures_hold() {
        let ours = Signer::new(7, "a");
        let theirs = Signer::new(7, "b");
        let signature = ours.sign("thought");
        assert!(ours.holds("thought", &signature));
        assert!(!ours.holds("Thought", &signature));
        assert!(!theirs.holds("thought", &signature));
        let stamp = ours.stamp(3);
        assert!(ours.stamped(&stamp));
        assert!(!theirs.stamped(&stamp));
        let (kept, passing) = (ours.issue("rs_", 3, true), ours.issue("rs_", 3, false));
        assert!(ours.stored("rs_", &kept) && !ours.stored("rs_", &passing) && !theirs.stored("rs_", &kept));
        assert!(!ours.stamped(&stamp.replacen(char::is_lowercase, "A", 1)));
    }
}
