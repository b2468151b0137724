//! RFC 8705 §3 and §4: access tokens that are bound to the certificate of the connection.
#[cfg(test)]
mod support;

use std::sync::Arc;

use support::{
    Bench, ISSUER, Tokens, app, basic, form, plan, policy, ready, redeem_form, refused, spa, status_and_error,
};
use symbolon_dpop::ProofSigner;
use symbolon_policy::{DpopNonce, Policy};
use symbolon_server::{
    AccessToken, RegisteredClient, TokenPlan, TokenSigner,
    client_auth::{RegisteredCredentials, Vouched},
    jose::{SigningKey, UnverifiedJwt},
    types::{
        AuthMethod, CertificateChain, ClientId, Confirmation, Digest, Method, PeerCertificate, RequestParts,
        ResponseParts, Rule, Secret,
    },
};
use symbolon_testkit::{keys, now};

/// What a certificate is does not count here, only its octets.
#[cfg(test)]
fn certificate(name: &str) -> PeerCertificate {
    PeerCertificate::new(name.as_bytes(), CertificateChain::NotValidated)
}

#[cfg(test)]
fn bench_of(client: RegisteredClient) -> Bench {
    let bench = Bench::new();
    bench.store().register(client.with_certificate_bound_access_tokens(true));
    bench
}

#[cfg(test)]
fn userinfo(bench: &Bench, token: &Secret, certificate: Option<PeerCertificate>) -> ResponseParts {
    let header = format!("Bearer {}", token.expose());
    let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes());
    ready(bench.driver.userinfo(parts.peer_certificate(certificate), now())).into_response()
}

#[cfg(test)]
fn proof(bench: &Bench) -> Vec<u8> {
    proof_of(bench, "POST", &format!("{ISSUER}/token"), None)
}

#[cfg(test)]
fn proof_of(bench: &Bench, method: &str, url: &str, token: Option<&Secret>) -> Vec<u8> {
    let key = SigningKey::from_pem(&bench.crypto, keys::P256, None).unwrap();
    let signer = ProofSigner::new(&bench.crypto, key).unwrap();
    signer.proof(&bench.crypto, method, url, None, token, now()).unwrap().expose().as_bytes().to_vec()
}

#[test]
fn section_3_1_a_token_of_a_client_that_wants_it_says_whose_certificate_it_needs() {
    let key = || SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::P384, None).unwrap();
    let bench = Bench::with(Policy::OAUTH_2_1, TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(key()))));
    let cnf = |tokens: &Tokens| {
        let jwt = UnverifiedJwt::parse(tokens.access.expose()).unwrap();
        let verified = jwt.verify(&key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()).unwrap();
        serde_json::from_slice::<serde_json::Value>(verified.payload()).unwrap().get("cnf").cloned()
    };
    let request = || basic("grant_type=client_credentials").peer_certificate(Some(certificate("one")));
    assert_eq!(cnf(&Tokens::of(bench.send(request()))), None, "a certificate alone binds nothing: nobody asked for it");

    bench.store().register(app().with_certificate_bound_access_tokens(true));
    let tokens = Tokens::of(bench.send(request()));
    assert_eq!(tokens.body["token_type"], "Bearer");
    let thumbprint = Digest::from_bytes(symbolon_crypto_ring::PROVIDER.sha256.digest(&[b"one"])).to_base64url();
    assert_eq!(cnf(&tokens), Some(serde_json::json!({ "x5t#S256": thumbprint })));
}

#[test]
fn section_3_4_such_a_client_gets_no_token_without_a_certificate() {
    let bench = bench_of(app());
    let settled = bench.send(basic("grant_type=client_credentials"));
    assert_eq!(settled.reason().unwrap().rule(), Rule::CertificateBound);
    assert_eq!(status_and_error(settled), refused(400, "invalid_request"));
    let with = basic("grant_type=client_credentials").peer_certificate(Some(certificate("one")));
    assert_eq!(bench.send(with).status(), 200);
}

