use symbolon::jose::{JwkSet, SigningKey};

fn publish(key: SigningKey) {
    let key = key.public_jwk().unwrap();
    let _ = JwkSet::new(vec![key]);
}

fn main() {}
