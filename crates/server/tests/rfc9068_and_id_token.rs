//! RFC 9068 access tokens and OpenID Connect ID tokens, signed here or by a remote key.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, plan, policy, ready, redeem, refresh, refused, signing_key, status_and_error};
use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, Issuing, Refusal, TokenPlan, TokenSigner,
    jose::{RemoteKey, SigningKey, UnverifiedJwt, VerifiedJwt, crypto::SecureRandom},
    types::Rule,
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};

#[cfg(test)]
fn key() -> SigningKey {
    signing_key().with_kid("es256")
}

#[cfg(test)]
fn jwt_plan() -> TokenPlan {
    TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(key())))
        .with_audience("https://api.example")
        .with_id_token(TokenSigner::Local(key()))
}

#[cfg(test)]
fn verified(text: &str) -> VerifiedJwt<'_> {
    let key = key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap();
    UnverifiedJwt::parse(text).unwrap().verify(&key).unwrap()
}

#[cfg(test)]
fn claim(jwt: &VerifiedJwt<'_>, name: &str) -> serde_json::Value {
    jwt.claims().unwrap().get(name).map(|claim| claim.parse().unwrap()).unwrap_or_default()
}

#[test]
fn a_jwt_access_token_has_the_claims_of_rfc_9068() {
    let bench = Bench::with(Policy::OAUTH_2_1, jwt_plan());
    let tokens = bench.tokens(&app());
    let jwt = verified(tokens.access.expose());
    assert!(jwt.header().is_typ("at+jwt"));
    for (name, value) in [
        ("iss", "https://as.example"),
        ("sub", "alice"),
        ("aud", "https://api.example"),
        ("client_id", "app"),
        ("scope", "openid profile"),
    ] {
        assert_eq!(claim(&jwt, name), value, "{name}");
    }
    assert_eq!(claim(&jwt, "iat"), now().unix_timestamp());
    assert_eq!(claim(&jwt, "exp"), now().unix_timestamp() + 600);
    assert_eq!(claim(&jwt, "jti").as_str().unwrap().len(), 22);
    assert!(claim(&jwt, "cnf").is_null());
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
}

#[test]
fn d2_a_jwt_access_token_of_a_revoked_family_is_refused_at_userinfo() {
    let bench = Bench::with(Policy::OAUTH_2_1, jwt_plan());
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(redeem(&code)));
    assert_eq!(bench.answer(redeem(&code)), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 401);
}

#[test]
fn an_id_token_is_issued_for_openid_and_says_what_was_granted() {
    let bench = Bench::with(Policy::OAUTH_2_1, jwt_plan());
    let tokens = bench.tokens(&app());
    let jwt = verified(tokens.id.as_ref().unwrap().expose());
    assert_eq!(claim(&jwt, "aud"), "app");
    assert_eq!(claim(&jwt, "sub"), "alice");
    assert_eq!(claim(&jwt, "nonce"), "n-0S6_WzA2Mj");
    assert_eq!(claim(&jwt, "auth_time"), now().unix_timestamp() - 5);
    assert_eq!(claim(&jwt, "at_hash").as_str().unwrap().len(), 22);

    let refreshed = Tokens::of(bench.send(refresh(tokens.refresh())));
    let jwt = verified(refreshed.id.as_ref().unwrap().expose());
    assert!(claim(&jwt, "nonce").is_null(), "OIDC Core §12.2");
    assert_eq!(claim(&jwt, "auth_time"), now().unix_timestamp() - 5, "OIDC Core §12.2: of the first authentication");
}

#[test]
fn r38_without_openid_there_is_no_id_token() {
    let bench = Bench::with(Policy::OAUTH_2_1, jwt_plan());
    let granted = symbolon_server::Granted::to_user("alice", symbolon_server::types::Scope::parse("profile").unwrap());
    let code = bench.code_for(&app(), granted);
    assert!(Tokens::of(bench.send(redeem(&code))).id.is_none());
    let code = bench.code(&app());
    assert!(Tokens::of(bench.send(redeem(&code))).id.is_some());
}

