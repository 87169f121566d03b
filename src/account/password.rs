//! Passwords: argon2id, at least ten characters of three kinds.
use crate::error::{Error, Result};
use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use std::sync::LazyLock;

/// Verified when there is no such account, so that the answer takes as long.
static DUMMY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

pub fn hash(password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(uuid::Uuid::new_v4().as_bytes()).map_err(|e| Error::internal(e.to_string()))?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|cause| Error::internal(cause.to_string()))?.to_string())
}

/// Takes tens of milliseconds of processor time: not on a thread that serves others.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(&DUMMY)) else {
        return false;
    };
    let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    right && hash.is_some()
}

/// What is wrong with a new password, if anything.
pub fn weakness(password: &str, account: &str) -> Option<String> {
    let kinds = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    if password.chars().count() < 10 {
        Some("口令至少 10 个字符".into())
    } else if password.chars().count() > 128 {
        Some("口令最多 128 个字符".into())
    } else if kinds.iter().filter(|kind| **kind).count() < 3 {
        Some("口令要包含大写字母、小写字母、数字、符号中的三种".into())
    } else if !account.is_empty() && password.to_lowercase().contains(&account.to_lowercase()) {
        Some("口令里不能包含账号".into())
    } else {
        None
    }
}

/// A first password that satisfies the rule, to be changed at the first sign-in.
pub fn random() -> String {
    use rand::Rng;
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
    let mut rng = rand::rng();
    let mut letters =
        |n: usize| -> String { (0..n).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect() };
    let (head, tail) = (letters(4).to_uppercase(), letters(4));
    format!("{head}-{tail}-{}", rng.random_range(1000..10000))
}
