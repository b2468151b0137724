//! Every request that the providers' pages print, answered by the server half as `fixtures/README.md` says.
//!
//! The clients, codes and keys that a request needs are put on record first; then the raw bytes are parsed and answered.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and what they share"
)]

use std::sync::Arc;

use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::CodeChallenge;
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    AccessToken, Endpoint, Found, Grant, GrantStatus, Granted, NewCode, Outcome, Refusal, RegisteredClient, ServerKey,
    StoredCode, TokenPlan, Write,
    client_auth::{ClientCertificates, ClientKeys, RegisteredCredentials, RegisteredSecret, x509::SubjectName},
    jose::{JwkSet, VerifyingKeys},
    types::{Alg, AuthMethod, CertificateChain, ClientId, Issuer, PeerCertificate, RequestParts, Rule, Scope, Secret},
};
use symbolon_testkit::{RawRequest, at, certificates, fixtures};
use time::UtcDateTime;

/// Between `iat` and `exp` of the client assertions on the ID-porten page.
const ASSERTION_TIME: i64 = 1_520_589_810;
/// The challenge that the published ID-porten verifier hashes to.
const IDPORTEN_CHALLENGE: &str = "b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI";

/// What is on record when a request arrives.
#[derive(Clone)]
struct Record {
    client: RegisteredClient,
    issuer: &'static str,
    redirect_uri: Option<&'static str>,
    challenge: Option<&'static str>,
    public_clients_refresh: bool,
}

fn credentials(client_id: &str, method: AuthMethod) -> RegisteredCredentials {
    RegisteredCredentials::new(ClientId::parse(client_id).unwrap(), method)
}

fn with_secret(client_id: &str, method: AuthMethod, secret: &str) -> Record {
    let digest = symbolon_types::Digest::from_bytes(PROVIDER.sha256.digest(&[secret.as_bytes()]));
    record(credentials(client_id, method).with_secret(RegisteredSecret::Sha256(digest)))
}

fn record(credentials: RegisteredCredentials) -> Record {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS);
    let scope = Scope::parse("openid profile service-api permissions/client").unwrap();
    Record {
        client: RegisteredClient::new(credentials, grants, scope),
        issuer: "https://idporten.no",
        redirect_uri: None,
        challenge: None,
        public_clients_refresh: true,
    }
}

fn with_key(client_id: &str) -> Record {
    let set = JwkSet::parse(&fixtures::load("idporten-client-assertion.synthetic.jwks.json")).unwrap();
    let keys = VerifyingKeys::load(&PROVIDER, &set, &[Alg::Rs256]);
    record(credentials(client_id, AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys)))
}

impl Record {
    fn code(mut self, redirect_uri: Option<&'static str>, challenge: Option<&'static str>) -> Self {
        if let Some(uri) = redirect_uri {
            self.client = self.client.with_redirect_uri(uri);
        }
        self.redirect_uri = redirect_uri;
        self.challenge = challenge;
        self
    }

    fn endpoint(&self) -> Endpoint {
        let mut policy = Policy::OAUTH_2_1;
        // The pages of 2017 to 2021 print requests without PKCE.
        policy.pkce.legacy_optional_for_confidential_clients = true;
        policy.refresh.public_clients = self.public_clients_refresh;
        let issuer = Issuer::parse(self.issuer).unwrap();
        Endpoint::builder(issuer, format!("{}/token", self.issuer), PROVIDER, ServerKey::new("k", [7; 32]))
            .policy(policy)
            .build()
            .unwrap()
    }

    /// The code that the request brings, as if it had been issued to this client.
    fn stored_code(&self, endpoint: &Endpoint, digest: symbolon_types::Digest, now: UtcDateTime) -> StoredCode {
        // The pages of 2017 leave redirect_uri out: OpenID Connect never lets them, OAuth where exactly one is registered.
        let scope = if self.redirect_uri.is_some() { "openid profile" } else { "profile" };
        let client = match self.redirect_uri {
            Some(_) => self.client.clone(),
            None => self.client.clone().with_redirect_uri("https://client.example.org/cb"),
        };
        let granted = Granted::to_user("synthetic", Scope::parse(scope).unwrap());
        let mut new = NewCode::new(Arc::new(client), granted);
        if let Some(uri) = self.redirect_uri {
            new = new.with_redirect_uri(uri);
        }
        if let Some(challenge) = self.challenge {
            new = new.with_challenge(CodeChallenge::parse(challenge).unwrap());
        }
        // A public client gets no code without a challenge; what is asked of this record is only its shape.
        let pending = endpoint.authorize(new, now).expect("a code for the record");
        match pending.commit().writes() {
            [Write::Code(stored)] => StoredCode { code: digest, ..stored.clone() },
            other => panic!("a code is one write: {other:?}"),
        }
    }