#[test]
fn section_3_a096_a_bound_token_is_answered_on_a_connection_of_its_certificate_alone() {
    let bench = bench_of(app());
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(basic(redeem_form(&code)).peer_certificate(Some(certificate("one")))));
    assert_eq!(userinfo(&bench, &tokens.access, Some(certificate("one"))).status(), 200);
    for wrong in [None, Some(certificate("two"))] {
        let response = userinfo(&bench, &tokens.access, wrong);
        assert_eq!(response.status(), 401);
        assert!(response.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    }
}

#[test]
fn section_4_a_public_client_that_is_to_have_a_certificate_since_is_bound_from_its_next_refresh() {
    let bench = Bench::new();
    let first = Tokens::of(bench.send(form(format!("{}&client_id=spa", redeem_form(&bench.code(&spa()))))));
    bench.store().register(spa().with_certificate_bound_access_tokens(true));
    let refresh = |tokens: &Tokens, name: &str| {
        let body = format!("grant_type=refresh_token&refresh_token={}&client_id=spa", tokens.refresh().expose());
        form(body).peer_certificate(Some(certificate(name)))
    };
    let bound = Tokens::of(bench.send(refresh(&first, "one")));
    assert_eq!(bench.send(refresh(&bound, "two")).reason().unwrap().rule(), Rule::RefreshBinding);
    assert_eq!(bench.send(refresh(&bound, "one")).status(), 200);
}

#[test]
fn section_4_the_refresh_tokens_of_a_public_client_are_bound_to_its_certificate() {
    let bench = bench_of(spa());
    let public =
        |body: String, name: &str| form(format!("{body}&client_id=spa")).peer_certificate(Some(certificate(name)));
    let tokens = Tokens::of(bench.send(public(redeem_form(&bench.code(&spa())), "one")));
    let refresh =
        |name: &str| public(format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose()), name);
    let settled = bench.send(refresh("two"));
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshBinding);
    assert_eq!(status_and_error(settled), refused(400, "invalid_grant"));
    assert_eq!(bench.send(refresh("one")).status(), 200, "the token was left untouched");
}

#[test]
fn section_6_3_a_confidential_client_may_change_its_certificate_at_a_refresh() {
    let bench = bench_of(app());
    let tokens =
        Tokens::of(bench.send(basic(redeem_form(&bench.code(&app()))).peer_certificate(Some(certificate("one")))));
    let next = support::refresh(tokens.refresh()).peer_certificate(Some(certificate("two")));
    let next = Tokens::of(bench.send(next));
    assert_eq!(userinfo(&bench, &next.access, Some(certificate("two"))).status(), 200);
    assert_eq!(userinfo(&bench, &next.access, Some(certificate("one"))).status(), 401);
}

#[test]
fn d20_a_proof_beside_a_binding_certificate_is_invalid_request_unless_the_policy_wants_both() {
    let bench = bench_of(app());
    let request = |bench: &Bench| {
        basic("grant_type=client_credentials").peer_certificate(Some(certificate("one"))).dpop(&proof(bench))
    };
    let settled = bench.send(request(&bench));
    assert_eq!(settled.reason().unwrap().rule(), Rule::OneBinding);
    assert_eq!(status_and_error(settled), refused(400, "invalid_request"));

    let both = Bench::with(policy(|policy| policy.dpop.legacy_beside_mutual_tls = true), plan());
    both.store().register(app().with_certificate_bound_access_tokens(true));
    let code = basic(redeem_form(&both.code(&app()))).peer_certificate(Some(certificate("one"))).dpop(&proof(&both));
    let tokens = Tokens::of(both.send(code));
    assert_eq!(tokens.body["token_type"], "DPoP");
    // Both keys are needed now.
    let ask = |certificate: Option<PeerCertificate>| {
        let header = format!("DPoP {}", tokens.access.expose());
        let proof = proof_of(&both, "GET", &format!("{ISSUER}/userinfo"), Some(&tokens.access));
        let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&proof);
        ready(both.driver.userinfo(parts.peer_certificate(certificate), now())).status()
    };
    assert_eq!(ask(Some(certificate("one"))), 200);
    assert_eq!((ask(None), ask(Some(certificate("two")))), (401, 401));
    assert_eq!(userinfo(&both, &tokens.access, Some(certificate("one"))).status(), 401, "as a bearer token");

    // A certificate that binds nothing is no second key.
    let plain = Bench::new();
    assert_eq!(plain.send(request(&plain)).status(), 200);
}

