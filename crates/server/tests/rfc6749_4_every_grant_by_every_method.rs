//! RFC 6749 §4 and §2.3: the grant and the client's authentication are chosen apart; what a grant gives is the client's
//! registration and the plan.
#[cfg(test)]
mod support;

use support::{Bench, REDIRECT_URI, Tokens, app, basic, form, plan, redeem_form, refresh, refused, scope, signed};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{RegisteredClient, TokenSigner, types::RequestParts};

/// The body as this client sends it, with its credentials or with wrong ones.
#[cfg(test)]
fn sent(bench: &Bench, client_id: &str, are_right: bool, body: &str) -> RequestParts {
    match (client_id, are_right) {
        ("app", true) => basic(body),
        ("app", false) => form(body).authorization(b"Basic YXBwOndyb25n"),
        ("post", true) => form(format!("{body}&client_id=post&client_secret=mysecret")),
        ("post", false) => form(format!("{body}&client_id=post&client_secret=wrong")),
        ("spa", true) => form(format!("{body}&client_id=spa")),
        ("spa", false) => form(body),
        ("mac", true) => signed(&bench.mac_assertion(), body),
        ("mac", false) => signed(&format!("{}A", bench.mac_assertion()), body),
        (_, true) => signed(&bench.assertion(), body),
        (_, false) => signed(&format!("{}A", bench.assertion()), body),
    }
}

#[test]
fn r2_r73_every_grant_goes_with_every_method() {
    for client in [app(), support::post(), support::spa(), support::signer(), support::mac()] {
        let bench = Bench::new();
        let id = client.client_id().as_str();
        let answer = |are_right, body: &str| bench.answer(sent(&bench, id, are_right, body));
        let wrong = |body: &str| {
            let status = if id == "app" { 401 } else { 400 };
            assert_eq!(answer(false, body), refused(status, "invalid_client"), "{id} {body}");
        };
        let redemption = redeem_form(&bench.code(&client));
        wrong(&redemption);
        let tokens = Tokens::of(bench.send(sent(&bench, id, true, &redemption)));
        let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose());
        wrong(&refresh);
        assert_eq!(answer(true, &refresh).0, 200, "{id}");
        let alone = "grant_type=client_credentials";
        wrong(alone);
        let expected = if id == "spa" { refused(400, "unauthorized_client") } else { (200, String::new()) };
        assert_eq!(answer(true, alone), expected, "{id}");
        assert_eq!(answer(true, "grant_type=urn:example:other"), refused(400, "unsupported_grant_type"), "{id}");
    }
}

#[test]
fn r39_a_refresh_token_is_for_clients_that_registered_for_it() {
    let bench = Bench::new();
    let only_codes = RegisteredClient::new(app().credentials().clone(), GrantSet::AUTHORIZATION_CODE, scope());
    let before = Tokens::of(bench.send(support::redeem(&bench.code(&app()))));
    assert!(before.refresh.is_some());
    bench.store().register(only_codes.with_redirect_uri(REDIRECT_URI));
    let after = Tokens::of(bench.send(support::redeem(&bench.code(&app()))));
    assert!(after.refresh.is_none());
    assert_eq!(bench.answer(refresh(before.refresh())), refused(400, "unauthorized_client"));
}

#[test]
fn r96_client_credentials_give_no_id_token_even_for_openid() {
    let signer = TokenSigner::Local(support::signing_key());
    let bench = Bench::with(Policy::OAUTH_2_1, plan().with_id_token(signer));
    let machine = Tokens::of(bench.send(basic("grant_type=client_credentials&scope=openid")));
    assert_eq!((machine.body["scope"].as_str(), machine.id), (Some("openid"), None));
    assert!(bench.tokens(&app()).id.is_some(), "the same endpoint signs in");
}

#[test]
fn r79_scopes_are_separated_by_a_space_in_either_encoding() {
    let bench = Bench::new();
    let ask = |scope: &str| basic(format!("grant_type=client_credentials&scope={scope}"));
    for spaced in ["openid+read", "openid%20read", "openid read"] {
        assert_eq!(Tokens::of(bench.send(ask(spaced))).body["scope"], "openid read", "{spaced}");
    }
    for other in ["openid%2Bread", "openid,read", "openid%09read", "openid%2520read"] {
        assert_eq!(bench.answer(ask(other)), refused(400, "invalid_scope"), "{other}");
    }
}
