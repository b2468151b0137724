//! OpenID Connect Core section 5.3: what else the issuer says of who signed in, and of nobody else.

use serde_json::{Map, Value, json};
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, Client, ClientBuilder, ClientError, IncomingResponse, OutgoingRequest,
    PendingUserinfo, ResourceRefusal, UnverifiedUserinfo, UserinfoReceiveError, UserinfoReceived, VerifiedTokens,
    client_auth::ClientAuthentication,
    dpop::NonceUse,
    id_token::{ClaimName, IdTokenError, Personal, UserinfoClaims, UserinfoError},
    jose::{KeyAdvice, KeySetCache, VerifyingKeys},
    policy::Policy,
    token_response::{RefusedAtResource, TokenScheme},
    types::{Alg, ErrorCode, ResponseParts, Rule, Secret},
};

use crate::{
    dpop_server::{check_values, dpop_builder, nonces, proofs, signer},
    party::{ACCESS_TOKEN, CLIENT, ISSUER, SignIn, builder, now, object, published, scope, sign, tokens},
};

const ENDPOINT: &str = "https://as.example/userinfo";
const SUB: &str = "248289761001";

fn with_userinfo(builder: ClientBuilder) -> ClientBuilder {
    builder.authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).userinfo_endpoint(ENDPOINT)
}

fn plain() -> Client {
    with_userinfo(builder()).build().unwrap()
}

/// A client that registered signed answers.
fn signing() -> Client {
    with_userinfo(builder()).userinfo_signed_response_alg(Alg::Ed25519).build().unwrap()
}

fn bound() -> Client {
    dpop_builder().userinfo_endpoint(ENDPOINT).build().unwrap()
}

fn signed_in(client: &Client) -> VerifiedTokens {
    let sign_in = SignIn::begin(client, AuthorizationPlan::new(scope("openid profile")));
    let id_token = sign(&sign_in.claims());
    let token_type = if client.dpop().is_some() { "DPoP" } else { "Bearer" };
    let members = json!({ "id_token": id_token, "token_type": token_type, "refresh_token": "r" });
    tokens(sign_in.pending, members).verify(&published(), now()).unwrap()
}

fn ask(client: &Client) -> (OutgoingRequest, PendingUserinfo) {
    signed_in(client).userinfo(now()).unwrap()
}

fn receive(client: &Client, response: &IncomingResponse) -> Result<UserinfoReceived, UserinfoReceiveError> {
    ask(client).1.receive(response, now())
}

fn claims(received: UserinfoReceived) -> UserinfoClaims {
    match received {
        UserinfoReceived::Claims(claims) => claims,
        other => panic!("{other:?}"),
    }
}

