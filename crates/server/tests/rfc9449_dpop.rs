//! RFC 9449 at the token endpoint and at userinfo: proofs, nonces, and what is bound to a key.
#[cfg(test)]
mod support;

use support::{
    Bench, ISSUER, Tokens, app, basic, form, granted, plan, policy, ready, redeem, redeem_form, refresh, refused,
    signed, spa, status_and_error,
};
use symbolon_dpop::ProofSigner;
use symbolon_policy::{DpopNonce, Policy};
use symbolon_server::{
    AccessToken, Change, Endpoint, EndpointBuilder, Found, Guard, Outcome, Refusal, RegisteredClient, ServerKey,
    TokenPlan, TokenSigner, Write,
    jose::{SigningKey, UnverifiedJwt},
    types::{Issuer, Method, RequestParts, ResponseParts, Rule, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};
use time::{Duration, UtcDateTime};

#[cfg(test)]
const TOKEN_URL: &str = "https://as.example/token";
#[cfg(test)]
const USERINFO_URL: &str = "https://as.example/userinfo";

/// A client's key, and the proofs that it makes.
#[cfg(test)]
struct Key(ProofSigner);

#[cfg(test)]
impl Key {
    fn new(pem: &str) -> Self {
        let crypto = symbolon_crypto_ring::PROVIDER;
        Self(ProofSigner::new(&crypto, SigningKey::from_pem(&crypto, pem, None).unwrap()).unwrap())
    }

    fn proof(&self, bench: &Bench, method: &str, url: &str, nonce: Option<&str>, token: Option<&Secret>) -> Vec<u8> {
        self.proof_at(bench, method, url, nonce, token, now())
    }

    fn proof_at(
        &self,
        bench: &Bench,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        token: Option<&Secret>,
        at: UtcDateTime,
    ) -> Vec<u8> {
        self.0.proof(&bench.crypto, method, url, nonce, token, at).unwrap().expose().as_bytes().to_vec()
    }

    /// For the token endpoint.
    fn token(&self, bench: &Bench) -> Vec<u8> {
        self.proof(bench, "POST", TOKEN_URL, None, None)
    }

    fn jkt(&self) -> String {
        self.0.jkt().to_base64url()
    }
}

#[cfg(test)]
fn mine() -> Key {
    Key::new(keys::P256)
}

#[cfg(test)]
fn another() -> Key {
    Key::new(keys::ED25519)
}

#[cfg(test)]
fn client_credentials() -> RequestParts {
    basic("grant_type=client_credentials")
}

#[cfg(test)]
fn public(body: &str) -> RequestParts {
    form(format!("{body}&client_id=spa"))
}

#[cfg(test)]
fn public_refresh(token: &Secret) -> RequestParts {
    public(&format!("grant_type=refresh_token&refresh_token={}", token.expose()))
}

#[cfg(test)]
fn with_nonces() -> Bench {
    Bench::with(policy(|policy| policy.dpop.nonce = DpopNonce::Required), plan())
}

#[cfg(test)]
fn register(bench: &Bench, client: RegisteredClient) {
    bench.store().register(client);
}

/// The outcome of a request, before any store.
#[cfg(test)]
fn decide(bench: &Bench, parts: RequestParts) -> Outcome {
    ready(bench.driver.decide(parts, now())).unwrap_or_else(Refusal::into_outcome)
}

/// The rules of the guards that remember an id.
#[cfg(test)]
fn remembers(outcome: &Outcome) -> Vec<Rule> {
    let guards = outcome.commit().guards().iter();
    guards.filter(|guard| matches!(guard.change(), Change::Remember(_))).map(Guard::rule).collect()
}

#[cfg(test)]
fn userinfo(bench: &Bench, scheme: &str, token: &Secret, proofs: &[Vec<u8>]) -> ResponseParts {
    let header = format!("{scheme} {}", token.expose());
    let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes());
    let parts = proofs.iter().fold(parts, |parts, proof| parts.dpop(proof));
    ready(bench.driver.userinfo(parts, now())).into_response()
}

#[cfg(test)]
fn status_and_challenge(response: &ResponseParts, error: &str) -> (u16, bool) {
    let challenge = response.header("www-authenticate").unwrap_or_default();
    (response.status(), challenge.contains(&format!("error=\"{error}\"")))
}

