//! RFC 8705 §5: token endpoints for clients that present a certificate.

use serde_json::{Value, json};
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, Client, ClientBuilder, ClientError, EndpointAliases, EndpointUrlError, Metadata,
    MetadataError, OutgoingRequest,
    client_auth::{AssertionSigner, ClientAuthentication},
    jose::{SigningKey, UnverifiedJwt},
    types::{ClientId, Issuer, Rule},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{fixtures, keys};

use crate::{
    dpop_server::{claim, signer},
    party::{CLIENT, ISSUER, REDIRECT_URI, now, parameter, scope},
};

const USUAL: &str = "https://as.example/token";
const ALIAS: &str = "https://mtls.as.example/token";

fn metadata(aliases: &Value) -> Result<Metadata, MetadataError> {
    let document = json!({
        "issuer": ISSUER,
        "token_endpoint": USUAL,
        "authorization_endpoint": "https://as.example/authorize",
        "mtls_endpoint_aliases": aliases,
    });
    Metadata::parse(document.to_string().as_bytes(), &Issuer::parse(ISSUER).unwrap())
}

fn builder(aliases: &Value) -> ClientBuilder {
    Client::builder(Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap(), PROVIDER)
        .metadata(&metadata(aliases).unwrap())
        .authentication(ClientAuthentication::Post("gX1fBat3bV".into()))
        .redirect_uri(REDIRECT_URI)
}

fn with_alias() -> ClientBuilder {
    builder(&json!({ "token_endpoint": ALIAS }))
}

fn sent(builder: ClientBuilder) -> OutgoingRequest {
    builder.build().unwrap().client_credentials(None, now()).unwrap().ready().unwrap().0
}

#[test]
fn aliases_are_typed_and_judged_as_other_endpoints_are() {
    let aliases = metadata(&json!({ "token_endpoint": ALIAS, "userinfo_endpoint": "https://m.as.example/u", "x": 1 }));
    let aliases = aliases.unwrap().mtls_endpoint_aliases;
    assert_eq!(aliases.token_endpoint.unwrap().as_str(), ALIAS);
    assert_eq!(aliases.userinfo_endpoint.unwrap().as_str(), "https://m.as.example/u");
    assert_eq!((aliases.revocation_endpoint, aliases.introspection_endpoint), (None, None));
    assert_eq!(aliases.other["x"], 1);
    let name = "mtls_endpoint_aliases";
    for alias in [
        "token_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "backchannel_authentication_endpoint",
    ] {
        let insecure = metadata(&json!({ alias: "http://mtls.as.example/" })).unwrap_err();
        assert_eq!(insecure, MetadataError::EndpointUrl { name, source: EndpointUrlError::Insecure }, "{alias}");
        assert_eq!(metadata(&json!({ alias: 1 })), Err(MetadataError::InvalidMember { name }), "{alias}");
        let taken = metadata(&json!({ alias: "https://mtls.as.example/" })).unwrap().mtls_endpoint_aliases;
        assert!(taken.other.is_empty() && taken != EndpointAliases::default(), "{alias}");
        let foreign = metadata(&json!({ alias: "https://mtls.example/" })).unwrap_err();
        assert_eq!(foreign, MetadataError::ForeignEndpoint { name }, "{alias}");
    }
    for bad in [json!([]), json!(ALIAS), json!(null)] {
        assert_eq!(metadata(&bad), Err(MetadataError::InvalidMember { name }), "{bad}");
    }
}

#[test]
fn who_presents_a_certificate_sends_to_the_alias_and_nobody_else_does() {
    assert_eq!(sent(with_alias().certificate_bound_access_tokens()).url(), ALIAS);
    assert_eq!(sent(with_alias()).url(), USUAL);
    // Without an alias the usual endpoint is the one (RFC 8705 §5).
    assert_eq!(sent(builder(&json!({})).certificate_bound_access_tokens()).url(), USUAL);
    assert_eq!(sent(builder(&json!({ "x": 1 })).certificate_bound_access_tokens()).url(), USUAL);
    let aliased = with_alias().certificate_bound_access_tokens().build().unwrap();
    assert_eq!(aliased.authorization_endpoint().unwrap().as_str(), "https://as.example/authorize");
    assert_eq!(aliased.token_endpoint().as_str(), ALIAS);
}

