//! RFC 7523 §2.1, §3 and the identity assertion grant (ID-JAG): a JWT as the grant (security decision D24).
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{BASIC, Bench, ISSUER, app, basic, form, plan, policy, refused, signed, spa, status_and_error};
use symbolon_dpop::ProofSigner;
use symbolon_policy::GrantSet;
use symbolon_server::{
    AssertionProfile, Change, Grant, GrantIssuer,
    jose::{SigningKey, VerifyingKeys},
    types::{Alg, ClientId, Issuer, RequestParts, Rule, Scope, SecretBytes},
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};
use symbolon_token_request::encode_component;

#[cfg(test)]
const IDP: &str = "https://acme.idp.example";
#[cfg(test)]
const ID_JAG: Option<&str> = Some("oauth-id-jag+jwt");

#[cfg(test)]
fn key() -> SigningKey {
    SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::P256, None).unwrap().with_kid("idp-1")
}

/// An endpoint that takes assertions of this profile from one issuer, which speaks of alice to `app`, `signer` and `spa`.
#[cfg(test)]
fn bench(profile: AssertionProfile) -> Bench {
    let bench = Bench::with(policy(|p| p.grants = p.grants.and(GrantSet::JWT_BEARER)), plan());
    for client in [app(), support::signer(), spa(), support::post()] {
        bench.store().register(client.with_grants(GrantSet::JWT_BEARER).with_authorization_details_type("chat"));
    }
    bench.store().register_issuer(idp(IDP, profile));
    bench.store().link_subject(IDP, None, "U019488227", "alice");
    bench.store().link_subject(IDP, Some("acme"), "U019488227", "bob");
    bench
}

#[cfg(test)]
fn idp(issuer: &str, profile: AssertionProfile) -> GrantIssuer {
    let keys = VerifyingKeys::new(vec![key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()]);
    let issuer = GrantIssuer::new(Issuer::parse(issuer).unwrap(), profile, keys);
    let clients = ["app", "signer", "spa"].map(|id| ClientId::parse(id).unwrap());
    clients.into_iter().fold(issuer, GrantIssuer::with_client).with_scope(Scope::parse("read profile write").unwrap())
}

/// The claims of an assertion that holds in either profile.
#[cfg(test)]
fn claims() -> Value {
    json!({
        "iss": IDP, "sub": "U019488227", "aud": ISSUER, "client_id": "app", "jti": "9e43f81b64a33f20116179",
        "iat": at(0), "exp": at(60), "scope": "read profile",
    })
}

/// So many seconds from now.
#[cfg(test)]
fn at(seconds: i64) -> i64 {
    now().unix_timestamp().saturating_add(seconds)
}

#[cfg(test)]
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[cfg(test)]
fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

#[cfg(test)]
fn assertion(typ: Option<&str>, claims: &Value) -> String {
    key().sign(&symbolon_crypto_ring::PROVIDER, typ, claims).unwrap()
}

#[cfg(test)]
fn body(assertion: &str) -> String {
    format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}")
}

#[cfg(test)]
fn ask(typ: Option<&str>, claims: &Value) -> RequestParts {
    basic(body(&assertion(typ, claims)))
}

#[cfg(test)]
fn told(bench: &Bench, parts: RequestParts) -> Value {
    let response = bench.send(parts).into_response();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(response.body()).unwrap()
}

#[cfg(test)]
fn judged(bench: &Bench, parts: RequestParts) -> (Option<Rule>, (u16, String)) {
    let settled = bench.send(parts);
    (settled.reason().map(symbolon_server::Reason::rule), status_and_error(settled))
}

#[test]
fn an_id_jag_grants_what_it_says_to_the_account_of_its_subject_and_no_refresh_token() {
    let bench = bench(AssertionProfile::IdJag);
    let answer = told(&bench, ask(ID_JAG, &claims()));
    assert_eq!(answer["scope"], "read profile");
    assert_eq!((answer.get("refresh_token"), answer.get("id_token")), (None, None));
    let token = answer["access_token"].as_str().unwrap().into();
    let response = bench.userinfo(&token);
    let userinfo: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    assert_eq!(response.status(), 403, "no openid, no userinfo: {userinfo}");
}