#[test]
fn section_5_a_token_is_bound_to_the_proven_key_and_told_so() {
    let signer = SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::P384, None).unwrap();
    let bench = Bench::with(Policy::OAUTH_2_1, TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(signer))));
    let cnf = |tokens: &Tokens| {
        let jwt = UnverifiedJwt::parse(tokens.access.expose()).unwrap();
        let key = SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::P384, None).unwrap();
        let verified = jwt.verify(&key.verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()).unwrap();
        serde_json::from_slice::<serde_json::Value>(verified.payload()).unwrap().get("cnf").cloned()
    };
    let tokens = Tokens::of(bench.send(client_credentials().dpop(&mine().token(&bench))));
    assert_eq!(tokens.body["token_type"], "DPoP");
    assert_eq!(cnf(&tokens), Some(serde_json::json!({ "jkt": mine().jkt() })));

    let tokens = Tokens::of(bench.send(client_credentials()));
    assert_eq!(tokens.body["token_type"], "Bearer", "without a proof nothing is bound");
    assert_eq!(cnf(&tokens), None);
}

#[test]
fn section_5_2_a093_a_client_that_must_bind_its_tokens_gets_none_without_a_proof() {
    let bench = Bench::new();
    register(&bench, support::signer().with_dpop_bound_access_tokens(true));
    let assertion = bench.assertion();
    let outcome = decide(&bench, signed(&assertion, "grant_type=client_credentials"));
    assert_eq!(remembers(&outcome), [Rule::AssertionOnce], "D1: the assertion is used up");
    assert_eq!(bench.answer(signed(&assertion, "grant_type=client_credentials")), refused(400, "invalid_dpop_proof"));
    let parts = signed(&bench.assertion(), "grant_type=client_credentials").dpop(&mine().token(&bench));
    assert_eq!(Tokens::of(bench.send(parts)).body["token_type"], "DPoP");
}

#[test]
fn section_4_3_a084_a085_a_proof_is_for_this_endpoint_by_the_listener_it_came_by() {
    let bench = Bench::new();
    let send = |listener: &str, url: &str| {
        let proof = mine().proof(&bench, "POST", url, None, None);
        bench.answer(client_credentials().endpoint(listener).dpop(&proof)).0
    };
    assert_eq!(send("", TOKEN_URL), 200);
    assert_eq!(send("", "HTTPS://AS.example:443/a/../%74oken"), 200, "RFC 3986 §6.2.2, §6.2.3");
    assert_eq!(send("", "https://mtls.as.example/token"), 400);
    assert_eq!(send("mtls", "https://mtls.as.example/token"), 200);
    assert_eq!(send("mtls", TOKEN_URL), 400);
    assert_eq!(send("nobody", TOKEN_URL), 500, "a listener that the program did not name");
    let proof = mine().proof(&bench, "GET", TOKEN_URL, None, None);
    assert_eq!(bench.answer(client_credentials().dpop(&proof)), refused(400, "invalid_dpop_proof"));
}

#[test]
fn section_11_1_a088_a_proof_is_taken_once_and_the_code_of_the_second_request_is_untouched() {
    let bench = Bench::new();
    let proof = mine().token(&bench);
    assert_eq!(bench.send(client_credentials().dpop(&proof)).status(), 200);
    let code = bench.code(&app());
    let settled = bench.send(redeem(&code).dpop(&proof));
    assert_eq!(settled.reason().unwrap().rule(), Rule::DpopOnce);
    assert_eq!(status_and_error(settled), refused(400, "invalid_dpop_proof"));
    assert_eq!(bench.send(redeem(&code).dpop(&mine().token(&bench))).status(), 200);
}

