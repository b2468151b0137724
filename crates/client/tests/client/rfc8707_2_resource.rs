//! RFC 8707 §2: for which resources tokens are asked, in each request that can say so.

use serde_json::json;
use symbolon_client::{AuthorizationPlan, ClientCredentialsPlan, ClientError, RefreshPlan};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::Granted;

use crate::{
    party::{REFRESH_TOKEN, builder, client, now, parameter, scope},
    server_half::{API, LEDGER, Server, audience, registered, tokens},
};

fn server() -> Server {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS);
    Server::new(31, Policy::OAUTH_2_1, |builder| builder).register(registered(grants))
}

fn for_itself(resource: &[&str]) -> ClientCredentialsPlan {
    let mut plan = ClientCredentialsPlan::from(Some(scope("read")));
    plan.resource = resource.iter().map(ToString::to_string).collect();
    plan
}

fn to_alice(resources: &[&str]) -> Granted {
    let mut granted = Granted::to_user("alice", scope("read"));
    granted.resources = resources.iter().map(ToString::to_string).collect();
    granted
}

/// What no request may have.
const NO_RESOURCE: [&str; 6] =
    ["", "api.example", "/api", "https://api.example/#part", "https://api.example/a b", "https:"];

#[test]
fn a_client_asks_for_itself_for_each_resource_that_it_names() {
    let (server, client) = (server(), client());
    let granted = |resource: &[&str]| {
        let sending = client.client_credentials(for_itself(resource), now()).unwrap();
        audience(tokens(server.send(sending)).access_token())
    };
    assert_eq!(granted(&[]), json!([API, LEDGER]));
    assert_eq!(granted(&[LEDGER]), json!(LEDGER));
    assert_eq!(granted(&[LEDGER, API]), json!([API, LEDGER]));
    for unknown in [&["https://evil.example"][..], &[API, "https://evil.example"], &["https://evil.example", API]] {
        let sending = client.client_credentials(for_itself(unknown), now()).unwrap();
        assert_eq!(server.refuses(sending), "invalid_target", "each is sent");
    }
    for none in NO_RESOURCE {
        let refused = client.client_credentials(for_itself(&[API, none]), now());
        assert_eq!(refused.err(), Some(ClientError::Parameter), "{none}");
    }
}

#[test]
fn a_code_and_a_refresh_are_for_fewer_resources_than_were_granted_and_for_no_other() {
    let (server, client) = (server(), client());
    let code = || server.code(&client, to_alice(&[API, LEDGER]));
    let first = tokens(server.send(client.exchange(code().with_resource([API.into()]), now()).unwrap()));
    assert_eq!(audience(first.access_token()), API);
    let beyond = code().with_resource(["https://evil.example".into()]);
    assert_eq!(server.refuses(client.exchange(beyond, now()).unwrap()), "invalid_target");

    let mut plan = first.refresh_plan().unwrap();
    plan.resource = vec![LEDGER.into()];
    let second = tokens(server.send(client.refresh(plan, now()).unwrap()));
    assert_eq!(audience(second.access_token()), LEDGER);
    let mut plan = second.refresh_plan().unwrap();
    plan.resource = vec!["https://evil.example".into()];
    assert_eq!(server.refuses(client.refresh(plan, now()).unwrap()), "invalid_target");

    for none in NO_RESOURCE {
        let refused = client.exchange(code().with_resource([none.into()]), now());
        assert_eq!(refused.err(), Some(ClientError::Parameter), "{none}");
        let mut plan = RefreshPlan::new(REFRESH_TOKEN);
        plan.resource = vec![none.into()];
        assert_eq!(client.refresh(plan, now()).err(), Some(ClientError::Parameter), "{none}");
    }
}

#[test]
fn section_2_1_an_authorization_request_names_resources_each_by_itself() {
    let asked = |resource: &[&str], extra: &[&str]| {
        let mut plan = AuthorizationPlan::new(scope("read"));
        plan.resource = resource.iter().map(ToString::to_string).collect();
        plan.extra = extra.iter().map(|uri| ("resource".into(), (*uri).into())).collect();
        client().authorize(plan).map(|(request, _)| request.url().expose().to_owned())
    };
    let url = asked(&[API, "urn:example:ledger"], &[]).unwrap();
    assert!(url.ends_with("&resource=https%3A%2F%2Fapi.example&resource=urn%3Aexample%3Aledger"), "{url}");
    assert_eq!(parameter(&asked(&[], &[]).unwrap(), "resource"), None);
    assert!(asked(&[API], &[LEDGER]).is_ok(), "it may come more than once");
    for none in NO_RESOURCE {
        assert_eq!(asked(&[none], &[]).err(), Some(ClientError::Parameter), "{none}");
    }
}

#[test]
fn what_is_pushed_has_them_too() {
    let client = builder().pushed_authorization_request_endpoint("https://as.example/par").build().unwrap();
    let mut plan = AuthorizationPlan::new(scope("read"));
    plan.resource = vec![API.into()];
    let (preparing, _) = client.push(plan.clone(), now()).unwrap();
    let request = preparing.ready().unwrap();
    assert_eq!(parameter(request.body().expose(), "resource").as_deref(), Some(API));
    plan.resource = vec!["api".into()];
    assert_eq!(client.push(plan, now()).err(), Some(ClientError::Parameter));
}