    fn decide(&self, parts: RequestParts, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let endpoint = self.endpoint();
        let received = endpoint.receive(parts)?;
        let known = received.client_hint() == self.client.client_id().as_str();
        let found = Found::client(known.then(|| Arc::new(self.client.clone())));
        let plan = TokenPlan::new(AccessToken::Opaque);
        let granted = match received.authenticate(found, now)?.into_grant()? {
            Grant::AuthorizationCode(grant) => {
                let stored = self.stored_code(&endpoint, *grant.code(), now);
                grant.redeem(Some(stored), now)?
            }
            Grant::ClientCredentials(grant) => {
                let most = grant.client().scope().clone();
                grant.authorize(most)?
            }
            Grant::RefreshToken(grant) => grant.rotate(None, GrantStatus::Active, now)?,
            other => return Err(other.unsupported()),
        };
        granted.issue(&plan, now)
    }

    /// Status, error code and the rule that decided.
    fn answer(&self, parts: RequestParts, now: UtcDateTime) -> (u16, String, Option<Rule>) {
        let outcome = self.decide(parts, now).unwrap_or_else(Refusal::into_outcome);
        let answer = outcome.commit().applied();
        let settled = outcome.settle(answer);
        let rule = settled.reason().map(symbolon_server::Reason::rule);
        let response = settled.into_response();
        assert_eq!(response.header("cache-control"), Some("no-store"));
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let error = body.get("error").and_then(|error| error.as_str()).unwrap_or_default();
        (response.status(), error.into(), rule)
    }
}

/// Runs one file, and its original where there is one.
fn answers(name: &str, record: &Record, now: UtcDateTime) -> (u16, String, Option<Rule>) {
    let mut answers = fixtures::variants(name).into_iter().map(|(variant, bytes)| {
        let parts = RawRequest::parse(&bytes).unwrap_or_else(|error| panic!("{variant}: {error:?}")).into_parts();
        record.answer(parts, now)
    });
    let first = answers.next().expect("the file is in the repository");
    assert!(answers.all(|other| other == first), "{name}: twin and original get one answer");
    first
}

fn ok() -> (u16, String, Option<Rule>) {
    (200, String::new(), None)
}

fn refused(status: u16, error: &str, rule: Rule) -> (u16, String, Option<Rule>) {
    (status, error.into(), Some(rule))
}

fn idporten_basic() -> Record {
    with_secret("test_rp_yt2", AuthMethod::ClientSecretBasic, "password")
}

#[test]
fn idporten_basic_with_a_body_is_answered_and_refused_where_the_code_has_a_challenge() {
    let name = "idporten-authorization-code-basic.completed.request.http";
    let uri = Some("https://eid-exttest.difi.no/idporten-oidc-client/authorize/response");
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &idporten_basic().code(uri, None), now), ok());
    let with_challenge = idporten_basic().code(uri, Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(name, &with_challenge, now), refused(400, "invalid_grant", Rule::CodeVerifierPresence));
    let elsewhere = idporten_basic().code(Some("https://eid-exttest.difi.no/"), None);
    assert_eq!(answers(name, &elsewhere, now), refused(400, "invalid_grant", Rule::CodeRedirectUri));
    let another_secret = with_secret("test_rp_yt2", AuthMethod::ClientSecretBasic, "Password").code(uri, None);
    assert_eq!(answers(name, &another_secret, now), refused(401, "invalid_client", Rule::SecretMatches));
}

#[test]
fn idporten_basic_of_which_the_page_kept_only_the_head_is_invalid_request() {
    let name = "idporten-client-secret-basic.headers-only.request.http";
    let answer = answers(name, &idporten_basic(), at(ASSERTION_TIME));
    assert_eq!(answer, refused(400, "invalid_request", Rule::FormMissing));
}

#[test]
fn idporten_post_is_answered_and_only_for_a_client_that_registered_it() {
    let name = "idporten-authorization-code-client-secret-post.synthetic.request.http";
    let (uri, challenge) = (Some("https://client.example.org/cb"), Some(IDPORTEN_CHALLENGE));
    let now = at(ASSERTION_TIME);
    let post = with_secret("test_rp_yt2", AuthMethod::ClientSecretPost, "password").code(uri, challenge);
    assert_eq!(answers(name, &post, now), ok());
    let basic = idporten_basic().code(uri, challenge);
    assert_eq!(answers(name, &basic, now), refused(400, "invalid_client", Rule::MethodRegistered));
}