fn signed(received: UserinfoReceived) -> UnverifiedUserinfo {
    match received {
        UserinfoReceived::Signed(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn refused(client: &Client, response: &IncomingResponse) -> ResourceRefusal {
    match receive(client, response).unwrap() {
        UserinfoReceived::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn jwt(text: impl Into<Vec<u8>>) -> IncomingResponse {
    IncomingResponse::new(200, text).with_header("Content-Type", b"application/jwt")
}

fn jwt_claims() -> Map<String, Value> {
    object(json!({ "iss": ISSUER, "aud": CLIENT, "sub": SUB, "name": "Jane Doe" }))
}

fn about(sub: &str) -> IncomingResponse {
    IncomingResponse::json(200, json!({ "sub": sub, "name": "Jane Doe" }).to_string())
}

/// What a resource of this workspace answers.
fn resource(refusal: RefusedAtResource<'_>) -> IncomingResponse {
    let parts: ResponseParts = refusal.into_response();
    let headers = parts.headers().to_vec();
    let response = IncomingResponse::new(parts.status(), parts.into_body());
    headers.iter().fold(response, |response, (name, value)| response.with_header(name, value.as_bytes()))
}

#[test]
fn a_bearer_token_goes_in_the_header_of_a_get() {
    let (request, _) = ask(&plain());
    assert_eq!((request.method(), request.url()), ("GET", ENDPOINT));
    assert_eq!(request.header("authorization").unwrap().expose(), format!("Bearer {ACCESS_TOKEN}"));
    assert_eq!(request.header("accept").unwrap().expose(), "application/json");
    assert!(request.body().is_empty() && request.header("dpop").is_none() && request.header("content-type").is_none());
    assert_eq!(ask(&signing()).0.header("accept").unwrap().expose(), "application/jwt");
}

#[test]
fn a_bound_token_goes_beside_a_proof_for_this_endpoint() {
    let (request, _) = ask(&bound());
    assert_eq!(request.header("authorization").unwrap().expose(), format!("DPoP {ACCESS_TOKEN}"));
    let check = |method, url| {
        let token = Secret::new(ACCESS_TOKEN);
        check_values(&proofs(&request), method, url, NonceUse::Off, Some(&token)).map(|proven| proven.jkt())
    };
    assert_eq!(check("GET", ENDPOINT), Ok(signer().jkt()));
    assert!(check("POST", ENDPOINT).is_err() && check("GET", "https://as.example/token").is_err());
}

#[test]
fn r127_the_endpoint_for_mutual_tls_is_taken_by_who_does_that() {
    let metadata = json!({
        "issuer": ISSUER,
        "token_endpoint": "https://as.example/token",
        "userinfo_endpoint": ENDPOINT,
        "mtls_endpoint_aliases": { "userinfo_endpoint": "https://mtls.as.example/userinfo" },
    });
    let metadata = symbolon_client::Metadata::parse(metadata.to_string().as_bytes(), plain().issuer()).unwrap();
    let url = |builder: ClientBuilder| ask(&builder.metadata(&metadata).build().unwrap()).0.url().to_owned();
    assert_eq!(url(builder()), ENDPOINT);
    assert_eq!(url(builder().certificate_bound_access_tokens()), "https://mtls.as.example/userinfo");
}

#[test]
fn without_an_endpoint_or_a_sign_in_nothing_is_asked() {
    let without = builder().build().unwrap();
    let error = signed_in(&without).userinfo(now()).unwrap_err();
    assert_eq!(error, ClientError::NoEndpoint { endpoint: "userinfo_endpoint" });
    let mut plan = AuthorizationPlan::new(scope("openid read"));
    plan.may_lack_id_token = true;
    let received = tokens(SignIn::begin(&plain(), plan).pending, json!({ "scope": "read" }));
    let error = received.verify(&published(), now()).unwrap().userinfo(now()).unwrap_err();
    assert_eq!((&error, error.rule()), (&ClientError::NobodySignedIn, Rule::Embedder));
}

#[test]
fn r129_the_answer_is_about_who_signed_in() {
    let read = claims(receive(&plain(), &about(SUB)).unwrap());
    assert_eq!((read.sub.as_str(), read.personal("name").unwrap()), (SUB, Some(Personal::new("Jane Doe"))));
    let error = receive(&plain(), &about("248289761002")).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::SubjectMismatch));
    assert_eq!(error.rule(), Rule::IdTokenSub);
}

#[test]
fn after_a_refresh_without_id_token_it_is_still_about_who_signed_in_first() {
    let client = plain();
    let plan = signed_in(&client).refresh_plan().unwrap();
    let answer = |sub| {
        let (_, pending) = client.refresh(plan.clone(), now()).unwrap().ready().unwrap();
        let later = tokens(pending, json!({})).verify(&published(), now()).unwrap();
        assert!(later.id_token().is_none());
        later.userinfo(now()).unwrap().1.receive(&about(sub), now()).map(claims)
    };
    assert_eq!(answer(SUB).unwrap().sub.as_str(), SUB);
    let error = answer("248289761002").unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::SubjectMismatch));
}

#[test]
fn r129_a_signed_answer_is_verified_before_anybody_reads_it() {
    let answer = |claims: &Map<String, Value>| {
        let received = signed(receive(&signing(), &jwt(sign(claims))).unwrap());
        let hint = received.key_hint().unwrap();
        assert_eq!((hint.kid.as_deref(), hint.alg), (Some("1"), Alg::Ed25519));
        received.verify(&published(), now())
    };
    let with = |name: &str, value: Value| {
        let mut claims = jwt_claims();
        claims.insert(name.into(), value);
        answer(&claims).err()
    };
    assert_eq!(answer(&jwt_claims()).unwrap().personal("name"), Ok(Some(Personal::new("Jane Doe"))));
    assert_eq!(with("sub", json!("another")), Some(UserinfoError::SubjectMismatch));
    assert_eq!(with("iss", json!("https://evil.example")), Some(UserinfoError::Jwt(IdTokenError::IssuerMismatch)));
    assert_eq!(with("aud", json!("another")), Some(UserinfoError::Jwt(IdTokenError::AudienceMismatch)));
    let mut without = jwt_claims();
    without.remove("iss");
    let missing = IdTokenError::MissingClaim { claim: ClaimName::Iss };
    assert_eq!(answer(&without).err(), Some(UserinfoError::Jwt(missing)));
    let outdated = signed(receive(&signing(), &jwt(sign(&jwt_claims()))).unwrap());
    let error = outdated.verify(&VerifyingKeys::default(), now()).unwrap_err();
    assert!(matches!(error, UserinfoError::Jwt(IdTokenError::UnknownKid | IdTokenError::NoKey(_))), "{error:?}");
    let garbage = signed(receive(&signing(), &jwt("a.b")).unwrap());
    assert_eq!(garbage.key_hint(), None);
    assert!(garbage.verify(&published(), now()).is_err());
    assert!(receive(&signing(), &jwt([0xff])).is_err(), "not even text");
}

#[test]
fn a109_a_signed_answer_fetches_keys_only_if_its_algorithm_is_the_registered_one() {
    let advice = |client: &Client, cache: &mut KeySetCache, text: String| {
        signed(receive(client, &jwt(text)).unwrap()).key_advice(cache, now())
    };
    let text = || sign(&jwt_claims());
    assert_eq!(advice(&signing(), &mut KeySetCache::new(), text()), KeyAdvice::Fetch);
    assert_eq!(advice(&plain(), &mut KeySetCache::new(), text()), KeyAdvice::Use, "it is refused anyway");
    assert_eq!(advice(&signing(), &mut KeySetCache::new(), "a.b".into()), KeyAdvice::Use);
    let mut cache = KeySetCache::new();
    cache.fetched(published(), now());
    assert_eq!(advice(&signing(), &mut cache, text()), KeyAdvice::Use, "the key is there");
}

#[test]
fn d32_json_in_place_of_a_registered_signature_is_refused_and_the_reverse() {
    assert!(receive(&plain(), &about(SUB)).is_ok());
    let error = receive(&signing(), &about(SUB)).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::NotSigned));
    let unasked = signed(receive(&plain(), &jwt(sign(&jwt_claims()))).unwrap());
    assert_eq!(unasked.verify(&published(), now()).err(), Some(UserinfoError::Jwt(IdTokenError::AlgNotAllowed)));
}

