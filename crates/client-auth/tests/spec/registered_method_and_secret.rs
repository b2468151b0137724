//! OIDC Registration §2, security decisions D11 and D15: the registered method, live secrets, and what a guess costs.

use core::cell::RefCell;
use std::sync::Arc;

use symbolon_client_auth::{
    AttemptKind, AuthError, CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, Credentials, Evidence, PresentedCredentials,
    RegisteredCredentials, RegisteredSecret, Verdict, Vouched,
    crypto::{Aead, AeadKey, CryptoProvider, Mac, MacKey, RandomFailed, SecureRandom, Sha256},
    types::{AuthMethod, Confirmation, Digest, Once, Rule, Secret, Trace},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{CLIENT, Server, basic, client, issuer, jws, jwt_client, now, strict};

const BASIC: AuthMethod = AuthMethod::ClientSecretBasic;
const POST: AuthMethod = AuthMethod::ClientSecretPost;

fn sha256(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Sha256(Digest::from_bytes(PROVIDER.sha256.digest(&[secret.as_bytes()])))
}

fn plain(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Plain(Secret::new(secret))
}

fn post(secret: &str) -> Credentials<'_> {
    Credentials { client_id: Some(CLIENT), client_secret: Some(secret), ..Credentials::default() }
}

fn check(
    crypto: &CryptoProvider,
    credentials: &Credentials<'_>,
    registered: Option<&RegisteredCredentials>,
    evidence: &Evidence<'_>,
) -> Result<(), AuthError> {
    let presented = PresentedCredentials::read(credentials, &["urn:extension"]).unwrap();
    let (policy, issuer) = (strict(), issuer());
    let checks = Checks { crypto, policy: &policy, issuer: &issuer, token_endpoint: crate::support::TOKEN_ENDPOINT };
    checks.check(&presented, registered, evidence, &mut Trace::stop_at_first(), now()).map(|_| ())
}

