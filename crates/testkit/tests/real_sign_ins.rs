//! Sign-ins and userinfo as the providers' pages print them, through the client half and with its checks: the claims are
//! printed, and signed again with a throw-away key, because nobody has the provider's.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests and what they share")]

use serde_json::{Map, Value, json};
use symbolon_client::{
    AuthorizationCode, AuthorizationPlan, Client, ClientBuilder, Failure, IncomingResponse, PendingTokens, Received,
    UserinfoReceiveError, UserinfoReceived, VerifiedTokens, VerifyError,
};
use symbolon_client_auth::ClientAuthentication;
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{ClaimName, IdTokenError, Personal, UserinfoClaims, UserinfoError};
use symbolon_jose::{SigningKey, VerifyingKeys};
use symbolon_pkce::CodeVerifier;
use symbolon_testkit::{FIXED, at, fixtures, keys};
use symbolon_types::{Alg, ClientId, Issuer, Scope, Secret};
use time::UtcDateTime;

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
    builder(claims).build().unwrap()
}

fn builder(claims: &Map<String, Value>) -> ClientBuilder {
    let issuer = Issuer::parse(text(claims, "iss")).unwrap();
    let client_id = ClientId::parse(text(claims, "aud")).unwrap();
    Client::builder(issuer, client_id, PROVIDER.with_random(&FIXED))
        .token_endpoint("https://provider.example/token")
        .redirect_uri("https://client.example/cb")
        .userinfo_endpoint("https://provider.example/userinfo")
        .authentication(ClientAuthentication::Basic("mysecret".into()))
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
        Received::Tokens(tokens) => tokens.verify(&published(), now).map_err(|failed| match failed.failure() {
            Failure::NotVerified(error) => error.clone(),
            other => panic!("{other:?}"),
        }),
        other => panic!("tokens were expected: {other:?}"),
    }
}

/// A sign-in of this client with these claims, and the answer as its page prints it.
fn signed_in(client: &Client, answer: &str, claims: &Map<String, Value>) -> VerifiedTokens {
    let now = issued(claims);
    let plan = AuthorizationPlan::new(Scope::parse("openid profile").unwrap());
    let verifier = CodeVerifier::generate(client.crypto()).unwrap();
    let nonce = Some(Secret::new(text(claims, "nonce")));
    let code = AuthorizationCode::assume_received(client, plan, "code".into(), verifier, nonce, now).unwrap();
    let (_, pending) = client.exchange(code, now).unwrap().ready().unwrap();
    verify(pending, answer, claims, now).unwrap()
}

/// A sign-in with BankID whose answer is as its page prints it.
fn bankid() -> VerifiedTokens {
    let claims = object("bankid-authorization-code.id_token.claims.listing.json");
    signed_in(&client(&claims), "bankid-authorization-code.response.json", &claims)
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
        (ClaimName::Nonce, first["nonce"].clone(), json!("demoNoncf")),
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

/// What userinfo of ID-porten says after a sign-in of this `sub`.
fn idporten_userinfo(sub: &str) -> Result<UserinfoClaims, UserinfoReceiveError> {
    let mut claims = object("idporten-old-id-token.claims.listing.twin.json");
    claims.insert("sub".into(), sub.into());
    let tokens = signed_in(&client(&claims), "idporten-old-token.response.twin.json", &claims);
    let (request, pending) = tokens.userinfo(issued(&claims)).unwrap();
    assert_eq!((request.method(), request.url()), ("GET", "https://provider.example/userinfo"));
    let body = fixtures::load("idporten-old-userinfo.response.twin.json");
    match pending.receive(&IncomingResponse::json(200, body), issued(&claims))? {
        UserinfoReceived::Claims(claims) => Ok(claims),
        other => panic!("claims were expected: {other:?}"),
    }
}

#[test]
fn r126_r129_userinfo_of_idporten_is_read_whatever_is_in_it_and_only_for_its_own_subject() {
    let printed = object("idporten-old-userinfo.response.twin.json");
    let claims = idporten_userinfo(text(&printed, "sub")).unwrap();
    assert_eq!(claims.sub, Personal::new(text(&printed, "sub")));
    assert_eq!(claims.pid(), Ok(Some(Personal::new(text(&printed, "pid")))), "leading zero and all");
    assert_eq!(claims.text("locale"), Ok(Some("nb")));
    assert_eq!(claims.other_names().collect::<Vec<_>>(), ["locale", "pid"], "no more than that is sent");

    // The page prints the userinfo of somebody else than it prints the ID token of.
    let other = object("idporten-old-id-token.claims.listing.twin.json");
    let error = idporten_userinfo(text(&other, "sub")).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::SubjectMismatch));
}

#[test]
fn r129_userinfo_of_bankid_is_a_signed_jwt_and_no_json_is_taken_for_it() {
    let claims = object("bankid-authorization-code.id_token.claims.listing.json");
    let (client, now) = (builder(&claims).userinfo_signed_response_alg(Alg::Rs256).build().unwrap(), issued(&claims));
    let tokens = signed_in(&client, "bankid-authorization-code.response.json", &claims);
    let said = |sub: &str| json!({ "iss": claims["iss"], "aud": claims["aud"], "sub": sub, "name": claims["name"] });
    let signed = |sub: &str| {
        let body = key().sign(&PROVIDER, None, &said(sub)).unwrap();
        let response = IncomingResponse::new(200, body).with_header("content-type", b"application/jwt");
        match tokens.userinfo(now).unwrap().1.receive(&response, now).unwrap() {
            UserinfoReceived::Signed(answer) => answer.verify(&published(), now),
            other => panic!("a signed answer was expected: {other:?}"),
        }
    };
    let name = signed(text(&claims, "sub")).unwrap().personal("name").unwrap();
    assert_eq!(name, Some(Personal::new("Test User BankID")));
    assert_eq!(signed("2cd7cecd-d444-4685-bb04-8bbfdb45a06a"), Err(UserinfoError::SubjectMismatch));
    let plain = IncomingResponse::json(200, said(text(&claims, "sub")).to_string());
    let error = tokens.userinfo(now).unwrap().1.receive(&plain, now).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::NotSigned));
}
