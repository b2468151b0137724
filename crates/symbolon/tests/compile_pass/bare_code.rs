use symbolon::client::Client;
use time::UtcDateTime;

fn exchange(client: &Client, code: symbolon::client::AuthorizationCode, now: UtcDateTime) {
    let _ = client.exchange(code, now);
}

fn main() {}
