//! What an endpoint is made of, what it tells of itself, and what the caller brings to it.
#[cfg(test)]
mod support;

use std::sync::Arc;

use support::{Bench, Tokens, app, basic, form, plan, policy, ready, refresh, refused, signed, status_and_error};
use symbolon_policy::{Contradiction, Policy};
use symbolon_server::{
    ApiMisuse, Endpoint, EndpointBuilder, Found, Grant, GrantStatus, MetadataUrls, Refusal, RegisteredClient,
    ServerKey, Throttle, TokenPlan,
    client_auth::{ClientKeys, RegisteredCredentials, RegisteredSecret, Verdict},
    jose::{JwkSet, VerifyingKeys},
    types::{Alg, AuthMethod, ClientId, Issuer, RequestParts, Rule},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use time::Duration;

#[cfg(test)]
fn builder(key: ServerKey) -> EndpointBuilder {
    let issuer = Issuer::parse(support::ISSUER).unwrap();
    Endpoint::builder(issuer, "https://as.example/token", symbolon_crypto_ring::PROVIDER, key)
}

#[cfg(test)]
fn key(id: &str, byte: u8) -> ServerKey {
    ServerKey::new(id, [byte; 32])
}

#[test]
fn what_cannot_be_is_refused_when_the_endpoint_is_made() {
    let misuse = |builder: EndpointBuilder| builder.build().err();
    assert_eq!(misuse(builder(key("k", 7))), None);
    assert_eq!(misuse(builder(ServerKey::new("k", [7; 31]))), Some(ApiMisuse::ServerKey));
    assert_eq!(misuse(builder(key("k", 7)).old_key(key("k", 8))), Some(ApiMisuse::ServerKey));
    assert_eq!(misuse(builder(key("k", 7)).old_key(key("j", 8)).old_key(key("j", 9))), Some(ApiMisuse::ServerKey));
    assert_eq!(misuse(builder(key("k", 7)).old_key(key("j", 8))), None);
    for name in ["", "refresh_token", "client_credentials", "authorization_code"] {
        assert_eq!(misuse(builder(key("k", 7)).extension_grant(name)), Some(ApiMisuse::ExtensionGrant), "{name}");
    }
    let broken = policy(|p| p.code.lifetime = Duration::ZERO);
    assert_eq!(misuse(builder(key("k", 7)).policy(broken)), Some(ApiMisuse::Policy(Contradiction::Lifetime)));
}

/// Refreshes at an endpoint with these keys what another endpoint issued under `k1`.
#[cfg(test)]
fn refresh_at(endpoint: &Endpoint, bench: &Bench, tokens: &Tokens) -> Result<symbolon_server::Outcome, Refusal> {
    let received = endpoint.receive(refresh(tokens.refresh()))?;
    let client = ready(bench.store().client("app")).unwrap();
    match received.authenticate(Found::client(client), now())?.into_grant()? {
        Grant::RefreshToken(grant) => {
            let family = ready(bench.store().family(grant.family())).unwrap();
            grant.rotate(family, GrantStatus::Active, now())?.issue(&plan(), now())
        }
        other => Err(other.unsupported()),
    }
}

#[test]
fn d7_an_old_server_key_stays_until_its_last_family_ends() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let rotated = builder(key("k2", 8)).old_key(key("k1", 7)).build().unwrap();
    assert!(refresh_at(&rotated, &bench, &tokens).is_ok());
    let forgotten = builder(key("k2", 8)).build().unwrap();
    let refusal = refresh_at(&forgotten, &bench, &tokens).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::RefreshKnown);
    let another = builder(key("k1", 9)).build().unwrap();
    assert!(refresh_at(&another, &bench, &tokens).is_err(), "a key of the same name is not the same key");
}

#[test]
fn a_refresh_has_a_successor_even_where_the_plan_wants_no_refresh_tokens() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let without: TokenPlan = plan().without_refresh_token();
    let strict = symbolon_store::Driver::new(bench.endpoint().clone(), bench.store().clone(), without);
    let refreshed = Tokens::of(ready(strict.token(refresh(tokens.refresh()), now())));
    assert!(
        refreshed.refresh.is_some(),
        "RFC 6749 §6: the client would keep the old one, and its use would be a reuse"
    );
    let code = bench.code(&app());
    assert!(Tokens::of(ready(strict.token(support::redeem(&code), now()))).refresh.is_none());
}

#[test]
fn a_plan_that_lives_for_less_than_a_second_is_a_server_error() {
    for (lifetime, status) in [(Duration::ZERO, 500), (Duration::seconds(-1), 500), (Duration::SECOND, 200)] {
        let bench = Bench::with(Policy::OAUTH_2_1, plan().with_lifetime(lifetime));
        assert_eq!(bench.send(basic("grant_type=client_credentials")).status(), status, "{lifetime}");
    }
}