#[test]
fn d2_the_assertion_is_judged_before_the_proof_and_remembered_if_the_proof_is_known() {
    let bench = Bench::new();
    let (proof, assertion) = (mine().token(&bench), bench.assertion());
    let request = |assertion: &str, proof: &[u8]| signed(assertion, "grant_type=client_credentials").dpop(proof);
    assert_eq!(bench.send(request(&assertion, &proof)).status(), 200);
    // Wholly replayed: a replayed assertion.
    assert_eq!(bench.answer(request(&assertion, &proof)), refused(400, "invalid_client"));
    let fresh = bench.assertion();
    assert_eq!(bench.answer(request(&fresh, &proof)), refused(400, "invalid_dpop_proof"));
    let another_proof = mine().token(&bench);
    assert_eq!(bench.answer(request(&fresh, &another_proof)), refused(400, "invalid_client"), "it was remembered");
    let outcome = decide(&bench, request(&bench.assertion(), &another_proof));
    assert_eq!(remembers(&outcome), [Rule::AssertionOnce, Rule::DpopOnce]);
    let [_, proof, ..] = outcome.commit().guards() else { panic!("two ids") };
    assert!(matches!(proof.otherwise(), [Write::Remember(_)]));
}

#[test]
fn d1_a131_an_anonymous_caller_writes_nothing() {
    let bench = Bench::new();
    let unknown = || public("grant_type=authorization_code&code=unknown&redirect_uri=x&code_verifier=x");
    let outcome = decide(&bench, unknown().dpop(&mine().token(&bench)));
    assert!(outcome.commit().is_empty(), "{:?}", outcome.commit());
    // Another client's code is no record of this one.
    let foreign = bench.code(&app());
    let outcome = decide(&bench, public(&redeem_form(&foreign)).dpop(&mine().token(&bench)));
    assert!(outcome.commit().is_empty(), "{:?}", outcome.commit());
    // With a record of its own the proof is remembered, whatever becomes of the request.
    let code = bench.code(&spa());
    let wrong = redeem_form(&code).replace("redirect_uri=https", "redirect_uri=http");
    let outcome = decide(&bench, public(&wrong).dpop(&mine().token(&bench)));
    assert_eq!(remembers(&outcome), [Rule::DpopOnce]);
    let outcome = decide(&bench, public(&redeem_form(&code)).dpop(&mine().token(&bench)));
    assert_eq!(remembers(&outcome), [Rule::DpopOnce]);
    // A confidential one has proven more than that.
    let outcome = decide(&bench, redeem(&Secret::new("unknown")).dpop(&mine().token(&bench)));
    assert_eq!(remembers(&outcome), [Rule::DpopOnce]);
}

#[test]
fn d27_a131_a_client_with_too_many_ids_waits_and_its_request_may_come_again() {
    let bench = Bench::new();
    let (assertion, proof) = (bench.assertion(), mine().token(&bench));
    let request = || signed(&assertion, "grant_type=client_credentials").dpop(&proof);
    let outcome = decide(&bench, request());
    assert!(outcome.remembers() && outcome.client_id().is_some());
    let outcome = outcome.over_quota(Duration::seconds(7));
    assert!(outcome.commit().is_empty());
    let answer = outcome.commit().applied();
    let response = outcome.settle(answer).into_response();
    assert_eq!((response.status(), response.header("retry-after")), (429, Some("7")));
    assert_eq!(bench.send(request()).status(), 200);
    // What is refused after authentication is counted too, and what leaves nothing behind is not.
    assert!(decide(&bench, signed(&bench.assertion(), "grant_type=client_credentials").dpop(b"x")).remembers());
    assert!(!decide(&bench, client_credentials()).remembers());

    // At userinfo the same.
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app())).dpop(&mine().token(&bench))));
    let header = format!("DPoP {}", tokens.access.expose());
    let proof = mine().proof(&bench, "GET", USERINFO_URL, None, Some(&tokens.access));
    let request = || RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&proof);
    let outcome = ready(bench.driver.decide_userinfo(request(), now())).unwrap();
    assert!(outcome.remembers());
    let outcome = outcome.over_quota(Duration::seconds(7));
    let answer = outcome.commit().applied();
    let response = outcome.settle(answer).into_response();
    assert_eq!((response.status(), response.header("retry-after")), (429, Some("7")));
    assert_eq!(ready(bench.driver.userinfo(request(), now())).status(), 200);
}