#[test]
fn d32_a_public_client_has_no_userinfo_with_a_mac() {
    let build = |alg| builder().userinfo_signed_response_alg(alg).build().err();
    assert_eq!((build(Alg::Es256), build(Alg::Hs256)), (None, Some(ApiMisuse::SymmetricKey)));
    assert!(with_userinfo(builder()).userinfo_signed_response_alg(Alg::Hs256).build().is_ok());
}

#[test]
fn the_content_type_says_what_it_is() {
    let typed = |content_type: &[u8]| {
        let body = json!({ "sub": SUB }).to_string();
        receive(&plain(), &IncomingResponse::new(200, body).with_header("content-type", content_type)).map(claims).err()
    };
    assert_eq!(typed(b"Application/JSON; charset=utf-8"), None);
    for other in [&b"text/html"[..], b"text/plain", b"application/json2", b"", &[0xff]] {
        assert_eq!(typed(other), Some(UserinfoReceiveError::MediaType));
    }
    let none = receive(&plain(), &IncomingResponse::new(200, json!({ "sub": SUB }).to_string())).unwrap_err();
    assert_eq!((&none, none.rule()), (&UserinfoReceiveError::MediaType, Rule::ResponseJson));
}

#[test]
fn a113_a117_a118_a_redirect_a_long_answer_and_what_is_no_json_are_refused() {
    for status in [201, 204, 301, 302, 307, 100] {
        let error = receive(&plain(), &IncomingResponse::json(status, json!({ "sub": SUB }).to_string())).unwrap_err();
        assert_eq!((&error, error.rule()), (&UserinfoReceiveError::Status { status }, Rule::ResponseStatus));
    }
    let limit = Policy::OAUTH_2_1.limits.response_bytes;
    let body = |length: usize| {
        let text = json!({ "sub": SUB }).to_string();
        IncomingResponse::json(200, [text.as_str(), " ".repeat(length - text.len()).as_str()].concat())
    };
    assert!(receive(&plain(), &body(limit)).is_ok());
    let error = receive(&plain(), &body(limit + 1)).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::TooLarge { length: limit + 1, limit });
    for bad in ["<html>", "[]", r#"{"sub":"248289761001","sub":"248289761001"}"#] {
        let error = receive(&plain(), &IncomingResponse::json(200, bad)).unwrap_err();
        assert!(matches!(error, UserinfoReceiveError::Userinfo(UserinfoError::Json(_))), "{bad}");
        assert_eq!(error.rule(), Rule::ResponseJson);
    }
}

