//! D28: what is refused at registration, and what a public client never gets whatever was registered.
#[cfg(test)]
mod support;

use support::{
    Bench, Tokens, app, form, mac, plan, policy, post, redeem, redeem_form, refused, signer, spa, status_and_error,
};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    RegisteredClient, RegistrationError, TokenSigner,
    client_auth::{RegisteredCredentials, RegisteredSecret},
    jose::SigningKey,
    types::{Alg, AuthMethod, ClientId, GrantType, Rule, SecretBytes},
};

#[test]
fn a_registration_of_a_public_client_with_what_only_a_secret_can_do_is_refused() {
    use RegistrationError as E;

    let base = Policy::OAUTH_2_1;
    for client in [app(), post(), signer(), mac()] {
        assert_eq!(client.check(&base), Ok(()), "{}", client.client_id());
    }
    let code = GrantSet::AUTHORIZATION_CODE;
    let public = |grants: GrantSet, change: fn(RegisteredCredentials) -> RegisteredCredentials| {
        let credentials = RegisteredCredentials::new(ClientId::parse("spa").unwrap(), AuthMethod::None);
        RegisteredClient::new(change(credentials), grants, support::scope())
    };
    assert_eq!(public(code.and(GrantSet::REFRESH_TOKEN), |same| same).check(&base), Ok(()));
    let own = public(code.and(GrantSet::CLIENT_CREDENTIALS), |same| same);
    assert_eq!(own.check(&base), Err(E::PublicClientCredentials));
    assert!(!own.may_use(&GrantType::ClientCredentials), "and gets none where nobody asked");
    assert_eq!(public(code, |one| one.with_algorithms([Alg::Es256])).check(&base), Ok(()));
    assert_eq!(public(code, |one| one.with_algorithms([Alg::Hs256])).check(&base), Err(E::PublicSecret));
    let with_secret = |one: RegisteredCredentials| one.with_secret(RegisteredSecret::Plain("mysecret".into()));
    assert_eq!(public(code, with_secret).check(&base), Err(E::PublicSecret));
    let no_refresh = policy(|policy| policy.refresh.public_clients = false);
    assert_eq!(public(code, |same| same).check(&no_refresh), Ok(()));
    assert_eq!(public(code.and(GrantSet::REFRESH_TOKEN), |same| same).check(&no_refresh), Err(E::PublicRefresh));
}

#[test]
fn fapi_2_0_a_registration_by_a_method_that_is_not_welcome_is_refused() {
    let fapi = Policy::FAPI_2_0;
    assert_eq!(signer().check(&fapi), Ok(()));
    let tls = RegisteredCredentials::new(ClientId::parse("tls").unwrap(), AuthMethod::SelfSignedTlsClientAuth);
    assert_eq!(RegisteredClient::new(tls, support::all_grants(), support::scope()).check(&fapi), Ok(()));
    for client in [app(), post(), mac(), spa()] {
        let error = client.check(&fapi).unwrap_err();
        assert_eq!(error, RegistrationError::AuthMethod, "{}", client.client_id());
        assert_eq!(error.rule(), Rule::MethodRegistered);
    }
}

#[test]
fn oidc_core_10_1_no_mac_signs_the_id_token_of_a_public_client() {
    let mac =
        || SigningKey::from_secret(&symbolon_crypto_ring::PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let bench = Bench::with(Policy::OIDC, plan().with_id_token(TokenSigner::Local(mac())));
    let public = form(format!("{}&client_id=spa", redeem_form(&bench.code(&spa()))));
    let settled = bench.send(public);
    assert_eq!(settled.reason().unwrap().rule(), Rule::Embedder);
    assert_eq!(status_and_error(settled), refused(500, "server_error"));
    let tokens = Tokens::of(bench.send(redeem(&bench.code(&app()))));
    assert!(tokens.body["id_token"].is_string(), "a confidential client has a secret");
    let signed_by_key = Bench::with(Policy::OIDC, plan().with_id_token(TokenSigner::Local(support::signing_key())));
    let public = form(format!("{}&client_id=spa", redeem_form(&signed_by_key.code(&spa()))));
    assert!(Tokens::of(signed_by_key.send(public)).body["id_token"].is_string());
}
