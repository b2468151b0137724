//! RFC 7521 §4.1, RFC 7523 §2.1: a client that has no credentials but an assertion of its own, as Maskinporten has it.
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{Bench, ISSUER, Tokens, form, plan, policy, refused, status_and_error};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    Found, Grant, Settled,
    types::{ErrorCode, RequestParts, Rule},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

#[cfg(test)]
fn bench() -> Bench {
    let change: fn(&mut Policy) = |policy| {
        policy.grants = policy.grants.and(GrantSet::JWT_BEARER);
        policy.assertion.by_grant = true;
    };
    let bench = Bench::with(policy(change), plan());
    for client in [support::signer(), support::app(), support::spa()] {
        bench.store().register(
            client.with_grants(GrantSet::JWT_BEARER).with_authorization_details_type("urn:altinn:systemuser"),
        );
    }
    bench
}

#[cfg(test)]
fn at(seconds: i64) -> i64 {
    now().unix_timestamp().saturating_add(seconds)
}

#[cfg(test)]
fn claims() -> Value {
    json!({ "iss": "signer", "aud": ISSUER, "scope": "read", "jti": "id-1", "iat": at(0), "exp": at(100) })
}

#[cfg(test)]
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[cfg(test)]
fn assertion(typ: Option<&str>, claims: &Value) -> String {
    support::signing_key().sign(&symbolon_crypto_ring::PROVIDER, typ, claims).unwrap()
}

#[cfg(test)]
fn body(assertion: &str) -> String {
    format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={assertion}")
}

#[cfg(test)]
fn ask(claims: &Value) -> RequestParts {
    form(body(&assertion(None, claims)))
}

#[cfg(test)]
fn judged(settled: Settled) -> (Option<Rule>, (u16, String)) {
    (settled.reason().map(symbolon_server::Reason::rule), status_and_error(settled))
}

#[test]
fn a_client_asks_for_itself_by_an_assertion_alone_and_once() {
    let bench = bench();
    let tokens = Tokens::of(bench.send(ask(&claims())));
    assert_eq!(tokens.body["scope"], "read");
    assert_eq!((tokens.refresh, tokens.id), (None, None));
    let again = judged(bench.send(ask(&claims())));
    assert_eq!(again, (Some(Rule::AssertionOnce), refused(400, "invalid_grant")));
    assert_eq!(bench.send(ask(&with("jti", json!("id-2")))).status(), 200);
}

#[test]
fn each_fault_is_invalid_grant_and_leaves_the_assertion_unused() {
    use Rule as R;
    let bench = bench();
    let good = assertion(None, &claims());
    let (input, _) = good.rsplit_once('.').unwrap();
    for (fault, rule) in [
        ("a.b".to_owned(), R::AssertionSyntax),
        (format!("{input}.AAAA"), R::AssertionSignature),
        (assertion(Some("client-authentication+jwt"), &claims()), R::AssertionTyp),
        (assertion(Some("at+jwt"), &claims()), R::AssertionTyp),
        (assertion(None, &with("iss", json!("nobody"))), R::ClientKnown),
        (assertion(None, &with("iss", json!("app"))), R::MethodRegistered),
        (assertion(None, &with("iss", json!(""))), R::AssertionSub),
        (assertion(None, &with("sub", json!("app"))), R::AssertionSub),
        (assertion(None, &with("aud", json!("https://other.example"))), R::AssertionAud),
        (assertion(None, &with("exp", json!(at(-11)))), R::AssertionExp),
        (assertion(None, &with("exp", json!(at(311)))), R::AssertionLifetime),
        (assertion(None, &with("iat", json!(at(11)))), R::AssertionIat),
        (assertion(None, &with("jti", json!(""))), R::AssertionJti),
    ] {
        assert_eq!(judged(bench.send(form(body(&fault)))), (Some(rule), refused(400, "invalid_grant")), "{fault}");
    }
    assert_eq!(bench.send(form(body(&good))).status(), 200);
    assert_eq!(
        bench
            .send(ask(&{
                let mut own = with("sub", json!("signer"));
                own["jti"] = json!("id-3");
                own
            }))
            .status(),
        200
    );
}

#[test]
fn scope_resource_and_details_are_claims_and_a_parameter_only_narrows() {
    let bench = bench();
    let numbered = |number: u8, claims: &Value| {
        let mut claims = claims.clone();
        claims["jti"] = json!(format!("n-{number}"));
        body(&assertion(None, &claims))
    };
    let more = judged(bench.send(form(numbered(1, &with("scope", json!("read admin"))))));
    assert_eq!(more, (Some(Rule::ScopeNarrows), refused(400, "invalid_scope")));
    let malformed = judged(bench.send(form(numbered(2, &with("scope", json!(["read"]))))));
    assert_eq!(malformed, (Some(Rule::GrantAssertionGranted), refused(400, "invalid_grant")));
    let two = with("scope", json!("read profile"));
    let narrowed = Tokens::of(bench.send(form(format!("{}&scope=read", numbered(3, &two)))));
    assert_eq!(narrowed.body["scope"], "read");
    let beyond = form(format!("{}&scope=read", numbered(4, &with("scope", json!("profile")))));
    assert_eq!(bench.answer(beyond), refused(400, "invalid_scope"));
    let target = bench.answer(form(numbered(5, &with("resource", json!("https://other.example")))));
    assert_eq!(target, refused(400, "invalid_target"));
    let details = json!([{ "type": "urn:altinn:systemuser", "systemuser_org": { "ID": "0192:991825827" } }]);
    let rich = Tokens::of(bench.send(form(numbered(6, &with("authorization_details", details.clone())))));
    assert_eq!(rich.body["authorization_details"], details);
}