#[test]
fn a_refusal_says_what_its_challenge_says() {
    let realm = |rule| RefusedAtResource::new(rule).realm(ISSUER);
    let expired = refused(&plain(), &resource(realm(Rule::TokenKnown).presented(Some(TokenScheme::Bearer))));
    assert_eq!((expired.status, expired.code.as_ref()), (401, Some(&ErrorCode::InvalidToken)));
    assert!(expired.what_to_do().contains("refresh"), "{expired}");
    let scope = refused(&plain(), &resource(realm(Rule::TokenScope).presented(Some(TokenScheme::Bearer))));
    assert_eq!((scope.status, scope.code.as_ref()), (403, Some(&ErrorCode::InsufficientScope)));
    let proof = refused(&bound(), &resource(realm(Rule::DpopHtu).presented(Some(TokenScheme::Dpop))));
    assert_eq!((proof.status, proof.code.as_ref()), (401, Some(&ErrorCode::InvalidDpopProof)));
    let silent = refused(&plain(), &IncomingResponse::new(401, []));
    assert_eq!((silent.code.as_ref(), silent.what_to_do()), (None, expired.what_to_do()));
    let busy = refused(&plain(), &IncomingResponse::new(503, "<html>").with_header("retry-after", b"5"));
    assert_eq!(busy.retry_after, Some(time::Duration::seconds(5)));
    assert_eq!(busy.to_string(), "status 503; the resource could not answer: try again later");
}

