//! The tokens that every library verifies: the very same, signed by ring.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use symbolon_types::Alg;

use crate::{Kind, keys::KID, ours};

/// A token with what must be refused in its place.
#[derive(Clone, Debug)]
pub struct Token {
    /// Compact.
    pub text: String,
    /// The same with one bit of `jti` turned; it stays well-formed JSON.
    pub another_payload: String,
    /// The same with one bit of the signature turned.
    pub another_signature: String,
    /// The same claims under another algorithm, signed well.
    pub another_alg: String,
}

/// The header of a token: in this order 80 bytes, 137 with the certificate's thumbprint.
pub fn header(kind: Kind, alg: Alg) -> String {
    let thumbprint = kind.certificate_thumbprint().map(|text| format!(",\"x5t#S256\":\"{text}\"")).unwrap_or_default();
    format!("{{\"alg\":\"{alg}\",\"typ\":\"JWT\",\"kid\":\"{KID}\"{thumbprint}}}")
}

/// Its members, in any order.
pub(crate) fn header_members(kind: Kind, alg: Alg, with_thumbprint: bool) -> Value {
    let mut members = json!({ "alg": alg.as_str(), "typ": "JWT", "kid": KID });
    if let Some(text) = kind.certificate_thumbprint().filter(|_| with_thumbprint) {
        members["x5t#S256"] = json!(text);
    }
    members
}

/// Makes the token and its twins.
pub fn token(kind: Kind, alg: Alg) -> Token {
    let text = signed(kind, alg);
    let (header, payload, signature) = parts(&text);
    let mut claims = decoded(payload);
    let jti = kind.jti().as_bytes();
    let at = claims.windows(jti.len()).position(|window| window == jti).expect("the payload has its jti");
    claims[at] ^= 1;
    let mut octets = decoded(signature);
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    Token {
        another_payload: format!("{header}.{}.{signature}", encoded(&claims)),
        another_signature: format!("{header}.{payload}.{}", encoded(&octets)),
        another_alg: signed(kind, if alg == Alg::Es256 { Alg::Rs256 } else { Alg::Es256 }),
        text,
    }
}

/// Header, payload and signature.
pub(crate) fn parts(token: &str) -> (&str, &str, &str) {
    let (header, rest) = token.split_once('.').expect("three parts");
    let (payload, signature) = rest.split_once('.').expect("three parts");
    (header, payload, signature)
}

pub(crate) fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

fn encoded(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

fn signed(kind: Kind, alg: Alg) -> String {
    let input = format!("{}.{}", encoded(header(kind, alg).as_bytes()), encoded(kind.json().as_bytes()));
    let signature = ours::bare_signature(alg, input.as_bytes());
    format!("{input}.{}", encoded(&signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_have_the_lengths_that_they_are_known_by() {
        let lengths = |kind, alg| {
            let text = token(kind, alg).text;
            (text.rsplit_once('.').unwrap().0.len(), text.len())
        };
        assert_eq!(lengths(Kind::Id, Alg::Rs256), (1578, 1921));
        assert_eq!(lengths(Kind::Id, Alg::Es256), (1578, 1665));
        assert_eq!(lengths(Kind::Id, Alg::Hs256), (1578, 1622));
        assert_eq!(lengths(Kind::Ca, Alg::Rs256), (430, 773));
        assert_eq!(lengths(Kind::Ca, Alg::Es256), (430, 517));
        assert_eq!(lengths(Kind::Ca, Alg::Hs256), (430, 474));
    }
}
