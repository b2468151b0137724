//! `symbolon-client-auth` adopted alone, in three call shapes: a typed form of axum, the iterators of any other framework, and
//! raw bytes. Each ends in a status, headers and JSON that are ready to be sent.
//!
//! The third is the strict one: a parser that keeps one of two equal names leaves the other unseen, and nothing after it can
//! notice. That difference is asserted at the end.

#![expect(clippy::unwrap_used, reason = "an example in a test may stop at the first thing that is not as it says")]

use axum::{
    Form, Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Request, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::Value;
use symbolon_client_auth::{
    AssertionSigner, Checks, ClientAuthentication, ClientKeys, Credentials, Evidence, Extensions, PresentedCredentials,
    RegisteredCredentials, RegisteredSecret,
    jose::{SigningKey, VerifyingKeys},
    policy::Policy,
    types::{AuthMethod, ClientId, Issuer, Presentation, ResponseParts, Rule, Trace},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{keys, now};
use symbolon_token_request::{FormEncoder, ParamName, TokenRequest};
use symbolon_token_response::Refused;
use tower_service::Service as _;

const ISSUER: &str = "https://as.example";
const FORM: &str = "application/x-www-form-urlencoded";

// ---- What the program has: its clients, and one function for all three shapes.

fn key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap().with_kid("1")
}

fn look_up(client_id: &str) -> Option<RegisteredCredentials> {
    let of = |method| RegisteredCredentials::new(ClientId::parse(client_id).unwrap(), method);
    let secret = || RegisteredSecret::Plain("mysecret".into());
    match client_id {
        "app" => Some(of(AuthMethod::ClientSecretBasic).with_secret(secret())),
        "post" => Some(of(AuthMethod::ClientSecretPost).with_secret(secret())),
        "jwt" => {
            let keys = VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap()]);
            Some(of(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys)))
        }
        _ => None,
    }
}

/// Who is calling, or the answer to send. What must be remembered of an assertion is the caller's: [`ProvenClient::once`].
///
/// [`ProvenClient::once`]: symbolon_client_auth::ProvenClient::once
fn authenticate(credentials: &Credentials<'_>) -> Result<ClientId, ResponseParts> {
    let refused = |rule: Rule, presentation: Presentation| {
        Refused::new(rule).presentation(presentation).realm(ISSUER).into_response()
    };
    let presented = PresentedCredentials::read(credentials, &Extensions::NONE)
        .map_err(|error| refused(error.rule(), error.presentation()))?;
    let registered = look_up(presented.client_hint());
    let issuer = Issuer::parse(ISSUER).unwrap();
    let checks = Checks {
        crypto: &PROVIDER,
        policy: &Policy::OAUTH_2_1.assertion,
        issuer: &issuer,
        token_endpoint: "https://as.example/token",
    };
    let trace = &mut Trace::stop_at_first();
    let proven = checks
        .check(&presented, registered.as_ref(), &Evidence::default(), trace, now())
        .map_err(|error| refused(error.rule(), presented.presentation()))?;
    Ok(proven.client_id().clone())
}

/// What an answer must be: the client's id, or status and code.
#[track_caller]
fn assert_refused(parts: &ResponseParts, status: u16, error: &str) {
    let body: Value = serde_json::from_slice(parts.body()).unwrap();
    assert_eq!((parts.status(), body.get("error").and_then(Value::as_str)), (status, Some(error)));
    assert_eq!(parts.header("content-type"), Some("application/json"));
    assert_eq!(parts.header("cache-control"), Some("no-store"));
    assert_eq!(parts.header("www-authenticate").is_some(), status == 401);
}

fn assertion() -> Vec<(&'static str, String)> {
    let signer = AssertionSigner::new(key(), &Issuer::parse(ISSUER).unwrap());
    let applied = ClientAuthentication::PrivateKeyJwt(signer);
    let applied = applied.apply(&PROVIDER, &ClientId::parse("jwt").unwrap(), now()).unwrap();
    applied.parameters.iter().map(|(name, value)| (*name, value.expose().to_owned())).collect()
}

