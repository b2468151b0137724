//! Assertions and proofs, right and wrong.
use std::sync::{Arc, LazyLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use symbolon_server::{
    AssertionProfile, GrantIssuer,
    jose::{JwkSet, SigningKey, VerifyingKeys},
    types::{Alg, ClientId, Issuer, Scope, SecretBytes},
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

/// The issuer of JWTs that are grants by RFC 7523, and that of ID-JAGs.
pub const PLAIN_IDP: &str = "https://plain.idp.example";
pub const ID_JAG_IDP: &str = "https://acme.idp.example";
/// One that may speak to none of the clients.
pub const SILENT_IDP: &str = "https://silent.idp.example";
/// Whom they speak of.
pub const SUBJECT_OF_GRANTS: &str = "U019488227";
pub static IDP_KEY: LazyLock<SigningKey> = LazyLock::new(|| key(keys::P256).with_kid("idp-1"));

/// Everybody whose JWTs are grants, to this client. Nothing but D24 speaks against this server itself.
pub fn grant_issuers(client_id: &ClientId) -> Vec<GrantIssuer> {
    let known = |issuer: &str, profile| {
        let keys = VerifyingKeys::new(vec![IDP_KEY.verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()]);
        let issuer = GrantIssuer::new(Issuer::parse(issuer).unwrap(), profile, keys);
        issuer.with_scope(Scope::parse("read profile").unwrap())
    };
    let speaking =
        [(PLAIN_IDP, AssertionProfile::Jwt), (ID_JAG_IDP, AssertionProfile::IdJag), (ISSUER, AssertionProfile::Jwt)];
    let speaking = speaking.map(|(issuer, profile)| known(issuer, profile).with_client(client_id.clone()));
    speaking.into_iter().chain([known(SILENT_IDP, AssertionProfile::Jwt)]).collect()
}

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

    /// A JWT that is a grant, of an id that nobody has seen.
    pub fn grant_assertion(&self, issuer: &str) -> String {
        let iat = now().unix_timestamp();
        let claims = json!({
            "iss": issuer, "sub": SUBJECT_OF_GRANTS, "aud": ISSUER, "client_id": self.setup.client.client_id().as_str(),
            "iat": iat, "exp": iat + 60, "jti": format!("grant-{}", self.new_id()), "scope": "read profile",
        });
        let typ = (issuer == ID_JAG_IDP).then_some("oauth-id-jag+jwt");
        IDP_KEY.sign(&self.bench.crypto, typ, &claims).unwrap()
    }

    /// Signs the request's grant anew with other claims.
    pub fn change_grant(&self, request: &mut Request, change: impl FnOnce(&mut Value)) {
        let (typ, mut claims) = decoded(request.get("assertion"));
        change(&mut claims);
        request.set("assertion", IDP_KEY.sign(&self.bench.crypto, typ.as_deref(), &claims).unwrap());
    }

    /// Signs the request's grant anew by another key, or as another kind of JWT.
    pub fn sign_grant_of(&self, request: &mut Request, key: &SigningKey, typ: Option<&str>) {
        let (own, claims) = decoded(request.get("assertion"));
        request.set("assertion", key.sign(&self.bench.crypto, typ.or(own.as_deref()), &claims).unwrap());
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

/// The `typ` and the claims of a JWT.
fn decoded(jwt: &str) -> (Option<String>, Value) {
    let part = |place| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(place).unwrap()).unwrap()).unwrap()
    };
    (part(0)["typ"].as_str().map(String::from), part(1))
}