#[test]
fn a131_a_full_store_accepts_nothing_that_it_could_not_remember() {
    let bench = Bench::new();
    let store = bench.store().clone().with_max_ids(1);
    assert_eq!(bench.send(client_credentials().dpop(&mine().token(&bench))).status(), 200);
    let proof = mine().token(&bench);
    let settled = bench.send(client_credentials().dpop(&proof));
    assert_eq!(settled.reason().unwrap().rule(), Rule::StoreAnswers);
    assert_eq!(status_and_error(settled), refused(503, "temporarily_unavailable"));
    assert_eq!(bench.send(client_credentials()).status(), 200, "what leaves nothing behind goes on");
    let later = now() + Duration::seconds(90);
    store.clean(later);
    let proof = mine().proof_at(&bench, "POST", TOKEN_URL, None, None, later);
    assert_eq!(bench.send_at(client_credentials().dpop(&proof), later).status(), 200);
}

#[test]
fn a091_a132_what_does_not_hold_is_not_remembered_and_neither_are_two() {
    let bench = Bench::new();
    let proof = mine().token(&bench);
    let mut forged = proof.clone();
    let last = forged.len() - 2;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let outcome = decide(&bench, client_credentials().dpop(&forged));
    assert!(outcome.commit().is_empty());
    assert_eq!(bench.answer(client_credentials().dpop(&forged)), refused(400, "invalid_dpop_proof"));
    assert_eq!(bench.answer(client_credentials().dpop(&proof).dpop(&proof)), refused(400, "invalid_dpop_proof"));
    assert_eq!(bench.send(client_credentials().dpop(&proof)).status(), 200, "the proof itself is still good");
}

#[test]
fn section_5_a092_the_refresh_tokens_of_a_public_client_are_bound_to_its_key() {
    let bench = Bench::new();
    let code = bench.code(&spa());
    let tokens = Tokens::of(bench.send(public(&redeem_form(&code)).dpop(&mine().token(&bench))));
    assert_eq!(tokens.body["token_type"], "DPoP");
    let token = tokens.refresh();
    assert_eq!(
        bench.answer(public_refresh(token).dpop(&another().token(&bench))),
        refused(400, "invalid_grant"),
        "another key"
    );
    assert_eq!(bench.answer(public_refresh(token)), refused(400, "invalid_dpop_proof"), "A093: no proof");
    let next = Tokens::of(bench.send(public_refresh(token).dpop(&mine().token(&bench))));
    assert_eq!(next.body["token_type"], "DPoP");
    assert_eq!(
        bench.answer(public_refresh(next.refresh()).dpop(&another().token(&bench))),
        refused(400, "invalid_grant"),
        "the successor is bound as well"
    );
    // Without a proof at the code nothing is bound.
    let unbound = Tokens::of(bench.send(public(&redeem_form(&bench.code(&spa())))));
    assert_eq!(bench.send(public_refresh(unbound.refresh())).status(), 200);
}

#[test]
fn section_5_a092_a_family_that_began_without_a_proof_is_bound_from_the_first_refresh_with_one() {
    let bench = Bench::new();
    let first = Tokens::of(bench.send(public(&redeem_form(&bench.code(&spa())))));
    assert_eq!(first.body["token_type"], "Bearer");
    let bound = Tokens::of(bench.send(public_refresh(first.refresh()).dpop(&mine().token(&bench))));
    assert_eq!(bound.body["token_type"], "DPoP");
    let token = bound.refresh();
    assert_eq!(bench.answer(public_refresh(token)), refused(400, "invalid_dpop_proof"), "A093: no proof");
    let with_another = public_refresh(token).dpop(&another().token(&bench));
    assert_eq!(bench.answer(with_another), refused(400, "invalid_grant"), "another key");
    assert_eq!(bench.send(public_refresh(token).dpop(&mine().token(&bench))).status(), 200);
}

#[test]
fn d4_whoever_binds_a_family_to_a_key_of_its_own_is_found_out_by_the_token_that_was_not_bound() {
    let bench = Bench::new();
    let thief = another();
    for victim in [None, Some(mine().token(&bench))] {
        let stolen = Tokens::of(bench.send(public(&redeem_form(&bench.code(&spa())))));
        let bound = Tokens::of(bench.send(public_refresh(stolen.refresh()).dpop(&thief.token(&bench))));
        let presented = public_refresh(stolen.refresh());
        let presented = victim.iter().fold(presented, |parts, proof| parts.dpop(proof));
        assert_eq!(bench.answer(presented), refused(400, "invalid_grant"), "superseded, and otherwise valid");
        let again = public_refresh(bound.refresh()).dpop(&thief.token(&bench));
        assert_eq!(bench.answer(again), refused(400, "invalid_grant"), "the family is revoked");
    }
}