#[test]
fn r88_the_spelling_of_bearer_is_the_policys() {
    let bench = Bench::with(policy(|p| p.response.bearer = "bearer"), plan());
    assert_eq!(bench.tokens(&app()).body["token_type"], "bearer");
    assert_eq!(Bench::new().tokens(&app()).body["token_type"], "Bearer");
}

#[cfg(test)]
/// A key that this process pretends not to have.
fn remote() -> RemoteKey {
    let local = key();
    let public = local.verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap();
    RemoteKey::new(public.with_kid("kms-1"))
}

#[cfg(test)]
fn sign_elsewhere(bytes: &[u8]) -> Vec<u8> {
    #[derive(Debug)]
    struct None;
    impl SecureRandom for None {
        fn fill(&self, _: &mut [u8]) -> Result<(), symbolon_server::crypto::RandomFailed> {
            Ok(())
        }
    }
    let der = pem_to_der(keys::P256);
    let alg = symbolon_crypto_ring::PROVIDER.signature(symbolon_server::types::Alg::Es256).unwrap();
    let signer = alg.load_private(&symbolon_server::crypto::PrivateKey::Pkcs8(&der)).unwrap();
    let mut signature = Vec::new();
    signer.sign(&None, bytes, &mut signature).unwrap();
    signature
}

#[cfg(test)]
fn pem_to_der(pem: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let body: String = pem.lines().filter(|line| !line.starts_with('-') && !line.contains(' ')).collect();
    STANDARD.decode(body).unwrap()
}

#[test]
fn remote_keys_sign_in_steps_and_what_comes_back_is_verified() {
    let remote_plan =
        TokenPlan::new(AccessToken::Jwt(TokenSigner::Remote(remote()))).with_id_token(TokenSigner::Remote(remote()));
    let bench = Bench::with(Policy::OAUTH_2_1, remote_plan.clone());
    let begin = || {
        let code = bench.code(&app());
        let received = bench.endpoint().receive(redeem(&code)).unwrap();
        let client = ready(bench.store().client("app")).unwrap();
        let request = received.authenticate(symbolon_server::Found::client(client), now()).unwrap();
        let symbolon_server::Grant::AuthorizationCode(grant) = request.into_grant().unwrap() else { panic!("a code") };
        let stored = ready(bench.store().code(grant.code())).unwrap();
        grant.redeem(stored, now()).unwrap()
    };
    let mut issuing = begin().issue_in_steps(&remote_plan, now()).unwrap();
    let mut signatures = 0;
    let outcome = loop {
        issuing = match issuing {
            Issuing::Done(outcome) => break outcome,
            Issuing::NeedsSignature(job) => {
                signatures += 1;
                assert_eq!(job.key().kid(), Some("kms-1"));
                let signature = sign_elsewhere(job.bytes());
                job.signed(&signature).unwrap()
            }
            other => panic!("{other:?}"),
        };
    };
    assert_eq!(signatures, 2, "the ID token covers the access token");
    let answer = ready(bench.store().apply(outcome.commit())).unwrap();
    let tokens = Tokens::of(outcome.settle(answer));
    assert_eq!(claim(&verified(tokens.id.as_ref().unwrap().expose()), "sub"), "alice");

    // A signature of something else is refused before it is used.
    let Issuing::NeedsSignature(job) = begin().issue_in_steps(&remote_plan, now()).unwrap() else { panic!("remote") };
    let wrong = sign_elsewhere(b"something else");
    let refusal = job.signed(&wrong).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::SignerAnswers);
    // So is a signer that fails, and a plan with remote keys where none can be asked.
    let Issuing::NeedsSignature(job) = begin().issue_in_steps(&remote_plan, now()).unwrap() else { panic!("remote") };
    assert_eq!(job.failed("timeout").reason().rule(), Rule::SignerAnswers);
    let refusal: Refusal = begin().issue(&remote_plan, now()).unwrap_err();
    let outcome = refusal.into_outcome();
    let answer = outcome.commit().applied();
    assert_eq!(status_and_error(outcome.settle(answer)), refused(500, "server_error"));
}