fn encoded(pairs: &[(&'static str, String)]) -> String {
    let mut encoder = FormEncoder::new();
    for (name, value) in pairs {
        encoder.push(name, value);
    }
    encoder.finish().expose().to_owned()
}

// ---- First shape: a typed form of axum, and its headers.

#[derive(Deserialize)]
struct TokenForm {
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

async fn token(headers: HeaderMap, Form(form): Form<TokenForm>) -> Response {
    // All values of the header: that there are two can only be refused if both arrive.
    let authorization: Vec<&[u8]> = headers.get_all("authorization").iter().map(HeaderValue::as_bytes).collect();
    let credentials = Credentials {
        authorization: &authorization,
        client_id: form.client_id.as_deref(),
        client_secret: form.client_secret.as_deref(),
        client_assertion_type: form.client_assertion_type.as_deref(),
        client_assertion: form.client_assertion.as_deref(),
        ..Credentials::default()
    };
    match authenticate(&credentials) {
        Ok(client_id) => client_id.as_str().to_owned().into_response(),
        Err(refused) => symbolon_http::response(refused),
    }
}

async fn call(authorization: &[&str], body: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::post("/token").header("content-type", FORM);
    let request = authorization.iter().fold(request, |request, value| request.header("authorization", *value));
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = Router::new().route("/token", post(token)).call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 65_536).await.unwrap();
    (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_typed_form_of_axum() {
    let (status, _, body) = call(&["Basic YXBwOm15c2VjcmV0"], "grant_type=client_credentials").await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "app"));
    let (status, _, body) = call(&[], "client_id=post&client_secret=mysecret").await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "post"));
    let (status, _, body) = call(&[], &encoded(&assertion())).await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "jwt"));

    let (status, headers, body) = call(&["Basic YXBwOm15c2VjcmVU"], "").await;
    assert_eq!(status.as_u16(), 401);
    assert_eq!(headers["www-authenticate"], "Basic realm=\"https://as.example\"");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(body.contains("\"invalid_client\""));
    let (status, headers, body) = call(&[], "client_id=post&client_secret=mysecreT").await;
    assert_eq!((status.as_u16(), headers.get("www-authenticate")), (400, None));
    assert!(body.contains("\"invalid_client\""));
    let (status, _, body) = call(&["Basic YXBwOm15c2VjcmV0", "Basic YXBwOm15c2VjcmV0"], "").await;
    assert_eq!(status.as_u16(), 400);
    assert!(body.contains("\"invalid_request\""));
    let (status, _, body) = call(&["Basic YXBwOm15c2VjcmV0"], "client_secret=mysecret").await;
    assert_eq!(status.as_u16(), 400);
    assert!(body.contains("\"invalid_request\""));
}

// ---- Second shape: the iterators of any framework, over headers and over the pairs of a form that was parsed elsewhere.

fn from_iterators<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    form: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<ClientId, ResponseParts> {
    let authorization: Vec<&[u8]> =
        headers.filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value).collect();
    let mut credentials = Credentials { authorization: &authorization, ..Credentials::default() };
    for (name, value) in form {
        let place = match name {
            "client_id" => &mut credentials.client_id,
            "client_secret" => &mut credentials.client_secret,
            "client_assertion_type" => &mut credentials.client_assertion_type,
            "client_assertion" => &mut credentials.client_assertion,
            _ => continue,
        };
        *place = Some(value); // the last one wins, as in most frameworks
    }
    authenticate(&credentials)
}

