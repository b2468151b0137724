//! A request to judge, and proofs that no honest client makes.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{
    Checks, DpopError, NonceUse, Nonces, ProofSigner, ProvenKey, TargetUri,
    crypto::PrivateKey,
    jose::SigningKey,
    policy::{DpopPolicy, Policy},
    types::{Alg, Issuer, Secret, Trace, Values},
};
use symbolon_testkit::keys;
use time::{Duration, UtcDateTime};

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const URL: &str = "https://as.example/token";

pub(crate) fn at(seconds_from_now: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(NOW + seconds_from_now).unwrap()
}

pub(crate) fn policy() -> DpopPolicy {
    Policy::OAUTH_2_1.dpop
}

pub(crate) fn nonces(key: u8) -> Nonces {
    Nonces::new(PROVIDER.hmac_sha256.load(&[key; 32]))
}

/// What one request is judged by, owned: the usual one is a token request.
pub(crate) struct Site {
    pub(crate) policy: DpopPolicy,
    pub(crate) tenant: Issuer,
    pub(crate) method: &'static str,
    pub(crate) url: TargetUri,
    pub(crate) nonces: Option<Nonces>,
    pub(crate) access_token: Option<Secret>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            policy: policy(),
            tenant: Issuer::parse("https://as.example").unwrap(),
            method: "POST",
            url: TargetUri::parse(URL).unwrap(),
            nonces: None,
            access_token: None,
        }
    }
}

impl Site {
    /// The usual one, where nonces are required.
    pub(crate) fn with_nonces() -> Self {
        Self { nonces: Some(nonces(7)), ..Self::default() }
    }

    /// The usual one at another URL.
    pub(crate) fn at_url(url: &str) -> Self {
        Self { url: TargetUri::parse(url).unwrap(), ..Self::default() }
    }

    pub(crate) fn judge(&self, values: &Values, trace: &mut Trace, now: UtcDateTime) -> Result<ProvenKey, DpopError> {
        let checks = Checks {
            crypto: &PROVIDER,
            policy: &self.policy,
            tenant: &self.tenant,
            method: self.method,
            url: &self.url,
            nonce: self.nonces.as_ref().map_or(NonceUse::Off, NonceUse::Required),
            access_token: self.access_token.as_ref(),
        };
        checks.check(values, trace, now)
    }

    /// Judges a proof twice, and expects the same of a trace that goes on.
    pub(crate) fn check_at(&self, proof: &str, now: UtcDateTime) -> Result<ProvenKey, DpopError> {
        let (mut stops, mut goes) = (Trace::stop_at_first(), Trace::go_on());
        let judged = self.judge(&values(&[proof]), &mut stops, now);
        assert_eq!(
            self.judge(&values(&[proof]), &mut goes, now),
            judged,
            "one answer, whether the trace goes on or not"
        );
        let rule = judged.as_ref().err().map(DpopError::rule);
        assert_eq!((stops.first_failed(), goes.first_failed()), (rule, rule));
        judged
    }

    pub(crate) fn check(&self, proof: &str) -> Result<ProvenKey, DpopError> {
        self.check_at(proof, at(0))
    }
}

pub(crate) fn values(all: &[&str]) -> Values {
    let mut values = Values::default();
    for value in all {
        values.push(value.as_bytes());
    }
    values
}

/// A proof to be taken apart: header and claims of an honest one, signed after they were changed.
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) alg: Alg,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Proof {
    pub(crate) fn new() -> Self {
        Self::of(Alg::Es256)
    }

    pub(crate) fn of(alg: Alg) -> Self {
        let jwk = signing_key(alg).with_embedded_jwk().unwrap().public_jwk().unwrap();
        let mut jwk: Value = serde_json::from_str(&jwk.to_json()).unwrap();
        for label in ["alg", "use"] {
            jwk.as_object_mut().unwrap().remove(label);
        }
        Self {
            alg,
            header: json!({ "typ": "dpop+jwt", "alg": alg.as_str(), "jwk": jwk }),
            claims: json!({ "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW }),
        }
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    pub(crate) fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn without_member(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    pub(crate) fn jwk_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header["jwk"][name] = value.into();
        self
    }

    pub(crate) fn text(&self) -> String {
        signed(self.alg, self.header.to_string(), self.claims.to_string())
    }
}

/// Any header and payload, signed by the key of this algorithm.
pub(crate) fn signed(alg: Alg, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signer = PROVIDER.signature(alg).unwrap().load_private(&PrivateKey::Pkcs8(&der(alg))).unwrap();
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", encode(signature))
}

pub(crate) fn signing_key(alg: Alg) -> SigningKey {
    SigningKey::from_pkcs8_der(&PROVIDER, &der(alg), Some(alg)).unwrap()
}

pub(crate) fn signer(alg: Alg) -> ProofSigner {
    ProofSigner::new(&PROVIDER, signing_key(alg)).unwrap()
}

fn der(alg: Alg) -> Vec<u8> {
    let pem = match alg {
        Alg::Es256 => keys::P256,
        Alg::Es384 => keys::P384,
        Alg::EdDsa | Alg::Ed25519 => keys::ED25519,
        _ => keys::RSA_2048,
    };
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Header and claims of a proof.
pub(crate) fn parts(proof: &str) -> (Value, Value) {
    let mut parts = proof.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

pub(crate) const fn seconds(seconds: i64) -> Duration {
    Duration::seconds(seconds)
}
