use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{
    JsonError, Jwk, JwkSet, KeyError, KeySetError, MAX_JWK_BYTES, MAX_JWK_SET_BYTES, MAX_JWK_SET_KEYS,
};
use symbolon_types::Digest;

use crate::fuzz::{Verdict, reference};

/// A document as a JWK set, against each of its entries alone.
///
/// # Panics
/// If a set is taken that the reference refuses, or the other way round, or is refused for a reason that it does not
/// give; if its keys, or what was skipped and why, are not those of its entries read one by one; if the set of one `kid`
/// is not the entries of that `kid`; if a thumbprint is not the digest of the entry's required members; if an entry or the
/// set is another one where only the strict reader can have read it, or after it was written and read again.
pub fn jwk_set(data: &[u8]) -> Verdict {
    let entries = match (JwkSet::parse(data), entries(data)) {
        (Ok(set), Ok(entries)) => {
            compare(data, &set, &entries);
            entries
        }
        (Err(error), Err(is_reason)) => {
            assert!(is_reason(error), "refused for {error:?}");
            assert_eq!(JwkSet::parse_kid(data, ""), Err(error));
            return Verdict::Refused;
        }
        (Ok(_), Err(_)) => panic!("a set that the reference refuses"),
        (Err(error), Ok(_)) => panic!("a sound set is refused: {error:?}"),
    };
    let members = reference::object(data).expect("a set");
    let twin = reference::unusual_twin(data, &members);
    if twin.len() <= MAX_JWK_SET_BYTES {
        compare(&twin, &JwkSet::parse(&twin).expect("a set with one member more"), &entries);
        assert_eq!(JwkSet::parse(&twin), JwkSet::parse(data));
    }
    Verdict::Accepted
}

/// The entries by the reference, or what a refusal may say.
fn entries(data: &[u8]) -> Result<Vec<Value>, fn(KeySetError) -> bool> {
    if data.len() > MAX_JWK_SET_BYTES {
        return Err(|error| matches!(error, KeySetError::TooLarge { .. }));
    }
    let keys = match reference::value(data) {
        Some(Value::Object(mut members)) => members.remove("keys"),
        Some(_) => return Err(|error| error == KeySetError::Json(JsonError::Type)),
        None if reference::is_lenient_json(data) => {
            return Err(|error| error == KeySetError::Json(JsonError::DuplicateMember));
        }
        None => {
            return Err(|error| {
                matches!(error, KeySetError::Json(JsonError::Syntax { .. } | JsonError::DuplicateMember))
            });
        }
    };
    match keys {
        Some(Value::Array(entries)) if entries.len() <= MAX_JWK_SET_KEYS => Ok(entries),
        Some(Value::Array(_)) => Err(|error| matches!(error, KeySetError::TooMany { .. })),
        _ => Err(|error| error == KeySetError::NoKeys),
    }
}

fn compare(data: &[u8], set: &JwkSet, entries: &[Value]) {
    let read: Vec<Result<Jwk, KeyError>> = entries.iter().map(alone).collect();
    same(set, read.iter().enumerate());

    let kid_of = |entry: &Value| entry.get("kid").and_then(Value::as_str).map(str::to_owned);
    let mut kids: BTreeSet<String> = entries.iter().filter_map(kid_of).collect();
    kids.extend([String::new(), "not there".to_owned()]);
    for kid in kids {
        let of_kid = read.iter().enumerate().zip(entries).filter(|(_, entry)| kid_of(entry).as_ref() == Some(&kid));
        same(&JwkSet::parse_kid(data, &kid).expect("a sound set"), of_kid.map(|(read, _)| read));
    }

    for (entry, key) in entries.iter().zip(&read) {
        let Ok(key) = key else { continue };
        assert_eq!(key.thumbprint(PROVIDER.sha256), thumbprint(entry));
        assert_eq!(key.kid(), entry.get("kid").and_then(Value::as_str));
        assert_eq!(key.alg(), entry.get("alg").and_then(Value::as_str));
        assert_eq!(key.key_use(), entry.get("use").and_then(Value::as_str));
        for name in PRIVATE_MEMBERS {
            assert!(entry.get(name).is_none(), "a public key with {name}");
        }
    }
    let again = JwkSet::parse(set.to_json().as_bytes()).expect("a set that we wrote");
    assert_eq!(again.keys(), set.keys());
    assert!(again.skipped().is_empty(), "a key that we wrote is skipped");
}

/// The keys and the skipped entries are these, in this order.
fn same<'r>(set: &JwkSet, read: impl Iterator<Item = (usize, &'r Result<Jwk, KeyError>)>) {
    let (mut keys, mut skipped) = (Vec::new(), Vec::new());
    for (index, entry) in read {
        match entry {
            Ok(key) => keys.push(key),
            Err(error) => skipped.push((index, *error)),
        }
    }
    assert_eq!(set.keys().iter().collect::<Vec<_>>(), keys);
    assert_eq!(set.skipped().iter().map(|entry| (entry.index(), entry.error())).collect::<Vec<_>>(), skipped);
}

/// An entry as a JWK, which is the same if no quick reader takes it.
fn alone(entry: &Value) -> Result<Jwk, KeyError> {
    let json = entry.to_string();
    if json.len() > MAX_JWK_BYTES {
        // In a set the length of an entry is bounded by the set's alone.
        let set = JwkSet::parse_within(format!(r#"{{"keys":[{json}]}}"#).as_bytes(), usize::MAX).expect("one entry");
        return set.keys().first().cloned().ok_or_else(|| set.skipped().first().expect("a skipped entry").error());
    }
    let read = Jwk::parse(json.as_bytes());
    if let Some(members) = entry.as_object() {
        let twin = reference::unusual_twin(json.as_bytes(), members);
        assert!(twin.len() > MAX_JWK_BYTES || Jwk::parse(&twin) == read, "the readers see two keys");
    }
    read
}

/// [RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3): the required members in the order of their names,
/// which is how the map has them.
fn thumbprint(entry: &Value) -> Digest {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).expect("a required member");
    let required: &[&str] = match text("kty") {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        // RFC 8037 §2
        "OKP" => &["crv", "kty", "x"],
        // RFC 9964 §6
        "AKP" => &["alg", "kty", "pub"],
        other => panic!("a key of type {other}"),
    };
    let members: BTreeMap<&str, &str> = required.iter().map(|name| (*name, text(name))).collect();
    let json = serde_json::to_vec(&members).expect("a map of texts");
    Digest::from_bytes(PROVIDER.sha256.digest(&[&json]))
}

const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
