//! RFC 8693 §2: a token for another one, and what of the answer may go to a resource.

use serde_json::{Value, json};
use symbolon_client::{
    Client, ClientError, FailedExchange, Failure, IssuedToken, OutgoingRequest, Received, RefreshPlan,
    TokenExchangePlan, VerifyError, WhatToDo,
    policy::{GrantSet, Policy},
    token_request::{TokenExchangeRequest, TokenRequest, TokenType},
    types::{ClientId, Rule, Secret},
};
use symbolon_server::{ExchangeMode, ExchangeRule, Granted};
use time::Duration;

use crate::{
    dpop_server::{dpop_client, use_nonce},
    party::{self, ACCESS_TOKEN, CLIENT, answer, client, now, parameter, published, scope},
    server_half::{API, LEDGER, Server, audience, registered, tokens},
};

const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

fn plan() -> TokenExchangePlan {
    TokenExchangePlan::new("accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC", TokenType::AccessToken)
}

fn asking_for(kind: &str) -> TokenExchangePlan {
    let mut plan = plan();
    plan.requested_token_type = Some(TokenType::parse(kind));
    plan
}

fn request(plan: TokenExchangePlan) -> OutgoingRequest {
    client().exchange_token(plan, now()).unwrap().ready().unwrap().0
}

fn receive_by(client: &Client, plan: TokenExchangePlan, members: Value) -> Result<Received, FailedExchange> {
    let (_, pending) = client.exchange_token(plan, now()).unwrap().ready().unwrap();
    pending.receive(&answer(members), now())
}

fn receive(plan: TokenExchangePlan, members: Value) -> Result<Received, FailedExchange> {
    receive_by(&client(), plan, members)
}

#[track_caller]
fn issued(received: Result<Received, FailedExchange>) -> IssuedToken {
    match received.unwrap() {
        Received::Issued(token) => token,
        other => panic!("{other:?}"),
    }
}

/// The client may exchange tokens of alice for the ledger, in her name and as her delegate.
fn server() -> Server {
    let grants = GrantSet::TOKEN_EXCHANGE.and(GrantSet::AUTHORIZATION_CODE);
    let mut policy = Policy::OAUTH_2_1;
    policy.grants = policy.grants.and(GrantSet::TOKEN_EXCHANGE);
    let rule =
        |mode| ExchangeRule::new(ClientId::parse(CLIENT).unwrap(), mode).with_target(LEDGER).with_scope(scope("read"));
    let (one, other) = (rule(ExchangeMode::Impersonation), rule(ExchangeMode::Delegation));
    Server::new(51, policy, |builder| builder.exchange_rule(one).exchange_rule(other)).register(registered(grants))
}

fn token_of(server: &Server, account: &str) -> Secret {
    let mut granted = Granted::to_user(account, scope("read profile"));
    granted.resources = vec![API.into()];
    let code = server.code(&client(), granted);
    tokens(server.send(client().exchange(code, now()).unwrap())).access_token().clone()
}

