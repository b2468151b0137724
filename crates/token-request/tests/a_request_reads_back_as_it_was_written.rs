//! `parse(encode(x)) == x` for every grant (RFC 6749 §4.1.3, §4.4.2, §4.5, §6, RFC 7523 §2.1, RFC 8628 §3.4, RFC 8693 §2.1, CIBA §10.1).

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first thing that is wrong"
)]
extern crate alloc;

use alloc::collections::BTreeMap;

use proptest::prelude::*;
use symbolon_token_request::{
    AuthorizationCodeRequest, CibaRequest, ClientCredentialsRequest, DeviceCodeRequest, ExtensionRequest, FormEncoder,
    JwtBearerRequest, ParamName, ParameterError, RefreshTokenRequest, TokenExchangeRequest, TokenRequest, TokenType,
    types::{GrantType, Scope, Secret},
};

fn sent(encode: impl FnOnce(&mut FormEncoder)) -> String {
    let mut form = FormEncoder::new();
    encode(&mut form);
    form.finish().expose().into()
}

fn received(body: &str) -> TokenRequest {
    TokenRequest::parse(body.as_bytes().to_vec()).expect("what is written is well formed")
}

fn scope() -> impl Strategy<Value = Option<Scope>> {
    proptest::option::of("[!#-\\[\\]-~]{1,8}( [!#-\\[\\]-~]{1,8}){0,3}".prop_map(|text| Scope::parse(&text).unwrap()))
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[^\\x00]{1,60}", "[ -~]{1,60}", "[&=+%;#? ]{1,12}"]
}

#[test]
fn requests_are_written_like_the_samples_of_rfc_6749() {
    let mut request = AuthorizationCodeRequest::new("SplxlOBeZQQYbYS6WxSbIA");
    request.redirect_uri = Some("https://client.example.com/cb".into());
    assert_eq!(
        sent(|form| request.encode(form)),
        "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb"
    );
    assert_eq!(sent(|form| ClientCredentialsRequest::new().encode(form)), "grant_type=client_credentials");
    assert_eq!(
        sent(|form| RefreshTokenRequest::new("tGzv3JOkF0XG5Qx2TlKWIA").encode(form)),
        "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA"
    );
}

#[test]
fn padding_is_encoded_and_a_scope_is_joined_by_plus() {
    let mut request = RefreshTokenRequest::new("yBtapz3ThC3uVWufWhxsLtbEidPnEsL7atvfHSBANDs=");
    request.scope = Some(Scope::parse("openid profile").unwrap());
    assert_eq!(
        sent(|form| request.encode(form)),
        "grant_type=refresh_token&refresh_token=yBtapz3ThC3uVWufWhxsLtbEidPnEsL7atvfHSBANDs%3D&scope=openid+profile"
    );
}

#[test]
fn an_empty_scope_is_not_written() {
    let mut request = ClientCredentialsRequest::new();
    request.scope = Some(Scope::empty());
    assert_eq!(sent(|form| request.encode(form)), "grant_type=client_credentials");
}

#[test]
fn an_extension_request_never_writes_what_has_its_own_place() {
    let mut request = ExtensionRequest::new("urn:example:grant");
    for name in ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope", "a"]
    {
        request.parameters.push((name.into(), "x".into()));
    }
    assert_eq!(sent(|form| request.encode(form)), "grant_type=urn%3Aexample%3Agrant&a=x");
}

#[test]
fn an_extension_request_reads_all_but_client_authentication() {
    let form = received("a=1&grant_type=urn%3Ax&client_secret=s&assertion=j&client_id=c&scope=d&resource=e&resource=f");
    let request = ExtensionRequest::from_form(&form).unwrap();
    assert_eq!(request.grant_type, "urn:x");
    assert_eq!(request.scope, Some(Scope::parse("d").unwrap()));
    let names: Vec<_> = request.parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "assertion", "resource", "resource"]);
}

#[test]
fn a_request_shows_no_secret() {
    let mut code = AuthorizationCodeRequest::new("MARKER");
    code.code_verifier = Some("MARKER".into());
    let mut extension = ExtensionRequest::new("urn:x");
    extension.parameters.push(("assertion".into(), "MARKER".into()));
    let shown = format!("{code:?} {:?} {extension:?}", RefreshTokenRequest::new("MARKER"));
    assert!(!shown.contains("MARKER"), "{shown}");
}

