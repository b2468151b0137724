//! RFC 9449 §10: the code is bound to the client's key from the start.

use symbolon_client::{AuthorizationPlan, ClientError, dpop::ProofSigner, jose::SigningKey};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;

use crate::{
    dpop_server::{dpop_builder, dpop_client, signer},
    party::{client, now, parameter, scope},
};

#[test]
fn an_authorization_request_names_the_key_if_the_client_has_one() {
    let asked = |client: &symbolon_client::Client| {
        let (request, _) = client.authorize(AuthorizationPlan::new(scope("read"))).unwrap();
        parameter(request.url().expose(), "dpop_jkt")
    };
    assert_eq!(asked(&dpop_client()), Some(signer().jkt().to_base64url()));
    assert_eq!(asked(&client()), None);
}

#[test]
fn a092_a_plan_cannot_name_another_key() {
    for client in [dpop_client(), client()] {
        let mut plan = AuthorizationPlan::new(scope("read"));
        plan.extra.push(("dpop_jkt".into(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into()));
        assert_eq!(client.authorize(plan).err(), Some(ClientError::Parameter));
    }
    let fixed = "https://as.example/authorize?dpop_jkt=a";
    assert!(dpop_builder().authorization_endpoint(fixed).build().is_err());
    assert!(dpop_builder().authorization_endpoint("https://as.example/authorize?a=dpop_jkt").build().is_ok());
}

#[test]
fn a092_a_code_is_exchanged_with_the_key_that_it_is_bound_to_and_no_other() {
    let code = |client: &symbolon_client::Client| {
        let (_, pending) = client.authorize(AuthorizationPlan::new(scope("read"))).unwrap();
        let query = format!("code=a&state={}", pending.state().expose());
        pending.receive(&query, now()).unwrap()
    };
    let other_key = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap();
    let other = dpop_builder().dpop(ProofSigner::new(&PROVIDER, other_key).unwrap()).build().unwrap();
    assert!(dpop_client().exchange(code(&dpop_client()), now()).is_ok(), "the same key, loaded once more");
    for wrong in [other, client()] {
        assert_eq!(wrong.exchange(code(&dpop_client()), now()).err(), Some(ClientError::OtherClient));
    }
    assert_eq!(dpop_client().exchange(code(&client()), now()).err(), Some(ClientError::OtherClient));
}