#[test]
fn the_subject_is_somebody_by_issuer_tenant_and_sub() {
    let bench = bench(AssertionProfile::IdJag);
    let subject = |parts| {
        let decided = support::ready(bench.driver.decide(parts, now())).unwrap();
        let subject = decided.commit().writes().iter().find_map(|write| match write {
            symbolon_server::Write::AccessToken(token) => token.granted.subject.clone(),
            _ => None,
        });
        subject.unwrap()
    };
    assert_eq!(subject(ask(ID_JAG, &claims())), "alice");
    assert_eq!(subject(ask(ID_JAG, &with("tenant", json!("acme")))), "bob");
    for nobody in
        [with("tenant", json!("other")), with("tenant", json!(7)), with("sub", json!("U01948822")), without("sub")]
    {
        let answer = judged(&bench, ask(ID_JAG, &nobody));
        assert_eq!(answer, (Some(Rule::GrantAssertionSub), refused(400, "invalid_grant")), "{nobody}");
    }
}

#[test]
fn each_fault_of_an_id_jag_is_invalid_grant_and_leaves_it_unused() {
    use Rule as R;

    let bench = bench(AssertionProfile::IdJag);
    let good = assertion(ID_JAG, &claims());
    let (head, _) = good.rsplit_once('.').unwrap();
    let foreign = SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::ED25519, None).unwrap();
    let signed_by = |key: SigningKey| key.sign(&symbolon_crypto_ring::PROVIDER, ID_JAG, &claims()).unwrap();
    let mac = SigningKey::from_secret(&symbolon_crypto_ring::PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    for (fault, rule) in [
        (assertion(None, &claims()), R::GrantAssertionTyp),
        (assertion(Some("JWT"), &claims()), R::GrantAssertionTyp),
        (assertion(Some("client-authentication+jwt"), &claims()), R::GrantAssertionTyp),
        (signed_by(mac.with_kid("idp-1")), R::GrantAssertionAlg),
        (format!("{head}.AAAA"), R::GrantAssertionSignature),
        (signed_by(foreign.clone().with_kid("idp-1")), R::GrantAssertionKey),
        (signed_by(key().with_kid("idp-2")), R::GrantAssertionKey),
        (assertion(ID_JAG, &with("iss", json!("https://evil.example"))), R::GrantAssertionIss),
        (assertion(ID_JAG, &without("iss")), R::GrantAssertionIss),
        (assertion(ID_JAG, &with("iss", json!(1))), R::GrantAssertionIss),
        (assertion(ID_JAG, &with("aud", json!("https://as.example/token"))), R::GrantAssertionAud),
        (assertion(ID_JAG, &with("aud", json!([ISSUER, "https://other.example"]))), R::GrantAssertionAud),
        (assertion(ID_JAG, &without("aud")), R::GrantAssertionAud),
        (assertion(ID_JAG, &with("exp", json!(at(-10)))), R::GrantAssertionExp),
        (assertion(ID_JAG, &without("exp")), R::GrantAssertionExp),
        (assertion(ID_JAG, &with("exp", json!(at(311)))), R::GrantAssertionLifetime),
        (assertion(ID_JAG, &with("nbf", json!(at(11)))), R::GrantAssertionNbf),
        (assertion(ID_JAG, &with("iat", json!(at(11)))), R::GrantAssertionIat),
        (assertion(ID_JAG, &without("iat")), R::GrantAssertionIat),
        (assertion(ID_JAG, &without("jti")), R::GrantAssertionJti),
        (assertion(ID_JAG, &with("jti", json!("x".repeat(129)))), R::GrantAssertionJti),
        (assertion(ID_JAG, &with("client_id", json!("post"))), R::GrantAssertionClient),
        (assertion(ID_JAG, &without("client_id")), R::GrantAssertionClient),
        (assertion(ID_JAG, &with("scope", json!(["read"]))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("scope", json!("read  write"))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("resource", json!({}))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("resource", json!([]))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("resource", json!([ISSUER, 1]))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("authorization_details", json!([{}]))), R::GrantAssertionGranted),
        (assertion(ID_JAG, &with("cnf", json!({ "jkt": "x" }))), R::GrantAssertionBinding),
        (assertion(ID_JAG, &with("cnf", json!({}))), R::GrantAssertionBinding),
        (assertion(ID_JAG, &with("cnf", json!({ "kid": "x" }))), R::GrantAssertionBinding),
        ("a.b".into(), R::GrantAssertionSyntax),
    ] {
        let answer = judged(&bench, basic(body(&fault)));
        assert_eq!(answer, (Some(rule), refused(400, "invalid_grant")), "{fault}");
    }
    assert_eq!(bench.send(basic(body(&good))).status(), 200, "its jti was not used up");
    let mut no_assertion = body("");
    assert_eq!(bench.answer(basic(no_assertion.clone())), refused(400, "invalid_request"));
    no_assertion.push_str("x&assertion=y");
    assert_eq!(bench.answer(basic(no_assertion)), refused(400, "invalid_request"));
}