#[test]
fn d4_a_stolen_old_refresh_token_without_its_key_revokes_nothing() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(public(&redeem_form(&bench.code(&spa()))).dpop(&mine().token(&bench))));
    let next = Tokens::of(bench.send(public_refresh(tokens.refresh()).dpop(&mine().token(&bench))));
    for thief in [public_refresh(tokens.refresh()), public_refresh(tokens.refresh()).dpop(&another().token(&bench))] {
        assert_eq!(bench.send(thief).status(), 400);
    }
    let last = Tokens::of(bench.send(public_refresh(next.refresh()).dpop(&mine().token(&bench))));
    // With the key it is a replay.
    assert_eq!(
        bench.answer(public_refresh(tokens.refresh()).dpop(&mine().token(&bench))),
        refused(400, "invalid_grant")
    );
    assert_eq!(
        bench.answer(public_refresh(last.refresh()).dpop(&mine().token(&bench))),
        refused(400, "invalid_grant"),
        "the family is revoked"
    );
}

#[test]
fn section_5_a_confidential_client_may_change_its_key_at_a_refresh() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app())).dpop(&mine().token(&bench))));
    let next = Tokens::of(bench.send(refresh(tokens.refresh()).dpop(&another().token(&bench))));
    let proof = |key: Key, token: &Secret| vec![key.proof(&bench, "GET", USERINFO_URL, None, Some(token))];
    assert_eq!(userinfo(&bench, "DPoP", &next.access, &proof(another(), &next.access)).status(), 200);
    assert_eq!(userinfo(&bench, "DPoP", &next.access, &proof(mine(), &next.access)).status(), 401);
    assert_eq!(userinfo(&bench, "DPoP", &tokens.access, &proof(mine(), &tokens.access)).status(), 200);
}

#[test]
fn section_10_a092_a_code_with_dpop_jkt_is_redeemed_by_that_key_alone() {
    let bench = Bench::new();
    for client in [app(), spa()] {
        let code = bench.code_with(&client, granted(), |new| new.with_dpop_jkt(mine().0.jkt()));
        let request = || {
            let form = redeem_form(&code);
            if client.is_public() { public(&form) } else { redeem(&code) }
        };
        assert_eq!(bench.answer(request()), refused(400, "invalid_dpop_proof"), "no proof");
        let settled = bench.send(request().dpop(&another().token(&bench)));
        assert_eq!(settled.reason().unwrap().rule(), Rule::CodeBinding);
        assert_eq!(status_and_error(settled), refused(400, "invalid_grant"));
        assert_eq!(bench.send(request().dpop(&mine().token(&bench))).status(), 200, "the code was left untouched");
    }
}

#[test]
fn section_8_a086_a_nonce_is_asked_for_and_the_same_assertion_may_come_again() {
    let bench = with_nonces();
    let assertion = bench.assertion();
    let request = || signed(&assertion, "grant_type=client_credentials");
    let outcome = decide(&bench, request().dpop(&mine().token(&bench)));
    assert!(outcome.commit().is_empty(), "D1: nothing is remembered");
    let response = bench.send(request().dpop(&mine().token(&bench))).into_response();
    assert_eq!(response.status(), 400);
    let nonce = response.header("dpop-nonce").expect("a nonce to go on with").to_owned();
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["error"], "use_dpop_nonce");
    assert_eq!(response.headers().iter().filter(|(name, _)| *name == "dpop-nonce").count(), 1);

    for strange in ["x", "", nonce.get(1..).unwrap(), &format!("{nonce}A")] {
        let nonce = Some(strange).filter(|nonce| !nonce.is_empty());
        let proof = mine().proof(&bench, "POST", TOKEN_URL, nonce, None);
        assert_eq!(bench.answer(request().dpop(&proof)), refused(400, "use_dpop_nonce"), "{strange}");
    }
    let proof = mine().proof(&bench, "POST", TOKEN_URL, Some(&nonce), None);
    let settled = bench.send(request().dpop(&proof));
    assert_eq!(settled.status(), 200);
    assert_eq!(settled.into_response().header("dpop-nonce"), None, "the one that it has is still young");
    assert_eq!(
        bench.answer(signed(&bench.assertion(), "grant_type=client_credentials").dpop(&proof)),
        refused(400, "invalid_dpop_proof"),
        "and a proof is still taken once"
    );
}

