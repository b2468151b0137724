//! RFC 6749 §6 and RFC 9700 §4.14.2: refreshing, strict rotation.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, basic, plan, policy, redeem, refresh, refused, spa};
use symbolon_policy::{GrantSet, RefreshForm};
use symbolon_server::{
    GrantStatus, Granted, RegisteredClient,
    types::{Rule, Scope, Secret},
};
use symbolon_testkit::now;
use time::Duration;

#[test]
fn a_refresh_gives_new_tokens_and_rotates() {
    let bench = Bench::new();
    let first = bench.tokens(&app());
    let second = Tokens::of(bench.send(refresh(first.refresh())));
    assert_ne!(first.refresh(), second.refresh());
    assert_ne!(first.access, second.access);
    let third = Tokens::of(bench.send(refresh(second.refresh())));
    assert_eq!(bench.userinfo(&third.access).status(), 200);
}

#[test]
fn r81_r90_a_refresh_token_that_is_a_jwt_rotates_as_any_other_and_both_forms_are_read() {
    let shaped = Bench::with(policy(|p| p.refresh.form = RefreshForm::Jwt), plan());
    let first = shaped.tokens(&app());
    let text = first.refresh().expose();
    let part = |number: usize| {
        let part = text.split('.').nth(number).unwrap();
        let octets = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part).unwrap();
        serde_json::from_slice::<serde_json::Value>(&octets).unwrap()
    };
    assert_eq!(part(0), serde_json::json!({ "alg": "HS256", "typ": "JWT", "kid": "k1" }));
    let claims = part(1);
    assert_eq!((&claims["typ"], &claims["azp"], &claims["sub"]), (&"Refresh".into(), &"app".into(), &"alice".into()));
    assert_eq!(claims["exp"].as_i64().unwrap(), (now() + Duration::days(30)).unix_timestamp());
    let second = Tokens::of(shaped.send(refresh(first.refresh())));
    assert_ne!(first.refresh(), second.refresh());
    // Claims of others are none of ours, nor is what is within them by itself.
    let (input, signature) = second.refresh().expose().rsplit_once('.').unwrap();
    let forged = Secret::new(format!("{}.{signature}", input.replace("eyJ", "eyI")));
    assert_eq!(shaped.answer(refresh(&forged)), refused(400, "invalid_grant"));
    let within = Secret::new(claims["jti"].as_str().unwrap());
    let settled = shaped.send(refresh(&within));
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshKnown, "it is told to everybody who logs a jti");
    let third = Tokens::of(shaped.send(refresh(second.refresh())));
    // A superseded one revokes, whatever its form.
    assert_eq!(shaped.answer(refresh(first.refresh())), refused(400, "invalid_grant"));
    assert_eq!(shaped.answer(refresh(third.refresh())), refused(400, "invalid_grant"));
    // After the policy changed, what was issued before is good.
    let plain = Bench::new();
    let tokens = plain.tokens(&app());
    let over = plain.under(policy(|p| p.refresh.form = RefreshForm::Jwt));
    let next = Tokens::of(over.send(refresh(tokens.refresh())));
    assert!(next.refresh().expose().starts_with("eyJ"));
    assert!(!Tokens::of(plain.send(refresh(next.refresh()))).refresh().expose().starts_with("eyJ"));
}

#[test]
fn a_refresh_token_whose_claims_are_too_long_for_a_jwt_is_none_and_is_read() {
    let scope = |tokens: usize| {
        let names = (0..tokens).map(|number| format!("x{number:04}")).collect::<Vec<_>>();
        Scope::parse(&format!("openid {}", names.join(" "))).unwrap()
    };
    for (tokens, is_jwt) in [(10, true), (2_500, false)] {
        let shaped = Bench::with(policy(|p| p.refresh.form = RefreshForm::Jwt), plan());
        let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
        let client = RegisteredClient::new(app().credentials().clone(), grants, scope(tokens));
        let client = client.with_redirect_uri("https://app.example/cb");
        shaped.store().register(client.clone());
        let code = shaped.code_for(&client, Granted::to_user("alice", scope(tokens)));
        let first = Tokens::of(shaped.send(redeem(&code)));
        assert_eq!(first.refresh().expose().starts_with("eyJ"), is_jwt);
        assert!(first.refresh().len() < 16_384);
        assert_eq!(shaped.send(refresh(first.refresh())).status(), 200);
    }
}

#[test]
fn a080_an_old_refresh_token_revokes_the_family() {
    let bench = Bench::new();
    let first = bench.tokens(&app());
    let second = Tokens::of(bench.send(refresh(first.refresh())));
    let replay = bench.send(refresh(first.refresh()));
    assert_eq!(replay.reason().unwrap().rule(), Rule::RefreshCurrent);
    assert_eq!(support::status_and_error(replay), refused(400, "invalid_grant"));
    assert_eq!(bench.answer(refresh(second.refresh())), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&second.access).status(), 401);
}

#[test]
fn d4_a_superseded_token_is_judged_before_it_is_expired() {
    let bench = Bench::new();
    let first = bench.tokens(&app());
    let second = Tokens::of(bench.send(refresh(first.refresh())));
    let replay = bench.send_at(refresh(first.refresh()), now() + Duration::days(31));
    assert_eq!(replay.reason().unwrap().rule(), Rule::RefreshCurrent);
    assert_eq!(bench.answer(refresh(second.refresh())), refused(400, "invalid_grant"));
}

