use symbolon::{client::UnverifiedTokens, jose::VerifyingKeys};
use time::UtcDateTime;

fn read(tokens: UnverifiedTokens, _keys: &VerifyingKeys, _now: UtcDateTime) {
    let tokens = tokens;
    let _ = tokens.access_token();
}

fn main() {}