#[test]
fn d1_a_request_that_lacks_its_key_remembers_the_assertion() {
    let bench = Bench::new();
    bench.store().register(support::signer().with_certificate_bound_access_tokens(true));
    let request = |assertion: &str| support::signed(assertion, "grant_type=client_credentials");
    let beside = |assertion: &str| request(assertion).peer_certificate(Some(certificate("one"))).dpop(&proof(&bench));
    let (one, two) = (bench.assertion(), bench.assertion());
    for (assertion, first) in [(&one, request(&one)), (&two, beside(&two))] {
        assert_eq!(status_and_error(bench.send(first)), refused(400, "invalid_request"));
        let again = request(assertion).peer_certificate(Some(certificate("one")));
        assert_eq!(status_and_error(bench.send(again)), refused(400, "invalid_client"));
    }
}

#[test]
fn d1_the_proof_is_judged_before_the_certificate_is_missed() {
    let beside = |nonce| {
        let bench = Bench::with(
            policy(|policy| {
                policy.dpop.legacy_beside_mutual_tls = true;
                policy.dpop.nonce = nonce;
            }),
            plan(),
        );
        bench.store().register(support::signer().with_certificate_bound_access_tokens(true));
        bench
    };
    let request =
        |assertion: &str, proof: &[u8]| support::signed(assertion, "grant_type=client_credentials").dpop(proof);

    // Who must come again for a nonce loses nothing, whatever else is missing.
    let bench = beside(DpopNonce::Required);
    let (assertion, first) = (bench.assertion(), proof(&bench));
    assert_eq!(bench.answer(request(&assertion, &first)), refused(400, "use_dpop_nonce"));
    assert_eq!(bench.answer(request(&assertion, &first)), refused(400, "use_dpop_nonce"), "nothing is remembered");

    // A proof that holds is remembered with the assertion.
    let bench = beside(DpopNonce::Off);
    let (assertion, first) = (bench.assertion(), proof(&bench));
    let settled = bench.send(request(&assertion, &first));
    assert_eq!(settled.reason().unwrap().rule(), Rule::CertificateBound);
    let with = |assertion: &str, proof: &[u8]| request(assertion, proof).peer_certificate(Some(certificate("one")));
    assert_eq!(bench.answer(with(&assertion, &proof(&bench))), refused(400, "invalid_client"));
    assert_eq!(bench.answer(with(&bench.assertion(), &first)), refused(400, "invalid_dpop_proof"));
    assert_eq!(bench.send(with(&bench.assertion(), &proof(&bench))).status(), 200);
}

#[test]
fn what_an_own_method_has_shown_is_judged_with_the_rest() {
    let bench = Bench::new();
    let credentials = RegisteredCredentials::new(ClientId::parse("own").unwrap(), AuthMethod::parse("own_method"));
    let client = RegisteredClient::new(credentials, support::all_grants(), support::scope());
    let thumbprint = Digest::from_bytes([5; 32]);
    let vouch = |client: RegisteredClient, confirmation: Confirmation, with_proof: bool| {
        let parts = form("grant_type=client_credentials&client_id=own");
        let parts = if with_proof { parts.dpop(&proof(&bench)) } else { parts };
        let received = bench.endpoint().receive(parts).unwrap();
        let vouched = Vouched::by("own_method").confirmation(confirmation);
        received.vouch(Some(Arc::new(client)), vouched, now()).err().map(|refusal| refusal.reason().rule())
    };
    let by_certificate = Confirmation { x5t_s256: Some(thumbprint), ..Confirmation::NONE };
    let by_key = Confirmation { jkt: Some(thumbprint), ..Confirmation::NONE };
    let bound = || client.clone().with_certificate_bound_access_tokens(true);
    assert_eq!(vouch(bound(), by_certificate, false), None, "the method has shown the certificate");
    assert_eq!(vouch(bound(), Confirmation::NONE, false), Some(Rule::CertificateBound));
    assert_eq!(vouch(client.clone(), by_certificate, true), Some(Rule::OneBinding));
    assert_eq!(vouch(client.clone(), by_key, true), Some(Rule::OneBinding), "two keys");
    assert_eq!(vouch(client.clone(), Confirmation::NONE, true), None);
}