#[test]
fn idporten_none_is_answered_with_its_verifier() {
    let name = "idporten-authorization-code-none.synthetic.request.http";
    let public = || record(credentials("my_client_id", AuthMethod::None));
    let uri = Some("https://client.example.org/cb");
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &public().code(uri, Some(IDPORTEN_CHALLENGE)), now), ok());
    let other_challenge = public().code(uri, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    assert_eq!(answers(name, &other_challenge, now), refused(400, "invalid_grant", Rule::CodeVerifier));
    let confidential = with_key("my_client_id").code(uri, Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(name, &confidential, now), refused(400, "invalid_client", Rule::MethodRegistered));
}

#[test]
fn idporten_private_key_jwt_is_answered_and_refused_a_moment_too_late() {
    let name = "idporten-authorization-code-private-key-jwt.complete.synthetic.request.http";
    let record = with_key("my_client_id").code(Some("https://client.example.org/cb"), Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(name, &record, at(ASSERTION_TIME)), ok());
    // `exp` is 1520589928; the leeway is 10 seconds.
    assert_eq!(answers(name, &record, at(1_520_589_937)), ok());
    let late = answers(name, &record, at(1_520_589_938));
    assert_eq!(late, refused(400, "invalid_client", Rule::AssertionExp));
    let elsewhere = Record { issuer: "https://idporten.no/", ..record };
    let wrong_aud = answers(name, &elsewhere, at(ASSERTION_TIME));
    assert_eq!(wrong_aud, refused(400, "invalid_client", Rule::AssertionAud), "a trailing slash is another issuer");
}

#[test]
fn idporten_of_2017_names_its_client_in_the_assertion_alone_by_its_certificate() {
    let name = "idporten-old-private-key-jwt.synthetic.request.http";
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &with_key("my_client_id"), now), ok());
    let with_challenge = with_key("my_client_id").code(None, Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(name, &with_challenge, now), refused(400, "invalid_grant", Rule::CodeVerifierPresence));
    let with_uri = with_key("my_client_id").code(Some("https://client.example.org/cb"), None);
    assert_eq!(answers(name, &with_uri, now), refused(400, "invalid_grant", Rule::CodeRedirectUri));
    // The same key without the certificate: `x5c` gives no key, so that nothing fits (D13).
    let bare = fixtures::text("idporten-client-assertion.synthetic.jwks.json");
    let mut bare: serde_json::Value = serde_json::from_str(&bare).unwrap();
    bare["keys"][0].as_object_mut().unwrap().remove("x5c");
    let set = JwkSet::parse(bare.to_string().as_bytes()).unwrap();
    let keys = VerifyingKeys::load(&PROVIDER, &set, &[Alg::Rs256]);
    let credentials = credentials("my_client_id", AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys));
    assert_eq!(answers(name, &record(credentials), now), refused(400, "invalid_client", Rule::AssertionX5c));
}

#[test]
fn placeholders_in_place_of_an_assertion_are_invalid_client() {
    let now = at(ASSERTION_TIME);
    let record = with_key("my_client_id");
    let truncated = answers("idporten-client-assertion-placeholder.truncated.request.http", &record, now);
    assert_eq!(truncated, refused(400, "invalid_client", Rule::AssertionType));
    let placeholder = answers("idporten-old-private-key-jwt.placeholder.request.http", &record, now);
    assert_eq!(placeholder, refused(400, "invalid_client", Rule::AssertionSyntax));
    let complete = "idporten-authorization-code-private-key-jwt.complete.synthetic.request.http";
    let twin = record.code(Some("https://client.example.org/cb"), Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(complete, &twin, now), ok());
}

#[test]
fn a_refresh_token_of_another_server_is_invalid_grant_and_one_of_ours_in_its_place_is_answered() {
    let now = at(ASSERTION_TIME);
    let idporten = "idporten-refresh-token-basic.synthetic.request.http";
    let bankid = "bankid-refresh-token.request.http";
    let bankid_client =
        || with_secret("oidc-testclient", AuthMethod::ClientSecretBasic, "f0989681-923f-4e2b-b34c-e94d09b2b21c");
    // D7: ours are `family.generation.tag`; any other text is unknown.
    for (name, record) in [(idporten, idporten_basic()), (bankid, bankid_client())] {
        assert_eq!(answers(name, &record, now), refused(400, "invalid_grant", Rule::RefreshKnown), "{name}");
        for (_, bytes) in fixtures::variants(name) {
            let request = RawRequest::parse(&bytes).unwrap();
            assert_eq!(with_a_token_of_ours(&record, request, now), 200, "{name}");
        }
    }
}

