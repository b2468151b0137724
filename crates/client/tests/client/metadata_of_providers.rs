//! Where providers have their endpoints: at their issuers' hosts and below them, and where not, what is to be allowed. The
//! documents have the endpoints that the providers' pages name, and no more.

use serde_json::{Value, json};
use symbolon_client::{Metadata, MetadataError, types::Issuer};

use crate::party::object;

fn parse(issuer: &str, endpoints: Value, hosts: &[&str]) -> Result<Metadata, MetadataError> {
    let mut document = object(endpoints);
    document.insert("issuer".into(), issuer.into());
    Metadata::parse_with_hosts(Value::Object(document).to_string().as_bytes(), &Issuer::parse(issuer).unwrap(), hosts)
}

/// The browser is sent to `login.` below the issuer.
fn digdir(host: &str) -> Value {
    json!({
        "authorization_endpoint": format!("https://login.{host}/authorize"),
        "end_session_endpoint": format!("https://login.{host}/logout"),
        "pushed_authorization_request_endpoint": format!("https://{host}/par"),
        "token_endpoint": format!("https://{host}/token"),
        "userinfo_endpoint": format!("https://{host}/userinfo"),
        "revocation_endpoint": format!("https://{host}/token/revoke"),
        "jwks_uri": format!("https://{host}/jwks.json"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"],
    })
}

/// All of it below the issuer's path.
fn keycloak(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}/protocol/openid-connect/{path}");
    json!({
        "authorization_endpoint": at("auth"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("logout"),
        "jwks_uri": at("certs"),
    })
}

#[test]
fn idporten_and_ansattporten_send_browsers_below_their_issuers() {
    for host in ["idporten.no", "test.idporten.no", "ansattporten.no", "test.ansattporten.no"] {
        let metadata = parse(&format!("https://{host}"), digdir(host), &[]).unwrap();
        assert_eq!(metadata.authorization_endpoint.unwrap().as_str(), format!("https://login.{host}/authorize"));
        assert_eq!(metadata.issuer.as_str(), format!("https://{host}"), "without a slash");
    }
    // One environment is not another.
    let foreign = Err(MetadataError::ForeignEndpoint { name: "token_endpoint" });
    assert_eq!(parse("https://test.idporten.no", digdir("idporten.no"), &[]), foreign);
}

#[test]
fn maskinporten_keeps_the_slash_of_its_issuer() {
    for host in ["maskinporten.no", "test.maskinporten.no"] {
        let endpoints =
            || json!({ "token_endpoint": format!("https://{host}/token"), "jwks_uri": format!("https://{host}/jwk") });
        let metadata = parse(&format!("https://{host}/"), endpoints(), &[]).unwrap();
        assert_eq!(metadata.issuer.as_str(), format!("https://{host}/"));
    }
}

#[test]
fn bankid_and_buypass_have_one_host() {
    for issuer in [
        "https://auth.bankid.no/auth/realms/prod",
        "https://auth.current.bankid.no/auth/realms/current",
        "https://auth.buypass.no/auth/realms/SECURITYDOMAIN",
        "https://auth.test.buypass.no/auth/realms/SECURITYDOMAIN",
    ] {
        let metadata = parse(issuer, keycloak(issuer), &[]).unwrap();
        let token_endpoint = format!("{issuer}/protocol/openid-connect/token");
        assert_eq!(metadata.token_endpoint.unwrap().as_str(), token_endpoint);
    }
    let foreign = Err(MetadataError::ForeignEndpoint { name: "token_endpoint" });
    let test = "https://auth.current.bankid.no/auth/realms/current";
    assert_eq!(parse(test, keycloak("https://auth.bankid.no/auth/realms/prod"), &[]), foreign);
}

#[test]
fn google_and_microsoft_have_endpoints_elsewhere_and_they_are_named() {
    let google = || {
        json!({
            "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        })
    };
    let hosts = ["oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com"];
    assert!(parse("https://accounts.google.com", google(), &hosts).is_ok());
    for left_out in hosts {
        let rest: Vec<&str> = hosts.into_iter().filter(|host| *host != left_out).collect();
        let error = parse("https://accounts.google.com", google(), &rest).unwrap_err();
        assert!(matches!(error, MetadataError::ForeignEndpoint { .. }), "{left_out}: {error}");
    }

    let issuer = "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";
    let microsoft = || {
        json!({
            "token_endpoint": "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token",
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        })
    };
    assert!(parse(issuer, microsoft(), &["graph.microsoft.com"]).is_ok());
    let foreign = Err(MetadataError::ForeignEndpoint { name: "userinfo_endpoint" });
    assert_eq!(parse(issuer, microsoft(), &[]), foreign);
}
