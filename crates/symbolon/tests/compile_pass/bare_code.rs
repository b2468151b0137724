use symbolon::client::{AuthorizationCode, Client};
use time::UtcDateTime;

fn exchange(client: &Client, code: AuthorizationCode, now: UtcDateTime) {
    let _ = client.exchange(code, now);
}

fn main() {}
