//! RFC 6749 §4 and §2.3, RFC 6750 §2.1: which parameters, to which URL, and which token to an API.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, ClientError, IncomingResponse, Metadata, Received, RefreshPlan,
    client_auth::{AssertionSigner, ClientAuthentication, SecretAssertionSigner},
    jose::SigningKey,
    token_request::ExtensionRequest,
    types::{Alg, Issuer, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;

use crate::party::{
    ACCESS_TOKEN, CODE, ISSUER, REFRESH_TOKEN, SignIn, builder, client, now, parameter, published, scope, sign,
};

#[test]
fn r2_every_grant_goes_with_every_method() {
    let key = SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap();
    let issuer = Issuer::parse(ISSUER).unwrap();
    let (signer, secret) = (AssertionSigner::new(key, &issuer), Secret::new("0123456789abcdef0123456789abcdef"));
    let by_secret = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &secret, &issuer).unwrap();
    for (authentication, names) in [
        (ClientAuthentication::None, &["client_id"][..]),
        (ClientAuthentication::Basic("s".into()), &[]),
        (ClientAuthentication::Post("s".into()), &["client_id", "client_secret"]),
        (ClientAuthentication::SecretJwt(by_secret), &["client_id", "client_assertion_type", "client_assertion"]),
        (ClientAuthentication::PrivateKeyJwt(signer), &["client_id", "client_assertion_type", "client_assertion"]),
    ] {
        let method = authentication.method();
        let client = builder().authentication(authentication).build().unwrap();
        let code = SignIn::begin(&client, AuthorizationPlan::new(scope("read"))).request;
        let refresh = client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().0;
        let mut extension = ExtensionRequest::new("urn:example:grant");
        extension.parameters.push(("assertion".into(), "a.b.c".into()));
        let extension = client.extension(extension, now()).unwrap().ready().unwrap().0;
        let mut requests = vec![
            ("authorization_code", "code", Some(CODE), code),
            ("refresh_token", "refresh_token", Some(REFRESH_TOKEN), refresh),
            ("urn:example:grant", "assertion", Some("a.b.c"), extension),
        ];
        match client.client_credentials(None, now()) {
            Ok(sending) => requests.push(("client_credentials", "code", None, sending.ready().unwrap().0)),
            Err(error) => assert_eq!((error, method.as_str()), (ClientError::PublicClient, "none")),
        }
        assert_eq!(requests.len(), if method.as_str() == "none" { 3 } else { 4 });
        for (grant_type, own, value, request) in requests {
            let body = request.body().expose();
            assert_eq!(parameter(body, "grant_type").as_deref(), Some(grant_type));
            assert_eq!(parameter(body, own).as_deref(), value, "{grant_type} by {method}");
            for name in ["client_id", "client_secret", "client_assertion_type", "client_assertion"] {
                let is_there = parameter(body, name).is_some();
                assert_eq!(is_there, names.contains(&name), "{name} for {grant_type} by {method}");
            }
            assert_eq!(request.header("authorization").is_some(), names.is_empty(), "{grant_type} by {method}");
        }
    }
}

#[test]
fn r43_r44_r128_the_access_token_goes_to_apis_and_the_id_token_to_none() {
    let sign_in = SignIn::openid();
    let id_token = sign(&sign_in.claims());
    let tokens = sign_in.tokens(&id_token).verify(&published(), now()).unwrap();
    assert_eq!(tokens.authorization().expose(), format!("Bearer {ACCESS_TOKEN}"));
    assert_eq!(tokens.access_token().expose(), ACCESS_TOKEN);
    assert_ne!(tokens.access_token().expose(), id_token);
}

#[test]
fn r57_r67_the_url_is_configuration_realm_and_all() {
    for url in [
        "https://auth.example/auth/realms/current/protocol/openid-connect/token",
        "https://auth.example/auth/realms/Norway%20No/protocol/openid-connect/token/",
    ] {
        let client = builder().token_endpoint(url).build().unwrap();
        let (request, _) = client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
        assert_eq!(request.url(), url, "nothing is added or taken away");
    }
    assert!(builder().token_endpoint("/auth/realms/current/protocol/openid-connect/token").build().is_err());
}

#[test]
fn r98_headers_that_nobody_knows_change_nothing() {
    let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let receive = |names: &[&str]| {
        let (_, pending) = client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
        let response =
            names.iter().fold(IncomingResponse::json(200, body), |response, name| response.with_header(name, b"x"));
        matches!(pending.receive(&response, now()), Ok(Received::Tokens(_)))
    };
    assert!(receive(&[]));
    let names = ["Cache-Control", "Pragma", "X-Content-Type-Options", "Referrer-Policy", "Set-Cookie", "X-Unknown"];
    assert!(receive(&names));
}

#[test]
fn r72_r127_endpoints_are_those_of_the_metadata() {
    let document = |endpoints: serde_json::Value| {
        let mut document = crate::party::object(json!({ "issuer": ISSUER }));
        document.extend(crate::party::object(endpoints));
        Metadata::parse(&serde_json::to_vec(&document).unwrap(), &Issuer::parse(ISSUER).unwrap())
    };
    let told = json!({ "token_endpoint": "https://as.example/t", "userinfo_endpoint": "https://as.example/u" });
    let metadata = document(told).unwrap();
    assert_eq!(metadata.token_endpoint.unwrap().as_str(), "https://as.example/t");
    assert_eq!(metadata.userinfo_endpoint.unwrap().as_str(), "https://as.example/u");
    assert_eq!(document(json!({})).unwrap().userinfo_endpoint, None);
    assert!(document(json!({ "userinfo_endpoint": "userinfo" })).is_err());
}