#[test]
fn limits_of_time_are_inclusive() {
    let bench = bench(AssertionProfile::IdJag);
    for (number, good) in [
        with("exp", json!(at(-9))),
        with("exp", json!(at(310))),
        with("iat", json!(at(10))),
        with("nbf", json!(at(10))),
    ]
    .iter_mut()
    .enumerate()
    {
        good["jti"] = json!(format!("jti-{number}"));
        assert_eq!(bench.send(ask(ID_JAG, good)).status(), 200, "{good}");
    }
}

#[test]
fn an_assertion_is_used_once_and_the_same_id_of_another_issuer_is_another_one() {
    let bench = bench(AssertionProfile::IdJag);
    assert_eq!(bench.send(ask(ID_JAG, &claims())).status(), 200);
    let again = judged(&bench, ask(ID_JAG, &claims()));
    assert_eq!(again, (Some(Rule::GrantAssertionOnce), refused(400, "invalid_grant")));
    bench.store().register_issuer(idp("https://b.idp.example", AssertionProfile::IdJag));
    bench.store().link_subject("https://b.idp.example", None, "U019488227", "alice");
    assert_eq!(bench.send(ask(ID_JAG, &with("iss", json!("https://b.idp.example")))).status(), 200);
}

#[test]
fn a_grant_assertion_is_only_for_clients_that_its_issuer_may_speak_to_and_an_id_jag_for_none_that_is_public() {
    let bench = bench(AssertionProfile::IdJag);
    let of = |client: &str| assertion(ID_JAG, &with("client_id", json!(client)));
    let public = form(format!("{}&client_id=spa", body(&of("spa"))));
    assert_eq!(judged(&bench, public), (Some(Rule::GrantAssertionClient), refused(400, "invalid_grant")));
    let post = form(format!("{}&client_id=post&client_secret=mysecret", body(&of("post"))));
    assert_eq!(judged(&bench, post), (Some(Rule::GrantAssertionClient), refused(400, "invalid_grant")));
    assert_eq!(bench.send(signed(&bench.assertion(), &body(&of("signer")))).status(), 200);
}

