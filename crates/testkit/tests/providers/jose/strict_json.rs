//! Every JSON text of the vectors through our strict reader and a second one, and through what reads it as a header, as
//! claims, as a key and as a set (security decision D36): with and without the quick scan they say the same.
use alloc::collections::BTreeSet;
use core::fmt;
use std::{fs, path::Path, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use symbolon_jose::{
    JsonError, Jwk, JwkSet, JwtError, KeyError, KeySetError, MAX_JWK_BYTES, MAX_JWT_BYTES, SigningKey, UnverifiedJwt,
    VerifiedJwt, VerifyingKey, parse_json,
};
use symbolon_types::{Alg, SecretBytes};

use crate::{PROVIDERS, vectors::to_base64url};

/// What the second reader says: `serde_json` and, by another pass, no member twice.
fn reference(octets: &[u8]) -> Result<Value, &'static str> {
    let value = serde_json::from_slice(octets).map_err(|_| "no JSON")?;
    serde_json::from_slice::<NoMemberTwice>(octets).map(|NoMemberTwice| value).map_err(|_| "a member twice")
}

struct NoMemberTwice;

impl<'de> Deserialize<'de> for NoMemberTwice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NoMemberTwice {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if !names.insert(name) {
                return Err(serde::de::Error::custom("a member twice"));
            }
        }
        Ok(self)
    }
}

/// The tests of a whole group are longer, and are in the text of their file.
const LONGEST: usize = 16_384;

/// The JSON files of a folder and the folders in it.
fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "json") {
            found.push(fs::read(path).unwrap());
        }
    }
}

/// Every object and array of at most [`LONGEST`] octets as it is written, every text that looks like one, and all that base64url holds:
/// headers, payloads and signatures of tokens, whole or not.
fn collect(value: &Value, texts: &mut BTreeSet<Vec<u8>>) {
    if value.is_object() || value.is_array() {
        texts.extend(Some(value.to_string().into_bytes()).filter(|text| text.len() <= LONGEST));
    }
    match value {
        Value::Object(members) => {
            for member in members.values() {
                collect(member, texts);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, texts);
            }
        }
        Value::String(text) => {
            if text.starts_with(['{', '[']) {
                texts.insert(text.clone().into_bytes());
            }
            texts.extend(text.split('.').filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()));
        }
        _ => {}
    }
}

/// How many files there are, and their texts.
static TEXTS: LazyLock<(usize, BTreeSet<Vec<u8>>)> = LazyLock::new(|| {
    let (mut found, mut texts) = (Vec::new(), BTreeSet::new());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    files(&here.join("tests/vectors"), &mut found);
    files(&here.join("../jose/tests/vectors"), &mut found);
    for file in &found {
        collect(&serde_json::from_slice(file).unwrap(), &mut texts);
    }
    let count = found.len();
    texts.extend(found);
    (count, texts)
});

/// Compares both readers; gives what both read.
fn both(octets: &[u8]) -> Result<Value, JsonError> {
    let ours = parse_json::<Value>(octets);
    match (&ours, reference(octets)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(*ours, theirs),
        (Err(JsonError::DuplicateMember), Err("a member twice")) | (Err(JsonError::Syntax { .. }), Err("no JSON")) => {}
        (ours, theirs) => panic!("{}: {ours:?} and {theirs:?}", String::from_utf8_lossy(octets)),
    }
    assert_eq!(parse_json::<IgnoredAny>(octets).err(), ours.as_ref().err().copied());
    ours
}

#[test]
fn d36_every_json_text_of_the_vectors_is_read_or_refused_as_by_a_second_strict_reader() {
    let (files, texts) = &*TEXTS;
    let [mut read, mut refused, mut doubled] = [0; 3];
    for text in texts {
        let Ok(value) = both(text) else {
            refused += 1;
            continue;
        };
        read += 1;
        if text.len() > LONGEST {
            continue;
        }
        let (_, open) = text.trim_ascii_end().split_last().unwrap();
        assert!(both(open).is_err() || value.is_number());
        let Some((name, _)) = value.as_object().and_then(|members| members.iter().next()) else { continue };
        let twice = [open, format!(",{}:0}}", Value::from(name.as_str())).as_bytes()].concat();
        assert_eq!(both(&twice), Err(JsonError::DuplicateMember));
        doubled += 1;
    }
    assert_eq!((*files, read, refused, doubled), (57, 7453, 6499, 6465));
}

/// The same object with a member more, which nobody knows and only the strict reader reads: it has an exponent.
fn slow(object: &str) -> String {
    let object = object.trim_end();
    let comma = if object.trim_start_matches(['{', ' ', '\n']) == "}" { "" } else { "," };
    format!("{}{comma}\"_\":1e0}}", object.strip_suffix('}').unwrap())
}

