use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::{borrow::Cow, sync::LazyLock};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwtError, OwnedUnverifiedJwt, SigningKey, UnverifiedJwt, VerifiedJwt, VerifyingKey};
use symbolon_types::Alg;

use crate::{fuzz::Verdict, keys};

/// A text as a JWS in compact form, and as a JWT of [`keys::RSA_2048`].
///
/// # Panics
/// If a text is taken that has not three parts of canonical base64url below 16 KiB, or has an empty one, whose header
/// is no JSON object, or names another `alg` or `kid` than the one handed out, or has a `crit`; if a token verifies and
/// so does the same with another signature; if a token that is kept says anything else than one that is not.
pub fn compact_jws(data: &[u8]) -> Verdict {
    let Ok(text) = core::str::from_utf8(data) else { return Verdict::Refused };
    let (read, kept) = (UnverifiedJwt::parse(text), OwnedUnverifiedJwt::parse(text));
    assert_eq!(read.as_ref().err(), kept.as_ref().err());
    let (Ok(jwt), Ok(kept)) = (read, kept) else { return Verdict::Refused };
    assert!(text.len() <= MAX_BYTES);
    let parts: Vec<Vec<u8>> = text.split('.').map(canonical).collect();
    let [header, payload, signature] = parts.as_slice() else { panic!("three parts") };
    assert!(parts.iter().all(|part| !part.is_empty()), "an empty part");

    let members: Value = serde_json::from_slice(header).expect("a header in JSON");
    assert_eq!(members.get("alg").and_then(Value::as_str), Some(jwt.header().alg().as_str()));
    assert_eq!(members.get("kid").and_then(Value::as_str), jwt.header().kid());
    assert_eq!(members.get("typ").and_then(Value::as_str), jwt.header().typ());
    assert!(members.is_object() && members.get("crit").is_none());

    let peeked = jwt.peek_claim("sub").map(Cow::into_owned);
    let kept = kept.as_ref();
    assert_eq!((kept.header(), kept.peek_claim("sub").as_deref()), (jwt.header(), peeked.as_deref()));
    let kept = kept.verify(&KEY);
    let verified = jwt.verify(&KEY);
    assert_eq!(kept.as_ref().map(all).ok(), verified.as_ref().map(all).ok());
    if let Ok(verified) = verified {
        assert!(verified.header().alg().is_same_operation(Alg::Rs256));
        assert_eq!(verified.payload(), payload.as_slice());
        if let Ok(claims) = verified.claims() {
            assert_eq!(claims.sub.as_deref(), peeked.as_deref());
        }
        let forged = forge(text, signature);
        let forged = UnverifiedJwt::parse(&forged).expect("a JWS with another signature");
        assert!(forged.verify(&KEY).is_err(), "two signatures of one text verify");
    }
    Verdict::Accepted
}

/// The claims by name, those that are texts with their values, or why there are none; and the payload.
fn all<'j>(jwt: &'j VerifiedJwt<'_>) -> (Result<Named, JwtError>, &'j [u8]) {
    let claims = jwt.claims().map(|claims| {
        let value = |name| claims.get(name).and_then(|value| value.as_str()).map(Cow::into_owned);
        claims.names().map(|name| (name.to_owned(), value(name))).collect()
    });
    (claims, jwt.payload())
}

type Named = Vec<(String, Option<String>)>;

fn canonical(part: &str) -> Vec<u8> {
    let octets = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    assert_eq!(URL_SAFE_NO_PAD.encode(&octets), part);
    octets
}

/// The same token with one bit of the signature turned.
fn forge(text: &str, signature: &[u8]) -> String {
    let mut other = signature.to_vec();
    if let Some(first) = other.first_mut() {
        *first ^= 1;
    }
    let (signed, _) = text.rsplit_once('.').expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(other))
}

/// Longest JWT that is read (security decision D19).
const MAX_BYTES: usize = 16 * 1024;

static KEY: LazyLock<VerifyingKey> = LazyLock::new(|| {
    let key = SigningKey::from_pem(&PROVIDER, keys::RSA_2048, Some(Alg::Rs256)).expect("a private key");
    key.verifying_key(&PROVIDER).expect("its public half")
});
