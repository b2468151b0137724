//! RFC 6749 §3.2, §4.1.3, §4.4.2, §4.5, §6: what is sent to the token endpoint.

use symbolon_client::{
    ApiMisuse, AuthorizationPlan, ClientError, EndpointUrlError, OutgoingRequest, RefreshPlan,
    client_auth::{AssertionSigner, ClientAuthentication},
    jose::{SigningKey, UnverifiedJwt},
    token_request::{AuthorizationCodeRequest, ExtensionRequest, TokenRequest},
    types::{Alg, Issuer, Rule},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::{CodeChallenge, CodeVerifier};
use symbolon_testkit::keys;

use crate::party::{CLIENT, CODE, ISSUER, REDIRECT_URI, REFRESH_TOKEN, SignIn, builder, client, now, parameter, scope};

fn sent(authentication: ClientAuthentication) -> OutgoingRequest {
    let client = builder().authentication(authentication).build().unwrap();
    client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().0
}

#[test]
fn a_code_goes_with_its_verifier_and_redirect_uri() {
    let sign_in = SignIn::openid();
    let form = TokenRequest::parse(sign_in.request.body().expose().as_bytes().to_vec()).unwrap();
    let request = AuthorizationCodeRequest::from_form(&form).unwrap();
    assert_eq!(request.code.expose(), CODE);
    assert_eq!(request.redirect_uri.as_deref(), Some(REDIRECT_URI));
    let verifier = CodeVerifier::parse(request.code_verifier.unwrap().expose()).unwrap();
    let challenge = CodeChallenge::parse(&parameter(&sign_in.url, "code_challenge").unwrap()).unwrap();
    assert!(challenge.matches(&verifier, PROVIDER.sha256));
    // R47: the scope comes from the request before.
    assert_eq!(form.parameter("scope"), None);
}

#[test]
fn the_request_is_a_form_and_asks_for_json() {
    let request = sent(ClientAuthentication::None);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.url(), "https://as.example/token");
    assert_eq!(request.header("content-type").unwrap().expose(), "application/x-www-form-urlencoded");
    assert_eq!(request.header("accept").unwrap().expose(), "application/json");
    assert_eq!(
        request.body().expose(),
        "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=s6BhdRkqt3"
    );
    assert!(request.header("authorization").is_none());
}