#[test]
fn d18_authentication_comes_before_the_nonce() {
    let bench = with_nonces();
    let wrong = form("grant_type=client_credentials").authorization(b"Basic YXBwOndyb25n");
    let response = bench.send(wrong.dpop(&mine().token(&bench))).into_response();
    assert_eq!((response.status(), response.header("dpop-nonce")), (401, None));
}

#[test]
fn d18_in_its_second_half_every_answer_brings_a_fresh_nonce_and_after_its_end_it_is_no_good() {
    let bench = with_nonces();
    let first = bench.send(client_credentials().dpop(&mine().token(&bench))).into_response();
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    let after = |seconds: i64, request: RequestParts| {
        let at = now() + Duration::seconds(seconds);
        let proof = mine().proof_at(&bench, "POST", TOKEN_URL, Some(&nonce), None, at);
        let response = bench.send_at(request.dpop(&proof), at).into_response();
        (response.status(), response.header("dpop-nonce").map(String::from))
    };
    assert_eq!(after(149, client_credentials()), (200, None));
    let (status, fresh) = after(151, client_credentials());
    assert_eq!(status, 200);
    assert!(fresh.is_some_and(|fresh| fresh != nonce));
    let (status, fresh) = after(151, basic("grant_type=nonsense"));
    assert_eq!(status, 400);
    assert!(fresh.is_some(), "a refusal brings it too");
    assert_eq!(after(299, client_credentials()).0, 200);
    let (status, fresh) = after(301, client_credentials());
    assert_eq!(status, 400);
    assert!(fresh.is_some());
}

#[test]
fn d18_who_must_send_another_proof_gets_a_nonce_for_it_whatever_was_wrong() {
    let bench = with_nonces();
    let first = bench.send(client_credentials().dpop(&mine().token(&bench))).into_response();
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    let proof = |method: &str| mine().proof(&bench, method, TOKEN_URL, Some(&nonce), None);
    let right = proof("POST");
    assert_eq!(bench.send(client_credentials().dpop(&right)).status(), 200);
    for wrong in [proof("GET"), right] {
        let response = bench.send(client_credentials().dpop(&wrong)).into_response();
        assert_eq!(response.status(), 400);
        assert!(response.header("dpop-nonce").is_some(), "for another method, and the same once more");
    }
}

#[test]
fn d18_userinfo_brings_a_fresh_nonce_in_the_second_half_too() {
    let bench = with_nonces();
    let first = bench.send(client_credentials().dpop(&mine().token(&bench))).into_response();
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    let code = bench.code(&app());
    let tokens =
        Tokens::of(bench.send(redeem(&code).dpop(&mine().proof(&bench, "POST", TOKEN_URL, Some(&nonce), None))));
    let header = format!("DPoP {}", tokens.access.expose());
    let ask = |after: i64| {
        let at = now().saturating_add(Duration::seconds(after));
        let proof = mine().proof_at(&bench, "GET", USERINFO_URL, Some(&nonce), Some(&tokens.access), at);
        let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&proof);
        let response = ready(bench.driver.userinfo(parts, at)).into_response();
        (response.status(), response.header("dpop-nonce").is_some())
    };
    assert_eq!(ask(149), (200, false));
    assert_eq!(ask(151), (200, true));
    assert_eq!(ask(301), (401, true));
}

#[test]
fn section_7_a_proof_at_userinfo_is_for_the_listener_it_came_by() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app())).dpop(&mine().token(&bench))));
    let header = format!("DPoP {}", tokens.access.expose());
    let ask = |listener: &str, url: &str| {
        let proof = mine().proof(&bench, "GET", url, None, Some(&tokens.access));
        let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&proof);
        ready(bench.driver.userinfo(parts.endpoint(listener), now())).status()
    };
    let alias = "https://mtls.as.example/userinfo";
    assert_eq!((ask("", USERINFO_URL), ask("mtls", alias)), (200, 200));
    assert_eq!((ask("", alias), ask("mtls", USERINFO_URL)), (401, 401));
    assert_eq!(ask("nobody", USERINFO_URL), 500, "a listener that the program did not name");
}

