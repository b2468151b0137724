//! RFC 8693: token exchange, by rules alone (security decision D23).
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{Bench, Tokens, basic, form, policy, ready, redeem, refused, status_and_error};
use symbolon_dpop::ProofSigner;
use symbolon_policy::GrantSet;
use symbolon_server::{
    AccessToken, ApiMisuse, Endpoint, EndpointBuilder, ExchangeMode, ExchangeRule, ExchangedToken, Found, Grant,
    Granted, RegisteredClient, ServerKey, Settled, TokenExchangeGrant, TokenPlan, TokenSigner,
    jose::UnverifiedJwt,
    types::{ClientId, Issuer, RequestParts, Rule, Scope, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use symbolon_token_request::TokenType;
use time::{Duration, UtcDateTime};

#[cfg(test)]
const LEDGER: &str = "https://ledger.example";
#[cfg(test)]
const API: &str = "https://api.example";
#[cfg(test)]
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

#[cfg(test)]
fn id(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

#[cfg(test)]
fn rule(mode: ExchangeMode) -> ExchangeRule {
    ExchangeRule::new(id("app"), mode).with_target(LEDGER).with_scope(Scope::parse("read profile write").unwrap())
}

#[cfg(test)]
fn may(client: RegisteredClient) -> RegisteredClient {
    client.with_grants(GrantSet::TOKEN_EXCHANGE)
}

/// `app` may exchange for the ledger; tokens are JWTs, first for the API.
#[cfg(test)]
fn bench_with(rules: impl IntoIterator<Item = ExchangeRule>) -> Bench {
    let policy = policy(|policy| policy.grants = policy.grants.and(GrantSet::TOKEN_EXCHANGE));
    let plan = TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(support::signing_key())))
        .with_audience(API)
        .with_audience(LEDGER);
    let bench =
        Bench::built(7, policy, plan, |builder| rules.into_iter().fold(builder, EndpointBuilder::exchange_rule));
    for client in [support::app(), support::post(), support::spa()] {
        bench.store().register(may(client));
    }
    bench
}

#[cfg(test)]
fn bench() -> Bench {
    bench_with([rule(ExchangeMode::Impersonation), rule(ExchangeMode::Delegation)])
}

/// A token of alice, for the API, issued to this client.
#[cfg(test)]
fn token_of(bench: &Bench, client: &RegisteredClient, change: impl FnOnce(&mut Granted)) -> Tokens {
    let mut granted = Granted::to_user("alice", Scope::parse("openid profile read").unwrap());
    granted.resources = vec![API.into()];
    change(&mut granted);
    let code = bench.code_for(client, granted);
    let parts = if client.client_id().as_str() == "app" {
        redeem(&code)
    } else {
        form(format!("{}&client_id=post&client_secret=mysecret", support::redeem_form(&code)))
    };
    Tokens::of(bench.send(parts))
}

#[cfg(test)]
fn token(bench: &Bench) -> Tokens {
    token_of(bench, &support::app(), |_| {})
}

#[cfg(test)]
fn body(subject: &Secret, more: &str) -> String {
    format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={}&subject_token_type={ACCESS_TOKEN}{more}",
        subject.expose()
    )
}

#[cfg(test)]
fn exchange(bench: &Bench, subject: &Secret, more: &str) -> Settled {
    bench.send(basic(body(subject, more)))
}

#[cfg(test)]
fn judged(settled: Settled) -> (Option<Rule>, (u16, String)) {
    (settled.reason().map(symbolon_server::Reason::rule), status_and_error(settled))
}

#[cfg(test)]
fn claims(tokens: &Tokens) -> Value {
    let key = support::signing_key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap();
    let jwt = UnverifiedJwt::parse(tokens.access.expose()).unwrap().verify(&key).unwrap();
    jwt.claims_as().unwrap()
}

