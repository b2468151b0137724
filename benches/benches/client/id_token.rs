//! The ID token of BankID's documentation judged, beside what `jose`'s own bench does with it.

use core::{error::Error, hint::black_box};

use symbolon_benches::{Case, NULL, pkcs8_der};
use symbolon_client::id_token::{Checks, Expected, IdTokenClaims, IdTokenError};
use symbolon_crypto::CryptoProvider;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{ExpectedAudience, JwtBuffer, SigningKey, UnverifiedJwt, VerifyingKeys};
use symbolon_policy::Policy;
use symbolon_testkit::{fixtures, keys};
use symbolon_types::{Alg, ClientId, Issuer, Secret, Trace};
use time::{Duration, UtcDateTime};

use crate::leaked;

const ISSUER: &str = "https://auth.current.bankid.no/auth/realms/current";
const CLIENT: &str = "oidc-testclient";

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let listing = fixtures::text("bankid-authorization-code.id_token.claims.listing.json");
    let claims: serde_json::Value = serde_json::from_str(&listing)?;
    let now = UtcDateTime::from_unix_timestamp(1_629_286_100)?;
    let (issuer, client_id): (&Issuer, &ClientId) = (leaked(Issuer::parse(ISSUER)?), leaked(ClientId::parse(CLIENT)?));
    let mut cases = Vec::new();
    for (name, crypto) in [("null", &NULL), ("ES256", &PROVIDER)] {
        let key = SigningKey::from_pkcs8_der(crypto, &pkcs8_der(keys::P256), Some(Alg::Es256))?.with_kid("1");
        let token: &str = leaked(key.sign(crypto, Some("JWT"), &claims)?);
        let keys: &VerifyingKeys = leaked(VerifyingKeys::new(vec![key.verifying_key(crypto)?]));
        let mut buffer = JwtBuffer::default();
        let mut jose = move || read(token, keys, now, &mut buffer);
        assert_eq!(jose(), Some(36));
        let check = move |nonce: &str| check(crypto, (issuer, client_id), (token, keys), nonce, now);
        assert_eq!(check("demoNonce")?.sub.as_str().len(), 36);
        assert_eq!(check("another"), Err(IdTokenError::NonceMismatch));

        let peer = format!("id token {name}, jose");
        let (theirs, ours) =
            (Case::new(peer.as_str(), jose), Case::new(format!("id token {name}"), move || check("demoNonce")));
        let ours = ours.above(peer).within(1_000.0, 500.0);
        if name == "null" { cases.extend([theirs.counted(), ours.counted()]) } else { cases.extend([theirs, ours]) }
    }
    Ok(cases)
}

/// As `jose`'s bench: parse, verify, read the claims, judge them, look four more up.
fn read(token: &str, keys: &VerifyingKeys, now: UtcDateTime, buffer: &mut JwtBuffer) -> Option<usize> {
    let jwt = UnverifiedJwt::parse_in(token, buffer).ok()?.verify_with(keys).ok()?;
    let claims = jwt.claims().ok()?;
    let expected = symbolon_jose::Expected {
        issuer: ISSUER,
        audience: ExpectedAudience::Exactly(CLIENT),
        typ: &[],
        exp_leeway: Duration::seconds(10),
        future_leeway: Duration::seconds(10),
    };
    claims.check(&expected, jwt.header(), now).ok()?;
    claims.get("auth_time")?.as_numeric_date()?;
    for name in ["nonce", "acr", "azp"] {
        black_box(claims.get(name)?.as_str()?);
    }
    Some(claims.sub.as_deref()?.len())
}

fn check(
    crypto: &CryptoProvider,
    (issuer, client_id): (&Issuer, &ClientId),
    (token, keys): (&str, &VerifyingKeys),
    nonce: &str,
    now: UtcDateTime,
) -> Result<IdTokenClaims, IdTokenError> {
    let expected =
        Expected { nonce: Some(Secret::new(nonce)), algorithms: &[Alg::Es256], ..Expected::new(issuer, client_id) };
    let checks = Checks { crypto, policy: &Policy::OAUTH_2_1.id_token };
    checks.check(token, keys, &expected, &mut Trace::stop_at_first(), now)
}
