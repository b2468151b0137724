//! Symbolon's side: all that depends on its API stands in this file.

use std::{cell::RefCell, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use symbolon_crypto::{
    BadSignature, CryptoProvider, Curve, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed,
    SignatureAlgorithm,
};
use symbolon_crypto_aws_lc_rs::PROVIDER as AWS_LC_RS;
use symbolon_crypto_ring::PROVIDER as RING;
use symbolon_jose::{
    Expected, ExpectedAudience, Jwk, JwkSet, JwtBuffer, SigningKey, UnverifiedJwt, VerifiedJwt, VerifyingKey,
};
use symbolon_types::{Alg, Digest, SecretBytes};
use time::{Duration, UtcDateTime};

use crate::{
    ClientAssertion, IdToken, Kind, Library, Signer, Verifier,
    keys::{KID, SECRET},
    pkcs8_der, private_pem,
};

const OURS: Library = Library {
    name: "",
    signs: true,
    with_thumbprint: true,
    verifier: |_, _| None,
    signer: |_, _| None,
    thumbprint: |_| None,
    find: None,
};

/// With aws-lc-rs; claims are read in full, the registered ones typed, the others looked up.
pub const ON_AWS_LC: Library = Library {
    name: "symbolon, aws-lc-rs",
    verifier: |kind, alg| verifier(&AWS_LC_RS, kind, alg),
    signer: |kind, alg| signer(&AWS_LC_RS, kind, alg),
    thumbprint: |_| Some(|jwk| thumbprint_by(&AWS_LC_RS, jwk)),
    find: Some(find),
    ..OURS
};

/// The same; claims become the struct with every claim.
pub const TYPED_ON_AWS_LC: Library = Library {
    name: "symbolon, aws-lc-rs, typed",
    verifier: |kind, alg| typed_verifier(&AWS_LC_RS, kind, alg),
    find: Some(parse_and_find),
    ..OURS
};

/// With ring.
pub const ON_RING: Library = Library {
    name: "symbolon, ring",
    verifier: |kind, alg| verifier(&RING, kind, alg),
    signer: |kind, alg| signer(&RING, kind, alg),
    thumbprint: |_| Some(thumbprint),
    ..OURS
};

/// With a provider that signs with nothing and takes every signature of ES256.
pub const WITHOUT_SIGNATURE: Library = Library {
    name: "symbolon, no signature",
    signs: false,
    verifier: |kind, alg| (alg == Alg::Es256).then(|| verifier(&NOTHING, kind, alg)).flatten(),
    ..OURS
};

/// The same; claims become the struct with every claim.
pub const TYPED_WITHOUT_SIGNATURE: Library = Library {
    name: "symbolon, no signature, typed",
    signs: false,
    verifier: |kind, alg| (alg == Alg::Es256).then(|| typed_verifier(&NOTHING, kind, alg)).flatten(),
    ..OURS
};

/// A loaded private key or secret.
pub fn signing_key(alg: Alg, kid: &str) -> SigningKey {
    load(&RING, alg, kid)
}

fn load(crypto: &CryptoProvider, alg: Alg, kid: &str) -> SigningKey {
    let key = match alg {
        Alg::Hs256 => SigningKey::from_secret(crypto, alg, &SecretBytes::new(SECRET)),
        _ => SigningKey::from_pem(crypto, private_pem(alg), Some(alg)),
    };
    key.expect("a key").with_kid(kid)
}

fn judge(kind: Kind, jwt: &VerifiedJwt<'_>) -> Option<()> {
    let claims = jwt.claims().ok()?;
    let expected = Expected {
        issuer: kind.issuer(),
        audience: ExpectedAudience::AnyOf(&[kind.audience()]),
        typ: &["JWT"],
        exp_leeway: Duration::ZERO,
        future_leeway: Duration::ZERO,
    };
    claims.check(&expected, jwt.header(), UtcDateTime::now()).ok()?;
    claims.sub.as_deref().filter(|sub| !sub.is_empty())?;
    if kind == Kind::Id {
        claims.get("auth_time")?.as_numeric_date()?;
        for name in ["nonce", "acr", "azp"] {
            claims.get(name)?.as_str()?;
        }
    }
    Some(())
}

fn verify<'b>(key: &VerifyingKey, token: &'b str, buffer: &'b mut JwtBuffer) -> Option<VerifiedJwt<'b>> {
    UnverifiedJwt::parse_in(token, buffer).ok()?.verify(key).ok()
}

fn verifier(crypto: &CryptoProvider, kind: Kind, alg: Alg) -> Option<Verifier> {
    let key = load(crypto, alg, KID).verifying_key(crypto).expect("a key");
    let again = key.clone();
    let buffer = RefCell::new(JwtBuffer::default());
    Verifier::borrowing(
        move |token| verify(&key, token, &mut buffer.borrow_mut()).and_then(|jwt| judge(kind, &jwt)).is_some(),
        move |token| verify(&again, token, &mut JwtBuffer::default())?.claims_as().ok(),
    )
}

fn typed_verifier(crypto: &CryptoProvider, kind: Kind, alg: Alg) -> Option<Verifier> {
    let key = load(crypto, alg, KID).verifying_key(crypto).expect("a key");
    let buffer = RefCell::new(JwtBuffer::default());
    let holds = move |iss: &str, aud: &str, exp: i64| {
        iss == kind.issuer() && aud == kind.audience() && UtcDateTime::now().unix_timestamp() < exp
    };
    match kind {
        Kind::Id => Verifier::new(
            move |token| {
                let mut buffer = buffer.borrow_mut();
                let claims: IdToken = verify(&key, token, &mut buffer)?.claims_as().ok()?;
                holds(&claims.iss, &claims.aud, claims.exp).then_some(claims)
            },
            |claims| serde_json::to_value(claims).expect("claims"),
        ),
        Kind::Ca => Verifier::new(
            move |token| {
                let mut buffer = buffer.borrow_mut();
                let claims: ClientAssertion = verify(&key, token, &mut buffer)?.claims_as().ok()?;
                holds(&claims.iss, &claims.aud, claims.exp).then_some(claims)
            },
            |claims| serde_json::to_value(claims).expect("claims"),
        ),
    }
}

fn signer(crypto: &'static CryptoProvider, kind: Kind, alg: Alg) -> Option<Signer> {
    let key = load(crypto, alg, KID);
    match kind {
        Kind::Id => sign::<IdToken>(crypto, key, kind),
        Kind::Ca => sign::<ClientAssertion>(crypto, key, kind),
    }
}

/// Into memory that is there, as a server or client that sends tokens does.
fn sign<C: Serialize + DeserializeOwned + 'static>(
    crypto: &'static CryptoProvider,
    key: SigningKey,
    kind: Kind,
) -> Option<Signer> {
    let key = match kind.certificate_thumbprint() {
        Some(thumbprint) => key.with_x5t_s256(Digest::from_base64url(thumbprint).expect("a digest")),
        None => key,
    };
    let claims: C = serde_json::from_str(kind.json()).expect("claims");
    let buffer = RefCell::new(JwtBuffer::default());
    Signer::borrowing(move |take| {
        let mut buffer = buffer.borrow_mut();
        take(key.sign_in(crypto, Some("JWT"), &claims, &mut buffer).ok());
    })
}

