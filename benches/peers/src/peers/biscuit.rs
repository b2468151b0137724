//! biscuit on ring. It has no Ed25519 signatures.

use std::sync::Arc;

use biscuit::{
    ClaimPresenceOptions, ClaimsSet, CompactJson, Empty, JWT, Presence, Validation, ValidationOptions, digest,
    jwa::SignatureAlgorithm,
    jwk::{AlgorithmParameters, JWK, JWKSet},
    jws::{Header, RegisteredHeader, Secret},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use symbolon_types::Alg;

use crate::{
    JwkKey, Kind, Library, Signer, Verifier,
    claims::CertInfo,
    keys::{KID, SECRET},
    pkcs8_der, public_jwk,
};

/// As it comes.
pub const LIBRARY: Library = Library {
    name: "biscuit (ring)",
    signs: true,
    with_thumbprint: true,
    verifier,
    signer,
    // It refuses a JWK whose `alg` it does not know.
    thumbprint: |key| (key != JwkKey::Ed25519).then_some(thumbprint),
    find: Some(find),
};

/// The claims of an ID token that the library does not know by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct IdRest {
    auth_time: i64,
    typ: String,
    azp: String,
    nonce: String,
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

impl CompactJson for IdRest {}

/// The header member that the library does not know by itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct HeaderRest {
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
}

impl CompactJson for HeaderRest {}

fn verifier(kind: Kind, alg: Alg) -> Option<Verifier> {
    match kind {
        Kind::Id => verifier_of::<IdRest>(kind, alg),
        Kind::Ca => verifier_of::<Empty>(kind, alg),
    }
}

fn verifier_of<C>(kind: Kind, alg: Alg) -> Option<Verifier>
where
    C: CompactJson + DeserializeOwned + Serialize + Clone + 'static,
{
    let algorithm = algorithm(alg)?;
    let secret = match alg {
        Alg::Hs256 => Secret::Bytes(SECRET.to_vec()),
        _ => {
            let jwk: JWK<Empty> = serde_json::from_str(&public_jwk(alg, KID)).expect("a JWK");
            match jwk.algorithm {
                AlgorithmParameters::RSA(key) => key.jws_public_key_secret(),
                AlgorithmParameters::EllipticCurve(key) => key.jws_public_key_secret(),
                _ => return None,
            }
        }
    };
    let options = ValidationOptions {
        claim_presence_options: ClaimPresenceOptions {
            expiry: Presence::Required,
            issuer: Presence::Required,
            audience: Presence::Required,
            ..Default::default()
        },
        issuer: Validation::Validate(kind.issuer().to_owned()),
        audience: Validation::Validate(kind.audience().to_owned()),
        ..Default::default()
    };
    Verifier::new(
        move |token| {
            let token = JWT::<C, HeaderRest>::new_encoded(token).into_decoded(&secret, algorithm).ok()?;
            token.validate(options.clone()).ok()?;
            Some(token.unwrap_decoded().1)
        },
        |claims: &ClaimsSet<C>| serde_json::to_value(claims).expect("JSON"),
    )
}

fn signer(kind: Kind, alg: Alg) -> Option<Signer> {
    match kind {
        Kind::Id => signer_of::<IdRest>(kind, alg),
        Kind::Ca => signer_of::<Empty>(kind, alg),
    }
}

fn signer_of<C>(kind: Kind, alg: Alg) -> Option<Signer>
where
    C: CompactJson + DeserializeOwned + Serialize + Clone + 'static,
{
    let algorithm = algorithm(alg)?;
    let secret = match alg {
        Alg::Hs256 => Secret::Bytes(SECRET.to_vec()),
        Alg::Es256 => {
            let (der, random) = (pkcs8_der(alg), SystemRandom::new());
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
            Secret::EcdsaKeyPair(Arc::new(key.expect("a key")))
        }
        _ => Secret::RsaKeyPair(Arc::new(RsaKeyPair::from_pkcs8(&pkcs8_der(alg)).expect("a key"))),
    };
    let header = Header {
        registered: RegisteredHeader {
            algorithm,
            media_type: Some("JWT".to_owned()),
            key_id: Some(KID.to_owned()),
            ..Default::default()
        },
        private: HeaderRest { x5t_s256: kind.certificate_thumbprint().map(str::to_owned) },
    };
    let claims: ClaimsSet<C> = serde_json::from_str(kind.json()).expect("claims");
    let token = JWT::new_decoded(header, claims);
    Signer::new(move || Some(token.encode(&secret).ok()?.unwrap_encoded().to_string()))
}

fn thumbprint(jwk: &str) -> Option<String> {
    serde_json::from_str::<JWK<Empty>>(jwk).ok()?.algorithm.thumbprint(&digest::SHA256).ok()
}

fn find(set: &str, kid: &str) -> bool {
    serde_json::from_str::<JWKSet<Empty>>(set).is_ok_and(|set| set.find(kid).is_some())
}

fn algorithm(alg: Alg) -> Option<SignatureAlgorithm> {
    match alg {
        Alg::Hs256 => Some(SignatureAlgorithm::HS256),
        Alg::Rs256 => Some(SignatureAlgorithm::RS256),
        Alg::Ps256 => Some(SignatureAlgorithm::PS256),
        Alg::Es256 => Some(SignatureAlgorithm::ES256),
        _ => None,
    }
}
