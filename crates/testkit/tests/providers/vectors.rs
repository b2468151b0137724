//! Reads the files of `tests/vectors`.
use std::{fs, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use symbolon_crypto::{Curve, OwnedPublicKey, PrivateKey, PublicKey};

/// The text of a file.
pub(crate) fn utf8(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).unwrap()
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&utf8(name)).unwrap()
}

/// A file that the tests of `symbolon-jose`, which have to do without this crate, need too.
pub(crate) fn of_jose(name: &str) -> Value {
    json(&format!("../../../jose/tests/vectors/{name}"))
}

/// The DER of a PEM file; lines before the first boundary are a note.
pub(crate) fn pem(name: &str) -> Vec<u8> {
    let text = utf8(name);
    let lines = text.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    STANDARD.decode(lines.take_while(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name}"))
}

pub(crate) fn base64url(value: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text(value, name)).unwrap()
}

pub(crate) fn to_base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect()
}

/// The private half of a JWK, with numbers that a test may change.
pub(crate) struct Numbers(Value);

impl Numbers {
    pub(crate) fn new(jwk: &Value) -> Self {
        Self(jwk.clone())
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        base64url(&self.0, name)
    }

    pub(crate) fn with(&self, name: &str, number: &[u8]) -> Self {
        let mut jwk = self.0.clone();
        jwk[name] = URL_SAFE_NO_PAD.encode(number).into();
        Self(jwk)
    }

    fn curve(&self) -> Curve {
        match text(&self.0, "crv") {
            "P-256" => Curve::P256,
            "P-521" => Curve::P521,
            other => panic!("no key on {other}"),
        }
    }

    #[expect(clippy::many_single_char_names, reason = "RFC 7518 §6.3 calls the numbers so")]
    pub(crate) fn private<R>(&self, then: impl FnOnce(&PrivateKey<'_>) -> R) -> R {
        match text(&self.0, "kty") {
            "RSA" => {
                let [n, e, d, p, q, dp, dq, qi] =
                    ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| self.get(name));
                let (n, e, d, p, q, dp, dq, qi) = (&n, &e, &d, &p, &q, &dp, &dq, &qi);
                then(&PrivateKey::Rsa { n, e, d, p, q, dp, dq, qi })
            }
            "EC" => {
                then(&PrivateKey::Ec { curve: self.curve(), x: &self.get("x"), y: &self.get("y"), d: &self.get("d") })
            }
            _ => then(&PrivateKey::Ed25519 { x: &self.get("x"), d: &self.get("d") }),
        }
    }

    pub(crate) fn public(&self) -> OwnedPublicKey {
        match text(&self.0, "kty") {
            "RSA" => PublicKey::Rsa { n: &self.get("n"), e: &self.get("e") }.to_owned(),
            "EC" => PublicKey::Ec { curve: self.curve(), x: &self.get("x"), y: &self.get("y") }.to_owned(),
            _ => PublicKey::Ed25519 { x: &self.get("x") }.to_owned(),
        }
    }
}

/// A worked example of a compact JWS.
pub(crate) struct Example {
    pub(crate) key: Numbers,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// By the id of the example: `rfc7515-A.2`.
pub(crate) fn example(id: &str) -> Example {
    let example = worked(id);
    let (message, signature) = text(&example, "compact").rsplit_once('.').unwrap();
    Example {
        key: Numbers::new(&example["key"]),
        message: message.into(),
        signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
    }
}

/// A worked example of RFC 7515 or RFC 8037 as it stands in its file, with `key` and `compact`.
pub(crate) fn worked(id: &str) -> Value {
    let rfc7515 = of_jose("rfc7515_jws.json");
    let found = rfc7515["examples"].as_array().unwrap().iter().find(|example| example["id"] == id);
    found.cloned().unwrap_or_else(|| {
        let rfc8037 = json("rfc8037_okp.json");
        assert_eq!(rfc8037["jws"]["id"], id);
        json!({ "key": rfc8037["private_jwk"], "compact": rfc8037["jws"]["compact"] })
    })
}