#[test]
fn a_parameter_that_its_grant_needs_is_missed_by_name() {
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    let missing = |name| Err(ParameterError::Missing { name });
    let form = received("grant_type=x&assertion=");
    assert_eq!(JwtBearerRequest::from_form(&form).map(|_| ()), missing(ParamName::Assertion));
    assert_eq!(DeviceCodeRequest::from_form(&form).map(|_| ()), missing(ParamName::DeviceCode));
    assert_eq!(CibaRequest::from_form(&form).map(|_| ()), missing(ParamName::AuthReqId));
    let exchange = |body: &str| TokenExchangeRequest::from_form(&received(body)).map(|_| ());
    assert_eq!(exchange("grant_type=x"), missing(ParamName::SubjectToken));
    assert_eq!(exchange("subject_token=a"), missing(ParamName::SubjectTokenType));
    let subject = format!("subject_token=a&subject_token_type={jwt}");
    assert_eq!(exchange(&subject), Ok(()));
    assert_eq!(exchange(&format!("{subject}&actor_token=b")), missing(ParamName::ActorTokenType));
    assert_eq!(exchange(&format!("{subject}&actor_token_type={jwt}")), missing(ParamName::ActorToken));
    assert_eq!(exchange(&format!("{subject}&actor_token=b&actor_token_type={jwt}")), Ok(()));
}

proptest! {
    #[test]
    fn an_authorization_code_request(
        code in value(),
        redirect_uri in proptest::option::of(value()),
        code_verifier in proptest::option::of(value()),
    ) {
        let mut request = AuthorizationCodeRequest::new(code);
        request.redirect_uri = redirect_uri;
        request.code_verifier = code_verifier.map(Secret::new);
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::AuthorizationCode));
        prop_assert_eq!(AuthorizationCodeRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn a_refresh_token_request(refresh_token in value(), scope in scope()) {
        let mut request = RefreshTokenRequest::new(refresh_token);
        request.scope = scope;
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::RefreshToken));
        prop_assert_eq!(RefreshTokenRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn a_jwt_bearer_request(assertion in value(), scope in scope()) {
        let mut request = JwtBearerRequest::new(assertion);
        request.scope = scope;
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::JwtBearer));
        prop_assert_eq!(JwtBearerRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn a_device_code_or_ciba_request(id in value()) {
        let request = DeviceCodeRequest::new(id.clone());
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::DeviceCode));
        prop_assert_eq!(DeviceCodeRequest::from_form(&form), Ok(request));
        let request = CibaRequest::new(id);
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::Ciba));
        prop_assert_eq!(CibaRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn a_token_exchange_request(
        subject in value(),
        kind in value(),
        actor in proptest::option::of((value(), value())),
        requested in proptest::option::of(value()),
        scope in scope(),
    ) {
        let mut request = TokenExchangeRequest::new(subject, TokenType::parse(&kind));
        request.actor_token = actor.map(|(token, kind)| (Secret::new(token), TokenType::parse(&kind)));
        request.requested_token_type = requested.as_deref().map(TokenType::parse);
        request.scope = scope;
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::TokenExchange));
        prop_assert_eq!(TokenExchangeRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn a_client_credentials_request(scope in scope()) {
        let mut request = ClientCredentialsRequest::new();
        request.scope = scope;
        let form = received(&sent(|form| request.encode(form)));
        prop_assert_eq!(form.grant_type(), Some(GrantType::ClientCredentials));
        prop_assert_eq!(ClientCredentialsRequest::from_form(&form), Ok(request));
    }

    #[test]
    fn an_extension_request(
        grant_type in value(),
        parameters in proptest::collection::btree_map("[^\\x00]{0,12}", value(), 0..20),
        resources in proptest::collection::vec(value(), 0..4),
        scope in scope(),
    ) {
        let mut parameters: BTreeMap<String, String> = parameters;
        parameters.retain(|name, _| ParamName::parse(name).is_none());
        let mut request = ExtensionRequest::new(grant_type);
        let resources = resources.into_iter().map(|resource| ("resource".into(), Secret::new(resource)));
        request.parameters = parameters.into_iter().map(|(name, value)| (name, Secret::new(value))).chain(resources).collect();
        request.scope = scope;
        let form = received(&sent(|form| { form.push("client_id", "c"); request.encode(form); }));
        prop_assert_eq!(ExtensionRequest::from_form(&form), Ok(request));
    }
}
