//! OIDC Registration §2, security decisions D11 and D15: the registered method, live secrets, and what a guess costs.

use core::cell::RefCell;
use std::sync::Arc;

use symbolon_client_auth::{
    AttemptKind, AuthError, CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, Credentials, Evidence, Extensions,
    PresentedCredentials, RegisteredCredentials, RegisteredSecret, Verdict, Vouched,
    crypto::{Aead, AeadKey, CryptoProvider, MAC_BYTES, Mac, MacKey, RandomFailed, SecureRandom, Sha256},
    types::{Alg, AuthMethod, ClientId, Confirmation, Digest, Once, Rule, Secret, Trace},
};
use symbolon_crypto_ring::PROVIDER;
use time::Duration;

use crate::support::{
    CLIENT, LONG_SECRET, Members, NO_EXTENSIONS, Server, basic, client, issuer, jws, jwt_client, mac_jws, now, strict,
};

const BASIC: AuthMethod = AuthMethod::ClientSecretBasic;
const POST: AuthMethod = AuthMethod::ClientSecretPost;
const SECRET_JWT: AuthMethod = AuthMethod::ClientSecretJwt;

fn sha256(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Sha256(Digest::from_bytes(PROVIDER.sha256.digest(&[secret.as_bytes()])))
}

fn plain(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Plain(Secret::new(secret))
}

fn post(secret: &str) -> Credentials<'_> {
    Credentials { client_id: Some(CLIENT), client_secret: Some(secret), ..Credentials::default() }
}

fn assertion(jwt: &str) -> Credentials<'_> {
    Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(jwt),
        ..Credentials::default()
    }
}

fn hs256(secret: &str) -> String {
    mac_jws(Alg::Hs256, secret, &Members::mac_header(Alg::Hs256).json(), &Members::claims().json())
}

fn extensions() -> Extensions {
    Extensions { assertion_types: vec!["urn:extension".into()], schemes: vec!["Workload".into()] }
}

fn check(
    crypto: &CryptoProvider,
    credentials: &Credentials<'_>,
    registered: Option<&RegisteredCredentials>,
    evidence: &Evidence<'_>,
) -> Result<(), AuthError> {
    let presented = PresentedCredentials::read(credentials, &extensions()).unwrap();
    let (policy, issuer) = (strict(), issuer());
    let checks = Checks { crypto, policy: &policy, issuer: &issuer, token_endpoint: crate::support::TOKEN_ENDPOINT };
    checks.check(&presented, registered, evidence, &mut Trace::stop_at_first(), now()).map(|_| ())
}

