//! Design: a step owns what it needs, so that it crosses an await, a helper function and a thread.
use symbolon_server::{
    Answer, AuthenticatedRequest, AuthorizationCodeGrant, ClientCredentialsGrant, Commit, Endpoint, ExtensionGrant,
    Found, Grant, Issuing, NeedsSignature, NewCode, Outcome, PendingCode, Reason, ReceivedRequest, RefreshTokenGrant,
    Refusal, Settled, TokenPlan, UserinfoRequest, ValidatedGrant,
};

const fn step<T: Send + Sync + 'static>() {}

const _: () = {
    step::<Endpoint>();
    step::<ReceivedRequest>();
    step::<Found>();
    step::<AuthenticatedRequest>();
    step::<Grant>();
    step::<AuthorizationCodeGrant>();
    step::<RefreshTokenGrant>();
    step::<ClientCredentialsGrant>();
    step::<ExtensionGrant>();
    step::<ValidatedGrant>();
    step::<Issuing>();
    step::<NeedsSignature>();
    step::<Outcome>();
    step::<Refusal>();
    step::<Settled>();
    step::<Commit>();
    step::<Answer>();
    step::<NewCode>();
    step::<PendingCode>();
    step::<UserinfoRequest>();
    step::<TokenPlan>();
    step::<Reason>();
};

#[cfg(test)]
mod support;

#[test]
fn a_step_goes_on_in_another_thread() {
    let bench = support::Bench::new();
    let received = bench.endpoint().receive(support::basic("grant_type=client_credentials")).unwrap();
    let authenticated = std::thread::spawn(move || {
        received.authenticate(Found::client(Some(std::sync::Arc::new(support::app()))), symbolon_testkit::now())
    });
    assert!(authenticated.join().unwrap().is_ok());
}