#[test]
fn credentials_are_in_one_place() {
    let basic = sent(ClientAuthentication::Basic("gX1fBat3bV".into()));
    assert_eq!(basic.header("authorization").unwrap().expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    assert_eq!(parameter(basic.body().expose(), "client_id"), None);

    let post = sent(ClientAuthentication::Post("a&b".into()));
    assert!(post.header("authorization").is_none());
    assert_eq!(parameter(post.body().expose(), "client_secret").as_deref(), Some("a&b"));
    assert_eq!(parameter(post.body().expose(), "client_id").as_deref(), Some(CLIENT));

    let key = SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap().with_kid("k");
    let signer = AssertionSigner::new(key, &Issuer::parse(ISSUER).unwrap());
    let jwt = sent(ClientAuthentication::PrivateKeyJwt(signer));
    let assertion = parameter(jwt.body().expose(), "client_assertion").unwrap();
    let assertion = UnverifiedJwt::parse(&assertion).unwrap();
    assert_eq!(assertion.peek_claim("aud").as_deref(), Some(ISSUER));
    assert_eq!(assertion.peek_claim("sub").as_deref(), Some(CLIENT));
    assert!(jwt.header("authorization").is_none());
}

#[test]
fn the_query_of_the_token_endpoint_is_kept_and_nothing_is_added() {
    let with = |url: &str| builder().token_endpoint(url).build();
    let client = with("https://as.example/token?_tlsclientauth=1").unwrap();
    let (request, _) = client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
    assert_eq!(request.url(), "https://as.example/token?_tlsclientauth=1");
    let error = with("https://as.example/token?client_id=a").unwrap_err();
    assert_eq!(error, ApiMisuse::EndpointQuery { endpoint: "token_endpoint" });
}

#[test]
fn a_client_for_itself_is_confidential() {
    let (request, _) = client().client_credentials(Some(scope("a b")), now()).unwrap().ready().unwrap();
    assert_eq!(request.body().expose(), "grant_type=client_credentials&scope=a+b");
    let (request, _) = client().client_credentials(None, now()).unwrap().ready().unwrap();
    assert_eq!(request.body().expose(), "grant_type=client_credentials");
    let public = builder().build().unwrap();
    assert_eq!(public.client_credentials(None, now()).err(), Some(ClientError::PublicClient));
}

#[test]
fn an_extension_grant_is_no_way_around_a_checked_code() {
    let extension = |grant_type: &str| {
        let mut request = ExtensionRequest::new(grant_type);
        request.parameters.push(("assertion".into(), "a.b.c".into()));
        request.parameters.push(("code".into(), CODE.into()));
        client().extension(request, now()).map(|sending| sending.ready().unwrap().0)
    };
    let request = extension("urn:ietf:params:oauth:grant-type:jwt-bearer").unwrap();
    assert_eq!(parameter(request.body().expose(), "assertion").as_deref(), Some("a.b.c"));
    for grant_type in ["authorization_code", "refresh_token", "client_credentials", "password", ""] {
        assert_eq!(extension(grant_type).err(), Some(ClientError::ExtensionGrant), "{grant_type}");
    }
}

#[test]
fn a_refresh_asks_for_less_when_told() {
    let mut plan = RefreshPlan::new(REFRESH_TOKEN);
    plan.scope = Some(scope("openid"));
    let (request, _) = client().refresh(plan, now()).unwrap().ready().unwrap();
    assert_eq!(request.body().expose(), "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&scope=openid");
    assert_eq!(client().refresh(RefreshPlan::new(""), now()).err(), Some(ClientError::EmptySecret));
}

#[test]
fn a_client_that_cannot_be_is_not_built() {
    assert!(builder().build().is_ok());
    let of = |issuer: &str| {
        let (issuer, id) = (Issuer::parse(issuer).unwrap(), client().client_id().clone());
        symbolon_client::Client::builder(issuer, id, PROVIDER).token_endpoint("https://as.example/token").build()
    };
    assert!(of("http://127.0.0.1:8080").is_ok());
    assert_eq!(of("http://as.example").err(), Some(ApiMisuse::Issuer(EndpointUrlError::Insecure)));
    assert_eq!(of("https://as.example?a").err(), Some(ApiMisuse::Issuer(EndpointUrlError::Syntax)));
    assert_eq!(of("https://as.example#a").err(), Some(ApiMisuse::Issuer(EndpointUrlError::Fragment)));

    let plain_http = builder().token_endpoint("http://as.example/token").build().unwrap_err();
    assert_eq!(plain_http.rule(), Rule::EndpointUrl);
    let jwks = builder().jwks_uri("http://as.example/jwks").build().unwrap_err();
    assert_eq!(jwks, ApiMisuse::EndpointUrl { endpoint: "jwks_uri", source: EndpointUrlError::Insecure });
    assert_eq!(builder().redirect_uri("/cb").build().err(), Some(ApiMisuse::RedirectUri));
    let fixed = builder().authorization_endpoint("https://as.example/authorize?redirect_uri=https://evil.example");
    assert_eq!(fixed.build().err(), Some(ApiMisuse::EndpointQuery { endpoint: "authorization_endpoint" }));
    assert_eq!(builder().id_token_algorithms([Alg::Hs256]).build().err(), Some(ApiMisuse::SymmetricKey));
    let mut policy = symbolon_client::policy::Policy::OAUTH_2_1;
    policy.id_token.exp_leeway = time::Duration::seconds(61);
    assert_eq!(builder().policy(policy).build().unwrap_err().rule(), Rule::Embedder);
    let bare = symbolon_client::Client::builder(Issuer::parse(ISSUER).unwrap(), client().client_id().clone(), PROVIDER);
    assert_eq!(bare.build().err(), Some(ApiMisuse::TokenEndpointMissing));
}

#[test]
fn one_plan_makes_two_different_requests() {
    let plan = AuthorizationPlan::new(scope("openid"));
    let client = client();
    let (one, other) = (SignIn::begin(&client, plan.clone()), SignIn::begin(&client, plan));
    let verifier = |sign_in: &SignIn| parameter(sign_in.request.body().expose(), "code_verifier").unwrap();
    assert_ne!(verifier(&one), verifier(&other), "one verifier per request");
}
