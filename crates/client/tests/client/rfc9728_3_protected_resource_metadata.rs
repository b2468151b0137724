//! RFC 9728 §2, §3: the metadata of a protected resource.

use serde_json::{Value, json};
use symbolon_client::{
    EndpointUrl, EndpointUrlError, MAX_METADATA_BYTES, MetadataError, ProtectedResourceMetadata,
    jose::JsonError,
    types::{Issuer, Rule},
};

use crate::party::object;

const RESOURCE: &str = "https://rs.example/things?tenant=1";

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::parse(text).unwrap()
}

fn document(change: Value) -> Vec<u8> {
    let mut document = object(json!({
        "resource": RESOURCE,
        "authorization_servers": ["https://as.example", "https://as.example/tenant/"],
        "jwks_uri": "https://rs.example/jwks",
        "scopes_supported": ["read"],
        "bearer_methods_supported": ["header"],
        "resource_signing_alg_values_supported": ["ES256", "none"],
        "authorization_details_types_supported": ["payment"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "dpop_bound_access_tokens_required": true,
        "tls_client_certificate_bound_access_tokens": true,
        "resource_name": "Things",
    }));
    document.extend(object(change));
    serde_json::to_vec(&document).unwrap()
}

fn parse(change: Value) -> Result<ProtectedResourceMetadata, MetadataError> {
    ProtectedResourceMetadata::parse(&document(change), &url(RESOURCE))
}

#[test]
fn section_2_known_members_are_typed_and_others_kept() {
    let metadata = parse(json!({ "resource_name#nb": "Ting" })).unwrap();
    assert_eq!(metadata.resource.as_str(), RESOURCE);
    let servers: Vec<&str> = metadata.authorization_servers.iter().map(Issuer::as_str).collect();
    assert_eq!(servers, ["https://as.example", "https://as.example/tenant/"], "slashes stay");
    assert_eq!(metadata.jwks_uri.unwrap().as_str(), "https://rs.example/jwks");
    assert_eq!(
        (metadata.scopes_supported, metadata.bearer_methods_supported),
        (vec!["read".into()], vec!["header".into()])
    );
    assert_eq!(metadata.resource_signing_alg_values_supported, ["ES256", "none"]);
    assert_eq!(metadata.authorization_details_types_supported, ["payment"]);
    assert_eq!(metadata.dpop_signing_alg_values_supported, ["ES256"]);
    assert!(metadata.dpop_bound_access_tokens_required && metadata.tls_client_certificate_bound_access_tokens);
    assert_eq!(Value::Object(metadata.other), json!({ "resource_name": "Things", "resource_name#nb": "Ting" }));

    let bare = json!({ "resource": RESOURCE }).to_string();
    let bare = ProtectedResourceMetadata::parse(bare.as_bytes(), &url(RESOURCE)).unwrap();
    assert!(
        bare.authorization_servers.is_empty() && bare.jwks_uri.is_none() && !bare.dpop_bound_access_tokens_required
    );
}

#[test]
fn a120_section_3_3_metadata_of_another_resource_is_refused() {
    for other in [
        "https://rs.example/things",
        "https://rs.example/things?tenant=2",
        "https://rs.example/things/?tenant=1",
        "https://RS.example/things?tenant=1",
        "https://rs.example:443/things?tenant=1",
        "https://evil.example/things?tenant=1",
        "http://rs.example/things?tenant=1",
        "",
    ] {
        let error = parse(json!({ "resource": other })).unwrap_err();
        assert_eq!((error, error.rule()), (MetadataError::ResourceMismatch, Rule::Metadata), "{other}");
    }
    assert_eq!(parse(json!({ "resource": [RESOURCE] })), Err(MetadataError::InvalidMember { name: "resource" }));
    assert_eq!(ProtectedResourceMetadata::parse(b"{}", &url(RESOURCE)), Err(MetadataError::ResourceMissing));
    assert!(parse(json!({})).is_ok(), "the twin whose resource it is");
}

#[test]
fn a121_an_authorization_server_or_key_set_on_plain_http_is_refused() {
    let source = EndpointUrlError::Insecure;
    for (name, bad, good) in [
        ("authorization_servers", json!(["https://as.example", "http://as.example"]), json!(["http://127.0.0.1:8080"])),
        ("jwks_uri", json!("http://rs.example/jwks"), json!("https://rs.example/jwks")),
    ] {
        assert_eq!(parse(json!({ name: bad })), Err(MetadataError::EndpointUrl { name, source }));
        assert!(parse(json!({ name: good })).is_ok(), "{name}");
    }
    let name = "authorization_servers";
    for (server, error) in [
        ("https://as.example#a", MetadataError::EndpointUrl { name, source: EndpointUrlError::Fragment }),
        ("https://as.example@evil.example", MetadataError::EndpointUrl { name, source: EndpointUrlError::Userinfo }),
        ("https://as.example/?a", MetadataError::EndpointUrl { name, source: EndpointUrlError::Syntax }),
        ("as.example", MetadataError::EndpointUrl { name, source: EndpointUrlError::Syntax }),
    ] {
        assert_eq!(parse(json!({ name: [server] })), Err(error), "{server}");
    }
    let long = format!("https://as.example/{}", "a".repeat(2048));
    assert_eq!(parse(json!({ name: [long] })), Err(MetadataError::InvalidMember { name }), "longer than issuers are");
}

#[test]
fn a121_keys_at_a_foreign_host_are_refused_unless_it_is_allowed() {
    let foreign = Err(MetadataError::ForeignEndpoint { name: "jwks_uri" });
    for other in ["https://keys.example/", "https://example/", "https://evilrs.example/", "https://127.0.0.1/"] {
        assert_eq!(parse(json!({ "jwks_uri": other })), foreign, "{other}");
    }
    assert!(parse(json!({ "jwks_uri": "https://keys.rs.example:8443/" })).is_ok());
    let elsewhere = document(json!({ "jwks_uri": "https://keys.example/" }));
    let with_hosts = |hosts: &[&str]| ProtectedResourceMetadata::parse_with_hosts(&elsewhere, &url(RESOURCE), hosts);
    assert!(with_hosts(&["keys.example"]).is_ok());
    assert_eq!(with_hosts(&["example", "as.example"]), foreign);
    // Authorization servers are elsewhere: whether one is the client's is for the caller.
    assert!(parse(json!({ "authorization_servers": ["https://anywhere.example"] })).is_ok());
}

#[test]
fn a_document_that_two_readers_read_differently_is_refused() {
    let read = |json: &[u8]| ProtectedResourceMetadata::parse(json, &url("https://rs.example"));
    let twice = br#"{"resource":"https://rs.example","resource":"https://rs.example"}"#;
    assert_eq!(read(twice), Err(MetadataError::Json(JsonError::DuplicateMember)));
    for bad in [&b"[]"[..], b"", b"null", b"<html>"] {
        assert!(matches!(read(bad), Err(MetadataError::Json(_))));
    }
    assert!(read(br#"{"resource":"https://rs.example"}"#).is_ok());
    let long = document(json!({ "x": "x".repeat(MAX_METADATA_BYTES) }));
    assert!(matches!(read(&long), Err(MetadataError::TooLarge { limit: MAX_METADATA_BYTES, .. })));
    for (name, wrong) in [
        ("authorization_servers", json!("https://as.example")),
        ("authorization_servers", json!([1])),
        ("scopes_supported", json!("read")),
        ("bearer_methods_supported", json!(null)),
        ("dpop_bound_access_tokens_required", json!("true")),
        ("jwks_uri", json!(["https://rs.example/jwks"])),
    ] {
        assert_eq!(parse(json!({ name: wrong })), Err(MetadataError::InvalidMember { name }));
    }
}

#[test]
fn section_3_1_the_url_is_between_host_and_path_or_query() {
    for (resource, at) in [
        ("https://rs.example", "https://rs.example/.well-known/oauth-protected-resource"),
        ("https://rs.example/", "https://rs.example/.well-known/oauth-protected-resource"),
        ("https://rs.example:8443/a", "https://rs.example:8443/.well-known/oauth-protected-resource/a"),
        ("https://rs.example/a/b/", "https://rs.example/.well-known/oauth-protected-resource/a/b/"),
        ("https://rs.example/a?b=/c", "https://rs.example/.well-known/oauth-protected-resource/a?b=/c"),
        ("https://rs.example?a=b", "https://rs.example/.well-known/oauth-protected-resource?a=b"),
        ("https://rs.example/?a=/b", "https://rs.example/.well-known/oauth-protected-resource?a=/b"),
        ("http://[::1]:8080/a", "http://[::1]:8080/.well-known/oauth-protected-resource/a"),
    ] {
        assert_eq!(ProtectedResourceMetadata::url(&url(resource)), at);
        assert!(EndpointUrl::parse(at).is_ok());
    }
}

#[test]
fn d21_debug_shows_nothing_that_is_not_known() {
    let metadata = parse(json!({ "MARKER": ["MARKER"], "resource_name": "MARKER", "scopes_supported": ["MARKER"] }));
    let metadata = metadata.unwrap();
    assert!(metadata.other.contains_key("MARKER"), "it is there");
    let shown = format!("{metadata:?} {metadata:#?}");
    assert!(!shown.contains("MARKER") && shown.contains("https://as.example"), "{shown}");
}
