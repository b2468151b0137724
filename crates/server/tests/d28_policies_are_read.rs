//! D28: what a policy says of clients and tokens is what the server does; `Policy::FAPI_2_0` (FAPI 2.0 Security Profile §5.3.2.1)
//! beside `Policy::OAUTH_2_1`.
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{
    Bench, ISSUER, Tokens, app, basic, form, plan, policy, ready, redeem_form, refused, signed, signer, spa,
    status_and_error,
};
use symbolon_dpop::ProofSigner;
use symbolon_policy::{AuthMethodSet, Policy, SenderConstraint};
use symbolon_server::{
    MetadataUrls, Reason, RegisteredClient,
    client_auth::{ClientKeys, RegisteredCredentials, Vouched},
    jose::{JwkSet, SigningKey, VerifyingKeys},
    types::{
        Alg, AuthMethod, CertificateChain, ClientId, Confirmation, Digest, Method, PeerCertificate, RequestParts, Rule,
        Secret,
    },
};
use symbolon_store::Driver;
use symbolon_testkit::{keys, now};

#[cfg(test)]
const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";

#[cfg(test)]
fn fapi() -> Bench {
    Bench::with(Policy::FAPI_2_0, plan())
}

/// What demands sender-constrained tokens and is otherwise the base.
#[cfg(test)]
fn bound() -> Bench {
    Bench::with(policy(|policy| policy.sender_constraint = SenderConstraint::Required), plan())
}

#[cfg(test)]
fn proof(bench: &Bench) -> Vec<u8> {
    proof_for(bench, "POST", "/token", None)
}

#[cfg(test)]
fn proof_for(bench: &Bench, method: &str, path: &str, token: Option<&Secret>) -> Vec<u8> {
    let key = SigningKey::from_pem(&bench.crypto, keys::P256, None).unwrap();
    let signer = ProofSigner::new(&bench.crypto, key).unwrap();
    let url = format!("{ISSUER}{path}");
    signer.proof(&bench.crypto, method, &url, None, token, now()).unwrap().expose().as_bytes().to_vec()
}

#[cfg(test)]
fn rule_and_answer(bench: &Bench, parts: RequestParts) -> (Option<Rule>, (u16, String)) {
    let settled = bench.send(parts);
    (settled.reason().map(Reason::rule), status_and_error(settled))
}

/// The client `signer` with this one key, and an assertion of it with this `aud`.
#[cfg(test)]
fn client_and_assertion(bench: &Bench, pem: &str, alg: Alg, aud: &Value) -> (RegisteredClient, String) {
    let key = SigningKey::from_pem(&bench.crypto, pem, Some(alg)).unwrap();
    let keys = VerifyingKeys::load(&bench.crypto, &JwkSet::new(vec![key.public_jwk().unwrap()]), &[alg]);
    let credentials = RegisteredCredentials::new(ClientId::parse("signer").unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(keys));
    let client = RegisteredClient::new(credentials, support::all_grants(), support::scope());
    let exp = now().unix_timestamp().saturating_add(60);
    let claims = json!({ "iss": "signer", "sub": "signer", "aud": aud, "jti": "1", "exp": exp });
    (client, key.sign(&bench.crypto, None, &claims).unwrap())
}

#[test]
fn fapi_2_0_a_client_with_a_key_gets_bound_tokens_and_its_refresh_token_stays() {
    let bench = fapi();
    let code = bench.code(&signer());
    let request = || signed(&bench.assertion(), &redeem_form(&code)).dpop(&proof(&bench));
    let tokens = Tokens::of(bench.send(request()));
    assert_eq!(tokens.body["token_type"], "DPoP");
    let body = format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose());
    for _ in 0..2 {
        let refresh = signed(&bench.assertion(), &body).dpop(&proof(&bench));
        let again = Tokens::of(bench.send(refresh));
        assert_eq!(again.body["token_type"], "DPoP");
        assert!(again.body.get("refresh_token").is_none(), "§5.3.2.1 item 9: it stays");
    }
    let header = format!("DPoP {}", tokens.access.expose());
    let shown = proof_for(&bench, "GET", "/userinfo", Some(&tokens.access));
    let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&shown);
    assert_eq!(ready(bench.driver.userinfo(parts, now())).into_response().status(), 200);
    // §5.3.2.2 item 9: a code that comes again revokes.
    assert_eq!(status_and_error(bench.send(request())), refused(400, "invalid_grant"));
}

