//! RFC 8414 §2, §3.3, OIDC Discovery §3: the issuer's metadata.

use serde_json::{Value, json};
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, CallbackError, Client, ClientError, EndpointUrlError, MAX_METADATA_BYTES, Metadata,
    MetadataError,
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
    assert_eq!(metadata.response_types_supported, ["code"]);
    assert!(!metadata.other.contains_key("token_endpoint"));
}

const ENDPOINTS: [&str; 11] = [
    "token_endpoint",
    "authorization_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "registration_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
];

const LISTS: [&str; 16] = [
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "acr_values_supported",
    "claims_supported",
    "code_challenge_methods_supported",
    "dpop_signing_alg_values_supported",
    "authorization_details_types_supported",
    "protected_resources",
    "backchannel_token_delivery_modes_supported",
];

const FLAGS: [&str; 7] = [
    "require_pushed_authorization_requests",
    "backchannel_user_code_parameter_supported",
    "claims_parameter_supported",
    "tls_client_certificate_bound_access_tokens",
    "authorization_response_iss_parameter_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
];

#[test]
fn every_member_has_its_type_and_no_other_is_taken() {
    let mut all = object(json!({}));
    all.extend(ENDPOINTS.map(|name| (name.into(), json!(format!("https://as.example/{name}")))));
    all.extend(LISTS.map(|name| (name.into(), json!([name]))));
    all.extend(FLAGS.map(|name| (name.into(), json!(true))));
    let metadata = parse(Value::Object(all)).unwrap();
    assert!(metadata.other.is_empty(), "{:?}", metadata.other);
    let ciba = metadata.backchannel_authentication_endpoint.unwrap();
    assert_eq!(ciba.as_str(), "https://as.example/backchannel_authentication_endpoint");
    assert_eq!(metadata.dpop_signing_alg_values_supported, ["dpop_signing_alg_values_supported"]);
    assert_eq!(metadata.protected_resources, ["protected_resources"]);
    assert!(metadata.require_pushed_authorization_requests && metadata.backchannel_logout_session_supported);

    for (names, wrong) in [
        (&ENDPOINTS[..], [json!(1), json!(["https://as.example/"]), json!(null)]),
        (&LISTS, [json!("a"), json!(["a", 1]), json!(null)]),
        (&FLAGS, [json!("true"), json!(1), json!(null)]),
    ] {
        for (name, wrong) in names.iter().flat_map(|name| wrong.iter().map(move |wrong| (*name, wrong))) {
            assert_eq!(parse(json!({ name: wrong })), Err(MetadataError::InvalidMember { name }), "{wrong}");
        }
    }
    let none = Metadata::parse(br#"{"issuer":"https://as.example"}"#, &issuer(ISSUER)).unwrap();
    assert!(!none.require_pushed_authorization_requests && none.acr_values_supported.is_empty());
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
    for name in ENDPOINTS {
        let error = parse(json!({ name: "http://as.example/x" })).unwrap_err();
        assert_eq!(error, MetadataError::EndpointUrl { name, source: EndpointUrlError::Insecure });
        assert_eq!(error.rule(), Rule::EndpointUrl);
        let loopback = document(json!({ name: "http://127.0.0.1:8080/x" }));
        assert!(Metadata::parse_with_hosts(&loopback, &issuer(ISSUER), &["127.0.0.1"]).is_ok(), "{name}");
        assert_eq!(parse(json!({ name: null })), Err(MetadataError::InvalidMember { name }), "{name}");
    }
    let insecure = Metadata::parse(br#"{"issuer":"http://as.example"}"#, &issuer("http://as.example"));
    let source = EndpointUrlError::Insecure;
    assert_eq!(insecure, Err(MetadataError::EndpointUrl { name: "issuer", source }));
}

#[test]
fn a121_an_endpoint_at_a_foreign_host_is_refused() {
    for name in ENDPOINTS {
        let foreign = MetadataError::ForeignEndpoint { name };
        assert_eq!(foreign.rule(), Rule::Metadata);
        for url in [
            "https://evil.example/x",
            "https://as.example.evil.example/x",
            "https://evilas.example/x",
            "https://as.example./x",
            "https://example/x",
            "https://other.example/https://as.example/x",
            "https://127.0.0.1/x",
            "http://localhost/x",
        ] {
            assert_eq!(parse(json!({ name: url })), Err(foreign), "{url}");
        }
        for url in
            ["https://as.example", "https://AS.EXAMPLE:8443/x?y", "https://a.as.example/x", "https://a.b.as.example/x"]
        {
            assert!(parse(json!({ name: url })).is_ok(), "{url}");
        }
    }
}

#[test]
fn a121_an_address_has_nothing_below_it_and_is_no_other_address() {
    let parse = |at: &str, url: &str| {
        let document = json!({ "issuer": at, "token_endpoint": url });
        Metadata::parse(document.to_string().as_bytes(), &issuer(at)).map(|metadata| metadata.token_endpoint.unwrap())
    };
    let foreign = || Err(MetadataError::ForeignEndpoint { name: "token_endpoint" });
    for (at, same, others) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:9090/x", ["http://127.0.0.2/x", "http://localhost:8080/x"]),
        ("http://[::1]:8080", "http://[::1]/x", ["http://127.0.0.1/x", "https://[::2]/x"]),
        ("http://localhost:8080", "http://localhost/x", ["http://127.0.0.1:8080/x", "http://[::1]:8080/x"]),
    ] {
        assert_eq!(parse(at, same).unwrap().as_str(), same);
        for other in others {
            assert_eq!(parse(at, other), foreign(), "{at} {other}");
        }
    }
}

#[test]
fn a121_a_host_that_is_allowed_stands_for_itself_alone() {
    let at = |url: &str| document(json!({ "token_endpoint": url }));
    let parse = |url: &str, hosts: &[&str]| Metadata::parse_with_hosts(&at(url), &issuer(ISSUER), hosts);
    let foreign = Err(MetadataError::ForeignEndpoint { name: "token_endpoint" });
    let hosts = ["oauth2.tokens.example", "192.0.2.1", "[2001:db8::1]"];
    for url in ["https://oauth2.TOKENS.example:8443/x", "https://192.0.2.1/x", "https://[2001:db8::1]/x"] {
        assert!(parse(url, &hosts).is_ok(), "{url}");
        assert_eq!(parse(url, &[]), foreign, "{url}");
    }
    for url in ["https://tokens.example/x", "https://a.oauth2.tokens.example/x", "https://192.0.2.2/x"] {
        assert_eq!(parse(url, &hosts), foreign, "{url}");
    }
    assert!(parse("https://as.example/x", &hosts).is_ok(), "the issuer's stays");
    for nothing in ["", "*", ".tokens.example", "oauth2.tokens.example:443", "https://oauth2.tokens.example"] {
        assert_eq!(parse("https://oauth2.tokens.example/x", &[nothing]), foreign, "{nothing}");
    }
    // Nothing but the host is allowed by it.
    let insecure = parse("http://oauth2.tokens.example/x", &hosts);
    assert!(matches!(insecure, Err(MetadataError::EndpointUrl { source: EndpointUrlError::Insecure, .. })));
}

#[test]
fn d21_debug_shows_nothing_that_is_not_known() {
    let document = json!({
        "MARKER-name": "MARKER-value",
        "op_policy_uri": "https://MARKER.example/",
        "acr_values_supported": ["MARKER"],
        "mtls_endpoint_aliases": { "MARKER-alias": ["MARKER"] },
    });
    let metadata = parse(document).unwrap();
    assert!(metadata.other["MARKER-name"] == "MARKER-value", "it is there");
    let shown = format!("{metadata:?} {metadata:#?}");
    assert!(!shown.contains("MARKER"), "{shown}");
    assert!(shown.contains("https://as.example/token"), "{shown}");
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
fn a_client_takes_the_endpoints_beside_the_token_endpoint_and_pushes_where_it_must() {
    const BESIDE: [&str; 4] = [
        "userinfo_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "backchannel_authentication_endpoint",
    ];
    let endpoints = |client: &Client| {
        [
            client.userinfo_endpoint().cloned(),
            client.pushed_authorization_request_endpoint().cloned(),
            client.device_authorization_endpoint().cloned(),
            client.backchannel_authentication_endpoint().cloned(),
        ]
        .map(|url| url.unwrap().as_str().to_owned())
    };
    let at = |host: &str| BESIDE.map(|name| format!("https://{host}/{name}"));
    let told =
        |host: &str| Value::Object(BESIDE.map(String::from).into_iter().zip(at(host).map(Value::from)).collect());
    let mut document = object(told("as.example"));
    document.insert("mtls_endpoint_aliases".into(), told("mtls.as.example"));
    let mut builder = |must_push: bool| {
        document.insert("require_pushed_authorization_requests".into(), must_push.into());
        Client::builder(issuer(ISSUER), ClientId::parse(CLIENT).unwrap(), PROVIDER)
            .metadata(&parse(Value::Object(document.clone())).unwrap())
            .redirect_uri(REDIRECT_URI)
    };
    assert_eq!(endpoints(&builder(false).build().unwrap()), at("as.example"));
    let with_certificate = builder(false).certificate_bound_access_tokens().build().unwrap();
    assert_eq!(endpoints(&with_certificate), at("mtls.as.example"));

    let plan = || AuthorizationPlan::new(scope("openid"));
    assert!(builder(false).build().unwrap().authorize(plan()).is_ok());
    assert_eq!(builder(true).build().unwrap().authorize(plan()).err(), Some(ClientError::MustPush));
    assert!(builder(true).build().unwrap().push(plan(), now()).is_ok());
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
