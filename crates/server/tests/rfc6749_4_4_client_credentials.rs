//! RFC 6749 §4.4: the client credentials grant.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, basic, form, refused};

#[test]
fn a_confidential_client_gets_an_access_token_and_nothing_else() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(basic("grant_type=client_credentials")));
    assert!(tokens.refresh.is_none(), "RFC 6749 §4.4.3");
    assert!(tokens.id.is_none(), "R96");
    assert_eq!(tokens.body["scope"], "openid profile read");
}

#[test]
fn a078_a_scope_is_what_was_asked_for_and_never_more_than_registered() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(basic("grant_type=client_credentials&scope=read")));
    assert_eq!(tokens.body["scope"], "read");
    assert_eq!(bench.answer(basic("grant_type=client_credentials&scope=read+admin")), refused(400, "invalid_scope"));
    assert_eq!(bench.answer(basic("grant_type=client_credentials&scope=Read")), refused(400, "invalid_scope"));
    assert_eq!(bench.answer(basic("grant_type=client_credentials&scope=read++x")), refused(400, "invalid_scope"));
}

#[test]
fn a061_a_public_client_is_unauthorized() {
    let bench = Bench::new();
    assert_eq!(bench.answer(form("grant_type=client_credentials&client_id=spa")), refused(400, "unauthorized_client"));
    let parts = form("grant_type=client_credentials&client_id=post&client_secret=mysecret");
    assert_eq!(bench.send(parts).status(), 200);
}

#[test]
fn a138_a_client_token_is_no_good_at_userinfo() {
    let bench = Bench::new();
    let tokens = Tokens::of(bench.send(basic("grant_type=client_credentials")));
    assert_eq!(bench.userinfo(&tokens.access).status(), 403);
    let user = bench.tokens(&support::app());
    assert_eq!(bench.userinfo(&user.access).status(), 200);
}