#[test]
fn the_iterators_of_another_framework() {
    let headers = |value: &'static str| [("Host", &b"as.example"[..]), ("AUTHORIZATION", value.as_bytes())].into_iter();
    let grant = || [("grant_type", "client_credentials")].into_iter();
    assert_eq!(from_iterators(headers("Basic YXBwOm15c2VjcmV0"), grant()).unwrap().as_str(), "app");
    assert_refused(&from_iterators(headers("Basic YXBwOm15c2VjcmVU"), grant()).unwrap_err(), 401, "invalid_client");
    assert_refused(&from_iterators(headers("Bearer x"), grant()).unwrap_err(), 401, "invalid_client");

    let none = || [].into_iter();
    let form = |secret| [("client_id", "post"), ("client_secret", secret)].into_iter();
    assert_eq!(from_iterators(none(), form("mysecret")).unwrap().as_str(), "post");
    assert_refused(&from_iterators(none(), form("")).unwrap_err(), 400, "invalid_client");

    let assertion = assertion();
    let pairs = || assertion.iter().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(from_iterators(none(), pairs()).unwrap().as_str(), "jwt");
    let untyped = pairs().filter(|(name, _)| *name != "client_assertion_type");
    assert_refused(&from_iterators(none(), untyped).unwrap_err(), 400, "invalid_client");
    let beside_basic = from_iterators(headers("Basic YXBwOm15c2VjcmV0"), pairs());
    assert_refused(&beside_basic.unwrap_err(), 401, "invalid_client");
}

// ---- Third shape: raw bytes, read strictly.

fn from_bytes(authorization: &[&[u8]], body: &[u8]) -> Result<ClientId, ResponseParts> {
    let form =
        TokenRequest::parse(body.to_vec()).map_err(|error| Refused::new(error.rule()).realm(ISSUER).into_response())?;
    authenticate(&Credentials {
        authorization,
        client_id: form.get(ParamName::ClientId),
        client_secret: form.get(ParamName::ClientSecret),
        client_assertion_type: form.get(ParamName::ClientAssertionType),
        client_assertion: form.get(ParamName::ClientAssertion),
        ..Credentials::default()
    })
}

#[test]
fn raw_bytes() {
    assert_eq!(from_bytes(&[b"Basic YXBwOm15c2VjcmV0"], b"grant_type=client_credentials").unwrap().as_str(), "app");
    assert_refused(&from_bytes(&[b"Basic YXBwOm15c2VjcmVU"], b"").unwrap_err(), 401, "invalid_client");
    assert_eq!(from_bytes(&[], b"client_id=post&client_secret=mysecret").unwrap().as_str(), "post");
    assert_refused(&from_bytes(&[], b"client_id=post&client_secret=x").unwrap_err(), 400, "invalid_client");
    assert_eq!(from_bytes(&[], encoded(&assertion()).as_bytes()).unwrap().as_str(), "jwt");
    assert_refused(&from_bytes(&[], b"client_id=post&client_secret=%zz").unwrap_err(), 400, "invalid_request");
    assert_refused(&from_bytes(&[], b"").unwrap_err(), 400, "invalid_client");
}

// ---- What the foreign parsers leave unseen.

#[test]
fn a_foreign_parser_leaves_a_duplicate_unseen_and_the_strict_one_refuses_it() {
    let pairs = [("client_id", "post"), ("client_secret", "wrong"), ("client_secret", "mysecret")];
    let unseen = from_iterators([].into_iter(), pairs.into_iter());
    assert_eq!(unseen.unwrap().as_str(), "post", "the first value never reached this crate");

    let strict = from_bytes(&[], b"client_id=post&client_secret=wrong&client_secret=mysecret");
    assert_refused(&strict.unwrap_err(), 400, "invalid_request");
    assert_eq!(from_bytes(&[], b"client_id=post&client_secret=mysecret").unwrap().as_str(), "post");
}

#[tokio::test]
async fn axums_typed_form_sees_a_duplicate_but_answers_in_its_own_words() {
    let (status, headers, body) = call(&[], "client_id=post&client_secret=wrong&client_secret=mysecret").await;
    assert_eq!(status.as_u16(), 422, "serde's derived struct refuses it");
    assert_ne!(headers.get("cache-control").map(|value| value.to_str().unwrap()), Some("no-store"));
    assert!(!body.contains("invalid_request"), "no answer of RFC 6749 §5.2");
    // A duplicate of a parameter that the struct does not name is unseen.
    let (status, _, body) = call(&[], "client_id=post&client_secret=mysecret&scope=a&scope=b").await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "post"));
}
