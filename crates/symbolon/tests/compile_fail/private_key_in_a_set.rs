use symbolon::jose::{JwkSet, SigningKey};

fn publish(key: SigningKey) {
    let key = key;
    let _ = JwkSet::new(vec![key]);
}

fn main() {}
