//! Assertions and proofs, right and wrong.
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use symbolon_server::{
    jose::{JwkSet, SigningKey, VerifyingKeys},
    types::{Alg, SecretBytes},
};
use symbolon_testkit::{keys, now};

use super::{Request, Stage, program::TOKEN_URL};
use crate::support::{self, ISSUER, LONG_SECRET};

/// An assertion or a proof: two of one id have the same `jti` and the same owner.
#[derive(Clone)]
pub struct Jwt {
    pub id: usize,
    pub text: String,
}

pub static SIGNING_KEY: LazyLock<SigningKey> = LazyLock::new(support::signing_key);
pub static MAC_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let secret = SecretBytes::new(LONG_SECRET.as_bytes());
    SigningKey::from_secret(&symbolon_crypto_ring::PROVIDER, Alg::Hs256, &secret).unwrap()
});
/// The key of the proofs, and another one.
pub static PROOF_KEYS: LazyLock<[SigningKey; 2]> =
    LazyLock::new(|| [keys::P256, keys::ED25519].map(|pem| key(pem).with_embedded_jwk().unwrap()));

pub fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, pem, None).unwrap()
}

/// What is at the `jwks_uri` of a client with the usual key.
pub fn usual_keys() -> Arc<VerifyingKeys> {
    let set = JwkSet::new(vec![SIGNING_KEY.public_jwk().unwrap()]);
    Arc::new(VerifyingKeys::load(&symbolon_crypto_ring::PROVIDER, &set, &[Alg::Es256]))
}

impl Stage {
    pub fn assertion_claims(&self, id: usize) -> Value {
        let (client_id, iat) = (self.setup.client.client_id().as_str(), now().unix_timestamp());
        let jti = format!("assertion-{id}");
        json!({ "iss": client_id, "sub": client_id, "aud": ISSUER, "iat": iat, "exp": iat + 60, "jti": jti })
    }

    pub fn sign_assertion(&self, claims: &Value) -> String {
        self.sign_assertion_by(self.setup.key.as_ref().unwrap(), "client-authentication+jwt", claims)
    }

    pub fn sign_assertion_by(&self, key: &SigningKey, typ: &str, claims: &Value) -> String {
        key.sign(&self.bench.crypto, Some(typ), claims).unwrap()
    }

    /// Signs the request's assertion anew with other claims.
    pub fn change_assertion(&self, request: &mut Request, change: impl FnOnce(&mut Value)) {
        let mut claims = self.assertion_claims(request.assertion.as_ref().unwrap().id);
        change(&mut claims);
        request.set_assertion(self.sign_assertion(&claims));
    }

    /// Signs the request's assertion anew by another key.
    pub fn sign_assertion_of(&self, request: &mut Request, key: &SigningKey, typ: &str) {
        let claims = self.assertion_claims(request.assertion.as_ref().unwrap().id);
        request.set_assertion(self.sign_assertion_by(key, typ, &claims));
    }

    pub fn proof_claims(&self, id: usize) -> Value {
        let mut claims = json!({ "htm": "POST", "htu": TOKEN_URL, "iat": now().unix_timestamp() });
        claims["jti"] = format!("proof-{id}").into();
        if let Some(nonce) = &self.nonce {
            claims["nonce"] = nonce.as_str().into();
        }
        claims
    }

    pub fn sign_proof_by(&self, key: usize, typ: &str, claims: &Value) -> String {
        PROOF_KEYS[key].sign(&self.bench.crypto, Some(typ), claims).unwrap()
    }

    pub fn proof(&self) -> Jwt {
        self.proof_by(0)
    }

    /// A proof of another key.
    pub fn proof_of_another_key(&self) -> Jwt {
        self.proof_by(1)
    }

    fn proof_by(&self, key: usize) -> Jwt {
        let id = self.new_id();
        Jwt { id, text: self.sign_proof_by(key, "dpop+jwt", &self.proof_claims(id)) }
    }

    /// Signs the request's proof anew with other claims.
    pub fn change_proof(&self, request: &mut Request, change: impl FnOnce(&mut Value)) {
        let mut claims = self.proof_claims(request.proofs[0].id);
        change(&mut claims);
        request.set_proof(self.sign_proof_by(0, "dpop+jwt", &claims));
    }
}