#[test]
fn scope_resource_and_details_of_an_id_jag_are_narrowed_and_never_widened() {
    let bench = bench(AssertionProfile::IdJag);
    let rich = |jti: &str| {
        let mut claims = with("resource", json!([ISSUER]));
        claims["authorization_details"] = json!([{"type": "chat", "actions": ["read", "write"]}, {"type": "other"}]);
        claims["jti"] = json!(jti);
        body(&assertion(ID_JAG, &claims))
    };
    for (beyond, error) in [
        ("&scope=write".to_owned(), "invalid_scope"),
        ("&scope=read+openid".into(), "invalid_scope"),
        ("&resource=https%3A%2F%2Fother.example".into(), "invalid_target"),
        (
            format!("&authorization_details={}", encode_component(r#"[{"type":"other"}]"#)),
            "invalid_authorization_details",
        ),
    ] {
        assert_eq!(bench.answer(basic(format!("{}{beyond}", rich("a")))), refused(400, error), "{beyond}");
    }
    let less = encode_component(r#"[{"type":"chat","actions":["read"]}]"#);
    let answer = told(&bench, basic(format!("{}&scope=read&authorization_details={less}", rich("a"))));
    assert_eq!(answer["scope"], "read");
    assert_eq!(answer["authorization_details"], json!([{"type": "chat", "actions": ["read"]}]));
    let all = told(&bench, basic(rich("b")));
    assert_eq!(all["authorization_details"], json!([{"type": "chat", "actions": ["read", "write"]}]));
    // What its issuer, or the client, may not have at all is left out; where nothing is left it is refused.
    let nothing = with("scope", json!("admin"));
    assert_eq!(judged(&bench, ask(ID_JAG, &nothing)), (Some(Rule::ScopeNarrows), refused(400, "invalid_scope")));
    let some = told(&bench, ask(ID_JAG, &with("scope", json!("admin read write"))));
    assert_eq!(some["scope"], "read", "`write` is not the client's");
}

#[test]
fn a_key_in_cnf_must_be_proven() {
    let bench = bench(AssertionProfile::IdJag);
    let proof = |key: &str| {
        let key = SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, key, None).unwrap();
        let signer = ProofSigner::new(&bench.crypto, key).unwrap();
        let url = format!("{ISSUER}/token");
        (signer.jkt(), signer.proof(&bench.crypto, "POST", &url, None, None, now()).unwrap())
    };
    let (jkt, right) = proof(keys::ED25519);
    let (_, wrong) = proof(keys::P256);
    let bound = with("cnf", json!({ "jkt": jkt.to_base64url() }));
    for parts in [ask(ID_JAG, &bound), ask(ID_JAG, &bound).dpop(wrong.expose().as_bytes())] {
        assert_eq!(judged(&bench, parts), (Some(Rule::GrantAssertionBinding), refused(400, "invalid_grant")));
    }
    let answer = told(&bench, ask(ID_JAG, &bound).dpop(right.expose().as_bytes()));
    assert_eq!(answer["token_type"], "DPoP");
}

#[test]
fn a_plain_assertion_of_rfc_7523_has_another_form() {
    let bench = bench(AssertionProfile::Jwt);
    let answer = told(&bench, ask(None, &claims()));
    assert_eq!(answer["scope"], "read profile", "what it says, within what its issuer may");
    for (number, (typ, good)) in [
        (Some("JWT"), with("aud", json!("https://as.example/token"))),
        (None, with("aud", json!([ISSUER]))),
        (None, without("iat")),
        (None, without("client_id")),
        (None, without("scope")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut good = good;
        good["jti"] = json!(format!("jti-{number}"));
        assert_eq!(bench.send(ask(typ, &good)).status(), 200, "{good}");
    }
    for (typ, fault, rule) in [
        (ID_JAG, claims(), Rule::GrantAssertionTyp),
        (Some("client-authentication+jwt"), claims(), Rule::GrantAssertionTyp),
        (Some("at+jwt"), claims(), Rule::GrantAssertionTyp),
        (Some("dpop+jwt"), claims(), Rule::GrantAssertionTyp),
        (None, with("aud", json!([ISSUER, "https://as.example/token"])), Rule::GrantAssertionAud),
        (None, without("jti"), Rule::GrantAssertionJti),
    ] {
        assert_eq!(judged(&bench, ask(typ, &fault)), (Some(rule), refused(400, "invalid_grant")), "{fault}");
    }
    // RFC 7521 §4.1: client authentication is optional; who may present it is registered all the same.
    let public = form(format!("{}&client_id=spa", body(&assertion(None, &with("jti", json!("spa"))))));
    assert_eq!(bench.send(public).status(), 200);
}

#[test]
fn this_server_is_nobody_whose_assertions_are_grants() {
    let bench = bench(AssertionProfile::Jwt);
    bench.store().register_issuer(idp(ISSUER, AssertionProfile::Jwt));
    bench.store().link_subject(ISSUER, None, "U019488227", "alice");
    let own = judged(&bench, ask(None, &with("iss", json!(ISSUER))));
    assert_eq!(own, (Some(Rule::GrantAssertionIss), refused(400, "invalid_grant")));
}

#[test]
fn an_issuer_may_speak_of_registered_subjects_only() {
    let bench = bench(AssertionProfile::IdJag);
    bench.store().register_issuer(idp(IDP, AssertionProfile::IdJag).with_subject("U1"));
    bench.store().link_subject(IDP, None, "U1", "carol");
    let other = judged(&bench, ask(ID_JAG, &claims()));
    assert_eq!(other, (Some(Rule::GrantAssertionSub), refused(400, "invalid_grant")));
    assert_eq!(bench.send(ask(ID_JAG, &with("sub", json!("U1")))).status(), 200);
}

#[test]
fn a_refused_grant_remembers_the_client_assertion_and_not_the_grant() {
    let bench = bench(AssertionProfile::IdJag);
    let grant = body(&assertion(ID_JAG, &with("client_id", json!("signer"))));
    let first = bench.assertion();
    assert_eq!(bench.answer(signed(&first, &format!("{grant}&scope=write"))), refused(400, "invalid_scope"));
    assert_eq!(bench.answer(signed(&first, &grant)), refused(400, "invalid_client"));
    let outcome = support::ready(bench.driver.decide(signed(&bench.assertion(), &grant), now())).unwrap();
    let rules: Vec<Rule> = outcome.commit().guards().iter().map(symbolon_server::Guard::rule).collect();
    assert_eq!(rules, [Rule::AssertionOnce, Rule::GrantActive, Rule::GrantAssertionOnce]);
    let last = outcome.commit().guards().last().unwrap();
    assert!(matches!(last.change(), Change::Remember(_)));
    assert_eq!(last.otherwise().len(), 1, "the client assertion is remembered");
    assert_eq!(bench.send(signed(&bench.assertion(), &grant)).status(), 200);
}

#[test]
fn d21_nothing_that_an_assertion_says_is_in_a_step_a_reason_or_a_trace() {
    let bench = bench(AssertionProfile::IdJag);
    bench.store().link_subject(IDP, Some("MARKER"), "MARKER", "alice");
    let mut claims = claims();
    for name in ["jti", "sub", "tenant", "acr", "email", "aud_sub"] {
        claims[name] = json!("MARKER");
    }
    claims["act"] = json!({ "sub": "MARKER" });
    claims["resource"] = json!(["MARKER", ISSUER]);
    claims["authorization_details"] = json!([{ "type": "MARKER", "MARKER": "MARKER" }]);
    let client = || symbolon_server::Found::client(support::ready(bench.store().client("app")).unwrap());
    let step = |claims: &Value, more: &str| {
        let received = bench.endpoint().receive(basic(format!("{}{more}", body(&assertion(ID_JAG, claims))))).unwrap();
        match received.authenticate(client(), now()).unwrap().into_grant().unwrap() {
            Grant::JwtBearer(grant) => grant,
            other => panic!("{other:?}"),
        }
    };
    let idp = support::ready(bench.store().grant_issuer(IDP)).unwrap();
    let grant = step(&claims, "");
    let mut shown = vec![format!("{grant:?}")];
    let asserted = grant.verify(idp.as_deref(), now()).unwrap();
    shown.push(format!("{asserted:?}{:?}{:?}", asserted.subject(), asserted.most()));
    let granted = asserted.authorize(Some("alice")).unwrap();
    shown.push(format!("{granted:?}"));
    let outcome = granted.issue(&plan(), now()).unwrap();
    shown.push(format!("{outcome:?}"));
    assert!(!shown.concat().contains("MARKER"), "{shown:?}");
    for (name, value) in [
        ("cnf", json!({ "MARKER": "MARKER" })),
        ("client_id", json!("MARKER")),
        ("resource", json!({ "MARKER": 1 })),
        ("exp", json!("MARKER")),
    ] {
        let mut claims = claims.clone();
        claims[name] = value;
        let refusal = step(&claims, "").verify(idp.as_deref(), now()).unwrap_err();
        let settled = bench.send(ask(ID_JAG, &claims));
        let shown = format!("{refusal} {refusal:?} {:?} {:?}", settled.reason(), settled.trace());
        assert!(!shown.contains("MARKER"), "{name}: {shown}");
        let response = settled.into_response();
        assert!(!String::from_utf8_lossy(response.body()).contains("MARKER"), "{name}");
    }
}

#[test]
fn where_the_policy_does_not_have_the_grant_it_is_unsupported_and_where_the_client_does_not_unauthorized() {
    let bench = Bench::new();
    let parts = || RequestParts::post(body("x").into()).content_type(b"application/x-www-form-urlencoded");
    assert_eq!(bench.answer(parts().authorization(BASIC)), refused(400, "unsupported_grant_type"));
    let bench = Bench::with(policy(|p| p.grants = p.grants.and(GrantSet::JWT_BEARER)), plan());
    assert_eq!(bench.answer(parts().authorization(BASIC)), refused(400, "unauthorized_client"));
    let metadata = bench.endpoint().metadata(&symbolon_server::MetadataUrls::default());
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("urn:ietf:params:oauth:grant-type:jwt-bearer")));
    assert_eq!(key().alg(), Alg::Es256);
}
