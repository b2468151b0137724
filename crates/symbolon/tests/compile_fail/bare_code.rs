use symbolon::client::Client;
use time::UtcDateTime;

fn exchange(client: &Client, code: &str, now: UtcDateTime) {
    let _ = client.exchange(code, now);
}

fn main() {}