#[test]
fn r54_r62_the_methods_of_mutual_tls_send_client_id_alone_and_to_the_alias() {
    for method in [ClientAuthentication::TlsClientAuth, ClientAuthentication::SelfSignedTlsClientAuth] {
        let request = sent(with_alias().authentication(method.clone()));
        assert_eq!(request.url(), ALIAS, "{method:?}");
        assert_eq!(request.body().expose(), "grant_type=client_credentials&client_id=s6BhdRkqt3");
        assert!(request.header("authorization").is_none());
        assert_eq!(sent(builder(&json!({})).authentication(method)).url(), USUAL);
    }
    for method in [ClientAuthentication::Basic("s".into()), ClientAuthentication::Post("s".into())] {
        assert_eq!(sent(with_alias().authentication(method)).url(), USUAL, "no certificate, no alias");
    }
}

#[test]
fn a_code_goes_to_the_endpoint_that_it_was_asked_for_at() {
    let (plain, aliased) = (with_alias().build().unwrap(), with_alias().certificate_bound_access_tokens());
    let aliased = aliased.build().unwrap();
    let code = |client: &Client| {
        let (_, pending) = client.authorize(AuthorizationPlan::new(scope("read"))).unwrap();
        let query = format!("code=a&state={}", pending.state().expose());
        pending.receive(&query, now()).unwrap()
    };
    assert!(aliased.exchange(code(&aliased), now()).is_ok());
    assert_eq!(plain.exchange(code(&aliased), now()).err(), Some(ClientError::OtherClient));
    assert_eq!(aliased.exchange(code(&plain), now()).err(), Some(ClientError::OtherClient));
}

#[test]
fn a049_the_audience_stays_the_issuer_and_the_proof_names_the_alias() {
    let key = SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap();
    let assertions = AssertionSigner::new(key, &Issuer::parse(ISSUER).unwrap());
    let builder = with_alias().authentication(ClientAuthentication::PrivateKeyJwt(assertions)).dpop(signer());
    for (builder, url) in [(builder.clone(), USUAL), (builder.certificate_bound_access_tokens(), ALIAS)] {
        let request = sent(builder);
        let assertion = parameter(request.body().expose(), "client_assertion").unwrap();
        assert_eq!(UnverifiedJwt::parse(&assertion).unwrap().peek_claim("aud").as_deref(), Some(ISSUER));
        assert_eq!((request.url(), claim(&request, "htu").as_deref()), (url, Some(url)));
    }
}

#[test]
fn what_is_set_afterwards_wins() {
    let url = |builder: ClientBuilder| sent(builder.certificate_bound_access_tokens()).url().to_owned();
    assert_eq!(url(with_alias().mtls_token_endpoint("https://own.example/t")), "https://own.example/t");
    assert_eq!(url(with_alias().token_endpoint("https://own.example/t")), "https://own.example/t");
    let told = with_alias().token_endpoint("https://own.example/t").mtls_token_endpoint("https://own.example/m");
    assert_eq!(url(told.clone()), "https://own.example/m");
    assert_eq!(url(told.metadata(&metadata(&json!({ "token_endpoint": ALIAS })).unwrap())), ALIAS);
}

#[test]
fn r59_the_query_that_asks_buypass_for_a_certificate_is_kept_and_given_to_one_method_alone() {
    let fixture = String::from_utf8(fixtures::load("buypass-client-credentials-mtls.request.http")).unwrap();
    let (target, body) = (fixture.split(' ').nth(1).unwrap(), fixture.split("\r\n\r\n").nth(1).unwrap());
    assert!(target.ends_with("/token?_tlsclientauth=1"));
    let (usual, asking) = (
        format!("https://as.example{}", target.strip_suffix("?_tlsclientauth=1").unwrap()),
        format!("https://as.example{target}"),
    );
    let both = || with_alias().token_endpoint(usual.as_str()).mtls_token_endpoint(asking.as_str());
    let request = sent(both().authentication(ClientAuthentication::TlsClientAuth));
    assert_eq!(request.url(), asking);
    assert_eq!(request.body().expose(), body.replace("oidc-client", CLIENT), "as Buypass documents it");
    assert_eq!(sent(both()).url(), usual);
    // In the one endpoint that there is, it is kept as well.
    assert_eq!(sent(with_alias().token_endpoint(asking.as_str())).url(), asking);
}

#[test]
fn an_alias_that_cannot_be_called_is_refused_whether_it_is_used_or_not() {
    let build = |url: &str| with_alias().mtls_token_endpoint(url).build();
    assert!(build("https://as.example/token?_tlsclientauth=1").is_ok());
    let endpoint = "mtls_token_endpoint";
    let error = build("http://as.example/token").unwrap_err();
    assert_eq!(error, ApiMisuse::EndpointUrl { endpoint, source: EndpointUrlError::Insecure });
    assert_eq!(error.rule(), Rule::EndpointUrl);
    assert_eq!(build("https://as.example/token?client_id=a").err(), Some(ApiMisuse::EndpointQuery { endpoint }));
}