#[test]
fn userinfo_is_beside_the_token_endpoint_if_nobody_says_where() {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let key = ServerKey::new("k1", [7; 32]);
    let endpoint = Endpoint::builder(issuer, TOKEN_URL, symbolon_crypto_ring::PROVIDER, key).build().unwrap();
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app())).dpop(&mine().token(&bench))));
    let ask = |url: &str| {
        let header = format!("DPoP {}", tokens.access.expose());
        let proof = mine().proof(&bench, "GET", url, None, Some(&tokens.access));
        let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes()).dpop(&proof);
        let request = endpoint.userinfo(parts).unwrap();
        let found = ready(bench.store().access_token(request.token())).unwrap();
        let client = ready(bench.store().client("app")).unwrap();
        request.answer(found, client.as_deref(), now()).is_ok()
    };
    assert!(ask(USERINFO_URL) && !ask("https://as.example/token/userinfo"));
}

#[test]
fn d18_where_nonces_are_off_none_is_sent_and_none_is_taken() {
    let bench = Bench::new();
    let response = bench.send(client_credentials().dpop(&mine().token(&bench))).into_response();
    assert_eq!((response.status(), response.header("dpop-nonce")), (200, None));
    let nonce = with_nonces().send(client_credentials().dpop(&mine().token(&bench))).into_response();
    let nonce = nonce.header("dpop-nonce").unwrap().to_owned();
    let proof = mine().proof(&bench, "POST", TOKEN_URL, Some(&nonce), None);
    assert_eq!(bench.answer(client_credentials().dpop(&proof)), refused(400, "invalid_dpop_proof"));
}

#[test]
fn d18_a_client_has_its_own_setting_at_both_endpoints() {
    let bench = Bench::new();
    register(&bench, app().with_dpop_nonce(DpopNonce::Required));
    let code = bench.code(&app());
    let response = bench.send(redeem(&code).dpop(&mine().token(&bench))).into_response();
    let nonce = response.header("dpop-nonce").expect("this client needs one").to_owned();
    let proof = mine().proof(&bench, "POST", TOKEN_URL, Some(&nonce), None);
    let tokens = Tokens::of(bench.send(redeem(&code).dpop(&proof)));
    assert_eq!(bench.send(public(&redeem_form(&bench.code(&spa()))).dpop(&mine().token(&bench))).status(), 200);

    let proof = |nonce| vec![mine().proof(&bench, "GET", USERINFO_URL, nonce, Some(&tokens.access))];
    let response = userinfo(&bench, "DPoP", &tokens.access, &proof(None));
    assert_eq!(status_and_challenge(&response, "use_dpop_nonce"), (401, true));
    let nonce = response.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(userinfo(&bench, "DPoP", &tokens.access, &proof(Some(&nonce))).status(), 200);
}

#[test]
fn d18_nodes_with_one_key_agree_on_nonces_and_an_old_key_is_still_known() {
    let issuer = || Issuer::parse(ISSUER).unwrap();
    let required = policy(|policy| policy.dpop.nonce = DpopNonce::Required);
    let node = |key: ServerKey, old: Option<ServerKey>| {
        let builder = Endpoint::builder(issuer(), TOKEN_URL, symbolon_crypto_ring::PROVIDER, key).policy(required);
        old.into_iter().fold(builder, EndpointBuilder::old_key).build().unwrap()
    };
    let (old, new) = (|| ServerKey::new("old", [7; 32]), || ServerKey::new("new", [8; 32]));
    let bench = Bench::new();
    let client = || ready(bench.store().client("app")).unwrap();
    let ask = |node: &Endpoint, nonce: Option<&str>| {
        let proof = mine().proof(&bench, "POST", TOKEN_URL, nonce, None);
        let received = node.receive(client_credentials().dpop(&proof)).unwrap();
        match received.authenticate(Found::client(client()), now()) {
            Ok(_) => Ok(()),
            Err(refusal) => {
                let outcome = refusal.into_outcome();
                let answer = outcome.commit().applied();
                Err(outcome.settle(answer).into_response().header("dpop-nonce").map(String::from))
            }
        }
    };
    let nonce = ask(&node(old(), None), None).unwrap_err().unwrap();
    assert_eq!(ask(&node(old(), None), Some(&nonce)), Ok(()), "another node");
    assert_eq!(ask(&node(new(), Some(old())), Some(&nonce)), Ok(()), "after the key was changed");
    assert!(ask(&node(new(), None), Some(&nonce)).is_err());
    let other_issuer = Issuer::parse("https://other.example").unwrap();
    let other = Endpoint::builder(other_issuer, TOKEN_URL, symbolon_crypto_ring::PROVIDER, old()).policy(required);
    assert!(ask(&other.build().unwrap(), Some(&nonce)).is_err(), "nonces are one issuer's");
}

