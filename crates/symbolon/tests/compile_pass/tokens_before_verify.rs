use symbolon::{client::UnverifiedTokens, jose::VerifyingKeys};
use time::UtcDateTime;

fn read(tokens: UnverifiedTokens, keys: &VerifyingKeys, now: UtcDateTime) {
    let _ = tokens.verify(keys, now).map(|tokens| tokens.access_token().clone());
}

fn main() {}
