use symbolon::jose::SigningKey;

fn publish(key: &SigningKey) {
    let key = key.public_jwk().map(|key| key.to_json());
    let _ = serde_json::to_string(&key);
}

fn main() {}
