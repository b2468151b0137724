//! D28: a client is what its policy says, or is none.

use symbolon_client::{
    ApiMisuse, ClientBuilder, ClientError, RefreshPlan,
    client_auth::ClientAuthentication,
    policy::{AuthMethodSet, Policy, SenderConstraint},
    types::{Alg, Rule},
};

use crate::{
    dpop_server::signer,
    party::{builder, now},
    remote_keys::remote,
};

fn misuse(builder: ClientBuilder) -> Option<ApiMisuse> {
    builder.build().err()
}

#[test]
fn fapi_2_0_a_client_has_a_key_to_authenticate_with_and_one_for_its_tokens() {
    let fapi = || builder().policy(Policy::FAPI_2_0);
    let basic = || fapi().authentication(ClientAuthentication::Basic("mysecret".into()));
    assert_eq!(misuse(fapi().remote_assertion(remote()).dpop(signer())), None);
    assert_eq!(misuse(basic().dpop(signer())), Some(ApiMisuse::AuthMethod));
    assert_eq!(misuse(fapi().dpop(signer())), Some(ApiMisuse::AuthMethod), "a public client");
    assert_eq!(misuse(fapi().remote_assertion(remote())), Some(ApiMisuse::SenderConstraint));
    for misuse in [ApiMisuse::AuthMethod, ApiMisuse::SenderConstraint] {
        assert_eq!(misuse.rule(), Rule::Embedder);
    }
    // The twin under the base.
    assert_eq!(misuse(builder().remote_assertion(remote())), None);
    assert_eq!(misuse(builder().authentication(ClientAuthentication::Basic("mysecret".into()))), None);
}

#[test]
fn a_certificate_binds_where_it_is_said_that_tokens_are_bound_to_it() {
    let fapi = || builder().policy(Policy::FAPI_2_0).authentication(ClientAuthentication::TlsClientAuth);
    assert_eq!(misuse(fapi()), Some(ApiMisuse::SenderConstraint));
    assert_eq!(misuse(fapi().certificate_bound_access_tokens()), None);
}

#[test]
fn each_of_the_two_is_judged_by_itself() {
    let with = |change: fn(&mut Policy)| {
        let mut policy = Policy::OAUTH_2_1;
        change(&mut policy);
        misuse(builder().policy(policy))
    };
    assert_eq!(with(|_| {}), None);
    assert_eq!(with(|p| p.auth_methods = AuthMethodSet::NONE), None);
    assert_eq!(with(|p| p.auth_methods = AuthMethodSet::KEYS), Some(ApiMisuse::AuthMethod));
    assert_eq!(with(|p| p.sender_constraint = SenderConstraint::Required), Some(ApiMisuse::SenderConstraint));
}

#[test]
fn the_default_algorithm_of_id_tokens_is_the_policys() {
    let none_registered = |policy| builder().policy(policy).id_token_algorithms(Vec::new());
    let fapi = none_registered(Policy::FAPI_2_0).remote_assertion(remote()).dpop(signer());
    assert_eq!(fapi.build().unwrap().id_token_algorithms(), [Alg::Es256]);
    assert_eq!(none_registered(Policy::OIDC).build().unwrap().id_token_algorithms(), [Alg::Rs256]);
}

#[test]
fn r14_a_public_client_refreshes_only_where_the_policy_has_refresh_tokens_for_it() {
    let mut without = Policy::OAUTH_2_1;
    without.refresh.public_clients = false;
    for (policy, may) in [(Policy::OAUTH_2_1, true), (without, false)] {
        let refresh = |builder: ClientBuilder| {
            builder.policy(policy).build().unwrap().refresh(RefreshPlan::new("tGzv3JOkF0XG5Qx2TlKWIA"), now())
        };
        assert_eq!(refresh(builder()).err(), (!may).then_some(ClientError::PublicClient));
        assert!(refresh(builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into()))).is_ok());
    }
}
