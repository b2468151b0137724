//! RFC 9126: an authorization request goes to the server directly, and the browser carries a reference.

use symbolon_client::{
    AuthorizationPlan, AuthorizationRequest, Client, ClientBuilder, ClientError, FailedExchange, Failure,
    IncomingResponse, OutgoingRequest, PendingPush, Preparing, Pushed,
    client_auth::ClientAuthentication,
    token_response::ResponseError,
    types::{ErrorCode, Rule},
};
use time::Duration;

use crate::{
    dpop_server::signer,
    party::{CLIENT, CODE, builder, now, parameter, scope},
    remote_keys::{remote, sign},
};

const PAR: &str = "https://as.example/par";
const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";

fn pushing() -> ClientBuilder {
    builder().pushed_authorization_request_endpoint(PAR)
}

fn confidential() -> Client {
    pushing().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap()
}

fn push(client: &Client) -> (OutgoingRequest, PendingPush) {
    let mut plan = AuthorizationPlan::new(scope("openid profile"));
    plan.extra.push(("ui_locales".into(), "nb".into()));
    let (preparing, pending) = client.push(plan, now()).unwrap();
    (preparing.ready().unwrap(), pending)
}

fn created(body: &str) -> IncomingResponse {
    IncomingResponse::json(201, body)
}

