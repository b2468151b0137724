//! jwt-simple with its default features: RSA on BoringSSL, ECDSA, Ed25519 and HMAC in Rust. It has no JWK sets.
//!
//! Its API takes claims and options by value, so they are cloned for each token.

use jwt_simple::{
    common::{KeyMetadata, VerificationOptions},
    prelude::*,
};
use serde::de::DeserializeOwned;
use symbolon_types::Alg;

use crate::{
    JwkKey, Kind, Library, Verifier,
    claims::CertInfo,
    keys::{KID, SECRET},
    library::{self, Thumbprint},
    private_pem,
};

/// As it comes.
pub const LIBRARY: Library = Library {
    name: "jwt-simple (boring)",
    signs: true,
    with_thumbprint: true,
    verifier,
    signer,
    thumbprint,
    find: None,
};

/// The claims of an ID token that the library does not know by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct IdRest {
    auth_time: i64,
    typ: String,
    azp: String,
    session_state: String,
    name: String,
    given_name: String,
    family_name: String,
    birthdate: String,
    updated_at: i64,
    acr: String,
    amr: String,
    bankid_altsub: String,
    originator: String,
    #[serde(rename = "additionalCertInfo")]
    additional_cert_info: CertInfo,
    tid: String,
}

fn verifier(kind: Kind, alg: Alg) -> Option<Verifier> {
    match kind {
        Kind::Id => verifier_of::<IdRest>(kind, alg),
        Kind::Ca => verifier_of::<NoCustomClaims>(kind, alg),
    }
}

/// Every key has `verify_token`, each by a trait of its own.
macro_rules! verifying {
    ($custom:ty, $kind:expr, $key:expr) => {{
        let (key, options) = ($key, options($kind));
        Verifier::new(
            move |token: &str| {
                let claims = key.verify_token::<$custom>(token, Some(options.clone())).ok()?;
                // Absent, it would pass.
                claims.expires_at.is_some().then_some(claims)
            },
            |claims: &JWTClaims<$custom>| serde_json::to_value(claims).expect("JSON"),
        )
    }};
}

fn verifier_of<C: DeserializeOwned + Serialize + 'static>(kind: Kind, alg: Alg) -> Option<Verifier> {
    match alg {
        Alg::Hs256 => verifying!(C, kind, HS256Key::from_bytes(&SECRET)),
        Alg::Rs256 => verifying!(C, kind, RS256KeyPair::from_pem(private_pem(alg)).expect("a key").public_key()),
        Alg::Ps256 => verifying!(C, kind, PS256KeyPair::from_pem(private_pem(alg)).expect("a key").public_key()),
        Alg::Es256 => verifying!(C, kind, ES256KeyPair::from_pem(private_pem(alg)).expect("a key").public_key()),
        Alg::EdDsa => verifying!(C, kind, Ed25519KeyPair::from_pem(private_pem(alg)).expect("a key").public_key()),
        _ => None,
    }
}

fn options(kind: Kind) -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some([kind.issuer().to_owned()].into()),
        allowed_audiences: Some([kind.audience().to_owned()].into()),
        ..Default::default()
    }
}

fn signer(kind: Kind, alg: Alg) -> Option<library::Signer> {
    match kind {
        Kind::Id => signer_of::<IdRest>(kind, alg),
        Kind::Ca => signer_of::<NoCustomClaims>(kind, alg),
    }
}

/// Every key has `sign`, or `authenticate`, and `attach_metadata`, each by a trait of its own.
macro_rules! signing {
    ($custom:ty, $kind:expr, $key:expr, $sign:ident) => {{
        let mut key = $key.with_key_id(KID);
        if let Some(text) = $kind.certificate_thumbprint() {
            let metadata = KeyMetadata::default().with_certificate_sha256_thumbprint(text).expect("a digest");
            key.attach_metadata(metadata).expect("attached");
        }
        let claims: JWTClaims<$custom> = serde_json::from_str($kind.json()).expect("claims");
        library::Signer::new(move || key.$sign(claims.clone()).ok())
    }};
}

fn signer_of<C: Clone + DeserializeOwned + Serialize + 'static>(kind: Kind, alg: Alg) -> Option<library::Signer> {
    match alg {
        Alg::Hs256 => signing!(C, kind, HS256Key::from_bytes(&SECRET), authenticate),
        Alg::Rs256 => signing!(C, kind, RS256KeyPair::from_pem(private_pem(alg)).expect("a key"), sign),
        Alg::Ps256 => signing!(C, kind, PS256KeyPair::from_pem(private_pem(alg)).expect("a key"), sign),
        Alg::Es256 => signing!(C, kind, ES256KeyPair::from_pem(private_pem(alg)).expect("a key"), sign),
        Alg::EdDsa => signing!(C, kind, Ed25519KeyPair::from_pem(private_pem(alg)).expect("a key"), sign),
        _ => None,
    }
}

/// Its JWK is a loaded key, so loading is part of it.
fn thumbprint(key: JwkKey) -> Option<Thumbprint> {
    Some(match key {
        JwkKey::Rsa => |jwk| Some(RS256PublicKey::from_jwk(jwk).ok()?.jwk_thumbprint()),
        JwkKey::P256 => |jwk| Some(ES256PublicKey::from_jwk(jwk).ok()?.jwk_thumbprint()),
        JwkKey::Ed25519 => |jwk| Some(Ed25519PublicKey::from_jwk(jwk).ok()?.jwk_thumbprint()),
    })
}