#[test]
fn section_2_1_the_request_says_what_is_exchanged_for_what() {
    let mut plan = plan();
    plan.actor_token = Some(("eyJhbGciOi".into(), TokenType::Jwt));
    plan.requested_token_type = Some(TokenType::AccessToken);
    plan.resource = vec![LEDGER.into(), "urn:example:ledger".into()];
    plan.audience = vec!["ledger".into(), "the other ledger".into()];
    plan.scope = Some(scope("read"));
    let sent = request(plan.clone());
    let form = TokenRequest::parse(sent.body().expose().as_bytes().to_vec()).unwrap();
    let read = TokenExchangeRequest::from_form(&form).unwrap();
    assert_eq!((&read.subject_token, &read.subject_token_type), (&plan.subject_token, &plan.subject_token_type));
    assert_eq!((&read.actor_token, &read.scope), (&plan.actor_token, &plan.scope));
    assert_eq!(read.requested_token_type, plan.requested_token_type);
    assert_eq!(form.parameters("resource").collect::<Vec<_>>(), plan.resource);
    assert_eq!(form.parameters("audience").collect::<Vec<_>>(), plan.audience);
    assert!(sent.header("authorization").is_some());

    let bare = request(self::plan());
    assert_eq!(
        bare.body().expose(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
    );
}

#[test]
fn a_plan_that_says_nothing_is_refused() {
    let refused = |change: &dyn Fn(&mut TokenExchangePlan)| {
        let mut plan = plan();
        change(&mut plan);
        client().exchange_token(plan, now()).err()
    };
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(refused(&|plan| plan.subject_token = "".into()), Some(ClientError::EmptySecret));
    assert_eq!(refused(&|plan| plan.actor_token = Some(("".into(), TokenType::Jwt))), Some(ClientError::EmptySecret));
    let nameless = || TokenType::Other(String::new());
    assert_eq!(refused(&|plan| plan.subject_token_type = nameless()), Some(ClientError::Parameter));
    assert_eq!(refused(&|plan| plan.requested_token_type = Some(nameless())), Some(ClientError::Parameter));
    assert_eq!(refused(&|plan| plan.actor_token = Some(("a".into(), nameless()))), Some(ClientError::Parameter));
    assert_eq!(refused(&|plan| plan.resource = vec!["ledger".into()]), Some(ClientError::Parameter));
    for none in ["", "a\nb", "a\0"] {
        assert_eq!(refused(&|plan| plan.audience = vec!["a".into(), none.into()]), Some(ClientError::Parameter));
    }
}

#[test]
fn the_server_exchanges_for_the_target_of_the_rule_and_for_no_other() {
    let server = server();
    let alice = token_of(&server, "alice");
    let ask = |change: &dyn Fn(&mut TokenExchangePlan)| {
        let mut plan = TokenExchangePlan::new(alice.clone(), TokenType::AccessToken);
        change(&mut plan);
        client().exchange_token(plan, now()).unwrap()
    };
    let ways: [fn(&mut TokenExchangePlan); 3] = [
        |plan| plan.resource = vec![LEDGER.into()],
        |plan| plan.audience = vec![LEDGER.into()],
        |plan| plan.requested_token_type = Some(TokenType::AccessToken),
    ];
    for named in ways {
        let tokens = tokens(server.send(ask(&named)));
        assert_eq!(audience(tokens.access_token()), LEDGER);
        assert_eq!(tokens.issued_token_type(), Some(TokenType::AccessToken));
        assert_eq!((tokens.scope(), tokens.refresh_token()), (Some(&scope("read")), None));
    }
    assert_eq!(server.refuses(ask(&|plan| plan.resource = vec![API.into()])), "invalid_target");
    assert_eq!(server.refuses(ask(&|plan| plan.scope = Some(scope("write")))), "invalid_scope");
    let other = ask(&|plan| plan.subject_token = "unknown".into());
    assert_eq!(server.refuses(other), "invalid_request");
    assert_eq!(server.refuses(ask(&|plan| plan.requested_token_type = Some(TokenType::IdJag))), "invalid_request");
}

#[test]
fn an_actor_acts_with_a_token_of_its_own() {
    let server = server();
    let (alice, bob) = (token_of(&server, "alice"), token_of(&server, "bob"));
    let ask = |actor: Secret| {
        let mut plan = TokenExchangePlan::new(alice.clone(), TokenType::AccessToken);
        plan.actor_token = Some((actor, TokenType::AccessToken));
        client().exchange_token(plan, now()).unwrap()
    };
    assert_eq!(audience(tokens(server.send(ask(bob))).access_token()), LEDGER);
    assert_eq!(server.refuses(ask("unknown".into())), "invalid_request");
}

#[test]
fn section_2_2_1_the_answer_says_what_was_issued_and_it_is_what_was_asked_for() {
    let asks = |requested: Option<&str>, told: Value| {
        let plan = requested.map_or_else(plan, asking_for);
        receive(plan, json!({ "issued_token_type": told })).map(|received| tokens(received).issued_token_type())
    };
    assert_eq!(asks(Some(ACCESS), json!(ACCESS)).unwrap(), Some(TokenType::AccessToken));
    assert_eq!(asks(None, json!(ACCESS)).unwrap(), Some(TokenType::AccessToken));
    assert_eq!(asks(None, json!("urn:x:ticket")).unwrap(), Some(TokenType::Other("urn:x:ticket".into())));
    for (requested, told) in [
        (Some(ACCESS), Value::Null),
        (None, Value::Null),
        (None, json!("")),
        (None, json!(7)),
        (None, json!([ACCESS])),
        (Some(ACCESS), json!("urn:ietf:params:oauth:token-type:jwt")),
        (Some(ACCESS), json!(ACCESS.to_uppercase())),
        (Some("urn:ietf:params:oauth:token-type:jwt"), json!(ACCESS)),
    ] {
        let error = asks(requested, told.clone()).unwrap_err();
        assert_eq!(error.failure(), &Failure::IssuedTokenType, "{requested:?} {told}");
        assert_eq!(
            (error.rule(), error.outcome().what_to_do),
            (Some(Rule::ResponseTokenType), WhatToDo::Configuration)
        );
    }
}

#[test]
fn section_2_2_1_what_is_no_access_token_is_not_for_a_resource() {
    let id_jag = |token_type: &str| {
        receive(asking_for(ID_JAG), json!({ "issued_token_type": ID_JAG, "token_type": token_type, "expires_in": 300 }))
    };
    for token_type in ["N_A", "n_a"] {
        let token = issued(id_jag(token_type));
        assert_eq!((token.token().expose(), token.issued_token_type()), (ACCESS_TOKEN, &TokenType::IdJag));
        assert_eq!(token.expires_at(), Some(now().saturating_add(Duration::seconds(300))));
    }
    for token_type in ["Bearer", "DPoP", "mac"] {
        assert_eq!(id_jag(token_type).unwrap_err().failure(), &Failure::TokenType, "{token_type}");
    }
    for kind in ["id_token", "refresh_token"].map(|name| format!("urn:ietf:params:oauth:token-type:{name}")) {
        let asked =
            |token_type| receive(asking_for(&kind), json!({ "issued_token_type": kind, "token_type": token_type }));
        assert_eq!(issued(asked("N_A")).issued_token_type().as_str(), kind);
        assert_eq!(issued(asked("N_A")).grant_assertion().map(|_| ()), None, "{kind}");
        assert_eq!(asked("Bearer").unwrap_err().failure(), &Failure::TokenType, "{kind}");
    }
}

#[test]
fn n_a_is_no_access_token() {
    let answered = |plan: TokenExchangePlan, kind: &str, token_type: &str| {
        receive(plan, json!({ "issued_token_type": kind, "token_type": token_type }))
    };
    assert!(matches!(answered(asking_for(ACCESS), ACCESS, "Bearer"), Ok(Received::Tokens(_))));
    assert_eq!(answered(asking_for(ACCESS), ACCESS, "N_A").unwrap_err().failure(), &Failure::TokenType);
    assert_eq!(answered(plan(), ACCESS, "N_A").unwrap_err().failure(), &Failure::TokenType);
    // A JWT may be either; the type of its use says which.
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    assert!(matches!(answered(asking_for(jwt), jwt, "Bearer"), Ok(Received::Tokens(_))));
    assert!(issued(answered(asking_for(jwt), jwt, "N_A")).grant_assertion().is_some());
    assert!(matches!(answered(plan(), jwt, "N_A"), Ok(Received::Issued(_))), "the server chose");
}

#[test]
fn a110_n_a_is_for_a_token_exchange_alone() {
    let (_, pending) = client().refresh(RefreshPlan::new("a"), now()).unwrap().ready().unwrap();
    let members = json!({ "token_type": "N_A", "issued_token_type": ID_JAG });
    assert_eq!(pending.receive(&answer(members.clone()), now()).unwrap_err().failure(), &Failure::TokenType);
    let _ = issued(receive(asking_for(ID_JAG), members));
}

#[test]
fn an_id_jag_is_the_grant_of_the_next_request() {
    let told = json!({ "access_token": "a.b.c", "token_type": "N_A", "issued_token_type": ID_JAG, "scope": "read" });
    let token = issued(receive(asking_for(ID_JAG), told));
    assert_eq!(token.scope(), Some(&scope("read")));
    let (request, _) = client().jwt_bearer(token.grant_assertion().unwrap(), now()).unwrap().ready().unwrap();
    let body = request.body().expose();
    assert_eq!(parameter(body, "assertion").as_deref(), Some("a.b.c"));
    assert_eq!(parameter(body, "grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
}

#[test]
fn a_refresh_token_and_an_id_token_of_the_answer_are_kept_and_prove_nothing() {
    let members = json!({ "issued_token_type": ACCESS, "refresh_token": "r", "id_token": "a.b.c" });
    let Ok(Received::Tokens(received)) = receive(plan(), members.clone()) else { panic!("tokens") };
    assert_eq!(received.verify(&published(), now()).err().map(party::not_verified), Some(VerifyError::NotOpenId));
    let tokens = tokens(receive(plan(), members).unwrap());
    assert_eq!(tokens.refresh_token().unwrap().expose(), "r");
    assert_eq!(tokens.authorization().expose(), format!("Bearer {ACCESS_TOKEN}"));
    let members = json!({ "issued_token_type": ID_JAG, "token_type": "N_A", "refresh_token": "r" });
    assert_eq!(issued(receive(plan(), members)).refresh_token().unwrap().expose(), "r");
    assert_eq!(
        party::tokens(pending(), json!({ "issued_token_type": ACCESS })).without_id_token().unwrap().refresh_token(),
        None
    );
}

fn pending() -> symbolon_client::PendingTokens {
    client().exchange_token(plan(), now()).unwrap().ready().unwrap().1
}

#[test]
fn a_client_with_a_key_takes_bound_access_tokens_and_what_is_none() {
    let answered = |kind: &str, token_type: &str| {
        receive_by(&dpop_client(), plan(), json!({ "issued_token_type": kind, "token_type": token_type }))
    };
    assert!(tokens(answered(ACCESS, "DPoP").unwrap()).authorization().expose().starts_with("DPoP "));
    assert_eq!(answered(ACCESS, "Bearer").unwrap_err().failure(), &Failure::TokenType);
    assert_eq!(
        receive(plan(), json!({ "issued_token_type": ACCESS, "token_type": "DPoP" })).unwrap_err().failure(),
        &Failure::DpopUnasked
    );
    let _ = issued(answered(ID_JAG, "N_A"));

    let (first, pending) = dpop_client().exchange_token(asking_for(ID_JAG), now()).unwrap().ready().unwrap();
    let Received::SendAgain(again) = pending.receive(&use_nonce("n"), now()).unwrap() else { panic!("a nonce") };
    let (second, pending) = again.ready().unwrap();
    assert_eq!(first.body(), second.body());
    let members = json!({ "issued_token_type": ID_JAG, "token_type": "N_A" });
    let token = issued(pending.receive(&answer(members).with_header("DPoP-Nonce", b"m"), now()));
    assert!(token.dpop_nonce().is_some_and(|nonce| dpop_client().with_dpop_nonce(Some(nonce)).dpop().is_some()));
}

#[test]
fn a124_no_debug_shows_a_token() {
    let mut plan = TokenExchangePlan::new("MARKER", TokenType::AccessToken);
    plan.actor_token = Some(("MARKER".into(), TokenType::AccessToken));
    assert!(!format!("{plan:?}").contains("MARKER"));
    let (request, pending) = client().exchange_token(plan, now()).unwrap().ready().unwrap();
    assert!(request.body().expose().contains("MARKER"));
    assert!(!format!("{request:?} {pending:?}").contains("MARKER"));
    let members = json!({ "access_token": "MARKER", "issued_token_type": ID_JAG, "token_type": "N_A", "x": "MARKER" });
    assert!(!format!("{:?}", issued(receive(asking_for(ID_JAG), members))).contains("MARKER"));
}