/// The very request, with a refresh token of this server in the place of the printed one.
fn with_a_token_of_ours(record: &Record, mut request: RawRequest, now: UtcDateTime) -> u16 {
    let endpoint = record.endpoint();
    let redirect_uri = "https://client.example.org/cb";
    let client = Arc::new(record.client.clone().with_redirect_uri(redirect_uri));
    // A family with a first refresh token, made by redeeming a code.
    let granted = Granted::to_user("synthetic", Scope::parse("openid profile").unwrap());
    let pending =
        endpoint.authorize(NewCode::new(Arc::clone(&client), granted).with_redirect_uri(redirect_uri), now).unwrap();
    let [Write::Code(stored)] = pending.commit().writes() else { panic!("a code is one write") };
    let stored = stored.clone();
    let answer = pending.commit().applied();
    let code = pending.settle(&answer).unwrap();
    let authorization = request.header("authorization").next().unwrap().to_vec();
    let form = format!("grant_type=authorization_code&code={}&redirect_uri={redirect_uri}", code.expose());
    let parts = RequestParts::post(form.into_bytes())
        .content_type(b"application/x-www-form-urlencoded")
        .authorization(&authorization);
    let received = endpoint.receive(parts).unwrap();
    let request_for_code = received.authenticate(Found::client(Some(Arc::clone(&client))), now).unwrap();
    let Ok(Grant::AuthorizationCode(grant)) = request_for_code.into_grant() else { panic!("a code grant") };
    let mut family = stored.family.clone();
    let outcome = grant.redeem(Some(stored), now).unwrap().issue(&TokenPlan::new(AccessToken::Opaque), now).unwrap();
    let answer = outcome.commit().applied();
    let body: serde_json::Value = serde_json::from_slice(outcome.settle(answer).into_response().body()).unwrap();
    let ours = body["refresh_token"].as_str().unwrap();
    family.rotation.generation = 1;
    family.rotation.expires = family.ends;

    let body = String::from_utf8(request.body.clone()).unwrap();
    let (before, _) = body.split_once("&refresh_token=").unwrap();
    request.body = format!("{before}&refresh_token={ours}").into_bytes();
    let received = endpoint.receive(request.into_parts()).unwrap();
    let refresh = received.authenticate(Found::client(Some(client)), now).unwrap();
    let Ok(Grant::RefreshToken(grant)) = refresh.into_grant() else { panic!("a refresh") };
    let granted = grant.rotate(Some(family), GrantStatus::Active, now).unwrap();
    assert_eq!(granted.granted().scope.to_string(), "openid profile");
    let outcome = granted.issue(&TokenPlan::new(AccessToken::Opaque), now).unwrap();
    let answer = outcome.commit().applied();
    outcome.settle(answer).status()
}

#[test]
fn r16_a_refresh_without_authentication_is_unauthorized_under_the_rule_of_the_page() {
    let name = "idporten-refresh-token-none.synthetic.request.http";
    let public = record(credentials("my_client_id", AuthMethod::None));
    let strict = Record { public_clients_refresh: false, ..public.clone() };
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &strict, now), refused(400, "unauthorized_client", Rule::RefreshMethod));
    assert_eq!(
        answers(name, &public, now),
        refused(400, "invalid_grant", Rule::RefreshKnown),
        "by policy, another server's"
    );
}

#[test]
fn buypass_client_credentials_are_answered_by_header_and_by_form() {
    let now = at(ASSERTION_TIME);
    let basic = with_secret("oidc-client", AuthMethod::ClientSecretBasic, "mysecret");
    let post = with_secret("oidc-client", AuthMethod::ClientSecretPost, "mysecret");
    assert_eq!(answers("buypass-client-credentials-basic.request.http", &basic, now), ok());
    assert_eq!(answers("buypass-client-credentials-post.synthetic.request.http", &post, now), ok());
    let crossed = answers("buypass-client-credentials-basic.request.http", &post, now);
    assert_eq!(crossed, refused(401, "invalid_client", Rule::MethodRegistered));
    let crossed = answers("buypass-client-credentials-post.synthetic.request.http", &basic, now);
    assert_eq!(crossed, refused(400, "invalid_client", Rule::MethodRegistered));
}