/// `alg`, `kid`, `typ` and `x5c`.
type Header = (Alg, Option<String>, Option<String>, Option<Vec<Vec<u8>>>);

/// What a header says, or why it is none.
fn header(object: &str) -> Result<Header, JwtError> {
    let text = format!("{}.e30.AA", to_base64url(object.as_bytes()));
    let jwt = UnverifiedJwt::parse(&text)?;
    let header = jwt.header();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok((header.alg(), owned(header.kid()), owned(header.typ()), header.x5c().map(<[_]>::to_vec)))
}

/// A token of any payload, verified.
fn verified(key: &VerifyingKey, payload: &[u8]) -> Result<VerifiedJwt<'static>, JwtError> {
    let input = format!("{}.{}", to_base64url(br#"{"alg":"HS256"}"#), to_base64url(payload));
    let mac = PROVIDERS[0].1.hmac_sha256.load(&[7; 32]).sign(&[input.as_bytes()]);
    let text = format!("{input}.{}", to_base64url(&mac));
    Ok(UnverifiedJwt::parse(&text)?.verify(key)?.into_owned())
}

/// The registered claims in words, and all claims; or why there are none.
fn claims(key: &VerifyingKey, object: &str) -> Result<(String, Vec<(String, Value)>), JwtError> {
    let jwt = verified(key, object.as_bytes())?;
    let claims = jwt.claims()?;
    let registered =
        format!("{:?}", (&claims.iss, &claims.sub, &claims.aud, claims.exp, claims.nbf, claims.iat, &claims.jti));
    let all = claims.names().filter(|name| *name != "_");
    let mut all: Vec<_> = all.map(|name| (name.into(), claims.get(name).unwrap().parse().unwrap())).collect();
    all.sort_by(|(one, _), (other, _): &(String, Value)| one.cmp(other));
    Ok((registered, all))
}

#[test]
fn d36_every_object_of_the_vectors_is_the_same_header_claims_key_and_set_to_both_readers() {
    let crypto = PROVIDERS[1].1;
    let secret = VerifyingKey::from_secret(crypto, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let (_, texts) = &*TEXTS;
    let [mut objects, mut headers, mut bodies, mut keys, mut sets, mut private] = [0; 6];
    for text in texts {
        let Ok(value @ Value::Object(_)) = parse_json::<Value>(text) else { continue };
        let text = str::from_utf8(text).unwrap();
        if text.len() > MAX_JWK_BYTES.min(MAX_JWT_BYTES / 2) {
            continue;
        }
        objects += 1;
        let slow = slow(text);
        assert_eq!(both(slow.as_bytes()).unwrap().as_object().unwrap().len(), value.as_object().unwrap().len() + 1);

        let read = header(text);
        assert_eq!(read, header(&slow), "{text}");
        headers += usize::from(read.is_ok());

        let read = claims(&secret, text);
        assert_eq!(read, claims(&secret, &slow), "{text}");
        if let Ok((_, all)) = read {
            assert!(all.iter().map(|(name, value)| (name, value)).eq(value.as_object().unwrap()));
            bodies += 1;
        }

        let read = Jwk::parse(text.as_bytes());
        assert_eq!(read, Jwk::parse(slow.as_bytes()), "{text}");
        let thumbprint = read.as_ref().map(|key| key.thumbprint(crypto.sha256)).map_err(|error| *error);
        assert_eq!(Jwk::thumbprint_of(text.as_bytes(), crypto.sha256), thumbprint, "{text}");
        assert_eq!(Jwk::thumbprint_of(slow.as_bytes(), crypto.sha256), thumbprint, "{text}");
        keys += usize::from(read.is_ok());

        let read = JwkSet::parse(text.as_bytes());
        assert_eq!(read, JwkSet::parse(slow.as_bytes()), "{text}");
        sets += usize::from(read.is_ok());

        let load = |text: &str| {
            let key = SigningKey::from_jwk(crypto, text.as_bytes(), None)?;
            Ok::<_, KeyError>((key.alg(), key.kid().map(str::to_owned), key.public_jwk()))
        };
        let read = load(text);
        assert_eq!(read, load(&slow), "{text}");
        private += usize::from(read.is_ok());
    }
    assert_eq!((objects, headers, bodies, keys, sets, private), (6272, 55, 6272, 470, 6, 22));
}

#[test]
fn d36_every_text_of_the_vectors_becomes_a_type_of_the_callers_or_is_refused_as_by_a_second_strict_reader() {
    let secret = VerifyingKey::from_secret(PROVIDERS[0].1, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let (_, texts) = &*TEXTS;
    let [mut values, mut objects, mut refused, mut doubled] = [0; 4];
    for text in texts.iter().filter(|text| !text.is_empty() && text.len() <= MAX_JWT_BYTES / 2) {
        let jwt = verified(&secret, text).unwrap();
        let (value, map) = (jwt.claims_as::<Value>(), jwt.claims_as::<Map<String, Value>>());
        let theirs = match reference(text) {
            Ok(theirs) => theirs,
            Err(reason) => {
                refused += 1;
                let twice = reason == "a member twice";
                let error = if twice { JwtError::DuplicateClaim } else { JwtError::MalformedPayload };
                assert_eq!(value, Err(error));
                assert!(map.is_err());
                continue;
            }
        };
        values += 1;
        assert_eq!(value.as_ref(), Ok(&theirs));
        let Value::Object(theirs) = theirs else {
            assert_eq!(map, Err(JwtError::MalformedPayload));
            continue;
        };
        objects += 1;
        assert_eq!(map.as_ref(), Ok(&theirs));
        let mut more = theirs.clone();
        more.insert("_".into(), 1.0.into());
        let slow = verified(&secret, slow(str::from_utf8(text).unwrap()).as_bytes()).unwrap();
        assert_eq!(slow.claims_as(), Ok(more.clone()));
        assert_eq!(slow.claims_as(), Ok(Value::Object(more)));
        let Some(name) = theirs.keys().next() else { continue };
        let open = text.trim_ascii_end().strip_suffix(b"}").unwrap();
        let twice = [open, format!(",{}:0}}", Value::from(name.as_str())).as_bytes()].concat();
        let twice = verified(&secret, &twice).unwrap();
        assert_eq!(twice.claims_as::<Value>(), Err(JwtError::DuplicateClaim));
        assert_eq!(twice.claims_as::<Map<String, Value>>(), Err(JwtError::DuplicateClaim));
        doubled += 1;
    }
    assert_eq!((values, objects, refused, doubled), (7200, 6272, 6498, 6272));
}

/// The entries of a set that have this `kid`.
fn filtered(set: &JwkSet, entries: &[Value], kid: &str) -> (Vec<Jwk>, Vec<(usize, KeyError)>) {
    let keys = set.keys().iter().filter(|key| key.kid() == Some(kid)).cloned().collect();
    let skipped = set.skipped().iter().filter(|entry| entries[entry.index()]["kid"] == kid);
    (keys, skipped.map(|entry| (entry.index(), entry.error())).collect())
}

#[test]
fn d36_the_set_of_one_kid_is_what_a_filter_leaves_of_every_set_of_the_vectors() {
    let (_, texts) = &*TEXTS;
    let mut sets = BTreeSet::from_iter(texts.clone());
    // There are few sets in them, so all keys of theirs, sound or not, make some more.
    let keys: Vec<Value> = texts
        .iter()
        .filter_map(|text| parse_json::<Value>(text).ok().filter(|value| value.get("kty").is_some()))
        .collect();
    sets.extend(keys.chunks(32).map(|keys| serde_json::json!({ "keys": keys }).to_string().into_bytes()));
    let [mut read, mut refused, mut kept, mut skipped] = [0; 4];
    for text in &sets {
        let of_kid = |kid: &str| {
            let set = JwkSet::parse_kid(text, kid)?;
            let skipped = set.skipped().iter().map(|entry| (entry.index(), entry.error())).collect();
            Ok::<_, KeySetError>((set.keys().to_vec(), skipped))
        };
        let set = match JwkSet::parse(text) {
            Ok(set) => set,
            Err(error) => {
                assert_eq!(of_kid("").err(), Some(error));
                refused += 1;
                continue;
            }
        };
        read += 1;
        let value = serde_json::from_slice::<Value>(text).unwrap();
        let entries = value["keys"].as_array().unwrap();
        let kids = entries.iter().filter_map(|entry| entry["kid"].as_str());
        for kid in kids.chain(["", "no such key"]).collect::<BTreeSet<_>>() {
            let expected = filtered(&set, entries, kid);
            assert_eq!(of_kid(kid).as_ref(), Ok(&expected), "{kid}");
            let slow = slow(str::from_utf8(text).unwrap());
            assert_eq!(JwkSet::parse_kid(slow.as_bytes(), kid), JwkSet::parse_kid(text, kid), "{kid}");
            kept += expected.0.len();
            skipped += expected.1.len();
        }
    }
    assert_eq!((read, refused, kept, skipped), (22, 13946, 466, 38));
}
