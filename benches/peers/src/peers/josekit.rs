//! josekit on OpenSSL. Its claims are a JSON object and no type; it has no thumbprints.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{Jwk, JwkSet},
    jws::{ES256, EdDSA, HS256, JwsHeader, JwsSigner, JwsVerifier, PS256, RS256},
    jwt::{self, JwtPayload, JwtPayloadValidator},
};
use serde_json::Value;
use symbolon_types::Alg;

use crate::{
    Kind, Library, Signer, Verifier,
    keys::{KID, SECRET},
    pkcs8_der, public_jwk,
};

/// As it comes.
pub const LIBRARY: Library = Library {
    name: "josekit (OpenSSL)",
    signs: true,
    with_thumbprint: true,
    verifier,
    signer,
    thumbprint: |_| None,
    find: Some(find),
};

fn verifier(kind: Kind, alg: Alg) -> Option<Verifier> {
    let key = loaded_verifier(alg)?;
    let mut validator = JwtPayloadValidator::new();
    validator.set_issuer(kind.issuer());
    validator.set_audience(kind.audience());
    Verifier::new(
        move |token| {
            let (claims, _) = jwt::decode_with_verifier(token, &*key).ok()?;
            // Absent, both would pass its validator.
            if claims.expires_at().is_none() || claims.audience().is_none() {
                return None;
            }
            validator.validate(&claims).ok()?;
            Some(claims)
        },
        |claims: &JwtPayload| Value::Object(claims.claims_set().clone()),
    )
}

fn signer(kind: Kind, alg: Alg) -> Option<Signer> {
    let key = loaded_signer(alg)?;
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    header.set_key_id(KID);
    if let Some(text) = kind.certificate_thumbprint() {
        header.set_x509_certificate_sha256_thumbprint(URL_SAFE_NO_PAD.decode(text).expect("base64url"));
    }
    let claims =
        kind.value().as_object().cloned().and_then(|claims| JwtPayload::from_map(claims).ok()).expect("claims");
    Signer::new(move || jwt::encode_with_signer(&claims, &header, &*key).ok())
}

fn find(set: &str, kid: &str) -> bool {
    JwkSet::from_bytes(set).is_ok_and(|set| !set.get(kid).is_empty())
}

fn loaded_verifier(alg: Alg) -> Option<Box<dyn JwsVerifier>> {
    let jwk = |alg| Jwk::from_bytes(public_jwk(alg, KID)).expect("a JWK");
    Some(match alg {
        Alg::Hs256 => Box::new(HS256.verifier_from_bytes(SECRET).expect("a key")),
        Alg::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk(alg)).expect("a key")),
        Alg::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk(alg)).expect("a key")),
        Alg::Es256 => Box::new(ES256.verifier_from_jwk(&jwk(alg)).expect("a key")),
        Alg::EdDsa => Box::new(EdDSA.verifier_from_jwk(&jwk(alg)).expect("a key")),
        _ => return None,
    })
}

/// From DER: in PEM it takes an `id-RSASSA-PSS` key only for PS256.
fn loaded_signer(alg: Alg) -> Option<Box<dyn JwsSigner>> {
    Some(match alg {
        Alg::Hs256 => Box::new(HS256.signer_from_bytes(SECRET).expect("a key")),
        Alg::Rs256 => Box::new(RS256.signer_from_der(pkcs8_der(alg)).expect("a key")),
        Alg::Ps256 => Box::new(PS256.signer_from_der(pkcs8_der(alg)).expect("a key")),
        Alg::Es256 => Box::new(ES256.signer_from_der(pkcs8_der(alg)).expect("a key")),
        Alg::EdDsa => Box::new(EdDSA.signer_from_der(pkcs8_der(alg)).expect("a key")),
        _ => return None,
    })
}