#[test]
fn a061_only_the_registered_method_is_taken() {
    let header = basic(&format!("{CLIENT}:password"));
    let values: [&[u8]; 1] = [header.as_bytes()];
    let jwt = jws(&crate::support::Members::header().json(), &crate::support::Members::claims().json());
    let presented = [
        (AuthMethod::None, Credentials { client_id: Some(CLIENT), ..Credentials::default() }),
        (BASIC, Credentials { authorization: &values, ..Credentials::default() }),
        (POST, post("password")),
        (
            AuthMethod::PrivateKeyJwt,
            Credentials {
                client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
                client_assertion: Some(&jwt),
                ..Credentials::default()
            },
        ),
    ];
    let methods = [
        AuthMethod::None,
        BASIC,
        POST,
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretJwt,
        AuthMethod::TlsClientAuth,
        AuthMethod::SelfSignedTlsClientAuth,
        AuthMethod::Other("spiffe_jwt".into()),
    ];
    for registered in methods {
        let keys = jwt_client().keys;
        let server = Server::new(client(registered.clone()).with_secret(plain("password")).with_keys(keys));
        for (method, credentials) in &presented {
            let answer = server.answer(credentials);
            if *method == registered {
                let proven = answer.unwrap();
                assert_eq!((proven.method(), proven.client_id().as_str()), (method, CLIENT));
                assert_eq!(proven.is_public(), *method == AuthMethod::None);
                assert_eq!(proven.once().is_some(), *method == AuthMethod::PrivateKeyJwt);
                assert_eq!(proven.confirmation(), Confirmation::NONE);
            } else {
                assert_eq!(answer, Err(Rule::MethodRegistered), "{method} for {registered}");
            }
        }
    }
    assert_eq!(Rule::MethodRegistered.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a061_a126_a_blank_secret_is_no_secret() {
    let blank_in_every_form = {
        let mut client = client(POST);
        client.secrets = vec![plain(""), sha256(""), RegisteredSecret::JudgedByCaller];
        client
    };
    let mut basic_client = blank_in_every_form.clone();
    basic_client.method = BASIC;
    let server = Server::new(blank_in_every_form);
    let right = Evidence { verdict: Some(Verdict::Right), ..Evidence::default() };
    assert_eq!(server.answer_with(&post(""), &right), Err(Rule::MethodRegistered), "no value, no secret, no method");
    assert!(server.answer_with(&post("x"), &right).is_ok());
    let blank = basic(&format!("{CLIENT}:"));
    let credentials = Credentials { authorization: &[blank.as_bytes()], ..Credentials::default() };
    assert_eq!(Server::new(basic_client).answer_with(&credentials, &right), Err(Rule::SecretMatches));
    assert_eq!(Server::new(client(POST)).answer(&post("x")), Err(Rule::SecretMatches), "no secret registered at all");
}

#[test]
fn several_secrets_live_at_once_in_any_form() {
    let server =
        Server::new(client(POST).with_secret(sha256("old")).with_secret(plain("new")).with_secret(sha256("x")));
    for right in ["old", "new", "x"] {
        assert!(server.answer(&post(right)).is_ok(), "{right}");
    }
    for wrong in ["Old", "new ", "oldnew", "y"] {
        assert_eq!(server.answer(&post(wrong)), Err(Rule::SecretMatches), "{wrong}");
    }
    let digest = Digest::from_bytes(PROVIDER.sha256.digest(&[b"old"])).to_base64url();
    assert_eq!(server.answer(&post(&digest)), Err(Rule::SecretMatches), "what is stored opens nothing");
}

#[test]
fn a_secret_that_the_caller_judges_needs_its_verdict() {
    let server = Server::new(client(POST).with_secret(RegisteredSecret::JudgedByCaller));
    let with = |verdict| Evidence { verdict, ..Evidence::default() };
    assert!(server.answer_with(&post("s"), &with(Some(Verdict::Right))).is_ok());
    assert_eq!(server.answer_with(&post("s"), &with(Some(Verdict::Wrong))), Err(Rule::SecretMatches));
    assert_eq!(server.answer_with(&post("s"), &with(None)), Err(Rule::FoundComplete));
    // A verdict opens no client that did not ask for one.
    let by_digest = Server::new(client(POST).with_secret(sha256("other")));
    assert_eq!(by_digest.answer_with(&post("s"), &with(Some(Verdict::Right))), Err(Rule::SecretMatches));
    let unknown = Server { registered: None, ..by_digest };
    assert_eq!(unknown.answer_with(&post("s"), &with(Some(Verdict::Right))), Err(Rule::ClientKnown));
}

#[test]
fn a_client_found_under_another_spelling_is_unknown() {
    let server = Server::new(client(AuthMethod::None));
    for (id, known) in [("client-1", true), ("CLIENT-1", false), ("client-1 ", false), ("client", false)] {
        let answer = server.answer(&Credentials { client_id: Some(id), ..Credentials::default() });
        assert_eq!(answer.is_ok(), known, "{id}");
        assert!(known || answer == Err(Rule::ClientKnown));
    }
}

#[test]
fn a060_unknown_client_other_method_and_wrong_secret_read_the_same_on_the_wire() {
    let wrong = Server::new(client(POST).with_secret(sha256("password"))).answer(&post("guess")).unwrap_err();
    let unknown = Server { registered: None, ..Server::new(client(POST)) }.answer(&post("guess")).unwrap_err();
    let other_method = Server::new(client(BASIC)).answer(&post("guess")).unwrap_err();
    assert_eq!([wrong, unknown, other_method], [Rule::SecretMatches, Rule::ClientKnown, Rule::MethodRegistered]);
    assert!([wrong, unknown, other_method].iter().all(|rule| rule.code() == wrong.code()));
}

#[test]
fn a060_each_refused_secret_is_an_attempt_to_count() {
    let registered = client(POST).with_secret(sha256("password"));
    let none = Evidence::default();
    let attempt =
        |credentials: &Credentials<'_>, registered: Option<&RegisteredCredentials>, evidence: &Evidence<'_>| {
            check(&PROVIDER, credentials, registered, evidence).unwrap_err().attempt()
        };
    let counted = Some(AttemptKind::ClientSecret);
    assert_eq!(attempt(&post("guess"), Some(&registered), &none), counted);
    assert_eq!(attempt(&post("guess"), None, &none), counted);
    assert_eq!(attempt(&post("guess"), Some(&client(BASIC)), &none), counted);
    assert_eq!(attempt(&post(""), None, &none), None, "no secret was presented");
    assert_eq!(attempt(&post("guess"), Some(&registered), &Evidence { throttled: true, ..none }), None);
}

#[test]
fn a060_above_the_limit_nothing_is_compared() {
    let registered = client(POST).with_secret(plain("password"));
    let throttled = Evidence { throttled: true, ..Evidence::default() };
    for registered in [Some(&registered), None] {
        let (result, calls) = counted(|crypto| check(crypto, &post("password"), registered, &throttled));
        assert_eq!(result.unwrap_err().rule(), Rule::ClientThrottle);
        assert_eq!(calls, Vec::<String>::new());
    }
    assert_eq!(check(&PROVIDER, &post("password"), Some(&registered), &Evidence::default()), Ok(()));
    let public = client(AuthMethod::None);
    let id_only = Credentials { client_id: Some(CLIENT), ..Credentials::default() };
    assert_eq!(check(&PROVIDER, &id_only, Some(&public), &throttled), Ok(()), "no secret, nothing to guess");
}

#[test]
fn a028_a060_unknown_client_and_wrong_secret_make_the_same_calls_of_the_provider() {
    // All secrets have one length, so that the lists compare lengths too.
    let (right, wrong) = ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdeX");
    let header = basic(&format!("{CLIENT}:{wrong}"));
    let values: [&[u8]; 1] = [header.as_bytes()];
    let right_header = basic(&format!("{CLIENT}:{right}"));
    let right_values: [&[u8]; 1] = [right_header.as_bytes()];
    let basic_of = |authorization| Credentials { authorization, ..Credentials::default() };
    for (method, guess, truth) in
        [(POST, post(wrong), post(right)), (BASIC, basic_of(&values[..]), basic_of(&right_values[..]))]
    {
        let calls = |credentials: &Credentials<'_>, registered: Option<&RegisteredCredentials>| {
            let evidence = Evidence { verdict: Some(Verdict::Wrong), ..Evidence::default() };
            let (result, calls) = counted(|crypto| check(crypto, credentials, registered, &evidence));
            (result.is_ok(), calls)
        };
        let (found, unknown) = calls(&guess, None);
        assert!(!found && !unknown.is_empty());
        let known = |secrets: &[RegisteredSecret]| {
            secrets.iter().cloned().fold(client(method.clone()), RegisteredCredentials::with_secret)
        };
        for registered in [
            known(&[sha256(right)]),
            known(&[plain(right)]),
            known(&[sha256(right), sha256(right)]),
            known(&[plain(right), sha256(right)]),
            known(&[plain(right), plain(right)]),
            known(&[plain(right)]).with_lenient_basic(true),
            known(&[RegisteredSecret::JudgedByCaller]),
            known(&[]),
            client(AuthMethod::PrivateKeyJwt),
        ] {
            assert_eq!(calls(&guess, Some(&registered)), (false, unknown.clone()), "{registered:?}");
        }
        assert_eq!(calls(&truth, Some(&known(&[plain(right)]))), (true, unknown), "a right one costs the same too");
    }
}

#[test]
fn a_method_of_the_embedding_program_is_vouched_for_by_name() {
    let registered = client(AuthMethod::Other("spiffe_jwt".into()));
    let once = Once { key: Digest::from_bytes([1; 32]), issued: now(), until: now() };
    let confirmation = Confirmation { jkt: Some(Digest::from_bytes([2; 32])), x5t_s256: None };
    let vouched = || Vouched::by("spiffe_jwt").once(once).confirmation(confirmation);
    let proven = vouched().into_proven(&registered).unwrap();
    assert_eq!((proven.once(), proven.confirmation()), (Some(once), confirmation));
    assert_eq!((proven.method().as_str(), proven.client_id().as_str()), ("spiffe_jwt", CLIENT));
    for other in [AuthMethod::Other("spiffe_x509".into()), AuthMethod::None, POST] {
        assert_eq!(vouched().into_proven(&client(other)).unwrap_err().rule(), Rule::MethodRegistered);
    }
    // Nobody vouches for what is judged here.
    for name in ["private_key_jwt", "client_secret_basic", "none"] {
        let registered = client(AuthMethod::parse(name));
        assert_eq!(Vouched::by(name).into_proven(&registered).unwrap_err().rule(), Rule::MethodRegistered, "{name}");
    }
    let unvouched = Credentials {
        client_id: Some(CLIENT),
        client_assertion_type: Some("urn:extension"),
        client_assertion: Some("x"),
        ..Credentials::default()
    };
    assert_eq!(
        check(&PROVIDER, &unvouched, Some(&registered), &Evidence::default()).unwrap_err().rule(),
        Rule::FoundComplete
    );
}

thread_local! {
    static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Runs with a provider that writes its calls down.
fn counted<T>(run: impl FnOnce(&CryptoProvider) -> T) -> (T, Vec<String>) {
    CALLS.take();
    let result = run(&CryptoProvider::new(&Counting, &Counting, &Counting, &Counting));
    (result, CALLS.take())
}

fn write_down(call: String) {
    CALLS.with_borrow_mut(|calls| calls.push(call));
}

#[derive(Debug)]
struct Counting;

impl Sha256 for Counting {
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        write_down(format!("sha256 {}", parts.iter().map(|part| part.len()).sum::<usize>()));
        PROVIDER.sha256.digest(parts)
    }
}

impl SecureRandom for Counting {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        write_down(format!("random {}", out.len()));
        Err(RandomFailed)
    }
}

impl Mac for Counting {
    fn load(&self, key: &[u8]) -> Arc<dyn MacKey> {
        write_down("hmac".into());
        PROVIDER.hmac_sha256.load(key)
    }
}

impl Aead for Counting {
    fn load(&self, key: &[u8; 32]) -> Arc<dyn AeadKey> {
        write_down("aead".into());
        PROVIDER.aead.load(key)
    }
}
