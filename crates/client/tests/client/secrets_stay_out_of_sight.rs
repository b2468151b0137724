//! Attack A124: no `Debug` shows what grants access or says who somebody is.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, IncomingResponse, Received, RefreshPlan, client_auth::ClientAuthentication, id_token::Personal,
};

use crate::{
    dpop_server::{dpop_builder, use_nonce},
    party::{SignIn, answer, builder, client, now, published, scope, sign, tokens},
};

const MARK: &str = "MARKER";

fn hidden(what: &str, text: &str) {
    assert!(!text.contains(MARK), "{what}: {text}");
}

#[test]
fn a124_no_debug_shows_a_secret() {
    let secret = format!("{MARK}-secret");
    let client = builder().authentication(ClientAuthentication::Post(secret.as_str().into())).build().unwrap();
    hidden("client", &format!("{client:?}"));

    let mut plan = AuthorizationPlan::new(scope("openid"));
    plan.login_hint = Some(Personal::new(MARK));
    plan.extra.push(("x".into(), MARK.into()));
    hidden("plan", &format!("{plan:?}"));
    let (request, pending) = client.authorize(plan).unwrap();
    hidden("request", &format!("{request:?}"));
    let state = pending.state().expose().to_owned();
    assert!(!format!("{pending:?}").contains(&state));
    let code = pending.receive(&format!("code={MARK}&state={state}"), now()).unwrap();
    hidden("code", &format!("{code:?}"));
    let sending = client.exchange(code, now()).unwrap();
    hidden("sending", &format!("{sending:?}"));
    let (request, pending) = sending.ready().unwrap();
    assert!(request.body().expose().contains(MARK));
    hidden("request", &format!("{request:?}"));
    hidden("pending", &format!("{pending:?}"));
}

#[test]
fn a124_no_debug_shows_a_token_or_a_name() {
    let sign_in = SignIn::openid();
    let mut claims = sign_in.claims();
    claims.insert("sub".into(), MARK.into());
    claims.insert("name".into(), MARK.into());
    let members = json!({ "access_token": MARK, "refresh_token": MARK, "x": MARK, "id_token": sign(&claims) });
    hidden("response", &format!("{:?}", answer(members.clone())));
    let received = tokens(sign_in.pending, members);
    hidden("unverified", &format!("{received:?}"));
    let tokens = received.verify(&published(), now()).unwrap();
    hidden("verified", &format!("{tokens:?}"));
    let plan = tokens.refresh_plan().unwrap();
    hidden("plan", &format!("{plan:?}"));
    let (_, pending) = client().refresh(plan, now()).unwrap().ready().unwrap();
    hidden("pending", &format!("{pending:?}"));
}

#[test]
fn a124_no_debug_shows_a_proof_or_a_nonce() {
    let client = dpop_builder().build().unwrap();
    let (request, pending) = client.refresh(RefreshPlan::new("r"), now()).unwrap().ready().unwrap();
    let proof = request.header("dpop").unwrap().expose().to_owned();
    let hides = |text: String, proof: &str| {
        hidden("nonce", &text);
        assert!(!text.contains(proof.rsplit('.').next().unwrap()), "{text}");
    };
    hides(format!("{client:?} {request:?} {pending:?}"), &proof);
    let answer = use_nonce(MARK);
    hides(format!("{answer:?} {:?}", answer.dpop_nonce()), &proof);
    let again = pending.receive(&answer, now()).unwrap();
    hides(format!("{again:?}"), &proof);
    let Received::SendAgain(again) = again else { panic!("{again:?}") };
    let (request, pending) = again.ready().unwrap();
    let proof = request.header("dpop").unwrap().expose().to_owned();
    hides(format!("{request:?} {pending:?}"), &proof);
    let refused = pending.receive(&answer, now()).unwrap();
    hides(format!("{refused:?}"), &proof);
    let Received::Refused(refused) = refused else { panic!("{refused:?}") };
    hides(format!("{refused} {:?}", client.with_dpop_nonce(refused.dpop_nonce())), &proof);
}

#[test]
fn a113_errors_are_without_the_body() {
    let (_, pending) = client().refresh(RefreshPlan::new("r"), now()).unwrap().ready().unwrap();
    let error = pending.receive(&IncomingResponse::json(200, MARK), now()).unwrap_err();
    hidden("error", &format!("{error:?} {error}"));
}
