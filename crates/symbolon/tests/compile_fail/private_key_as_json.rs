use symbolon::jose::SigningKey;

fn publish(key: &SigningKey) {
    let key = key;
    let _ = serde_json::to_string(&key);
}

fn main() {}
