//! RFC 9396: authorization details in each request that can have them, and in the answer.

use serde_json::{Value, json};
use symbolon_client::{
    AuthorizationDetails, AuthorizationDetailsError, AuthorizationPlan, ClientCredentialsPlan, ClientError, types::Rule,
};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::Granted;

use crate::{
    party::{self, SignIn, client, now, object, parameter, scope},
    server_half::{Server, registered, tokens},
};

const LISTED: &str = r#"[{"type":"accounts","actions":["list"],"account":"7"}]"#;
const ALL: &str = r#"[{"type":"accounts","actions":["list","read"],"account":"7"}]"#;

fn details(text: &str) -> AuthorizationDetails {
    AuthorizationDetails::parse(text).unwrap()
}

fn server() -> Server {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS);
    Server::new(32, Policy::OAUTH_2_1, |builder| builder)
        .register(registered(grants).with_authorization_details_type("accounts"))
}

fn to_alice() -> Granted {
    let mut granted = Granted::to_user("alice", scope("read"));
    granted.authorization_details = symbolon_server::AuthorizationDetails::parse(ALL).unwrap();
    granted
}

#[test]
fn section_2_they_are_a_list_of_objects_that_each_have_a_type() {
    assert_eq!(details(ALL).types().collect::<Vec<_>>(), ["accounts"]);
    assert_eq!(details("[]"), AuthorizationDetails::NONE);
    assert_eq!(AuthorizationDetails::new(vec![object(json!({ "type": "a" }))]).unwrap().objects().len(), 1);
    for bad in ["", "{}", r#"{"type":"a"}"#, r#"["a"]"#, "[null]", r#"[{"type":"a","type":"a"}]"#, r#"[{"type":"a"}"#] {
        assert_eq!(AuthorizationDetails::parse(bad), Err(AuthorizationDetailsError::Syntax), "{bad}");
    }
    for bad in ["[{}]", r#"[{"type":""}]"#, r#"[{"type":7}]"#, r#"[{"type":null}]"#, r#"[{"type":"a"},{"x":"a"}]"#] {
        assert_eq!(AuthorizationDetails::parse(bad), Err(AuthorizationDetailsError::Type), "{bad}");
    }
    assert_eq!(AuthorizationDetails::new(vec![object(json!({}))]), Err(AuthorizationDetailsError::Type));
    assert_eq!(AuthorizationDetailsError::Type.rule(), Rule::AuthorizationDetailsSyntax);
    assert!(!format!("{:?}", details(ALL)).contains('7'));
}

#[test]
fn section_3_an_authorization_request_has_them_as_one_parameter() {
    let asked = |details: AuthorizationDetails, text: Option<&str>| {
        let mut plan = AuthorizationPlan::new(scope("read"));
        plan.authorization_details = details;
        plan.extra = text.map(|text| ("authorization_details".into(), text.into())).into_iter().collect();
        client().authorize(plan).map(|(request, _)| parameter(request.url().expose(), "authorization_details"))
    };
    let sent: Value = serde_json::from_str(&asked(details(ALL), None).unwrap().unwrap()).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(ALL).unwrap());
    assert_eq!(asked(AuthorizationDetails::NONE, None), Ok(None));
    assert_eq!(asked(AuthorizationDetails::NONE, Some(ALL)), Ok(Some(ALL.into())));
    assert_eq!(asked(details(ALL), Some(ALL)), Err(ClientError::Parameter), "one parameter, not two");
}

#[test]
fn section_6_a_token_request_has_what_was_granted_or_less() {
    let (server, client) = (server(), client());
    let code = || server.code(&client, to_alice());
    let narrow = code().with_authorization_details(details(LISTED));
    let narrow = tokens(server.send(client.exchange(narrow, now()).unwrap()));
    assert_eq!(narrow.authorization_details(), Ok(Some(details(LISTED))));

    let refreshed = tokens(server.send(client.refresh(narrow.refresh_plan().unwrap(), now()).unwrap()));
    assert_eq!(refreshed.authorization_details(), Ok(Some(details(ALL))), "nothing is all that was granted");
    let mut plan = refreshed.refresh_plan().unwrap();
    plan.authorization_details = details(LISTED);
    let refreshed = tokens(server.send(client.refresh(plan, now()).unwrap()));
    assert_eq!(refreshed.authorization_details(), Ok(Some(details(LISTED))));

    let wider = details(r#"[{"type":"accounts","actions":["list","read","write"],"account":"7"}]"#);
    let beyond = code().with_authorization_details(wider.clone());
    assert_eq!(server.refuses(client.exchange(beyond, now()).unwrap()), "invalid_authorization_details");
    let mut plan = refreshed.refresh_plan().unwrap();
    plan.authorization_details = wider;
    assert_eq!(server.refuses(client.refresh(plan, now()).unwrap()), "invalid_authorization_details");
}

#[test]
fn section_6_a_client_asks_for_itself_with_types_that_it_is_registered_for() {
    let (server, client) = (server(), client());
    let ask = |text: &str| {
        let mut plan = ClientCredentialsPlan::new();
        plan.authorization_details = details(text);
        client.client_credentials(plan, now()).unwrap()
    };
    assert_eq!(tokens(server.send(ask(ALL))).authorization_details(), Ok(Some(details(ALL))));
    assert_eq!(tokens(server.send(ask("[]"))).authorization_details(), Ok(None));
    assert_eq!(server.refuses(ask(r#"[{"type":"payment"}]"#)), "invalid_authorization_details");
}

#[test]
fn section_7_what_the_answer_has_is_read_and_not_taken_for_what_it_is_not() {
    let read = |value: Value| {
        let sign_in = SignIn::begin(&client(), AuthorizationPlan::new(scope("read")));
        let tokens = party::tokens(sign_in.pending, json!({ "authorization_details": value }));
        tokens.without_id_token().unwrap().authorization_details()
    };
    assert_eq!(read(serde_json::from_str(ALL).unwrap()), Ok(Some(details(ALL))));
    assert_eq!(read(json!([])), Ok(Some(AuthorizationDetails::NONE)));
    assert_eq!(read(Value::Null), Ok(None), "not there");
    for bad in [json!(ALL), json!({ "type": "accounts" }), json!(["accounts"]), json!(true)] {
        assert_eq!(read(bad), Err(AuthorizationDetailsError::Syntax));
    }
    assert_eq!(read(json!([{ "actions": ["list"] }])), Err(AuthorizationDetailsError::Type));
}

#[test]
fn a_sign_in_has_them_beside_its_identity() {
    let sign_in = SignIn::openid();
    let id_token = party::sign(&sign_in.claims());
    let members = json!({ "id_token": id_token, "authorization_details": [{ "type": "accounts" }] });
    let tokens = party::tokens(sign_in.pending, members).verify(&party::published(), now()).unwrap();
    assert_eq!(tokens.authorization_details(), Ok(Some(details(r#"[{"type":"accounts"}]"#))));
}