#[test]
fn section_7_a092_a093_a094_a_bound_token_is_answered_with_its_key_and_in_no_other_way() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app())).dpop(&mine().token(&bench))));
    let token = &tokens.access;
    let proof =
        |key: Key, method: &str, url: &str, ath: Option<&Secret>| vec![key.proof(&bench, method, url, None, ath)];
    let right = || proof(mine(), "GET", USERINFO_URL, Some(token));
    let ask = |scheme: &str, proofs: &[Vec<u8>], error: &str| {
        status_and_challenge(&userinfo(&bench, scheme, token, proofs), error)
    };
    let once = right();
    assert_eq!(userinfo(&bench, "DPoP", token, &once).status(), 200);
    assert_eq!(ask("DPoP", &once, "invalid_dpop_proof"), (401, true), "the same proof again");
    assert_eq!(userinfo(&bench, "dpop", token, &right()).status(), 200, "RFC 9110 §11.1");

    // A093: as a bearer token, with or without proof, or without any proof.
    assert_eq!(ask("Bearer", &[], "invalid_token"), (401, true));
    assert_eq!(ask("Bearer", &right(), "invalid_token"), (401, true));
    assert_eq!(ask("DPoP", &[], "invalid_dpop_proof"), (401, true));
    // A092: another key.
    assert_eq!(ask("DPoP", &proof(another(), "GET", USERINFO_URL, Some(token)), "invalid_token"), (401, true));
    // A094: no hash of the token, or another token's.
    assert_eq!(ask("DPoP", &proof(mine(), "GET", USERINFO_URL, None), "invalid_dpop_proof"), (401, true));
    let other = Secret::new("another");
    assert_eq!(ask("DPoP", &proof(mine(), "GET", USERINFO_URL, Some(&other)), "invalid_dpop_proof"), (401, true));
    // Another request.
    assert_eq!(ask("DPoP", &proof(mine(), "POST", USERINFO_URL, Some(token)), "invalid_dpop_proof"), (401, true));
    assert_eq!(ask("DPoP", &proof(mine(), "GET", TOKEN_URL, Some(token)), "invalid_dpop_proof"), (401, true));
    let two = [right(), right()].concat();
    assert_eq!(ask("DPoP", &two, "invalid_dpop_proof"), (401, true));
}

#[test]
fn section_7_a093_a_token_that_is_bound_to_nothing_is_no_dpop_token() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let proof = vec![mine().proof(&bench, "GET", USERINFO_URL, None, Some(&tokens.access))];
    let response = userinfo(&bench, "DPoP", &tokens.access, &proof);
    assert_eq!(status_and_challenge(&response, "invalid_token"), (401, true));
    assert!(response.header("www-authenticate").unwrap().starts_with("DPoP "));
    assert_eq!(userinfo(&bench, "Bearer", &tokens.access, &[]).status(), 200);
    let unknown = Secret::new("unknown");
    let proof = vec![mine().proof(&bench, "GET", USERINFO_URL, None, Some(&unknown))];
    assert_eq!(status_and_challenge(&userinfo(&bench, "DPoP", &unknown, &proof), "invalid_token"), (401, true));
}

#[test]
fn section_5_1_the_metadata_names_the_algorithms_of_proofs() {
    let bench = Bench::new();
    let metadata = bench.endpoint().metadata(&symbolon_server::MetadataUrls::default());
    let algs = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(algs.iter().any(|alg| alg == "ES256") && algs.iter().all(|alg| alg != "HS256" && alg != "none"));
    assert!(algs.iter().all(|alg| alg != "ES512"), "ring has no P-521");
}
