//! Every token response and token that the providers' pages print, read by the client half with nothing lost.
#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and what they share"
)]

use serde_json::Value;
use symbolon_client::{
    Client, FailedExchange, Failure, IncomingResponse, PendingTokens, Received, RefreshPlan, Tokens, UnverifiedTokens,
    VerifyError,
};
use symbolon_client_auth::ClientAuthentication;
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{Checks, Continuity, Expected, IdTokenError};
use symbolon_jose::{JwkSet, UnverifiedJwt, VerifyingKeys};
use symbolon_policy::Policy;
use symbolon_testkit::{FIXED, RawResponse, at, fixtures};
use symbolon_types::{Alg, ClientId, Issuer, Scope, Trace};
use time::UtcDateTime;

fn client(issuer: &str, client_id: &str) -> Client {
    Client::builder(Issuer::parse(issuer).unwrap(), ClientId::parse(client_id).unwrap(), PROVIDER.with_random(&FIXED))
        .token_endpoint("https://provider.example/token")
        .authentication(ClientAuthentication::Basic("mysecret".into()))
        .build()
        .unwrap()
}

fn pending(now: UtcDateTime) -> PendingTokens {
    let client = client("https://provider.example", "test");
    let sending = client.client_credentials(Some(Scope::parse("openid profile").unwrap()), now).unwrap();
    let (_, pending) = sending.ready().unwrap();
    pending
}

fn receive(body: &[u8], now: UtcDateTime) -> Result<Tokens, FailedExchange> {
    match pending(now).receive(&IncomingResponse::json(200, body), now)? {
        Received::Tokens(tokens) => Ok(tokens.without_id_token().expect("an exchange without openid")),
        other => panic!("tokens were expected: {other:?}"),
    }
}