fn right() -> IncomingResponse {
    created(&format!(r#"{{"request_uri":"{REQUEST_URI}","expires_in":60,"unknown":1}}"#))
}

fn receive(response: &IncomingResponse) -> Result<Pushed, FailedExchange> {
    push(&confidential()).1.receive(response, now())
}

fn wrong(response: &IncomingResponse) -> Failure {
    receive(response).unwrap_err().failure().clone()
}

fn malformed(status: u16, source: ResponseError) -> Failure {
    Failure::Malformed { status, source }
}

fn browser(pushed: Pushed) -> AuthorizationRequest {
    match pushed {
        Pushed::Authorization(request, _) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn section_2_1_what_would_be_in_the_url_is_in_the_form_with_what_authenticates_the_client() {
    let (request, _) = push(&confidential());
    assert_eq!((request.method(), request.url()), ("POST", PAR));
    assert!(request.header("authorization").is_some());
    let form = request.body().expose();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("ui_locales", "nb"),
    ] {
        assert_eq!(parameter(form, name).as_deref(), Some(value), "{name}");
    }
    for name in ["redirect_uri", "state", "nonce", "code_challenge"] {
        assert!(parameter(form, name).is_some(), "{name}");
    }
    for name in ["request_uri", "code_verifier", "client_secret"] {
        assert_eq!(parameter(form, name), None, "{name}");
    }
}

#[test]
fn no_parameter_comes_twice_whatever_the_method() {
    let methods = [ClientAuthentication::None, ClientAuthentication::Post("gX1fBat3bV".into())];
    for method in methods {
        let client = pushing().authentication(method).build().unwrap();
        let (request, _) = push(&client);
        // It is read strictly: a parameter that comes twice is refused.
        assert_eq!(parameter(request.body().expose(), "client_id").as_deref(), Some(CLIENT));
    }
}

#[test]
fn a_key_elsewhere_signs_the_assertion_of_a_push_too() {
    let client = pushing().remote_assertion(remote()).build().unwrap();
    let asking = || client.push(AuthorizationPlan::new(scope("openid")), now()).unwrap().0;
    assert_eq!(asking().ready().err(), Some(ClientError::NeedsSignature));
    let Preparing::NeedsSignature(job) = asking() else { panic!("no stop") };
    assert!(!format!("{job:?}").contains("code_challenge"));
    let signature = sign(job.bytes());
    let form = job.signed(&signature).unwrap();
    assert!(parameter(form.body().expose(), "client_assertion").is_some());
    assert_eq!(parameter(form.body().expose(), "client_id").as_deref(), Some(CLIENT));
    let Preparing::NeedsSignature(job) = asking() else { panic!("no stop") };
    assert!(matches!(job.signed(&[0; 64]), Err(ClientError::Assertion(_))));
}

#[test]
fn rfc9449_10_1_a_key_is_named_and_there_is_no_proof() {
    let client = pushing().dpop(signer()).build().unwrap();
    let (request, _) = push(&client);
    let jkt = client.dpop().unwrap().jkt().to_base64url();
    assert_eq!(parameter(request.body().expose(), "dpop_jkt"), Some(jkt));
    assert!(request.header("dpop").is_none());
}

#[test]
fn section_4_the_url_has_the_client_and_the_reference_and_nothing_else() {
    let request = browser(receive(&right()).unwrap());
    let encoded = REQUEST_URI.replace(':', "%3A");
    let url = format!("https://as.example/authorize?client_id={CLIENT}&request_uri={encoded}");
    assert_eq!(request.url().expose(), url);
    assert_eq!(request.expires_at(), Some(now() + Duration::minutes(1)));
    let (request, _) = confidential().authorize(AuthorizationPlan::new(scope("openid"))).unwrap();
    assert_eq!(request.expires_at(), None, "one that was not pushed");
}

#[test]
fn what_was_pushed_is_what_the_browsers_answer_is_judged_by() {
    let client = confidential();
    let (request, pending) = push(&client);
    let state = parameter(request.body().expose(), "state").unwrap();
    let Pushed::Authorization(_, pending) = pending.receive(&right(), now()).unwrap() else { panic!("refused") };
    assert_eq!(pending.state().expose(), state);
    let code = pending.receive(&format!("code={CODE}&state={state}"), now()).unwrap();
    let (request, _) = client.exchange(code, now()).unwrap().ready().unwrap();
    assert!(parameter(request.body().expose(), "code_verifier").is_some());
}

#[test]
fn section_2_2_only_201_with_a_reference_is_a_success() {
    assert!(receive(&right()).is_ok());
    let body = right().body().to_vec();
    assert_eq!(
        wrong(&IncomingResponse::json(200, body.clone())),
        malformed(200, ResponseError::Status { status: 200 })
    );
    assert_eq!(wrong(&IncomingResponse::json(302, body)), Failure::Redirect { status: 302 });
    for (body, error) in [
        (r#"{"expires_in":60}"#, ResponseError::MissingMember { name: "request_uri" }),
        (r#"{"request_uri":"urn:x"}"#, ResponseError::MissingMember { name: "expires_in" }),
        (r#"{"request_uri":"urn:x","expires_in":0}"#, ResponseError::InvalidMember { name: "expires_in" }),
        (r#"{"request_uri":"","expires_in":60}"#, ResponseError::InvalidMember { name: "request_uri" }),
        (
            r#"{"request_uri":"urn:x","request_uri":"urn:y","expires_in":60}"#,
            ResponseError::DuplicateMember { name: None },
        ),
        (
            r#"{"error":"invalid_request","request_uri":"urn:x","expires_in":60}"#,
            ResponseError::UnexpectedMember { name: "error" },
        ),
    ] {
        assert_eq!(wrong(&created(body)), malformed(201, error), "{body}");
    }
    assert!(matches!(wrong(&created("<html>")), Failure::NotJson { .. }));
    let long = format!(r#"{{"request_uri":"{}","expires_in":60}}"#, "x".repeat(2 << 20));
    assert!(matches!(wrong(&created(&long)), Failure::TooLarge { .. }));
}

#[test]
fn section_2_3_a_refusal_is_told_by_its_code() {
    let body = r#"{"error":"invalid_client","error_description":"no"}"#;
    for status in [400, 401] {
        let Pushed::Refused(answer) = receive(&IncomingResponse::json(status, body)).unwrap() else { panic!("taken") };
        assert_eq!((answer.status, &answer.code), (status, &ErrorCode::InvalidClient));
    }
}

#[test]
fn section_5_and_6_where_it_must_be_pushed_there_is_no_other_way() {
    let plan = || AuthorizationPlan::new(scope("openid"));
    let required = pushing().require_pushed_authorization_requests(true).build().unwrap();
    assert_eq!(required.authorize(plan()).err(), Some(ClientError::MustPush));
    assert!(required.push(plan(), now()).is_ok());
    assert!(pushing().build().unwrap().authorize(plan()).is_ok());

    let nowhere = builder().build().unwrap().push(plan(), now()).err().unwrap();
    assert_eq!(nowhere, ClientError::NoEndpoint { endpoint: "pushed_authorization_request_endpoint" });
    assert_eq!(nowhere.rule(), Rule::Embedder);
}

#[test]
fn rfc9126_2_1_a_reference_is_not_pushed() {
    let mut plan = AuthorizationPlan::new(scope("openid"));
    plan.extra.push(("request_uri".into(), REQUEST_URI.into()));
    assert_eq!(confidential().push(plan, now()).err(), Some(ClientError::Parameter));
}