#[test]
fn d15_a_throttled_secret_is_429_without_comparing_and_a_signature_is_not_throttled() {
    let bench = Bench::new();
    let answer = |parts: RequestParts, client: RegisteredClient, throttle| {
        let received = bench.endpoint().receive(parts).unwrap();
        let found = Found::client(Some(Arc::new(client))).throttle(throttle);
        match received.authenticate(found, now()) {
            Ok(_) => (200, None),
            Err(refusal) => {
                let outcome = refusal.into_outcome();
                let answer = outcome.commit().applied();
                let response = outcome.settle(answer).into_response();
                (response.status(), response.header("retry-after").map(String::from))
            }
        }
    };
    let refuse = Throttle::Refuse { retry_after: Duration::seconds(77) };
    let body = "grant_type=client_credentials";
    assert_eq!(answer(basic(body), app(), refuse), (429, Some("77".into())), "even the right secret");
    assert_eq!(answer(basic(body), app(), Throttle::Allow), (200, None));
    assert_eq!(answer(signed(&bench.assertion(), body), support::signer(), refuse), (200, None));
}

#[test]
fn d11_a_secret_that_the_caller_judges_needs_its_verdict() {
    let bench = Bench::new();
    let credentials = RegisteredCredentials::new(ClientId::parse("app").unwrap(), AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::JudgedByCaller);
    let client = || RegisteredClient::new(credentials.clone(), support::all_grants(), support::scope());
    let judge = |verdict: Option<Verdict>| {
        let received = bench.endpoint().receive(basic("grant_type=client_credentials")).unwrap();
        assert_eq!(received.presented_secret().unwrap().expose(), "mysecret");
        let found = Found::client(Some(Arc::new(client())));
        let found = match verdict {
            Some(verdict) => found.verdict(verdict),
            None => found,
        };
        received.authenticate(found, now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(judge(Some(Verdict::Right)), None);
    assert_eq!(judge(Some(Verdict::Wrong)), Some(Rule::SecretMatches));
    assert_eq!(judge(None), Some(Rule::FoundComplete));
}

#[test]
fn the_keys_of_a_jwks_uri_are_asked_for_and_brought_by_the_caller() {
    let bench = Bench::new();
    let credentials = RegisteredCredentials::new(ClientId::parse("signer").unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Uri("https://app.example/jwks".into()));
    let client = || RegisteredClient::new(credentials.clone(), support::all_grants(), support::scope());
    let set = JwkSet::new(vec![support::signing_key().public_jwk().unwrap()]);
    let keys = Arc::new(VerifyingKeys::load(&symbolon_crypto_ring::PROVIDER, &set, &[Alg::Es256]));
    let judge = |keys: Option<Arc<VerifyingKeys>>| {
        let received = bench.endpoint().receive(signed(&bench.assertion(), "grant_type=client_credentials")).unwrap();
        let client = client();
        assert_eq!(received.wanted_keys(Some(&client)).unwrap().uri, "https://app.example/jwks");
        assert!(received.wanted_keys(Some(&support::signer())).is_none(), "its keys are at hand");
        let by_mac = bench.endpoint().receive(signed(&bench.mac_assertion(), "grant_type=client_credentials")).unwrap();
        assert!(by_mac.wanted_keys(Some(&client)).is_none(), "no key of a set verifies a MAC");
        let found = Found::client(Some(Arc::new(client))).keys(keys);
        received.authenticate(found, now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(judge(Some(keys)), None);
    assert_eq!(judge(None), Some(Rule::FoundComplete));
    assert_eq!(judge(Some(Arc::new(VerifyingKeys::default()))), Some(Rule::AssertionKey));
}

#[test]
fn an_authorization_value_that_is_too_long_is_invalid_request() {
    let bench = Bench::new();
    let long = [b"Basic ".as_slice(), &vec![b'A'; 16 * 1024]].concat();
    let parts = form("grant_type=client_credentials").authorization(&long);
    assert_eq!(bench.answer(parts), refused(400, "invalid_request"));
    assert_eq!(bench.send(basic("grant_type=client_credentials")).status(), 200);
}

#[test]
fn an_endpoint_that_explains_gives_the_same_answers_and_keeps_what_it_saw() {
    let plain = Bench::new();
    let explaining = builder(key("k1", 7)).explain().build().unwrap();
    let explaining = symbolon_store::Driver::new(explaining, plain.store().clone(), plan());
    for body in
        ["grant_type=client_credentials", "grant_type=urn:example:x", "grant_type=client_credentials&scope=admin", ""]
    {
        let one = plain.send(basic(body));
        let other = ready(explaining.token(basic(body), now()));
        assert_eq!(one.reason(), other.reason());
        assert!(one.trace().facts().is_empty());
        if body.contains("grant_type") {
            assert!(!other.trace().facts().is_empty(), "{body}");
        }
        assert_eq!(one.status(), other.status());
        let _ = status_and_error(one);
    }
}

#[test]
fn rfc8414_2_the_metadata_tells_what_is_judged() {
    let bench = Bench::new();
    let mut urls = MetadataUrls::default();
    let bare = bench.endpoint().metadata(&urls);
    assert_eq!(bare["issuer"], support::ISSUER);
    assert_eq!(bare["token_endpoint"], "https://as.example/token");
    for absent in [
        "authorization_endpoint",
        "jwks_uri",
        "token_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
    ] {
        assert!(bare.get(absent).is_none(), "{absent}");
    }
    assert_eq!(bare["grant_types_supported"], serde_json::json!(["refresh_token", "client_credentials"]));

    urls.authorization_endpoint = Some("https://as.example/authorize".into());
    urls.auth_methods = vec![AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretJwt, AuthMethod::TlsClientAuth];
    let told = bench.endpoint().metadata(&urls);
    let methods = serde_json::json!(["private_key_jwt", "client_secret_jwt", "tls_client_auth"]);
    assert_eq!(told["token_endpoint_auth_methods_supported"], methods);
    assert_eq!(told["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    let algs = told["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
    assert!(algs.contains(&"ES256".into()) && algs.contains(&"RS512".into()));
    assert!(!algs.contains(&"ES512".into()), "what the provider lacks is not announced");
    assert!(algs.contains(&"HS256".into()));
    for (methods, signatures, macs) in [
        (vec![AuthMethod::PrivateKeyJwt], true, false),
        (vec![AuthMethod::ClientSecretJwt], false, true),
        (vec![AuthMethod::ClientSecretBasic], false, false),
    ] {
        let mut urls = MetadataUrls::default();
        urls.auth_methods = methods;
        let told = bench.endpoint().metadata(&urls);
        let algs = told.get("token_endpoint_auth_signing_alg_values_supported").and_then(|algs| algs.as_array());
        let has = |alg: &str| algs.is_some_and(|algs| algs.contains(&alg.into()));
        assert_eq!((has("ES256"), has("HS256")), (signatures, macs), "{:?}", urls.auth_methods);
        assert_eq!(algs.is_some(), signatures || macs, "RFC 8414 §3.2: nothing without a value");
    }
    assert!(told.get("authorization_response_iss_parameter_supported").is_none(), "nobody said so");
    urls.authorization_response_iss = true;
    let told = bench.endpoint().metadata(&urls);
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
}

#[test]
fn d21_no_step_shows_what_the_peer_sent() {
    let bench = Bench::new();
    let marker = "MARKER";
    let parts = || {
        basic(format!(
            "grant_type=authorization_code&code={marker}&redirect_uri={marker}&code_verifier={marker}&{marker}={marker}&scope={marker}"
        ))
    };
    let received = bench.endpoint().receive(parts()).unwrap();
    assert!(!format!("{received:?}").contains(marker));
    let request = received.authenticate(Found::client(Some(Arc::new(app()))), now()).unwrap();
    assert!(!format!("{request:?}").contains(marker));
    let grant = request.into_grant().unwrap();
    assert!(!format!("{grant:?}").contains(marker));
    let refusal = grant.unsupported();
    assert!(!format!("{refusal:?} {refusal}").contains(marker));
    let outcome = refusal.into_outcome();
    assert!(!format!("{outcome:?}").contains(marker));
    let answer = outcome.commit().applied();
    assert!(!format!("{:?}", outcome.settle(answer)).contains(marker));
    let resource = basic(format!("grant_type=client_credentials&resource=https://{marker}"));
    let received = bench.endpoint().receive(resource).unwrap();
    let request = received.authenticate(Found::client(Some(Arc::new(app()))), now()).unwrap();
    let Grant::ClientCredentials(grant) = request.into_grant().unwrap() else { panic!("that is what was asked for") };
    assert!(!format!("{:?}", grant.authorize(support::scope()).unwrap()).contains(marker));
    let unknown = form(format!("grant_type={marker}&client_id={marker}&client_secret={marker}"));
    let settled = bench.send(unknown);
    assert!(!format!("{settled:?}").contains(marker), "not even an unregistered client id");
    assert_eq!(settled.attempt().unwrap().subject, marker, "only whoever counts is told");
}
