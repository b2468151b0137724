//! jsonwebtoken on aws-lc-rs, and the same with a provider that signs with nothing and takes every signature.

use std::sync::{
    Once,
    atomic::{AtomicBool, Ordering},
};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, aws_lc},
    decode, encode,
    errors::Result,
    jwk::{Jwk, JwkSet, ThumbprintHash},
    signature,
};
use serde::{Serialize, de::DeserializeOwned};
use symbolon_types::Alg;

use crate::{
    ClientAssertion, IdToken, Kind, Library, Signer, Verifier,
    keys::{KID, SECRET},
    private_pem, public_jwk,
};

/// As it comes.
pub const LIBRARY: Library = Library {
    name: "jsonwebtoken (aws-lc-rs)",
    signs: true,
    with_thumbprint: true,
    verifier: |kind, alg| verifier(kind, alg, true),
    signer: |kind, alg| signer(kind, alg, true),
    thumbprint: |_| Some(thumbprint),
    find: Some(find),
};

/// All but the signature.
pub const WITHOUT_SIGNATURE: Library = Library {
    name: "jsonwebtoken (null)",
    signs: false,
    with_thumbprint: true,
    verifier: |kind, alg| verifier(kind, alg, false),
    signer: |kind, alg| signer(kind, alg, false),
    thumbprint: |_| None,
    find: None,
};

fn verifier(kind: Kind, alg: Alg, signs: bool) -> Option<Verifier> {
    match kind {
        Kind::Id => verifier_of::<IdToken>(kind, alg, signs),
        Kind::Ca => verifier_of::<ClientAssertion>(kind, alg, signs),
    }
}

fn verifier_of<C: DeserializeOwned + Serialize + 'static>(kind: Kind, alg: Alg, signs: bool) -> Option<Verifier> {
    install();
    let key = match alg {
        Alg::Hs256 => DecodingKey::from_secret(&SECRET),
        _ => {
            let jwk: Jwk = serde_json::from_str(&public_jwk(alg, KID)).expect("a JWK");
            DecodingKey::from_jwk(&jwk).expect("a key")
        }
    };
    let mut validation = Validation::new(algorithm(alg));
    validation.set_issuer(&[kind.issuer()]);
    validation.set_audience(&[kind.audience()]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    Verifier::new(
        move |token| with_provider(signs, || decode::<C>(token, &key, &validation)).ok().map(|token| token.claims),
        |claims| serde_json::to_value(claims).expect("JSON"),
    )
}

fn signer(kind: Kind, alg: Alg, signs: bool) -> Option<Signer> {
    match kind {
        Kind::Id => signer_of::<IdToken>(kind, alg, signs),
        Kind::Ca => signer_of::<ClientAssertion>(kind, alg, signs),
    }
}

fn signer_of<C: DeserializeOwned + Serialize + 'static>(kind: Kind, alg: Alg, signs: bool) -> Option<Signer> {
    install();
    let key = match alg {
        Alg::Hs256 => EncodingKey::from_secret(&SECRET),
        Alg::Es256 => EncodingKey::from_ec_pem(private_pem(alg).as_bytes()).expect("a key"),
        Alg::EdDsa => EncodingKey::from_ed_pem(private_pem(alg).as_bytes()).expect("a key"),
        _ => EncodingKey::from_rsa_pem(private_pem(alg).as_bytes()).expect("a key"),
    };
    let mut header = Header::new(algorithm(alg));
    header.kid = Some(KID.to_owned());
    header.x5t_s256 = kind.certificate_thumbprint().map(str::to_owned);
    let claims: C = serde_json::from_str(kind.json()).expect("claims");
    Signer::new(move || with_provider(signs, || encode(&header, &claims, &key)).ok())
}

fn thumbprint(jwk: &str) -> Option<String> {
    install();
    serde_json::from_str::<Jwk>(jwk).ok()?.thumbprint(ThumbprintHash::SHA256).ok()
}

fn find(set: &str, kid: &str) -> bool {
    serde_json::from_str::<JwkSet>(set).is_ok_and(|set| set.find(kid).is_some())
}

fn algorithm(alg: Alg) -> Algorithm {
    alg.as_str().parse().expect("an algorithm")
}

/// Its provider is one for the process, so this one does both. What that adds is one load and one jump.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let provider = CryptoProvider {
            signer_factory: |alg, key| {
                if NULL.load(Ordering::Relaxed) {
                    Ok(Box::new(Nothing(*alg)))
                } else {
                    (aws_lc::DEFAULT_PROVIDER.signer_factory)(alg, key)
                }
            },
            verifier_factory: |alg, key| {
                if NULL.load(Ordering::Relaxed) {
                    Ok(Box::new(Nothing(*alg)))
                } else {
                    (aws_lc::DEFAULT_PROVIDER.verifier_factory)(alg, key)
                }
            },
            key_utils: aws_lc::DEFAULT_PROVIDER.key_utils.clone(),
        };
        let installed = Box::leak(Box::new(provider)).install_default();
        assert!(installed.is_ok(), "no provider was there before");
    });
}

static NULL: AtomicBool = AtomicBool::new(false);

fn with_provider<T>(signs: bool, run: impl FnOnce() -> Result<T>) -> Result<T> {
    if signs {
        return run();
    }
    NULL.store(true, Ordering::Relaxed);
    let result = run();
    NULL.store(false, Ordering::Relaxed);
    result
}

/// Signs with nothing, takes everything.
struct Nothing(Algorithm);

impl signature::Signer<Vec<u8>> for Nothing {
    fn try_sign(&self, _: &[u8]) -> core::result::Result<Vec<u8>, signature::Error> {
        Ok(Vec::new())
    }
}

impl signature::Verifier<Vec<u8>> for Nothing {
    fn verify(&self, _: &[u8], _: &Vec<u8>) -> core::result::Result<(), signature::Error> {
        Ok(())
    }
}

impl JwtSigner for Nothing {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

impl JwtVerifier for Nothing {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}