#[test]
fn the_challenge_of_the_scheme_that_was_sent_goes_first() {
    let both = IncomingResponse::new(401, [])
        .with_header("WWW-Authenticate", br#"Bearer error="invalid_token", DPoP error="invalid_dpop_proof""#);
    assert_eq!(refused(&plain(), &both).code, Some(ErrorCode::InvalidToken));
    assert_eq!(refused(&bound(), &both).code, Some(ErrorCode::InvalidDpopProof));
    let other = IncomingResponse::new(401, [])
        .with_header("WWW-Authenticate", b"DPoP algs=\"ES256\"")
        .with_header("WWW-Authenticate", br#"Bearer error="insufficient_scope", scope="profile email""#);
    let refusal = refused(&bound(), &other);
    assert_eq!((refusal.code, refusal.scope), (Some(ErrorCode::InsufficientScope), Some(scope("profile email"))));
    let malformed = IncomingResponse::new(401, []).with_header("WWW-Authenticate", b"Bearer error=\"invalid_token");
    assert_eq!(refused(&plain(), &malformed).code, None);
}

#[test]
fn a098_what_the_peer_wrote_is_escaped_and_shortened() {
    let value = ["Bearer error=\"a\u{202e}\", error_description=\"", "x\u{1b}".repeat(300).as_str(), "\""].concat();
    let refusal = refused(&plain(), &IncomingResponse::new(400, []).with_header("www-authenticate", value.as_bytes()));
    let shown = refusal.to_string();
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && shown.len() < 600, "{shown}");
}

#[test]
fn a_nonce_is_taken_up_once() {
    let (nonces, client) = (nonces(), bound());
    let asks = |nonce: &str| {
        resource(RefusedAtResource::new(Rule::DpopNonce).presented(Some(TokenScheme::Dpop)).dpop_nonce(Some(nonce)))
    };
    let nonce = nonces.issue(now());
    let (first, pending) = ask(&client);
    let UserinfoReceived::SendAgain(request, pending) = pending.receive(&asks(&nonce), now()).unwrap() else {
        panic!("it is sent again")
    };
    let token = Secret::new(ACCESS_TOKEN);
    let check = |request: &OutgoingRequest| {
        check_values(&proofs(request), "GET", ENDPOINT, NonceUse::Required(&nonces), Some(&token)).is_ok()
    };
    assert!(check(&request) && !check(&first));
    assert_eq!((request.method(), request.url()), ("GET", ENDPOINT));
    assert_eq!(request.header("authorization"), first.header("authorization"));
    match pending.receive(&asks(&nonces.issue(now())), now()).unwrap() {
        UserinfoReceived::Refused(refusal) => assert_eq!(refusal.code, Some(ErrorCode::UseDpopNonce)),
        other => panic!("not a third time: {other:?}"),
    }
}

#[test]
fn the_second_answer_is_judged_as_the_first() {
    let again = || {
        let response = IncomingResponse::new(401, [])
            .with_header("www-authenticate", b"DPoP error=\"use_dpop_nonce\"")
            .with_header("dpop-nonce", b"n");
        match receive(&bound(), &response).unwrap() {
            UserinfoReceived::SendAgain(_, pending) => pending,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(claims(again().receive(&about(SUB), now()).unwrap()).sub.as_str(), SUB);
    let error = again().receive(&about("another"), now()).unwrap_err();
    assert_eq!(error, UserinfoReceiveError::Userinfo(UserinfoError::SubjectMismatch));
}

#[test]
fn nothing_is_sent_again_without_a_nonce_a_key_or_the_right_words() {
    let answer = |status: u16, error: &str, nonce: Option<&[u8]>| {
        let challenge = format!("DPoP error=\"{error}\"");
        let response = IncomingResponse::new(status, []).with_header("www-authenticate", challenge.as_bytes());
        nonce.into_iter().fold(response, |response, nonce| response.with_header("dpop-nonce", nonce))
    };
    let is_again = |client: &Client, response: &IncomingResponse| {
        matches!(receive(client, response).unwrap(), UserinfoReceived::SendAgain(..))
    };
    let right = answer(401, "use_dpop_nonce", Some(b"n"));
    assert!(is_again(&bound(), &right) && !is_again(&plain(), &right));
    for wrong in [
        answer(401, "use_dpop_nonce", None),
        answer(401, "use_dpop_nonce", Some(b"a b")),
        answer(400, "use_dpop_nonce", Some(b"n")),
        answer(401, "invalid_token", Some(b"n")),
        right.with_header("dpop-nonce", b"n"),
    ] {
        assert!(!is_again(&bound(), &wrong), "{wrong:?}");
    }
}

#[test]
fn nothing_shows_the_token_or_the_person() {
    let marker = "M4rk3r";
    let (request, pending) = ask(&bound());
    let shown = format!("{request:?} {pending:?}");
    assert!(!shown.contains(ACCESS_TOKEN) && !shown.contains(SUB), "{shown}");
    let received = receive(&signing(), &jwt(marker)).unwrap();
    assert!(!format!("{received:?}").contains(marker));
    for body in [json!({ "sub": marker }), json!({ "sub": [marker] })] {
        let error = receive(&plain(), &IncomingResponse::json(200, body.to_string())).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(marker));
    }
    let body = json!({ "sub": SUB, "name": marker, marker: marker }).to_string();
    let claims = claims(receive(&plain(), &IncomingResponse::json(200, body)).unwrap());
    assert!(!format!("{claims:?}").contains(marker));
}