#[test]
fn a061_only_the_registered_method_is_taken() {
    let header = basic(&format!("{CLIENT}:{LONG_SECRET}"));
    let values: [&[u8]; 1] = [header.as_bytes()];
    let jwt = jws(&Members::header().json(), &Members::claims().json());
    let mac = hs256(LONG_SECRET);
    let presented = [
        (AuthMethod::None, Credentials { client_id: Some(CLIENT), ..Credentials::default() }),
        (BASIC, Credentials { authorization: &values, ..Credentials::default() }),
        (POST, post(LONG_SECRET)),
        (SECRET_JWT, assertion(&mac)),
        (AuthMethod::PrivateKeyJwt, assertion(&jwt)),
    ];
    let methods = [
        AuthMethod::None,
        BASIC,
        POST,
        AuthMethod::PrivateKeyJwt,
        SECRET_JWT,
        AuthMethod::TlsClientAuth,
        AuthMethod::SelfSignedTlsClientAuth,
        AuthMethod::Other("spiffe_jwt".into()),
    ];
    for registered in methods {
        let keys = jwt_client().keys;
        let server = Server::new(client(registered.clone()).with_secret(plain(LONG_SECRET)).with_keys(keys));
        for (method, credentials) in &presented {
            let answer = server.answer(credentials);
            if *method == registered {
                let proven = answer.unwrap();
                assert_eq!((proven.method(), proven.client_id().as_str()), (method, CLIENT));
                assert_eq!(proven.is_public(), *method == AuthMethod::None);
                assert_eq!(proven.once().is_some(), [AuthMethod::PrivateKeyJwt, SECRET_JWT].contains(method));
                assert_eq!(proven.confirmation(), Confirmation::NONE);
            } else {
                // Beside a certificate, `client_id` alone would be right for the methods of RFC 8705.
                let by_certificate =
                    [AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth].contains(&registered);
                let rule = match method {
                    AuthMethod::None if by_certificate => Rule::CertificatePresent,
                    _ => Rule::MethodRegistered,
                };
                assert_eq!(answer, Err(rule), "{method} for {registered}");
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
fn d27_a_secret_is_good_until_it_expires_and_only_who_has_it_hears_why_not() {
    let expiring = |method: AuthMethod, at| client(method).with_secret(plain(LONG_SECRET)).with_secret_expiry(at);
    let jwt = hs256(LONG_SECRET);
    for (method, right) in [(POST, post(LONG_SECRET)), (SECRET_JWT, assertion(&jwt))] {
        for (seconds, fresh) in [(1, true), (0, false), (-1, false)] {
            let server = Server::new(expiring(method.clone(), now().saturating_add(Duration::seconds(seconds))));
            let answer = server.answer(&right).map(|_| ());
            assert_eq!(answer, if fresh { Ok(()) } else { Err(Rule::SecretFresh) }, "{method} {seconds}");
        }
    }
    let server = Server::new(expiring(POST, now()));
    assert_eq!(server.answer(&post("wrong")), Err(Rule::SecretMatches));
    // D15: each refused shared secret; else the count would tell it from a wrong one.
    assert_eq!(AuthError::SecretExpired.attempt(), Some(AttemptKind::ClientSecret));
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

/// A guess and the truth by each method with a shared secret: texts of one length, so that lists of calls compare.
struct Guess {
    method: AuthMethod,
    header: String,
    secret: String,
    assertion: String,
}

impl Guess {
    fn all(secret: &str) -> [Self; 3] {
        [BASIC, POST, SECRET_JWT].map(|method| Self {
            header: basic(&format!("{CLIENT}:{secret}")),
            secret: secret.into(),
            assertion: hs256(secret),
            method,
        })
    }

    /// Runs with the credentials of this method.
    fn with<T>(&self, run: impl FnOnce(&Credentials<'_>) -> T) -> T {
        match self.method {
            BASIC => run(&Credentials { authorization: &[self.header.as_bytes()], ..Credentials::default() }),
            POST => run(&post(&self.secret)),
            _ => run(&assertion(&self.assertion)),
        }
    }
}

/// As long as the right one.
const WRONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeX";

#[test]
fn a060_unknown_client_other_method_and_wrong_secret_read_the_same_on_the_wire() {
    for guess in Guess::all(WRONG) {
        let other = if guess.method == POST { BASIC } else { POST };
        let registered = client(guess.method.clone()).with_secret(plain(LONG_SECRET));
        let answer = |registered: Option<RegisteredCredentials>| {
            guess.with(|credentials| {
                let server = Server { registered, ..Server::new(client(POST)) };
                let presentation = PresentedCredentials::read(credentials, NO_EXTENSIONS).unwrap().presentation();
                (server.answer(credentials).unwrap_err(), presentation)
            })
        };
        let wrong = answer(Some(registered));
        let unknown = answer(None);
        let other_method = answer(Some(client(other).with_secret(plain(LONG_SECRET))));
        let wanted = if guess.method == SECRET_JWT { Rule::AssertionSignature } else { Rule::SecretMatches };
        let rules = [wrong.0, unknown.0, other_method.0];
        assert_eq!(rules, [wanted, Rule::ClientKnown, Rule::MethodRegistered]);
        // Code and presentation are all that decides status, challenge and sentence.
        for answer in [unknown, other_method] {
            assert_eq!((answer.0.code(), answer.1), (wrong.0.code(), wrong.1), "{}", guess.method);
        }
    }
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
    let by_mac = client(SECRET_JWT).with_secret(plain(LONG_SECRET));
    let (guess, right) = (hs256(WRONG), hs256(LONG_SECRET));
    for registered in [Some(&by_mac), Some(&client(POST)), Some(&client(AuthMethod::PrivateKeyJwt)), None] {
        assert_eq!(attempt(&assertion(&guess), registered, &none), counted, "a MAC is a guess at its key");
    }
    let signed = jws(&Members::header().json(), &Members::claims().json());
    assert_eq!(attempt(&assertion(&signed), Some(&by_mac), &none), None, "a signature guesses at no secret");
    let late = mac_jws(
        Alg::Hs256,
        LONG_SECRET,
        &Members::mac_header(Alg::Hs256).json(),
        &Members::claims().with("exp", "1").json(),
    );
    assert_eq!(attempt(&assertion(&late), Some(&by_mac), &none), None, "the secret was right");
    assert_eq!(attempt(&assertion(&right), Some(&by_mac), &Evidence { throttled: true, ..none }), None);
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
    let by_mac = client(SECRET_JWT).with_secret(plain(LONG_SECRET));
    let right = hs256(LONG_SECRET);
    for registered in [Some(&by_mac), None] {
        let (result, calls) = counted(|crypto| check(crypto, &assertion(&right), registered, &throttled));
        assert_eq!((result.unwrap_err().rule(), calls), (Rule::ClientThrottle, vec![]));
    }
    let public = client(AuthMethod::None);
    let id_only = Credentials { client_id: Some(CLIENT), ..Credentials::default() };
    assert_eq!(check(&PROVIDER, &id_only, Some(&public), &throttled), Ok(()), "no secret, nothing to guess");
}

#[test]
fn a028_a060_unknown_client_and_wrong_secret_make_the_same_calls_of_the_provider() {
    let short = "0123456789abcdef0123456789abcde";
    for (guess, truth) in Guess::all(WRONG).iter().zip(&Guess::all(LONG_SECRET)) {
        let calls = |guess: &Guess, registered: Option<&RegisteredCredentials>| {
            let evidence = Evidence { verdict: Some(Verdict::Wrong), ..Evidence::default() };
            let (result, calls) =
                counted(|crypto| guess.with(|credentials| check(crypto, credentials, registered, &evidence)));
            (result.map_err(|error| (error.rule().code(), error.attempt())), calls)
        };
        let refused = calls(guess, None);
        let unknown = &refused.1;
        assert!(refused.0.is_err() && !unknown.is_empty());
        let known = |secrets: &[RegisteredSecret]| {
            secrets.iter().cloned().fold(client(guess.method.clone()), RegisteredCredentials::with_secret)
        };
        for registered in [
            known(&[sha256(LONG_SECRET)]),
            known(&[plain(LONG_SECRET)]),
            known(&[sha256(LONG_SECRET), sha256(LONG_SECRET)]),
            known(&[plain(LONG_SECRET), sha256(LONG_SECRET)]),
            known(&[plain(LONG_SECRET), plain(LONG_SECRET)]),
            known(&[plain(LONG_SECRET), sha256(LONG_SECRET), RegisteredSecret::JudgedByCaller]),
            known(&[plain(LONG_SECRET)]).with_lenient_basic(true),
            known(&[RegisteredSecret::JudgedByCaller]),
            known(&[]),
            client(AuthMethod::PrivateKeyJwt),
            client(AuthMethod::None),
        ] {
            assert_eq!(calls(guess, Some(&registered)), refused, "{registered:?}");
        }
        if guess.method == SECRET_JWT {
            assert_eq!(calls(guess, Some(&known(&[plain(short)]))), refused, "no key at all");
        }
        let (answer, calls) = calls(truth, Some(&known(&[plain(LONG_SECRET)])));
        assert_eq!((answer, &calls[..unknown.len()]), (Ok(()), &unknown[..]), "a right one costs the same too");
        // Only then is there a replay id.
        assert_eq!(calls.len().saturating_sub(unknown.len()), usize::from(guess.method == SECRET_JWT));
    }
}

#[test]
fn a060_what_reads_in_no_way_that_counts_costs_and_counts_as_a_wrong_secret() {
    let header = |text: &str| mac_jws(Alg::Hs256, WRONG, text, &Members::claims().json());
    let registered = |method| client(method).with_secret(plain(LONG_SECRET));
    let judged = |credentials: &Credentials<'_>, registered: Option<&RegisteredCredentials>| {
        let (result, calls) = counted(|crypto| check(crypto, credentials, registered, &Evidence::default()));
        let error = result.unwrap_err();
        (error.rule().code(), error.attempt(), calls)
    };
    let encoded = basic(&format!("{}:{WRONG}", CLIENT.replacen('c', "%63", 1)));
    for basic in [basic(&format!("{CLIENT}:100%")), basic(&format!("{CLIENT}:%78{WRONG}")), encoded] {
        let presented = Credentials { authorization: &[basic.as_bytes()], ..Credentials::default() };
        let unknown = judged(&presented, None);
        assert_eq!((unknown.1, unknown.2.len()), (Some(AttemptKind::ClientSecret), 4));
        for lenient in [false, true] {
            let known = client(BASIC).with_secret(sha256(LONG_SECRET)).with_lenient_basic(lenient);
            assert_eq!(judged(&presented, Some(&known)), unknown, "lenient: {lenient}, {basic}");
        }
    }
    let hs256 = Members::mac_header(Alg::Hs256);
    for header_text in [
        hs256.clone().with("typ", "\"at+jwt\"").json(),
        hs256.clone().with("x5c", "[\"MAA=\"]").json(),
        hs256.clone().with("kid", "\"unknown\"").json(),
    ] {
        let jwt = header(&header_text);
        let unknown = judged(&assertion(&jwt), None);
        assert_eq!(unknown.1, Some(AttemptKind::ClientSecret));
        let five = (0..5).fold(client(SECRET_JWT), |client, _| client.with_secret(sha256(LONG_SECRET)));
        for known in [
            registered(SECRET_JWT),
            registered(SECRET_JWT).with_algorithms([Alg::Hs512]),
            client(SECRET_JWT).with_secret(sha256(LONG_SECRET)),
            client(SECRET_JWT).with_secret(plain("short")),
            five,
            registered(POST),
        ] {
            assert_eq!(judged(&assertion(&jwt), Some(&known)), unknown, "{known:?}, {header_text}");
        }
    }
}

#[test]
fn more_secrets_than_a_mac_is_tried_with_open_nothing_and_count_as_an_attempt() {
    let five = (0..5).fold(client(SECRET_JWT), |client, _| client.with_secret(plain(LONG_SECRET)));
    let jwt = hs256(LONG_SECRET);
    let error = check(&PROVIDER, &assertion(&jwt), Some(&five), &Evidence::default()).unwrap_err();
    assert_eq!((error.rule(), error.attempt()), (Rule::AssertionKey, Some(AttemptKind::ClientSecret)));
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
    // Whoever says for whom they vouch does so for nobody else.
    assert!(vouched().client_id(registered.client_id.clone()).into_proven(&registered).is_ok());
    let another = vouched().client_id(ClientId::parse("another").unwrap());
    assert_eq!(another.into_proven(&registered), Err(AuthError::UnknownClient { attempt: None }));
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
        write_down(format!("hmac key {}", key.len()));
        Arc::new(CountingKey(PROVIDER.hmac_sha256.load(key)))
    }
}

#[derive(Debug)]
struct CountingKey(Arc<dyn MacKey>);

impl MacKey for CountingKey {
    fn sign(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        write_down(format!("hmac {}", parts.iter().map(|part| part.len()).sum::<usize>()));
        self.0.sign(parts)
    }
}

impl Aead for Counting {
    fn load(&self, key: &[u8; 32]) -> Arc<dyn AeadKey> {
        write_down("aead".into());
        PROVIDER.aead.load(key)
    }
}
