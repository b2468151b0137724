//! One sign-in that every test starts from: an issuer that signs what it is told, and a client that knows what it asked.

use serde_json::{Map, Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    Checks, Continuity, Expected, IdTokenClaims, IdTokenError,
    crypto::CryptoProvider,
    jose::{SigningKey, VerifyingKeys},
    policy::{IdTokenPolicy, Policy},
    types::{Alg, ClientId, Issuer, Secret, SecretBytes, Trace},
};
use time::{Duration, UtcDateTime};

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const ISSUER: &str = "https://server.example.com";
pub(crate) const CLIENT: &str = "s6BhdRkqt3";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
pub(crate) const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
pub(crate) const CODE: &str = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";

/// The leeway of the policy that is tested with.
pub(crate) const LEEWAY: i64 = 10;

pub(crate) fn at(unix_seconds: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(unix_seconds).unwrap()
}

pub(crate) fn vectors(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The algorithms that ring has.
pub(crate) fn algorithms() -> Vec<Alg> {
    let all: Vec<Alg> = Alg::ALL.iter().copied().filter(|alg| PROVIDER.supports(*alg)).collect();
    assert_eq!(all.len(), 13);
    all
}

/// A signing key of each kind; its `kid` is the name of the algorithm.
pub(crate) fn signing_key(alg: Alg) -> SigningKey {
    let keys = vectors(include_str!("../vectors/signing_keys.json"));
    let jwk = |name: &str| SigningKey::from_jwk(&PROVIDER, keys[name].to_string().as_bytes(), Some(alg)).unwrap();
    match alg {
        Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512 => jwk("rsa"),
        Alg::Es256 => jwk("p256"),
        Alg::Es384 => jwk("p384"),
        Alg::EdDsa | Alg::Ed25519 => jwk("ed25519"),
        Alg::Hs256 | Alg::Hs384 | Alg::Hs512 => {
            SigningKey::from_secret(&PROVIDER, alg, &SecretBytes::new([7; 64])).unwrap()
        }
        other => panic!("no key for {other}"),
    }
    .with_kid(alg.as_str())
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

/// What a test changes: the claims, the header, what the client expects, the clock.
pub(crate) struct Login {
    pub(crate) claims: Map<String, Value>,
    pub(crate) alg: Alg,
    pub(crate) typ: Option<&'static str>,
    /// The keys that the client has.
    pub(crate) keys: Vec<Alg>,
    pub(crate) algorithms: Vec<Alg>,
    pub(crate) nonce: Option<&'static str>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) acr_levels: Vec<Vec<String>>,
    pub(crate) trusted_audiences: Vec<String>,
    pub(crate) access_token: Option<Secret>,
    pub(crate) code: Option<Secret>,
    pub(crate) previous: Option<Continuity>,
    pub(crate) crypto: CryptoProvider,
    pub(crate) policy: IdTokenPolicy,
    pub(crate) now: UtcDateTime,
}

impl Login {
    /// A sign-in that is as it should be: everything was asked for and everything is there.
    pub(crate) fn new() -> Self {
        let claims = json!({
            "iss": ISSUER,
            "sub": "248289761001",
            "aud": CLIENT,
            "azp": CLIENT,
            "exp": NOW + 300,
            "nbf": NOW,
            "iat": NOW,
            "nonce": NONCE,
            "auth_time": NOW - 60,
            "acr": "urn:loa:4",
            "amr": ["mfa"],
            // SHA-512 of the two, as Python's hashlib gives it.
            "at_hash": "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
            "c_hash": "E9z1C-c0Az4eTEzE0Nm3OQ3BS2BhMgxuP7x5JAQj1_4",
            "sid": "s-1",
            "jti": "j-1",
            "name": "Jane Doe",
        });
        Self {
            claims: object(claims),
            alg: Alg::Ed25519,
            typ: None,
            keys: vec![Alg::Ed25519],
            algorithms: vec![Alg::Ed25519],
            nonce: Some(NONCE),
            max_age: Some(Duration::seconds(3600)),
            acr_values: vec!["urn:loa:3".into(), "urn:loa:4".into()],
            acr_levels: vec![],
            trusted_audiences: vec!["https://api.example.com".into()],
            access_token: Some(ACCESS_TOKEN.into()),
            code: Some(CODE.into()),
            previous: None,
            crypto: PROVIDER,
            policy: Policy::OAUTH_2_1.id_token,
            now: at(NOW),
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn set(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.into(), value.into());
    }

    pub(crate) fn remove(&mut self, claim: &str) {
        assert!(self.claims.remove(claim).is_some(), "{claim} is not there to be removed");
    }

    /// Without what other algorithms and tokens do not share.
    pub(crate) fn without_hashes(mut self) -> Self {
        self.remove("at_hash");
        self.remove("c_hash");
        self
    }

    pub(crate) fn sign(&self) -> String {
        signing_key(self.alg).sign(&PROVIDER, self.typ, &self.claims).unwrap()
    }

    pub(crate) fn verifying_keys(&self) -> VerifyingKeys {
        VerifyingKeys::new(self.keys.iter().map(|alg| signing_key(*alg).verifying_key(&PROVIDER).unwrap()).collect())
    }

    /// Signs the claims and checks them.
    pub(crate) fn check(&self) -> Result<IdTokenClaims, IdTokenError> {
        self.check_text(&self.sign(), &self.verifying_keys())
    }

    /// Checks a token in both ways, which must come to the same end.
    pub(crate) fn check_text(&self, id_token: &str, keys: &VerifyingKeys) -> Result<IdTokenClaims, IdTokenError> {
        let mut stops = Trace::stop_at_first();
        let answer = self.check_with(id_token, keys, &mut stops);
        assert_eq!(answer.as_ref().err().map(IdTokenError::rule), stops.first_failed(), "the error names its rule");
        assert_eq!(self.check_with(id_token, keys, &mut Trace::go_on()), answer, "going on ends in the first error");
        answer
    }

    pub(crate) fn check_with(
        &self,
        id_token: &str,
        keys: &VerifyingKeys,
        trace: &mut Trace,
    ) -> Result<IdTokenClaims, IdTokenError> {
        let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
        let expected = Expected {
            issuer: &issuer,
            client_id: &client_id,
            nonce: self.nonce.map(Secret::new),
            max_age: self.max_age,
            acr_values: &self.acr_values,
            acr_levels: &self.acr_levels,
            trusted_audiences: &self.trusted_audiences,
            algorithms: &self.algorithms,
            access_token: self.access_token.as_ref(),
            code: self.code.as_ref(),
            previous: self.previous.clone(),
        };
        let checks = Checks { crypto: &self.crypto, policy: &self.policy };
        checks.check(id_token, keys, &expected, trace, self.now)
    }
}