#[test]
fn fapi_2_0_no_bearer_token_is_issued() {
    let bench = fapi();
    let without = signed(&bench.assertion(), CLIENT_CREDENTIALS);
    assert_eq!(rule_and_answer(&bench, without), (Some(Rule::DpopPresent), refused(400, "invalid_dpop_proof")));
    let with = signed(&bench.assertion(), CLIENT_CREDENTIALS).dpop(&proof(&bench));
    assert_eq!(Tokens::of(bench.send(with)).body["token_type"], "DPoP");
    // The base issues them.
    let base = Bench::new();
    let tokens = Tokens::of(base.send(signed(&base.assertion(), CLIENT_CREDENTIALS)));
    assert_eq!(tokens.body["token_type"], "Bearer");
}

#[test]
fn d1_a_request_that_would_end_in_a_bearer_token_remembers_the_assertion_and_touches_no_code() {
    let bench = fapi();
    let code = bench.code(&signer());
    let assertion = bench.assertion();
    assert_eq!(bench.answer(signed(&assertion, &redeem_form(&code))), refused(400, "invalid_dpop_proof"));
    let again = signed(&assertion, &redeem_form(&code)).dpop(&proof(&bench));
    assert_eq!(bench.answer(again), refused(400, "invalid_client"), "the assertion was used up");
    let fresh = signed(&bench.assertion(), &redeem_form(&code)).dpop(&proof(&bench));
    assert_eq!(bench.answer(fresh).0, 200);
}

#[test]
fn a_certificate_binds_as_a_proof_does_where_the_client_registered_it() {
    let bench = bound();
    let request = |name: Option<&str>| {
        let certificate = name.map(|name| PeerCertificate::new(name.as_bytes(), CertificateChain::NotValidated));
        basic(CLIENT_CREDENTIALS).peer_certificate(certificate)
    };
    let dpop_missing = (Some(Rule::DpopPresent), refused(400, "invalid_dpop_proof"));
    assert_eq!(rule_and_answer(&bench, request(None)), dpop_missing);
    assert_eq!(rule_and_answer(&bench, request(Some("one"))), dpop_missing, "nobody asked to be bound to it");

    bench.store().register(app().with_certificate_bound_access_tokens(true));
    let certificate_missing = (Some(Rule::CertificateBound), refused(400, "invalid_request"));
    assert_eq!(rule_and_answer(&bench, request(None)), certificate_missing);
    assert_eq!(bench.send(request(Some("one"))).status(), 200);
}