#[test]
fn rfc9396_section_5_details_of_a_type_that_is_not_registered_are_refused() {
    let bench = bench();
    let asked = |kind: &str| ask(&with("authorization_details", json!([{ "type": kind }])));
    let other = judged(bench.send(asked("account")));
    assert_eq!(other, (Some(Rule::AuthorizationDetailsNarrow), refused(400, "invalid_authorization_details")));
    let mut again = with("authorization_details", json!([{ "type": "urn:altinn:systemuser" }]));
    again["jti"] = json!("id-2");
    assert_eq!(bench.send(ask(&again)).status(), 200);
}

#[test]
fn what_a_client_says_of_its_own_sign_in_is_not_told() {
    let bench = bench();
    let mut claims = with("acr", json!("idporten-loa-high"));
    claims["auth_time"] = json!(at(-1));
    let client = support::ready(bench.store().client("signer")).unwrap();
    let request = bench.endpoint().receive(ask(&claims)).unwrap().authenticate(Found::client(client), now()).unwrap();
    let Ok(Grant::OwnAssertion(grant)) = request.into_grant() else { panic!("its own assertion") };
    let most = grant.client().scope().clone();
    let granted = grant.authorize(most).unwrap();
    assert_eq!((granted.granted().acr.as_deref(), granted.granted().auth_time), (None, None));
}

#[test]
fn any_other_credential_beside_it_is_judged_as_such() {
    let bench = bench();
    let grant = body(&assertion(None, &claims()));
    // With other credentials the assertion is a grant of an issuer, which the client is not.
    let signed = support::signed(&bench.assertion(), &grant);
    assert_eq!(judged(bench.send(signed)), (Some(Rule::GrantAssertionIss), refused(400, "invalid_grant")));
    assert_eq!(bench.answer(form(format!("{grant}&client_id=signer"))), refused(400, "invalid_client"));
    assert_eq!(bench.answer(support::basic(grant.clone())), refused(400, "invalid_grant"));
    // Another grant has nobody to come from.
    let nobody = form("grant_type=client_credentials&assertion=x");
    assert_eq!(judged(bench.send(nobody)), (Some(Rule::ClientIdentified), refused(400, "invalid_client")));
    assert_eq!(bench.send(form(grant)).status(), 200, "it was left");
}

#[test]
fn a_policy_that_does_not_say_so_knows_nobody_by_a_grant() {
    let bench = Bench::with(policy(|policy| policy.grants = policy.grants.and(GrantSet::JWT_BEARER)), plan());
    bench.store().register(support::signer().with_grants(GrantSet::JWT_BEARER));
    let answer = judged(bench.send(ask(&claims())));
    assert_eq!(answer, (Some(Rule::ClientIdentified), refused(400, "invalid_client")));
    let unregistered = self::bench();
    unregistered.store().register(support::signer());
    assert_eq!(unregistered.answer(ask(&claims())), refused(400, "unauthorized_client"));
}

#[test]
fn a_grant_is_no_authentication_where_no_grant_is_asked_for() {
    let bench = bench();
    let grant = || body(&assertion(None, &claims()));
    let asks = format!("{}&scope=openid&login_hint=alice", grant());
    for received in [
        bench.endpoint().receive_backchannel_authentication(form(asks)),
        bench.endpoint().receive_device_authorization(form(grant())),
    ] {
        assert_eq!(received.unwrap_err().reason().rule(), Rule::ClientIdentified);
    }
    assert!(bench.endpoint().receive(form(grant())).is_ok());
}

#[test]
fn a_provider_refuses_by_claims_of_its_own() {
    let bench = bench();
    let claims = with("consumer_org", json!("991825827"));
    let client = support::ready(bench.store().client("signer")).unwrap();
    let received = bench.endpoint().receive(ask(&claims)).unwrap();
    assert_eq!(received.client_hint(), "signer");
    let request = received.authenticate(Found::client(client), now()).unwrap();
    let Ok(Grant::OwnAssertion(grant)) = request.into_grant() else { panic!("its own assertion") };
    assert_eq!(grant.claims()["consumer_org"], "991825827");
    assert!(!format!("{grant:?}").contains("991825827"));
    let refusal = grant.refuse("consumer_org", ErrorCode::InvalidGrant);
    assert_eq!(refusal.reason().rule(), Rule::Extension);
}
