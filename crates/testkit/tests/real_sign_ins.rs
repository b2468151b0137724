//! Sign-ins as the providers' pages print them, through the client half and with their checks: the claims are printed, and
//! signed again with a throw-away key, because nobody has the provider's.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests and what they share")]

use serde_json::{Map, Value, json};
use symbolon_client::{
    AuthorizationCode, AuthorizationPlan, Client, IncomingResponse, PendingTokens, Received, VerifiedTokens,
    VerifyError,
};
use symbolon_client_auth::ClientAuthentication;
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{ClaimName, IdTokenError};
use symbolon_jose::{SigningKey, VerifyingKeys};
use symbolon_pkce::CodeVerifier;
use symbolon_testkit::{FIXED, at, fixtures, keys};
use symbolon_types::{Alg, ClientId, Issuer, Scope, Secret};
use time::UtcDateTime;

const NONCE: &str = "demoNonce";

fn key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, keys::RSA_2048, Some(Alg::Rs256)).unwrap().with_kid(keys::TWIN_KID)
}

fn published() -> VerifyingKeys {
    VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap()])
}

fn object(name: &str) -> Map<String, Value> {
    serde_json::from_slice(&fixtures::load(name)).unwrap()
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> &'m str {
    members[name].as_str().unwrap()
}

/// When the ID token was issued.
fn issued(claims: &Map<String, Value>) -> UtcDateTime {
    at(claims["iat"].as_i64().unwrap())
}

fn client(claims: &Map<String, Value>) -> Client {
    let issuer = Issuer::parse(text(claims, "iss")).unwrap();
    let client_id = ClientId::parse(text(claims, "aud")).unwrap();
    Client::builder(issuer, client_id, PROVIDER.with_random(&FIXED))
        .token_endpoint("https://provider.example/token")
        .redirect_uri("https://client.example/cb")
        .authentication(ClientAuthentication::Basic("mysecret".into()))
        .build()
        .unwrap()
}

/// The printed answer, with an ID token of these claims.
fn verify(
    pending: PendingTokens,
    answer: &str,
    claims: &Map<String, Value>,
    now: UtcDateTime,
) -> Result<VerifiedTokens, VerifyError> {
    let mut body = object(answer);
    body.insert("id_token".into(), key().sign(&PROVIDER, None, claims).unwrap().into());
    match pending.receive(&IncomingResponse::json(200, serde_json::to_vec(&body).unwrap()), now).unwrap() {
        Received::Tokens(tokens) => tokens.verify(&published(), now),
        other => panic!("tokens were expected: {other:?}"),
    }
}

/// A sign-in with BankID whose answer is as its page prints it.
fn bankid() -> VerifiedTokens {
    let claims = object("bankid-authorization-code.id_token.claims.listing.json");
    let (client, now) = (client(&claims), issued(&claims));
    let plan = AuthorizationPlan::new(Scope::parse("openid profile").unwrap());
    let verifier = CodeVerifier::generate(client.crypto()).unwrap();
    let nonce = Some(Secret::new(NONCE));
    let code = AuthorizationCode::assume_received(&client, plan, "code".into(), verifier, nonce, now).unwrap();
    let (_, pending) = client.exchange(code, now).unwrap().ready().unwrap();
    verify(pending, "bankid-authorization-code.response.json", &claims, now).unwrap()
}

/// The refresh that follows on the page, with this change.
fn refreshed(change: impl FnOnce(&mut Map<String, Value>)) -> Result<VerifiedTokens, VerifyError> {
    let mut claims = object("bankid-refresh-token.id_token.claims.listing.json");
    let (client, now) = (client(&claims), issued(&claims));
    change(&mut claims);
    let plan = bankid().refresh_plan().unwrap();
    let (_, pending) = client.refresh(plan, now).unwrap().ready().unwrap();
    verify(pending, "bankid-refresh-token.response.json", &claims, now)
}

#[test]
fn r102_the_refresh_of_bankid_is_of_the_same_sign_in() {
    let first = bankid();
    let claims = first.id_token().unwrap();
    let second = refreshed(|_| ()).unwrap();
    let later = second.id_token().unwrap();
    assert_eq!((&later.iss, &later.sub, &later.aud, &later.azp), (&claims.iss, &claims.sub, &claims.aud, &claims.azp));
    assert_eq!((later.auth_time, &later.nonce), (claims.auth_time, &claims.nonce));
    assert!(later.iat > claims.iat && later.jti != claims.jti, "it is another token");
    assert_ne!(second.refresh_token(), first.refresh_token(), "and the refresh token is a new one");
    assert_eq!(second.identity(), first.identity(), "what is kept is of the first one");
}

#[test]
fn r102_a_refresh_of_another_sign_in_is_refused() {
    let first = object("bankid-authorization-code.id_token.claims.listing.json");
    let (iat, auth_time) = (first["iat"].as_i64().unwrap(), first["auth_time"].as_i64().unwrap());
    for (claim, good, bad) in [
        (ClaimName::Sub, first["sub"].clone(), json!("2cd7cecd-d444-4685-bb04-8bbfdb45a06a")),
        (ClaimName::AuthTime, auth_time.into(), json!(auth_time + 1)),
        (ClaimName::Nonce, json!(NONCE), json!("demoNoncf")),
        (ClaimName::Iat, iat.into(), json!(iat - 1)),
    ] {
        let with = |value: Value| {
            let refreshed = refreshed(|claims| {
                claims.insert(claim.as_str().into(), value);
            });
            refreshed.map(|_| ())
        };
        assert_eq!(with(good), Ok(()), "{claim}");
        assert_eq!(with(bad), Err(VerifyError::IdToken(IdTokenError::ContinuityBroken { claim })), "{claim}");
    }
    let foreign = refreshed(|claims| {
        claims.insert("aud".into(), json!("another"));
    });
    assert_eq!(foreign.err(), Some(VerifyError::IdToken(IdTokenError::AudienceMismatch)));
    let gone = refreshed(|claims| {
        claims.remove("azp");
    });
    let broken = IdTokenError::ContinuityBroken { claim: ClaimName::Azp };
    assert_eq!(gone.err(), Some(VerifyError::IdToken(broken)));
}