/// Reads a JWK and gives its thumbprint.
pub fn thumbprint(jwk: &str) -> Option<String> {
    thumbprint_by(&RING, jwk)
}

fn thumbprint_by(crypto: &CryptoProvider, jwk: &str) -> Option<String> {
    Some(Jwk::thumbprint_of(jwk.as_bytes(), crypto.sha256).ok()?.to_base64url())
}

/// Reads a set and the entries of one `kid`.
fn find(set: &str, kid: &str) -> bool {
    JwkSet::parse_kid(set.as_bytes(), kid).is_ok_and(|set| !set.keys().is_empty())
}

/// Reads a set with all its keys.
fn parse_and_find(set: &str, kid: &str) -> bool {
    JwkSet::parse(set.as_bytes()).is_ok_and(|set| set.keys().iter().any(|key| key.kid() == Some(kid)))
}

/// The primitive alone: what signs the tokens that everyone verifies.
pub fn bare_signature(alg: Alg, message: &[u8]) -> Vec<u8> {
    if alg == Alg::Hs256 {
        return RING.hmac_sha256.load(&SECRET).sign(&[message]).to_vec();
    }
    let algorithm = RING.signature(alg).expect("ring has it");
    let signer = algorithm.load_private(&PrivateKey::Pkcs8(&pkcs8_der(alg))).expect("a key");
    let mut signature = Vec::new();
    signer.sign(RING.random, message, &mut signature).expect("signed");
    signature
}

/// The primitive that says yes.
#[derive(Debug)]
struct Nothing;

static NOTHING: CryptoProvider =
    CryptoProvider::new(RING.random, RING.sha256, RING.hmac_sha256, RING.aead).with_signatures(&[&Nothing]);

impl SignatureAlgorithm for Nothing {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn load_public(&self, _: &PublicKey<'_>) -> Result<Arc<dyn symbolon_crypto::Verifier>, KeyRejected> {
        Ok(Arc::new(Self))
    }

    fn load_private(&self, _: &PrivateKey<'_>) -> Result<Arc<dyn symbolon_crypto::Signer>, KeyRejected> {
        Ok(Arc::new(Self))
    }
}

impl symbolon_crypto::Verifier for Nothing {
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}

impl symbolon_crypto::Signer for Nothing {
    fn sign(&self, _: &dyn SecureRandom, _: &[u8], _: &mut Vec<u8>) -> Result<(), SignFailed> {
        Ok(())
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Ec { curve: Curve::P256, x: vec![1; 32], y: vec![2; 32] }
    }
}
