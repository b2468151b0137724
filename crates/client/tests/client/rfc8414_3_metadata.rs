//! RFC 8414 §2, §3.3, OIDC Discovery §3: the issuer's metadata.

use serde_json::{Value, json};
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, CallbackError, Client, EndpointUrlError, MAX_METADATA_BYTES, Metadata, MetadataError,
    jose::JsonError,
    types::{AuthMethod, ClientId, GrantType, Issuer, Rule},
};
use symbolon_crypto_ring::PROVIDER;

use crate::party::{CLIENT, ISSUER, REDIRECT_URI, now, object, scope};

fn issuer(text: &str) -> Issuer {
    Issuer::parse(text).unwrap()
}

fn document(change: Value) -> Vec<u8> {
    let mut document = object(json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://login.as.example/authorize",
        "token_endpoint": "https://as.example/token",
        "jwks_uri": "https://as.example/jwks",
        "userinfo_endpoint": "https://as.example/userinfo",
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "none", "PS512"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "spiffe_jwt"],
        "grant_types_supported": ["authorization_code", "urn:x:y"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }));
    document.extend(object(change));
    serde_json::to_vec(&document).unwrap()
}

fn parse(change: Value) -> Result<Metadata, MetadataError> {
    Metadata::parse(&document(change), &issuer(ISSUER))
}

#[test]
fn known_members_are_typed_and_unknown_ones_kept() {
    let metadata = parse(json!({ "x": [1] })).unwrap();
    assert_eq!(metadata.jwks_uri.unwrap().as_str(), "https://as.example/jwks");
    assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256", "none", "PS512"]);
    assert_eq!(
        metadata.token_endpoint_auth_methods_supported,
        [AuthMethod::PrivateKeyJwt, AuthMethod::Other("spiffe_jwt".into())]
    );
    assert_eq!(metadata.grant_types_supported, [GrantType::AuthorizationCode, GrantType::Other("urn:x:y".into())]);
    assert_eq!(metadata.other["x"], json!([1]));
    assert_eq!(metadata.other["response_types_supported"], json!(["code"]));
    assert!(!metadata.other.contains_key("token_endpoint"));
}

#[test]
fn a120_metadata_of_another_issuer_is_refused() {
    for other in ["https://as.example/", "https://AS.example", "https://evil.example", ""] {
        assert_eq!(parse(json!({ "issuer": other })), Err(MetadataError::IssuerMismatch), "{other}");
    }
    assert_eq!(parse(json!({ "issuer": 1 })), Err(MetadataError::InvalidMember { name: "issuer" }));
    assert_eq!(Metadata::parse(b"{}", &issuer(ISSUER)), Err(MetadataError::IssuerMissing));
    // Read for one issuer, used for another.
    let metadata = parse(json!({})).unwrap();
    let builder = Client::builder(issuer("https://evil.example"), ClientId::parse(CLIENT).unwrap(), PROVIDER);
    let error = builder.metadata(&metadata).build().unwrap_err();
    assert_eq!((error, error.rule()), (ApiMisuse::MetadataIssuer, Rule::Metadata));
}

#[test]
fn a121_an_insecure_endpoint_is_refused() {
    for name in ["token_endpoint", "authorization_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"] {
        let error = parse(json!({ name: "http://as.example/x" })).unwrap_err();
        assert_eq!(error, MetadataError::EndpointUrl { name, source: EndpointUrlError::Insecure });
        assert_eq!(error.rule(), Rule::EndpointUrl);
        assert!(parse(json!({ name: "http://127.0.0.1:8080/x" })).is_ok(), "{name}");
        assert_eq!(parse(json!({ name: null })), Err(MetadataError::InvalidMember { name }), "{name}");
    }
}

#[test]
fn a_document_that_two_readers_read_differently_is_refused() {
    let twice = br#"{"issuer":"https://as.example","issuer":"https://as.example"}"#;
    assert_eq!(Metadata::parse(twice, &issuer(ISSUER)), Err(MetadataError::Json(JsonError::DuplicateMember)));
    for bad in [&b"[]"[..], b"", b"null", b"<html>"] {
        assert!(matches!(Metadata::parse(bad, &issuer(ISSUER)), Err(MetadataError::Json(_))));
    }
    let scopes = parse(json!({ "scopes_supported": "openid" }));
    assert_eq!(scopes, Err(MetadataError::InvalidMember { name: "scopes_supported" }));
    let flag = parse(json!({ "authorization_response_iss_parameter_supported": "true" }));
    assert_eq!(flag, Err(MetadataError::InvalidMember { name: "authorization_response_iss_parameter_supported" }));
    let long = document(json!({ "x": "x".repeat(MAX_METADATA_BYTES) }));
    assert!(matches!(Metadata::parse(&long, &issuer(ISSUER)), Err(MetadataError::TooLarge { .. })));
}

#[test]
fn a_client_takes_endpoints_and_the_iss_flag() {
    let builder = || {
        Client::builder(issuer(ISSUER), ClientId::parse(CLIENT).unwrap(), PROVIDER)
            .metadata(&parse(json!({})).unwrap())
            .redirect_uri(REDIRECT_URI)
    };
    let client = builder().build().unwrap();
    assert_eq!(client.token_endpoint().as_str(), "https://as.example/token");
    assert_eq!(client.jwks_uri().unwrap().as_str(), "https://as.example/jwks");
    let without_iss = |client: &Client| {
        let (_, pending) = client.authorize(AuthorizationPlan::new(scope("openid"))).unwrap();
        let query = format!("code=a&state={}", pending.state().expose());
        pending.receive(&query, now()).err()
    };
    assert_eq!(without_iss(&client), Some(CallbackError::IssMissing));
    // What is set afterwards wins.
    let client =
        builder().token_endpoint("https://mtls.as.example/token").iss_parameter_supported(false).build().unwrap();
    assert_eq!(client.token_endpoint().as_str(), "https://mtls.as.example/token");
    assert_eq!(without_iss(&client), None);
}

#[test]
fn both_places_of_the_document_are_known() {
    for (at, oidc, oauth) in [
        (
            "https://as.example",
            "https://as.example/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://as.example/",
            "https://as.example/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://as.example/a/b/",
            "https://as.example/a/b/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server/a/b",
        ),
    ] {
        assert_eq!(Metadata::urls(&issuer(at)), [oidc, oauth]);
    }
}
