//! Chains of rows that are never changed: each hashes its own values and the row before it of the same thing, so that
//! writers do not contend for one chain head.
use sha2::{Digest, Sha256};

/// Before the first row of a chain.
pub fn first_hash() -> Vec<u8> {
    vec![0; 32]
}

/// SHA-256 over the row before and every value of this one, each with its length so that values cannot shift.
pub fn hash<V: AsRef<[u8]>>(prev_hash: &[u8], values: &[V]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(prev_hash);
    for value in values {
        hasher.update((value.as_ref().len() as u64).to_be_bytes());
        hasher.update(value);
    }
    hasher.finalize().to_vec()
}