#[test]
fn r59_r62_buypass_mutual_tls_is_answered_with_its_certificate_and_invalid_client_without_it() {
    let name = "buypass-client-credentials-mtls.request.http";
    let subject = SubjectName::subject_dn(certificates::SUBJECT).unwrap();
    let certificate = ClientCertificates::named(subject, ["CA"]);
    let record = record(credentials("oidc-client", AuthMethod::TlsClientAuth).with_certificates(certificate));
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &record, now), refused(400, "invalid_client", Rule::CertificatePresent));
    let shown = |der: &[u8]| {
        let certificate = PeerCertificate::new(der, CertificateChain::ValidatedTo("CA".into()));
        record.answer(fixtures::request(name).into_parts().peer_certificate(Some(certificate)), now)
    };
    assert_eq!(shown(certificates::BUSINESS), ok());
    assert_eq!(shown(certificates::WILDCARD), refused(400, "invalid_client", Rule::CertificateName));
    assert_eq!(fixtures::request(name).into_parts().query.as_deref().map(String::as_str), Some("_tlsclientauth=1"));
}

#[test]
fn buypass_code_is_answered_and_refused_where_the_code_has_a_challenge() {
    let name = "buypass-authorization-code.assembled.request.http";
    let uri = Some("https://oidc-client.example.org/cb");
    let now = at(ASSERTION_TIME);
    let basic = || with_secret("oidc-client", AuthMethod::ClientSecretBasic, "mysecret");
    assert_eq!(answers(name, &basic().code(uri, None), now), ok());
    let with_challenge = basic().code(uri, Some(IDPORTEN_CHALLENGE));
    assert_eq!(answers(name, &with_challenge, now), refused(400, "invalid_grant", Rule::CodeVerifierPresence));
}

#[test]
fn bankid_code_has_a_verifier_of_18_characters_and_is_invalid_grant() {
    let name = "bankid-authorization-code.request.http";
    let uri = Some("https://testclient.local:8487/callback");
    let record = with_secret("oidc-testclient", AuthMethod::ClientSecretBasic, "01234567-89ab-cdef-0123-456789abcdef")
        .code(uri, Some(IDPORTEN_CHALLENGE));
    let now = at(ASSERTION_TIME);
    assert_eq!(answers(name, &record, now), refused(400, "invalid_grant", Rule::CodeVerifierSyntax));
    // With a verifier in the place of the placeholder it is answered.
    let mut request = fixtures::request(name);
    let body = String::from_utf8(request.body.clone()).unwrap();
    request.body = body.replace("your-code-verifier", "xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo").into_bytes();
    assert_eq!(record.answer(request.into_parts(), now), ok());
}

#[test]
fn bankid_client_credentials_are_answered_and_the_truncated_requests_are_invalid_client() {
    let now = at(ASSERTION_TIME);
    let record = with_secret("oidc-testclient", AuthMethod::ClientSecretBasic, "01234567-89ab-cdef-0123-456789abcdef");
    assert_eq!(answers("bankid-client-credentials.synthetic.request.http", &record, now), ok());
    for name in ["bankid-authorization-code.truncated.request.http", "bankid-client-credentials.truncated.request.http"]
    {
        assert_eq!(answers(name, &record, now), refused(400, "invalid_client", Rule::ClientIdentified), "{name}");
    }
}

#[test]
fn the_userinfo_request_of_2017_has_one_bearer_token_with_its_padding() {
    for (_, bytes) in fixtures::variants("idporten-old-userinfo.synthetic.request.http") {
        let request = RawRequest::parse(&bytes).unwrap();
        let header = String::from_utf8(request.header("authorization").next().unwrap().to_vec()).unwrap();
        let token = header.strip_prefix("Bearer ").unwrap();
        let endpoint = idporten_basic().endpoint();
        let asked = endpoint.userinfo(request.into_parts()).unwrap();
        assert_eq!(*asked.token(), endpoint.access_token_digest(&Secret::new(token)));
        let refusal = asked.answer(None, None, at(ASSERTION_TIME)).unwrap_err();
        assert_eq!(refusal.reason().rule(), Rule::TokenKnown, "it is another server's token");
    }
}

#[test]
fn every_request_file_is_answered_in_this_file() {
    let source = include_str!("real_requests.rs");
    for name in fixtures::names().iter().filter(|name| name.ends_with(".request.http")) {
        assert!(source.contains(&fixtures::original_name(name)), "{name} is answered nowhere");
    }
}