#[test]
fn section_2_2_1_a_token_is_exchanged_for_one_of_a_target_and_of_the_same_person() {
    let bench = bench();
    let subject = token(&bench);
    let tokens = Tokens::of(exchange(&bench, &subject.access, "&resource=https://ledger.example&scope=read"));
    assert_eq!(tokens.body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!((&tokens.body["token_type"], &tokens.body["scope"]), (&json!("Bearer"), &json!("read")));
    assert_eq!((tokens.refresh.as_ref(), tokens.id.as_ref()), (None, None));
    let claims = claims(&tokens);
    assert_eq!(
        (&claims["sub"], &claims["aud"], &claims["client_id"]),
        (&json!("alice"), &json!(LEDGER), &json!("app"))
    );
    assert_eq!(claims.get("act"), None);
    let by_audience = Tokens::of(exchange(&bench, &subject.access, "&audience=https://ledger.example"));
    assert_eq!(claims_aud(&by_audience), LEDGER);
    let by_neither = Tokens::of(exchange(&bench, &subject.access, ""));
    assert_eq!(claims_aud(&by_neither), LEDGER, "what the rule has");
    assert_eq!(by_neither.body["scope"], "profile read", "all that subject token, client and rule have");
}

#[cfg(test)]
fn claims_aud(tokens: &Tokens) -> Value {
    claims(tokens)["aud"].clone()
}

#[test]
fn d23_without_a_rule_nothing_is_exchanged_and_no_endpoint_is_made() {
    let builder = || {
        let issuer = Issuer::parse("https://as.example").unwrap();
        let policy = policy(|policy| policy.grants = policy.grants.and(GrantSet::TOKEN_EXCHANGE));
        let key = ServerKey::new("k", [7; 32]);
        Endpoint::builder(issuer, "https://as.example/token", symbolon_crypto_ring::PROVIDER, key).policy(policy)
    };
    assert_eq!(builder().build().err(), Some(ApiMisuse::ExchangeRules), "D28");
    assert!(builder().exchange_rule(rule(ExchangeMode::Impersonation)).build().is_ok());

    let other_client = ExchangeRule::new(id("post"), ExchangeMode::Impersonation).with_target(LEDGER);
    let other_kind = rule(ExchangeMode::Impersonation).with_subject_token(TokenType::IdToken, None);
    let other_issuer = rule(ExchangeMode::Impersonation)
        .with_subject_token(TokenType::AccessToken, Some("https://other.example".into()));
    let bench = bench_with([other_client, other_kind, other_issuer, rule(ExchangeMode::Delegation)]);
    let subject = token(&bench);
    let answer = judged(exchange(&bench, &subject.access, ""));
    assert_eq!(answer, (Some(Rule::ExchangeAllowed), refused(400, "invalid_request")));
    let off = Bench::new();
    assert_eq!(off.answer(basic(body(&Secret::new("x"), ""))), refused(400, "unsupported_grant_type"));
    let bench = self::bench();
    bench.store().register(support::app());
    assert_eq!(bench.answer(basic(body(&Secret::new("x"), ""))), refused(400, "unauthorized_client"));
}

#[test]
fn a_target_that_no_rule_has_is_invalid_target() {
    let bench = bench();
    let subject = token(&bench);
    for beyond in [
        "&resource=https://evil.example",
        "&audience=https://api.example",
        "&resource=https://ledger.example&audience=https://evil.example",
        "&resource=https://ledger.example/",
    ] {
        let answer = judged(exchange(&bench, &subject.access, beyond));
        assert_eq!(answer, (Some(Rule::ExchangeTarget), refused(400, "invalid_target")), "{beyond}");
    }
    // A rule may have what the plan's tokens are not good for: nobody is told otherwise.
    let bench = bench_with([rule(ExchangeMode::Impersonation).with_target("https://third.example")]);
    let subject = token(&bench);
    let answer = judged(exchange(&bench, &subject.access, "&resource=https://third.example"));
    assert_eq!(answer, (Some(Rule::ResourceNarrows), refused(400, "invalid_target")));
}

#[test]
fn a_rule_without_a_target_is_for_none_and_not_for_all() {
    let none =
        || ExchangeRule::new(id("app"), ExchangeMode::Impersonation).with_scope(Scope::parse("read profile").unwrap());
    let bench = bench_with([none()]);
    let subject = token(&bench);
    for asked in ["", "&resource=https://ledger.example"] {
        let answer = judged(exchange(&bench, &subject.access, asked));
        assert_eq!(answer, (Some(Rule::ExchangeTarget), refused(400, "invalid_target")), "{asked}");
    }
    let bench = bench_with([none().with_target(LEDGER)]);
    let subject = token(&bench);
    assert_eq!(claims_aud(&Tokens::of(exchange(&bench, &subject.access, ""))), LEDGER);
}

#[test]
fn a_subject_token_that_is_unknown_over_revoked_or_of_another_kind_is_invalid_request() {
    let bench = bench();
    let subject = token(&bench);
    let is_refused = |settled| {
        assert_eq!(judged(settled), (Some(Rule::ExchangeSubject), refused(400, "invalid_request")));
    };
    is_refused(exchange(&bench, &Secret::new("unknown"), ""));
    is_refused(exchange(&bench, subject.refresh(), ""));
    for kind in ["jwt", "id_token", "refresh_token"] {
        let parts = basic(
            body(&subject.access, "")
                .replace("access_token", kind)
                .replace(&format!("subject_{kind}"), "subject_token"),
        );
        is_refused(bench.send(parts));
    }
    let late = now().saturating_add(Duration::minutes(10));
    is_refused(bench.send_at(basic(body(&subject.access, "")), late));
    assert_eq!(exchange(&bench, &subject.access, "").status(), 200);
    // The code comes again: its family ends, and what was issued in it.
    let code = bench.code(&support::app());
    let revoked = Tokens::of(bench.send(redeem(&code)));
    assert_eq!(bench.send(redeem(&code)).status(), 400);
    is_refused(exchange(&bench, &revoked.access, ""));
}

#[test]
fn what_was_exchanged_ends_with_what_it_was_exchanged_for() {
    let bench = bench();
    let code = bench.code_for(&support::app(), {
        let mut granted = Granted::to_user("alice", Scope::parse("openid profile").unwrap());
        granted.resources = vec![API.into()];
        granted
    });
    let subject = Tokens::of(bench.send(redeem(&code)));
    let later = now().saturating_add(Duration::minutes(9));
    let tokens = Tokens::of(bench.send_at(basic(body(&subject.access, "")), later));
    assert_eq!(tokens.body["expires_in"], 60, "no longer than the subject token");
    let stored = |token: &Secret| {
        let digest = bench.endpoint().access_token_digest(token);
        ready(bench.store().access_token(&digest)).unwrap().unwrap()
    };
    assert!(!stored(&tokens.access).revoked);
    assert_eq!(bench.send(redeem(&code)).status(), 400);
    assert!(stored(&tokens.access).revoked, "its family ended");
}

#[test]
fn a_family_that_ends_while_a_token_is_exchanged_ends_the_exchange() {
    let bench = bench();
    let code = bench.code(&support::app());
    let subject = Tokens::of(bench.send(redeem(&code)));
    let outcome = ready(bench.driver.decide(basic(body(&subject.access, "")), now())).unwrap();
    assert_eq!(bench.send(redeem(&code)).status(), 400);
    let settled = ready(bench.driver.finish(Ok(outcome)));
    assert_eq!(judged(settled), (Some(Rule::GrantActive), refused(400, "invalid_grant")));
}

#[test]
fn another_client_s_token_is_exchanged_only_if_it_is_for_this_one_or_the_rule_says_so() {
    let plain = bench();
    let subject = token_of(&plain, &support::post(), |_| {});
    let answer = judged(exchange(&plain, &subject.access, ""));
    assert_eq!(answer, (Some(Rule::ExchangeHolder), refused(400, "invalid_request")));
    for rule in [
        rule(ExchangeMode::Impersonation).with_own_audience(API),
        rule(ExchangeMode::Impersonation).with_any_holder(true),
    ] {
        let bench = bench_with([rule]);
        let subject = token_of(&bench, &support::post(), |_| {});
        assert_eq!(exchange(&bench, &subject.access, "").status(), 200);
    }
    let bench = bench_with([rule(ExchangeMode::Impersonation).with_own_audience(LEDGER)]);
    let subject = token_of(&bench, &support::post(), |_| {});
    assert_eq!(judged(exchange(&bench, &subject.access, "")).0, Some(Rule::ExchangeHolder), "it is for the API alone");
}

#[test]
fn scope_and_details_are_never_beyond_subject_token_client_and_rule() {
    let bench = bench();
    bench.store().register(may(support::app()).with_authorization_details_type("account"));
    let subject = token_of(&bench, &support::app(), |granted| {
        granted.authorization_details =
            symbolon_server::AuthorizationDetails::parse(r#"[{"type":"account","actions":["list","read"]}]"#).unwrap();
    });
    for beyond in ["write", "openid", "read+admin"] {
        let answer = judged(exchange(&bench, &subject.access, &format!("&scope={beyond}")));
        assert_eq!(answer, (Some(Rule::ScopeNarrows), refused(400, "invalid_scope")), "{beyond}");
    }
    let less = symbolon_token_request::encode_component(r#"[{"type":"account","actions":["list"]}]"#);
    let tokens = Tokens::of(exchange(&bench, &subject.access, &format!("&authorization_details={less}")));
    assert_eq!(claims(&tokens)["authorization_details"], json!([{"type": "account", "actions": ["list"]}]));
    let more = symbolon_token_request::encode_component(r#"[{"type":"account","actions":["write"]}]"#);
    let answer = exchange(&bench, &subject.access, &format!("&authorization_details={more}"));
    assert_eq!(status_and_error(answer), refused(400, "invalid_authorization_details"));
    let nothing = token_of(&bench, &support::app(), |granted| granted.scope = Scope::parse("openid").unwrap());
    assert_eq!(judged(exchange(&bench, &nothing.access, "")).0, Some(Rule::ScopeNarrows), "nothing is left");
}

#[test]
fn a_bound_token_is_exchanged_by_whoever_proves_its_key() {
    let bench = bench();
    let proof = |key: &str| {
        let key = symbolon_server::jose::SigningKey::from_pem(&bench.crypto, key, None).unwrap();
        let signer = ProofSigner::new(&bench.crypto, key).unwrap();
        move |parts: RequestParts| {
            let proof = signer.proof(&bench.crypto, "POST", "https://as.example/token", None, None, now()).unwrap();
            parts.dpop(proof.expose().as_bytes())
        }
    };
    let (right, wrong) = (proof(symbolon_testkit::keys::P256), proof(symbolon_testkit::keys::ED25519));
    let code = bench.code(&support::app());
    let subject = Tokens::of(bench.send(right(redeem(&code))));
    let parts = || basic(body(&subject.access, ""));
    assert_eq!(judged(bench.send(parts())), (Some(Rule::DpopPresent), refused(400, "invalid_dpop_proof")));
    assert_eq!(judged(bench.send(wrong(parts()))), (Some(Rule::ExchangeBinding), refused(400, "invalid_request")));
    let tokens = Tokens::of(bench.send(right(parts())));
    assert_eq!(tokens.body["token_type"], "DPoP");
}

#[test]
fn section_4_1_delegation_tells_who_acts_and_keeps_the_chain() {
    let bench = bench();
    let (subject, actor) =
        (token(&bench), token_of(&bench, &support::app(), |granted| granted.subject = Some("bot".into())));
    let with_actor = |actor: &Secret| format!("&actor_token={}&actor_token_type={ACCESS_TOKEN}", actor.expose());
    let first = Tokens::of(exchange(&bench, &subject.access, &with_actor(&actor.access)));
    assert_eq!((&claims(&first)["sub"], &claims(&first)["act"]), (&json!("alice"), &json!({ "sub": "bot" })));
    let second = Tokens::of(exchange(&bench, &first.access, &with_actor(&actor.access)));
    assert_eq!(claims(&second)["act"], json!({ "sub": "bot", "act": { "sub": "bot" } }));
    // Who acts for somebody is nobody's actor: whose chain would it be?
    let answer = judged(exchange(&bench, &subject.access, &with_actor(&first.access)));
    assert_eq!(answer, (Some(Rule::ExchangeActor), refused(400, "invalid_request")));
    for bad in ["unknown", subject.refresh().expose()] {
        let answer = judged(exchange(&bench, &subject.access, &with_actor(&Secret::new(bad))));
        assert_eq!(answer, (Some(Rule::ExchangeActor), refused(400, "invalid_request")));
    }
    let foreign = token_of(&bench, &support::post(), |granted| granted.subject = Some("bot".into()));
    assert_eq!(judged(exchange(&bench, &subject.access, &with_actor(&foreign.access))).0, Some(Rule::ExchangeActor));
    // Four are told, and no more.
    let mut last = second;
    for _ in 0..2 {
        last = Tokens::of(exchange(&bench, &last.access, &with_actor(&actor.access)));
    }
    let answer = judged(exchange(&bench, &last.access, &with_actor(&actor.access)));
    assert_eq!(answer, (Some(Rule::ExchangeActors), refused(400, "invalid_request")));
    // Without a rule for it, nobody acts for anybody.
    let bench = bench_with([rule(ExchangeMode::Impersonation)]);
    let (subject, actor) = (token(&bench), token(&bench));
    let answer = judged(exchange(&bench, &subject.access, &with_actor(&actor.access)));
    assert_eq!(answer, (Some(Rule::ExchangeAllowed), refused(400, "invalid_request")));
}

#[test]
fn section_4_4_may_act_names_who_may() {
    let bench = bench();
    let named = |who: Value| move |granted: &mut Granted| granted.may_act = who.as_object().cloned();
    let actor = token_of(&bench, &support::app(), |granted| granted.subject = Some("bot".into()));
    let with_actor = format!("&actor_token={}&actor_token_type={ACCESS_TOKEN}", actor.access.expose());
    for (who, by_bot, by_client) in [
        (json!({ "sub": "bot" }), true, false),
        (json!({ "sub": "bot", "client_id": "app" }), true, false),
        (json!({ "client_id": "app" }), true, true),
        (json!({ "sub": "bot", "iss": support::ISSUER }), true, false),
        (json!({ "sub": "app", "iss": support::ISSUER }), false, true),
        (json!({ "sub": "bot", "iss": "https://other.example" }), false, false),
        (json!({ "sub": "other" }), false, false),
        (json!({ "client_id": "other" }), false, false),
        (json!({}), false, false),
    ] {
        let subject = token_of(&bench, &support::app(), named(who.clone()));
        for (more, may) in [(with_actor.as_str(), by_bot), ("", by_client)] {
            let settled = exchange(&bench, &subject.access, more);
            let expected = (!may).then_some(Rule::ExchangeMayAct);
            assert_eq!(settled.reason().map(symbolon_server::Reason::rule), expected, "{who} {more}");
        }
        let told = claims(&subject).get("may_act").cloned();
        assert_eq!(told, Some(who));
    }
}

#[test]
fn section_2_1_only_access_tokens_are_issued() {
    let bench = bench();
    let subject = token(&bench);
    let asked = |kind: &str| format!("&requested_token_type=urn:ietf:params:oauth:token-type:{kind}");
    assert_eq!(exchange(&bench, &subject.access, &asked("access_token")).status(), 200);
    for kind in ["refresh_token", "id_token", "jwt", "id-jag", "saml2"] {
        let answer = judged(exchange(&bench, &subject.access, &asked(kind)));
        assert_eq!(answer, (Some(Rule::ExchangeTokenType), refused(400, "invalid_request")), "{kind}");
    }
}

#[test]
fn a_token_that_the_embedding_program_has_validated_is_exchanged_by_its_own_rule() {
    const IDP: &str = "https://idp.example";
    let foreign =
        rule(ExchangeMode::Impersonation).with_subject_token(TokenType::Jwt, Some(IDP.into())).with_any_holder(true);
    let bench = bench_with([foreign]);
    let found = |issuer: &str, token_type: TokenType| {
        let granted = Granted::to_user("alice", Scope::parse("read").unwrap());
        ExchangedToken::assume_validated(token_type, Some(issuer.into()), granted, now() + Duration::minutes(1))
    };
    let grant = || {
        let form = body(&Secret::new("a.b.c"), "").replace("access_token", "jwt");
        let client = ready(bench.store().client("app")).unwrap();
        let received = bench.endpoint().receive(basic(form)).unwrap();
        match received.authenticate(Found::client(client), now()).unwrap().into_grant().unwrap() {
            Grant::TokenExchange(grant) => grant,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(grant().subject_token().digest(), None, "it is no token of ours");
    assert_eq!(grant().subject_token().token(), &Secret::new("a.b.c"));
    let granted = grant().exchange(Some(found(IDP, TokenType::Jwt)), None, now()).unwrap();
    assert_eq!(granted.granted().subject.as_deref(), Some("alice"));
    for (found, rule) in [
        (None, Rule::ExchangeSubject),
        (Some(found(IDP, TokenType::IdToken)), Rule::ExchangeSubject),
        (Some(found("https://evil.example", TokenType::Jwt)), Rule::ExchangeAllowed),
    ] {
        assert_eq!(grant().exchange(found, None, now()).unwrap_err().reason().rule(), rule);
    }
    let shown = format!("{:?} {:?}", grant().subject_token(), found(IDP, TokenType::Jwt));
    assert!(!shown.contains("alice") && !shown.contains("a.b.c"), "{shown}");
    let late: UtcDateTime = now() + Duration::minutes(1);
    let refusal = grant().exchange(Some(found(IDP, TokenType::Jwt)), None, late).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::ExchangeSubject);
}

/// A grant of `app`, asked for with tokens of other issuers.
#[cfg(test)]
fn foreign_grant(bench: &Bench, more: &str) -> TokenExchangeGrant {
    let form = body(&Secret::new("a.b.c"), more).replace("access_token", "jwt");
    let client = ready(bench.store().client("app")).unwrap();
    let received = bench.endpoint().receive(basic(form)).unwrap();
    match received.authenticate(Found::client(client), now()).unwrap().into_grant().unwrap() {
        Grant::TokenExchange(grant) => grant,
        other => panic!("{other:?}"),
    }
}

/// A JWT of this issuer, which the embedding program has validated.
#[cfg(test)]
fn foreign(issuer: &str, granted: Granted) -> ExchangedToken {
    ExchangedToken::assume_validated(
        TokenType::Jwt,
        Some(issuer.into()),
        granted,
        now().saturating_add(Duration::minutes(1)),
    )
}

#[cfg(test)]
fn reader(subject: &str) -> Granted {
    Granted::to_user(subject, Scope::parse("read").unwrap())
}

#[test]
fn section_4_4_a_name_is_that_of_the_token_s_own_issuer() {
    let idp = |mode| rule(mode).with_subject_token(TokenType::Jwt, Some("https://idp.example".into()));
    let bench = bench_with([idp(ExchangeMode::Delegation).with_any_holder(true)]);
    let judge = |issuer: &str| {
        let may_act = json!({ "sub": "bot" }).as_object().cloned();
        let subject = foreign("https://idp.example", Granted { may_act, ..reader("alice") });
        let grant = foreign_grant(&bench, "&actor_token=d.e.f&actor_token_type=urn:ietf:params:oauth:token-type:jwt");
        grant.exchange(Some(subject), Some(foreign(issuer, reader("bot"))), now())
    };
    let granted = judge("https://idp.example").unwrap();
    assert_eq!(json!(granted.granted().act), json!({ "sub": "bot", "iss": "https://idp.example" }));
    let refusal = judge("https://other.example").unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::ExchangeMayAct);
}

#[test]
fn what_tells_of_nobody_but_another_client_or_cannot_be_told_is_not_exchanged() {
    const IDP: &str = "https://idp.example";
    let bench = bench_with([rule(ExchangeMode::Impersonation)
        .with_subject_token(TokenType::Jwt, Some(IDP.into()))
        .with_any_holder(true)]);
    let judge = |granted: Granted, client: Option<&str>| {
        let mut subject = foreign(IDP, granted);
        subject.client_id = client.map(id);
        foreign_grant(&bench, "").exchange(Some(subject), None, now())
    };
    let nobody = || Granted::to_client(Scope::parse("read").unwrap());
    let mut reserved = reader("alice");
    reserved.claims.insert("sub".into(), json!("bob"));
    for (granted, client) in
        [(nobody(), Some("post")), (nobody(), None), (reader(""), None), (reader("ålice"), None), (reserved, None)]
    {
        let refusal = judge(granted, client).unwrap_err();
        assert_eq!(refusal.reason().rule(), Rule::ExchangeSubject, "{client:?}");
    }
    assert!(judge(nobody(), Some("app")).is_ok(), "it is told as itself");
    assert!(judge(reader("alice"), Some("post")).is_ok());
}

#[test]
fn a_token_that_runs_out_before_another_is_issued_for_it_is_not_exchanged() {
    const IDP: &str = "https://idp.example";
    let bench = bench_with([rule(ExchangeMode::Impersonation)
        .with_subject_token(TokenType::Jwt, Some(IDP.into()))
        .with_any_holder(true)]);
    let issue = |seconds| {
        let granted = foreign_grant(&bench, "").exchange(Some(foreign(IDP, reader("alice"))), None, now()).unwrap();
        let plan = TokenPlan::new(AccessToken::Opaque).with_audience(LEDGER);
        granted.issue(&plan, now().saturating_add(Duration::seconds(seconds)))
    };
    assert!(issue(59).is_ok());
    assert_eq!(issue(60).unwrap_err().reason().rule(), Rule::ExchangeSubject);
    assert_eq!(issue(3600).unwrap_err().reason().rule(), Rule::ExchangeSubject);
}

#[test]
fn d21_debug_shows_no_kind_of_token_that_a_client_made_up() {
    let bench = bench();
    let form = body(&Secret::new("MARKER1"), "").replace(ACCESS_TOKEN, "urn:example:MARKER2");
    let client = ready(bench.store().client("app")).unwrap();
    let request = bench.endpoint().receive(basic(form)).unwrap().authenticate(Found::client(client), now()).unwrap();
    let Ok(Grant::TokenExchange(grant)) = request.into_grant() else { panic!("an exchange") };
    assert_eq!(grant.subject_token().token_type(), &TokenType::parse("urn:example:MARKER2"));
    let mut found = foreign("i", reader("alice"));
    found.token_type = grant.subject_token().token_type().clone();
    let shown = format!("{grant:?} {:?} {found:?}", grant.subject_token());
    assert!(shown.contains("other") && !shown.contains("MARKER"), "{shown}");
}
