//! Keys in the forms of both sides.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use symbolon_crypto::{CryptoProvider, NewKey};
use symbolon_jose::{JwkSet, SigningKey, VerifyingKey};
use symbolon_testkit::keys::{ED25519, P256, P384, RSA_2048};
use symbolon_types::{Alg, SecretBytes};

use super::{Trouble, ask, member};
use crate::peer::Peer;

/// A key that a peer made, and a second one where no key is shared.
pub(super) struct Made {
    pub(super) alg: &'static str,
    members: Map<String, Value>,
    second: Option<Map<String, Value>>,
}

impl Made {
    pub(super) const fn new(
        alg: &'static str,
        members: Map<String, Value>,
        second: Option<Map<String, Value>>,
    ) -> Self {
        Self { alg, members, second }
    }

    /// PKCS#8 in PEM, as the peer writes it; a MAC has none.
    fn pem(&self) -> Option<&str> {
        self.members.get("pkcs8").and_then(Value::as_str)
    }

    /// The same of the second key.
    fn second_pem(&self) -> Option<&str> {
        self.second.as_ref()?.get("pkcs8").and_then(Value::as_str)
    }
}

/// One key on both sides.
pub(super) struct Pair {
    pub(super) signing: SigningKey,
    pub(super) verifying: VerifyingKey,
    /// What the peer signs with, and verifies with what [`Self::published`] gives.
    pub(super) private_jwk: Value,
    /// The text in which a private key came.
    pub(super) pem: Option<String>,
}

impl Pair {
    /// The throw-away key that tests share; where there is none, the second that the peer made and wrote as PKCS#8. The
    /// peer reads the same text.
    pub(super) fn main(crypto: &CryptoProvider, peer: &mut Peer, alg: Alg, made: &Made) -> Result<Self, Trouble> {
        let kid = main_kid(alg.as_str());
        if alg.is_symmetric() {
            let signing = SigningKey::from_secret(crypto, alg, &SecretBytes::new(SECRET))?.with_kid(&*kid);
            let jwk = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET), "alg": alg.as_str(), "kid": kid });
            let verifying = VerifyingKey::from_secret(crypto, alg, &SecretBytes::new(SECRET))?.with_kid(kid);
            return Ok(Self { signing, verifying, private_jwk: jwk, pem: None });
        }
        let pem = shared(alg.as_str()).or_else(|| made.second_pem()).ok_or(Trouble::NoMember("pkcs8"))?;
        let told = ask(peer, "import_pem", json!({ "alg": alg.as_str(), "kid": kid, "pem": pem }))?;
        let signing = SigningKey::from_pem(crypto, pem, Some(alg))?.with_kid(kid);
        let verifying = signing.verifying_key(crypto)?;
        Ok(Self { signing, verifying, private_jwk: member(&told, "private_jwk")?, pem: Some(pem.to_owned()) })
    }

    /// The key that the peer made, by its private JWK.
    pub(super) fn other(crypto: &CryptoProvider, alg: Alg, made: &Made) -> Result<Self, Trouble> {
        let private_jwk = member(&made.members, "private_jwk")?;
        let signing = SigningKey::from_jwk(crypto, private_jwk.to_string().as_bytes(), Some(alg))?;
        let verifying = signing.verifying_key(crypto)?;
        Ok(Self { signing, verifying, private_jwk, pem: made.pem().map(str::to_owned) })
    }

    /// What a verifier is given: the public JWK as we write it, or the secret.
    pub(super) fn published(&self) -> Result<Value, Trouble> {
        match self.signing.public_jwk() {
            Some(jwk) => serde_json::from_str(&jwk.to_json()).map_err(|_| Trouble::Form("our JWK is no JSON")),
            None => Ok(self.private_jwk.clone()),
        }
    }
}

/// Whether the provider has the algorithm. Loading a key says it for both kinds.
pub(super) fn can_do(crypto: &CryptoProvider, alg: Alg) -> bool {
    if alg.is_symmetric() {
        SigningKey::from_secret(crypto, alg, &SecretBytes::new(SECRET)).is_ok()
    } else {
        crypto.signature(alg).is_ok()
    }
}

/// The JWK set that we publish, with every pair's public keys.
pub(super) fn published_here(pairs: &[(Alg, Pair, Pair)]) -> String {
    let keys = pairs.iter().flat_map(|(_, main, other)| [other, main]).filter_map(|pair| pair.signing.public_jwk());
    JwkSet::new(keys.collect()).to_json()
}

/// The JWK set that the peer publishes: every public key that it made or read, those that we do not know among them.
pub(super) fn published_there(made: &[Made], pairs: &[(Alg, Pair, Pair)]) -> String {
    let made = made.iter().filter_map(|made| made.members.get("public_jwk").cloned());
    let read =
        pairs.iter().filter(|(alg, ..)| !alg.is_symmetric()).map(|(_, main, _)| public_members(&main.private_jwk));
    json!({ "keys": made.chain(read).collect::<Vec<_>>() }).to_string()
}

/// A private JWK of the peer's without its private members.
fn public_members(jwk: &Value) -> Value {
    let mut members = jwk.as_object().cloned().unwrap_or_default();
    members.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi", "priv"].contains(&name.as_str()));
    Value::Object(members)
}

/// The `kid` of the shared key, which is no ASCII.
pub(super) fn main_kid(alg: &str) -> String {
    format!("nøkkel {alg}")
}

/// The `kid` of the key that the peer made.
pub(super) fn other_kid(alg: &str) -> String {
    format!("other-{alg}")
}

/// A key that the provider makes, as PKCS#8 in DER, if it makes such keys.
pub(super) fn made_here(crypto: &CryptoProvider, alg: Alg) -> Option<SecretBytes> {
    let kind = match alg {
        Alg::Es256 => NewKey::P256,
        Alg::Es384 => NewKey::P384,
        Alg::Es512 => NewKey::P521,
        Alg::Es256K => NewKey::Secp256k1,
        Alg::EdDsa | Alg::Ed25519 => NewKey::Ed25519,
        Alg::MlDsa44 => NewKey::MlDsa44,
        Alg::MlDsa65 => NewKey::MlDsa65,
        Alg::MlDsa87 => NewKey::MlDsa87,
        alg if alg.is_symmetric() => return None,
        _ => NewKey::Rsa2048,
    };
    crypto.key_generator(kind).ok()?.generate_pkcs8(crypto.random).ok()
}

/// DER as PEM (RFC 7468 §10), in lines of 64.
pub(super) fn pem(der: &[u8]) -> String {
    // 48 octets are 64 characters.
    let lines: Vec<String> = der.chunks(48).map(|line| STANDARD.encode(line)).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// The same PEM text without the last line of its body.
pub(super) fn cut_short(pem: &str) -> String {
    let mut lines: Vec<&str> = pem.lines().collect();
    let end = lines.pop();
    lines.pop();
    lines.extend(end);
    lines.join("\n")
}

/// Whether both sides have a key without the peer making one: a throw-away key or, for a MAC, a secret.
pub(super) fn is_shared(alg: &str) -> bool {
    alg.starts_with("HS") || shared(alg).is_some()
}

/// The throw-away key that tests share.
fn shared(alg: &str) -> Option<&'static str> {
    match alg {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => Some(RSA_2048),
        "ES256" => Some(P256),
        "ES384" => Some(P384),
        "EdDSA" | "Ed25519" => Some(ED25519),
        _ => None,
    }
}

/// Long enough for HS512 (RFC 7518 §3.2).
const SECRET: [u8; 64] = [0x5a; 64];