/// Whether every member of the document is in what was read.
fn nothing_is_lost(name: &str, body: &[u8]) {
    let document: Value = serde_json::from_slice(body).unwrap();
    let tokens = receive(body, at(1_700_000_000)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let read = tokens.response();
    for (member, value) in document.as_object().unwrap() {
        let text = |secret: Option<&symbolon_types::Secret>| secret.map(|s| Value::from(s.expose()));
        let seconds = |lifetime: Option<time::Duration>| lifetime.map(|l| Value::from(l.whole_seconds()));
        let found = match member.as_str() {
            "access_token" => text(Some(&read.access_token)),
            "refresh_token" => text(read.refresh_token.as_ref()),
            "id_token" => text(read.id_token.as_ref()),
            "token_type" => Some(Value::from(&*read.token_type)),
            "expires_in" => seconds(read.expires_in),
            // R91: zero is none.
            "refresh_token_expires_in" | "refresh_expires_in" => {
                Some(seconds(read.refresh_token_expires_in).unwrap_or_else(|| Value::from(0)))
            }
            "scope" => read.scope.as_ref().map(|scope| Value::from(scope.to_string())),
            other => read.other.get(other).cloned(),
        };
        assert_eq!(found.as_ref(), Some(value), "{name}: {member}");
    }
}

#[test]
fn every_token_response_is_read_with_nothing_lost() {
    let mut read = 0;
    for name in fixtures::names().iter().filter(|name| is_token_response(name)) {
        for (variant, bytes) in fixtures::variants(&fixtures::original_name(name)) {
            nothing_is_lost(&variant, &bytes);
            read += 1;
        }
    }
    assert!(read >= 7, "{read} token responses");
}

fn is_token_response(name: &str) -> bool {
    (name.ends_with(".response.json") || name.ends_with(".response.twin.json")) && !name.contains("userinfo")
}

#[test]
fn r99_r102_a_whole_response_with_its_headers_is_read() {
    for name in ["bankid-authorization-code.response.http", "bankid-refresh-token.response.http"] {
        for (variant, bytes) in fixtures::variants(name) {
            let raw = RawResponse::parse(&bytes).unwrap_or_else(|error| panic!("{variant}: {error:?}"));
            let no_store = raw.header("cache-control").any(|value| value == b"no-store");
            assert!(no_store, "R98");
            let parts = raw.into_parts();
            nothing_is_lost(&variant, parts.body());
            let tokens = receive(parts.body(), at(1_629_286_057)).unwrap();
            // R94: `sid`, else `session_state`; R93, R88, R89.
            assert_eq!(tokens.response().session_id(), Some("66801cef-7746-4dd6-a018-43bda5c7002b"));
            assert_eq!(tokens.response().not_before_policy(), None);
            assert!(tokens.response().is_token_type("Bearer"));
            assert_eq!(tokens.expires_at(), Some(at(1_629_286_357)));
            assert_eq!(tokens.refresh_expires_at(), Some(at(1_629_287_857)));
            assert!(tokens.authorization().expose().starts_with("Bearer "), "R128: never the received spelling");
        }
    }
}

#[test]
fn r65_r92_every_member_that_the_tables_name_is_read() {
    let body = fixtures::load("bankid-token-with-proof.synthetic.response.json");
    let tokens = receive(&body, at(1_629_286_057)).unwrap();
    assert!(tokens.response().bankid_proof().is_some());
    assert!(tokens.response().session_id().is_some());
    let without = fixtures::load("bankid-authorization-code.response.json");
    assert!(receive(&without, at(1_629_286_057)).unwrap().response().bankid_proof().is_none());
}

#[test]
fn r96_client_credentials_without_id_token_and_refresh_token_is_no_error() {
    let body = fixtures::load("bankid-client-credentials.synthetic.response.json");
    let tokens = receive(&body, at(1_629_286_057)).unwrap();
    assert!(tokens.response().id_token.is_none());
    assert!(tokens.refresh_token().is_none());
    assert_eq!(tokens.refresh_expires_at(), None, "0 is none, not at once (R91)");
    assert!(tokens.refresh_plan().is_none());
}

#[test]
fn a_response_that_is_cut_short_or_no_token_response_is_refused() {
    let body = fixtures::load("idporten-token.response.twin.json");
    let now = at(1_497_605_262);
    assert!(receive(&body, now).is_ok());
    assert!(receive(body.get(..body.len() / 2).unwrap(), now).is_err());
    assert!(receive(&fixtures::load("idporten-old-userinfo.response.twin.json"), now).is_err());
    let answered = pending(now).receive(&IncomingResponse::json(302, body), now);
    assert!(answered.is_err(), "A118: a redirect is no answer");
}

#[test]
fn every_printed_token_decodes_to_what_the_pages_decode_it_to() {
    for (list, bytes) in fixtures::variants("jwt-decoded.json") {
        let listed: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(listed.len(), 7);
        for entry in &listed {
            let name = entry["file"].as_str().unwrap();
            let token = file(name).unwrap_or_else(|| panic!("{list}: {name} is not there"));
            let jwt = UnverifiedJwt::parse(&token).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(jwt.header().alg().as_str(), entry["header"]["alg"], "{name}");
            assert_eq!(jwt.header().kid(), entry["header"]["kid"].as_str(), "{name}");
            for claim in ["iss", "sub", "jti"] {
                assert_eq!(jwt.peek_claim(claim).as_deref(), entry["claims"][claim].as_str(), "{name}: {claim}");
            }
            assert!(UnverifiedJwt::parse(token.rsplit_once('.').unwrap().0).is_err(), "{name}: two parts are no JWS");
        }
    }
}

/// A file of the repository, or an original.
fn file(name: &str) -> Option<String> {
    let bytes = if fixtures::names().iter().any(|known| known == name) {
        fixtures::load(name)
    } else {
        fixtures::originals()?.find(|(original, _)| original == name)?.1
    };
    String::from_utf8(bytes).ok()
}

fn keys(name: &str) -> VerifyingKeys {
    let set = JwkSet::parse(&fixtures::load(name)).unwrap();
    VerifyingKeys::load(&PROVIDER, &set, &[Alg::Rs256])
}

/// The ID token of the shape that ID-porten documents today, and the moment at which it was issued.
fn current_shape() -> (Vec<u8>, String, UtcDateTime, Value) {
    let body = fixtures::load("idporten-token.current-shape.synthetic.response.json");
    let document: Value = serde_json::from_slice(&body).unwrap();
    let id_token = document["id_token"].as_str().unwrap().to_owned();
    let jwt = UnverifiedJwt::parse(&id_token).unwrap();
    let keys = keys("idporten-client-assertion.synthetic.jwks.json");
    let verified = jwt.verify(keys.keys().first().unwrap()).unwrap();
    let claims: Value = verified.claims_as().unwrap();
    let iat = at(claims["iat"].as_i64().unwrap());
    (body, id_token, iat, claims)
}

fn refreshed(issuer: &str, first: Continuity, body: Vec<u8>, client_id: &str, now: UtcDateTime) -> UnverifiedTokens {
    let mut plan = RefreshPlan::new("any");
    plan.identity = Some(first);
    let client = client(issuer, client_id);
    let (_, pending) = client.refresh(plan, now).unwrap().ready().unwrap();
    match pending.receive(&IncomingResponse::json(200, body), now).unwrap() {
        Received::Tokens(tokens) => tokens,
        other => panic!("tokens were expected: {other:?}"),
    }
}

#[test]
fn r124_the_current_shape_of_idporten_verifies_through_the_client_and_not_a_moment_too_late() {
    let (body, id_token, now, claims) = current_shape();
    let keys = keys("idporten-client-assertion.synthetic.jwks.json");
    let client_id = claims["aud"].as_str().unwrap();
    let issuer = Issuer::parse(claims["iss"].as_str().unwrap()).unwrap();
    let registered = ClientId::parse(client_id).unwrap();
    let checks = Checks { crypto: &PROVIDER, policy: &Policy::OAUTH_2_1.id_token };
    let expected = Expected {
        nonce: claims["nonce"].as_str().map(symbolon_types::Secret::new),
        algorithms: &[Alg::Rs256],
        ..Expected::new(&issuer, &registered)
    };
    let read = checks.check(&id_token, &keys, &expected, &mut Trace::stop_at_first(), now).unwrap();
    let first = Continuity::from(&read);

    let facade = |first: Continuity, now| refreshed(issuer.as_str(), first, body.clone(), client_id, now);
    let verified = facade(first.clone(), now).verify(&keys, now).unwrap();
    assert_eq!(verified.id_token().unwrap().acr.as_deref(), claims["acr"].as_str(), "R114");
    assert_eq!(verified.response().scope.as_ref().unwrap().to_string(), "openid");
    let late = at(claims["exp"].as_i64().unwrap() + 10);
    let error = facade(first.clone(), late).verify(&keys, late).unwrap_err();
    let expired = Failure::NotVerified(VerifyError::IdToken(IdTokenError::Expired));
    assert_eq!(error.failure(), &expired);
    let mut another = first;
    another.sub = symbolon_id_token::Personal::new("another");
    assert!(facade(another, now).verify(&keys, now).is_err(), "R102: the identity stays the same");
}

#[test]
fn o6_the_token_of_2017_passes_none_of_todays_rules_by_itself() {
    // The twin is signed with a throw-away key: its signature holds, and the rest is judged.
    let token = fixtures::text("idporten-token.id_token.twin.jwt");
    let keys = keys("twin.jwks.json");
    let now = at(1_497_605_270);
    let checks = Checks { crypto: &PROVIDER, policy: &Policy::OAUTH_2_1.id_token };
    let check = |issuer: &str, nonce: &str| {
        let (issuer, client_id) = (Issuer::parse(issuer).unwrap(), ClientId::parse("test_rp_yt2").unwrap());
        let expected =
            Expected { nonce: Some(nonce.into()), algorithms: &[Alg::Rs256], ..Expected::new(&issuer, &client_id) };
        checks.check(&token, &keys, &expected, &mut Trace::stop_at_first(), now)
    };
    let issuer = "https://oidc-yt2.difi.eon.no/idporten-oidc-provider/";
    let read = check(issuer, "min_fine_nonce_verdi").unwrap();
    assert_eq!(read.amr, ["BankID"], "R116: a string is one value");
    assert!(check("https://idporten.no", "min_fine_nonce_verdi").is_err());
    assert!(check(issuer.strip_suffix('/').unwrap(), "min_fine_nonce_verdi").is_err(), "O6: the slash counts");
    assert!(check(issuer, "another").is_err());
}

#[test]
fn every_response_and_token_file_is_read_in_this_folder() {
    let here = [include_str!("real_responses.rs"), include_str!("signatures.rs"), include_str!("fixtures.rs")].concat();
    for name in fixtures::names().iter().filter(|name| name.ends_with(".jwt")) {
        let original = fixtures::original_name(name);
        let listed = String::from_utf8(fixtures::load("jwt-decoded.twin.json")).unwrap();
        let is_read = here.contains(&original) || here.contains(name.as_str()) || listed.contains(name.as_str());
        assert!(is_read, "{name} is read nowhere");
    }
}