#[test]
fn what_an_own_method_has_shown_binds_too() {
    let bench = bound();
    let credentials = RegisteredCredentials::new(ClientId::parse("own").unwrap(), AuthMethod::parse("own_method"));
    let client = RegisteredClient::new(credentials, support::all_grants(), support::scope());
    let vouch = |confirmation: Confirmation| {
        let received = bench.endpoint().receive(form(format!("{CLIENT_CREDENTIALS}&client_id=own"))).unwrap();
        let vouched = Vouched::by("own_method").confirmation(confirmation);
        received.vouch(Some(client.clone().into()), vouched, now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(vouch(Confirmation { jkt: Some(Digest::from_bytes([5; 32])), ..Confirmation::NONE }), None);
    assert_eq!(vouch(Confirmation::NONE), Some(Rule::DpopPresent));
}

#[test]
fn a_bearer_token_of_an_older_policy_is_not_taken_any_more() {
    let before = Bench::new();
    let tokens = before.tokens(&app());
    assert_eq!(before.userinfo(&tokens.access).status(), 200);
    let now_bound = Driver::new(bound().endpoint().clone(), before.store().clone(), plan());
    let header = format!("Bearer {}", tokens.access.expose());
    let parts = RequestParts::post(Vec::new()).authorization(header.as_bytes());
    let response = ready(now_bound.userinfo(parts, now())).into_response();
    assert_eq!(response.status(), 401);
    assert!(response.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[test]
fn fapi_2_0_a_client_by_a_secret_or_by_nothing_is_refused_and_what_was_right_is_counted() {
    let (bench, base) = (fapi(), Bench::new());
    let post = form(format!("{CLIENT_CREDENTIALS}&client_id=post&client_secret=mysecret"));
    let by_mac = signed(&bench.mac_assertion(), CLIENT_CREDENTIALS);
    for parts in [basic(CLIENT_CREDENTIALS), post] {
        let settled = bench.send(parts.dpop(&proof(&bench)));
        assert_eq!(settled.reason().unwrap().rule(), Rule::MethodRegistered);
        assert!(settled.attempt().is_some());
        assert_eq!(settled.trace().judged(Rule::MethodRegistered), Some(false));
        assert_eq!(status_and_error(settled).1, "invalid_client");
    }
    // The policy has no MAC either.
    assert_eq!(rule_and_answer(&bench, by_mac.dpop(&proof(&bench))).0, Some(Rule::AssertionAlg));
    // The same requests to the base.
    assert_eq!(base.send(basic(CLIENT_CREDENTIALS).dpop(&proof(&base))).status(), 200);

    let public = |bench: &Bench| {
        let code = bench.code(&spa());
        bench.send(form(format!("{}&client_id=spa", redeem_form(&code))).dpop(&proof(bench)))
    };
    let settled = public(&bench);
    assert_eq!(settled.reason().unwrap().rule(), Rule::MethodRegistered);
    assert!(settled.attempt().is_none(), "nothing was guessed");
    assert_eq!(status_and_error(settled), refused(400, "invalid_client"));
    assert_eq!(public(&base).status(), 200);
}

#[test]
fn whoever_has_no_right_secret_hears_the_same_with_a_method_that_is_not_welcome() {
    let bench = Bench::with(policy(|policy| policy.auth_methods = AuthMethodSet::KEYS), plan());
    let with = |secret: &str| form(format!("{CLIENT_CREDENTIALS}&client_id=post&client_secret={secret}"));
    let answers = ["mysecret", "wrong"].map(|secret| bench.send(with(secret)));
    let [right, wrong] = &answers;
    assert_eq!(right.reason().unwrap().rule(), Rule::MethodRegistered);
    assert_eq!(wrong.reason().unwrap().rule(), Rule::SecretMatches);
    assert!(right.attempt().is_some() && wrong.attempt().is_some());
    let [right, wrong] = answers.map(|settled| {
        let response = settled.into_response();
        (response.status(), response.body().to_vec())
    });
    assert_eq!(right, wrong);
}

#[test]
fn an_own_method_is_welcome_where_others_are() {
    let credentials = RegisteredCredentials::new(ClientId::parse("own").unwrap(), AuthMethod::parse("own_method"));
    let client = RegisteredClient::new(credentials, support::all_grants(), support::scope());
    let vouch = |welcome: AuthMethodSet| {
        let bench = Bench::with(policy(|policy| policy.auth_methods = welcome), plan());
        let received = bench.endpoint().receive(form(format!("{CLIENT_CREDENTIALS}&client_id=own"))).unwrap();
        let vouched = received.vouch(Some(client.clone().into()), Vouched::by("own_method"), now());
        vouched.err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(vouch(AuthMethodSet::OTHER), None);
    assert_eq!(vouch(AuthMethodSet::KEYS), Some(Rule::MethodRegistered));
}

#[test]
fn fapi_2_0_an_assertion_by_another_algorithm_or_for_another_audience_is_refused() {
    let judge = |policy: Policy, pem: &str, alg: Alg, aud: Value| {
        let bench = Bench::with(policy, plan());
        let (client, assertion) = client_and_assertion(&bench, pem, alg, &aud);
        bench.store().register(client);
        rule_and_answer(&bench, signed(&assertion, CLIENT_CREDENTIALS).dpop(&proof(&bench))).0
    };
    let (base, fapi) = (Policy::OAUTH_2_1, Policy::FAPI_2_0);
    assert_eq!(judge(fapi, keys::RSA_2048, Alg::Ps256, json!(ISSUER)), None);
    assert_eq!(judge(fapi, keys::RSA_2048, Alg::Rs256, json!(ISSUER)), Some(Rule::AssertionAlg));
    assert_eq!(judge(base, keys::RSA_2048, Alg::Rs256, json!(ISSUER)), None);
    assert_eq!(judge(fapi, keys::P256, Alg::Es256, json!(ISSUER)), None);
    assert_eq!(judge(fapi, keys::P256, Alg::Es256, json!([ISSUER])), Some(Rule::AssertionAud));
    assert_eq!(judge(base, keys::P256, Alg::Es256, json!([ISSUER])), None);
}

#[test]
fn rfc8414_2_the_metadata_tells_the_methods_that_are_welcome() {
    let mut urls = MetadataUrls::default();
    urls.auth_methods = vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretJwt, AuthMethod::PrivateKeyJwt];
    let told = |policy: Policy| {
        let told = Bench::with(policy, plan()).endpoint().metadata(&urls);
        let list = |name: &str| told[name].as_array().unwrap().clone();
        let algs = list("token_endpoint_auth_signing_alg_values_supported");
        (list("token_endpoint_auth_methods_supported"), algs, list("dpop_signing_alg_values_supported"))
    };
    let (methods, algs, dpop) = told(Policy::OAUTH_2_1);
    assert_eq!(methods.len(), 3);
    assert!(algs.contains(&"HS256".into()) && dpop.contains(&"RS256".into()));
    let (methods, algs, dpop) = told(Policy::FAPI_2_0);
    assert_eq!(methods, ["private_key_jwt"]);
    assert_eq!(algs, ["ES256", "Ed25519", "EdDSA", "PS256"]);
    assert_eq!(dpop, algs);
}