#[test]
fn a075_a_refresh_token_of_another_client_is_refused_and_nothing_is_revoked() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let by_another = support::form(format!(
        "grant_type=refresh_token&refresh_token={}&client_id=post&client_secret=mysecret",
        tokens.refresh().expose()
    ));
    let settled = bench.send(by_another);
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshClient);
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    assert_eq!(bench.send(refresh(tokens.refresh())).status(), 200);
}

#[test]
fn a077_an_expired_missing_or_other_token_is_refused() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let settled = bench.send_at(refresh(tokens.refresh()), now() + Duration::days(30));
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshFresh);
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    assert_eq!(bench.answer(basic("grant_type=refresh_token")), refused(400, "invalid_request"));
    assert_eq!(bench.answer(refresh(&tokens.access)), refused(400, "invalid_grant"));
    let code = bench.code(&app());
    assert_eq!(bench.answer(refresh(&code)), refused(400, "invalid_grant"));
    let in_time = bench.send_at(refresh(tokens.refresh()), now() + Duration::days(30) - Duration::milliseconds(1));
    assert_eq!(in_time.status(), 200);
}

#[test]
fn a127_a_truncated_or_extended_refresh_token_is_refused_and_revokes_nothing() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let text = tokens.refresh().expose();
    let mut short = text.to_owned();
    short.pop();
    let flipped = if text.ends_with('A') { format!("{short}E") } else { format!("{short}A") };
    for bad in [short, format!("{text}A"), flipped, text.replace(".1.", ".2."), text.replace(".1.", ".01.")] {
        assert_eq!(bench.answer(refresh(&Secret::new(bad))), refused(400, "invalid_grant"));
    }
    assert_eq!(bench.send(refresh(tokens.refresh())).status(), 200);
}

#[test]
fn a078_a_scope_may_narrow_and_never_widen() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let with_scope = |token: &Secret, scope: &str| {
        basic(format!("grant_type=refresh_token&refresh_token={}&scope={scope}", token.expose()))
    };
    for wider in ["openid+profile+read", "admin", "OpenID"] {
        let settled = bench.send(with_scope(tokens.refresh(), wider));
        assert_eq!(settled.reason().unwrap().rule(), Rule::ScopeNarrows);
        assert_eq!(support::status_and_error(settled), refused(400, "invalid_scope"));
    }
    assert_eq!(bench.answer(with_scope(tokens.refresh(), "a%22b")), refused(400, "invalid_scope"));
    let narrow = Tokens::of(bench.send(with_scope(tokens.refresh(), "openid")));
    assert_eq!(narrow.body["scope"], "openid");
    // What was granted stays as wide as it was.
    let wide = Tokens::of(bench.send(with_scope(narrow.refresh(), "openid+profile")));
    assert_eq!(wide.body["scope"], "openid profile");
}

#[test]
fn a134_a_refresh_after_the_grant_ended_is_refused() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let decide = |status| {
        let endpoint = bench.endpoint();
        let received = endpoint.receive(refresh(tokens.refresh()))?;
        let request = received.authenticate(symbolon_server::Found::client(Some(std::sync::Arc::new(app()))), now())?;
        match request.into_grant()? {
            symbolon_server::Grant::RefreshToken(grant) => {
                let family = support::ready(symbolon_store::Store::family(bench.store(), grant.family())).unwrap();
                grant.rotate(family, status, now())
            }
            other => Err(other.unsupported()),
        }
    };
    assert_eq!(decide(GrantStatus::Ended).unwrap_err().reason().rule(), Rule::GrantActive);
    assert!(decide(GrantStatus::Active).is_ok());
}

#[test]
fn a_public_client_rotates_unless_the_policy_says_that_it_may_not_refresh() {
    for (may, status) in [(true, 200), (false, 400)] {
        let bench = Bench::with(policy(|p| p.refresh.public_clients = true), plan());
        let code = bench.code(&spa());
        let first = Tokens::of(bench.send(support::form(format!("{}&client_id=spa", support::redeem_form(&code)))));
        let strict = Bench::with(policy(|p| p.refresh.public_clients = may), plan());
        let form = format!("grant_type=refresh_token&refresh_token={}&client_id=spa", first.refresh().expose());
        let settled = if may { bench.send(support::form(form)) } else { strict.send(support::form(form)) };
        assert_eq!(settled.status(), status);
        if !may {
            assert_eq!(support::status_and_error(settled), refused(400, "unauthorized_client"));
            let code = strict.code(&spa());
            let parts = support::form(format!("{}&client_id=spa", support::redeem_form(&code)));
            assert!(Tokens::of(strict.send(parts)).refresh.is_none(), "none is issued that could not be used");
        }
    }
}

#[test]
fn r40_the_lifetime_of_the_refresh_token_is_told_and_ends_with_the_family() {
    let bench = Bench::with(
        policy(|p| {
            p.response.refresh_expiry_member = Some("refresh_token_expires_in");
            p.refresh.idle_lifetime = Duration::seconds(600);
            p.refresh.max_lifetime = Duration::seconds(900);
        }),
        plan(),
    );
    let code = bench.code(&app());
    let first = Tokens::of(bench.send(redeem(&code)));
    assert_eq!(first.body["refresh_token_expires_in"], 600);
    let second = Tokens::of(bench.send_at(refresh(first.refresh()), now() + Duration::seconds(500)));
    assert_eq!(second.body["refresh_token_expires_in"], 400, "the rest of the family, not 600 again");
    let late = bench.send_at(refresh(second.refresh()), now() + Duration::seconds(900));
    assert_eq!(late.reason().unwrap().rule(), Rule::RefreshFresh);
}
