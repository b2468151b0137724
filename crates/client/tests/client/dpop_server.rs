//! The other half of DPoP: what a server makes of the client's requests, by `symbolon-dpop`.

use alloc::borrow::Cow;

use symbolon_client::{
    Client, ClientBuilder, IncomingResponse, OutgoingRequest,
    client_auth::ClientAuthentication,
    dpop::{Checks, DpopError, NonceUse, Nonces, ProofSigner, ProvenKey, TargetUri},
    jose::{SigningKey, UnverifiedJwt},
    policy::Policy,
    types::{Issuer, Secret, Trace, Values},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;
use time::UtcDateTime;

use crate::party::{ISSUER, builder, now};

pub(crate) const TOKEN_ENDPOINT: &str = "https://as.example/token";

pub(crate) fn signer() -> ProofSigner {
    ProofSigner::new(&PROVIDER, SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap()).unwrap()
}

pub(crate) fn dpop_builder() -> ClientBuilder {
    builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).dpop(signer())
}

/// A confidential client that binds its tokens to a key.
pub(crate) fn dpop_client() -> Client {
    dpop_builder().build().unwrap()
}

/// The server's nonces.
pub(crate) fn nonces() -> Nonces {
    Nonces::new(PROVIDER.hmac_sha256.load(&[7; 32]))
}

/// Every proof of the request.
pub(crate) fn proofs(request: &OutgoingRequest) -> Vec<&Secret> {
    request.headers().iter().filter(|(name, _)| *name == "dpop").map(|(_, value)| value).collect()
}

/// What the token endpoint makes of the request.
pub(crate) fn check(request: &OutgoingRequest, nonce: NonceUse<'_>) -> Result<ProvenKey, DpopError> {
    check_at(request, nonce, now())
}

/// What it makes of the request at another moment.
pub(crate) fn check_at(
    request: &OutgoingRequest,
    nonce: NonceUse<'_>,
    now: UtcDateTime,
) -> Result<ProvenKey, DpopError> {
    judge(&proofs(request), request.method(), TOKEN_ENDPOINT, nonce, None, now)
}

/// What a server makes of the values of a `DPoP` header.
pub(crate) fn check_values(
    proofs: &[&Secret],
    method: &str,
    url: &str,
    nonce: NonceUse<'_>,
    access_token: Option<&Secret>,
) -> Result<ProvenKey, DpopError> {
    judge(proofs, method, url, nonce, access_token, now())
}

fn judge(
    proofs: &[&Secret],
    method: &str,
    url: &str,
    nonce: NonceUse<'_>,
    access_token: Option<&Secret>,
    now: UtcDateTime,
) -> Result<ProvenKey, DpopError> {
    let mut values = Values::default();
    for proof in proofs {
        values.push(proof.expose().as_bytes());
    }
    let checks = Checks {
        crypto: &PROVIDER,
        policy: &Policy::OAUTH_2_1.dpop,
        tenant: &Issuer::parse(ISSUER).unwrap(),
        method,
        url: &TargetUri::parse(url).unwrap(),
        nonce,
        access_token,
    };
    checks.check(&values, &mut Trace::stop_at_first(), now)
}

/// A claim of the request's proof.
pub(crate) fn claim(request: &OutgoingRequest, name: &str) -> Option<String> {
    let [proof] = proofs(request)[..] else { panic!("one proof") };
    UnverifiedJwt::parse(proof.expose()).unwrap().peek_claim(name).map(Cow::into_owned)
}

/// The answer with which a server asks for a nonce.
pub(crate) fn use_nonce(nonce: &str) -> IncomingResponse {
    refusal("use_dpop_nonce").with_header("DPoP-Nonce", nonce.as_bytes())
}

/// The answer 400 with this error.
pub(crate) fn refusal(code: &str) -> IncomingResponse {
    IncomingResponse::json(400, format!(r#"{{"error":"{code}"}}"#))
}
