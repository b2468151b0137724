//! draft-ietf-oauth-attestation-based-client-auth-10: an attester's word about one instance, and the proof of its key.

use symbolon_client_auth::{
    ApplyError, AuthError, Checks, RegisteredCredentials,
    attestation::{
        ATTEST_JWT_CLIENT_AUTH, AttestationError, AttestationEvidence, AttestationSigner, Attested,
        PresentedAttestation,
    },
    jose::{SigningKey, VerifyingKeys},
    types::{Alg, AuthMethod, ClientId, ErrorCode, Rule, Secret, SecretBytes, Trace, Values},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;
use time::UtcDateTime;

use crate::support::{
    CLIENT, FixedRandom, ISSUER, Members, NOW, TOKEN_ENDPOINT, at, client, issuer, now, quoted, strict, unix,
};

const ATTESTATION: &str = "oauth-client-attestation+jwt";
const POP: &str = "oauth-client-attestation-pop+jwt";

static RANDOM: FixedRandom = FixedRandom(7);

fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(&PROVIDER, pem, None).unwrap()
}

fn attester() -> SigningKey {
    key(keys::P256).with_kid("11")
}

fn instance() -> SigningKey {
    key(keys::ED25519)
}

fn cnf(key: &SigningKey) -> String {
    format!("{{\"jwk\":{}}}", key.public_jwk().unwrap().to_json())
}

/// The claims of the draft's example (§4), for our client and our clock.
fn statement() -> Members {
    Members::claims()
        .without("iss")
        .without("aud")
        .without("jti")
        .with("exp", &unix(3600))
        .with("iat", &unix(-3600))
        .with("cnf", &cnf(&instance()))
}

/// The claims of the draft's example (§5.1).
fn proof() -> Members {
    Members::claims().without("iss").without("sub").without("exp")
}

fn sign(key: &SigningKey, typ: Option<&str>, claims: &Members) -> String {
    let claims: serde_json::Value = serde_json::from_str(&claims.json()).unwrap();
    key.sign(&PROVIDER, typ, &claims).unwrap()
}

fn values(all: &[&str]) -> Values {
    let mut values = Values::default();
    for value in all {
        values.push(value.as_bytes());
    }
    values
}

struct Server {
    attesters: VerifyingKeys,
    registered: Option<RegisteredCredentials>,
    challenge: Option<&'static str>,
    now: UtcDateTime,
}

impl Server {
    fn new() -> Self {
        let registered = client(AuthMethod::parse(ATTEST_JWT_CLIENT_AUTH));
        Self {
            attesters: VerifyingKeys::new(vec![attester().verifying_key(&PROVIDER).unwrap()]),
            registered: Some(registered),
            challenge: None,
            now: now(),
        }
    }

    fn judge(&self, attestation: &str, pop: &str) -> Result<Attested, AttestationError> {
        let presented = PresentedAttestation::read(&values(&[attestation]), &values(&[pop]), Some(CLIENT))?.unwrap();
        assert_eq!(presented.client_hint(), CLIENT);
        let (policy, issuer) = (strict(), issuer());
        let checks = Checks { crypto: &PROVIDER, policy: &policy, issuer: &issuer, token_endpoint: TOKEN_ENDPOINT };
        let evidence = AttestationEvidence { attesters: &self.attesters, challenge: self.challenge };
        let run = |mut trace: Trace| {
            let result =
                checks.check_attestation(&presented, self.registered.as_ref(), &evidence, &mut trace, self.now);
            let rule = result.as_ref().err().map(AttestationError::rule);
            assert_eq!(trace.first_failed(), rule, "the trace and the answer agree");
            (result, rule)
        };
        let (result, rule) = run(Trace::stop_at_first());
        assert_eq!(run(Trace::go_on()).1, rule, "explaining changes no answer");
        result
    }

    fn claims(&self, statement: &Members, proof: &Members) -> Option<Rule> {
        let attestation = sign(&attester(), Some(ATTESTATION), statement);
        self.judge(&attestation, &sign(&instance(), Some(POP), proof)).err().map(|error| error.rule())
    }
}

#[test]
fn both_halves_fit_and_the_client_is_vouched_for() {
    let attestation = sign(&attester(), Some(ATTESTATION), &statement());
    let signer = AttestationSigner::new(Secret::new(attestation.clone()), instance(), &issuer()).unwrap();
    let server = Server::new();
    let registered = server.registered.clone().unwrap();
    let applied = signer.apply(&PROVIDER.with_random(&RANDOM), &registered.client_id, None, now()).unwrap();
    let [(first, sent), (second, pop)] = &applied.headers[..] else { panic!("{applied:?}") };
    assert_eq!((*first, *second), ("oauth-client-attestation", "oauth-client-attestation-pop"));
    assert_eq!(sent.expose(), attestation);
    assert_eq!(applied.parameters, [("client_id", CLIENT.into())]);

    let attested = server.judge(sent.expose(), pop.expose()).unwrap();
    let public = instance().public_jwk().unwrap();
    assert_eq!(attested.instance_thumbprint(), public.thumbprint(PROVIDER.sha256));
    assert_eq!(attested.instance_key().public_key(), public.public_key());
    assert_eq!(attested.client_id(), &registered.client_id);
    let proven = attested.into_vouched().into_proven(&registered).unwrap();
    assert_eq!((proven.client_id().as_str(), proven.method().as_str()), (CLIENT, ATTEST_JWT_CLIENT_AUTH));
    assert_eq!(proven.confirmation(), symbolon_client_auth::types::Confirmation::NONE, "no DPoP key");
    assert_eq!(proven.instance(), Some(public.thumbprint(PROVIDER.sha256)), "refresh tokens are bound to it");

    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    assert_eq!(AttestationSigner::new("a".into(), mac, &issuer()).err(), Some(ApplyError::SymmetricKey));
    assert!(!format!("{signer:?}").contains(&attestation));
}

#[test]
fn an_attestation_proves_no_other_client() {
    let method = || AuthMethod::parse(ATTEST_JWT_CLIENT_AUTH);
    let vouched = || {
        let attestation = sign(&attester(), Some(ATTESTATION), &statement());
        Server::new().judge(&attestation, &sign(&instance(), Some(POP), &proof())).unwrap().into_vouched()
    };
    assert!(vouched().into_proven(&client(method())).is_ok());
    for id in ["another", &CLIENT.to_uppercase()] {
        let other = RegisteredCredentials::new(ClientId::parse(id).unwrap(), method());
        assert_eq!(vouched().into_proven(&other), Err(AuthError::UnknownClient { attempt: None }));
    }
}

#[test]
fn exactly_one_attestation_and_one_proof_come_together() {
    let (attestation, pop) =
        (sign(&attester(), Some(ATTESTATION), &statement()), sign(&instance(), Some(POP), &proof()));
    let read = |attestations: &[&str], pops: &[&str], id: Option<&str>| {
        PresentedAttestation::read(&values(attestations), &values(pops), id)
            .map(|presented| presented.is_some())
            .map_err(|error| error.rule())
    };
    assert_eq!(read(&[], &[], Some(CLIENT)), Ok(false), "another method");
    for id in [None, Some(""), Some(CLIENT)] {
        assert_eq!(read(&[&attestation], &[&pop], id), Ok(true));
    }
    for (attestations, pops) in [
        (&[&*attestation][..], &[][..]),
        (&[], &[&*pop]),
        (&[&attestation, &attestation], &[&pop]),
        (&[&attestation], &[&pop, &pop]),
    ] {
        assert_eq!(read(attestations, pops, None), Err(Rule::AttestationPresent));
    }
    assert_eq!(read(&[&attestation], &[&pop], Some("client-2")), Err(Rule::ClientIdAgreesWithAssertion));
    for broken in ["", "a.b.c", "< jwt >", &format!("{attestation} "), "\u{e9}"] {
        assert_eq!(read(&[broken], &[&pop], None), Err(Rule::AttestationSyntax), "{broken}");
        assert_eq!(read(&[&attestation], &[broken], None), Err(Rule::AttestationSyntax), "{broken}");
    }
    let nobody = sign(&attester(), Some(ATTESTATION), &statement().without("sub"));
    assert_eq!(read(&[&nobody], &[&pop], None), Err(Rule::AttestationSub));
    assert_eq!(Rule::AttestationPresent.code(), Some(ErrorCode::InvalidClient));
}

#[test]
fn only_the_registered_method_and_client_is_taken() {
    let server = |registered| Server { registered, ..Server::new() };
    assert_eq!(Server::new().claims(&statement(), &proof()), None);
    assert_eq!(server(None).claims(&statement(), &proof()), Some(Rule::ClientKnown));
    for other in [AuthMethod::None, AuthMethod::PrivateKeyJwt, AuthMethod::parse("attest_jwt_client_auth_dpop")] {
        assert_eq!(server(Some(client(other))).claims(&statement(), &proof()), Some(Rule::MethodRegistered));
    }
}

#[test]
fn only_a_trusted_attester_attests() {
    let pop = sign(&instance(), Some(POP), &proof());
    let judge = |attestation: &str| Server::new().judge(attestation, &pop).err().map(|error| error.rule());
    // The instance attests itself; a stranger has the attester's kid.
    assert_eq!(judge(&sign(&instance(), Some(ATTESTATION), &statement())), Some(Rule::AttestationKey));
    assert_eq!(judge(&sign(&attester().with_kid("12"), Some(ATTESTATION), &statement())), Some(Rule::AttestationKey));
    let (stranger, _) = SigningKey::generate(&PROVIDER, Alg::Es256).unwrap();
    let forged = sign(&stranger.with_kid("11"), Some(ATTESTATION), &statement());
    assert_eq!(judge(&forged), Some(Rule::AttestationSignature));
    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap().with_kid("11");
    assert_eq!(judge(&sign(&mac, Some(ATTESTATION), &statement())), Some(Rule::AttestationAlg));
    assert_eq!(judge(&sign(&attester(), Some(ATTESTATION), &statement())), None);
    let nobody = Server { attesters: VerifyingKeys::default(), ..Server::new() };
    assert_eq!(nobody.claims(&statement(), &proof()), Some(Rule::AttestationKey));
}

#[test]
fn every_changed_part_is_refused_by_its_rule() {
    let server = Server::new();
    let private = r#"{"jwk":{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#;
    for (name, json, wanted) in [
        ("exp", unix(-9), None),
        ("exp", unix(-10), Some(Rule::AttestationExp)),
        ("exp", quoted("soon"), Some(Rule::AttestationExp)),
        ("iat", unix(10), None),
        ("iat", unix(11), Some(Rule::AttestationIat)),
        ("nbf", unix(11), Some(Rule::AttestationIat)),
        ("nbf", "null".into(), Some(Rule::AttestationIat)),
        ("cnf", "{}".into(), Some(Rule::AttestationCnf)),
        ("cnf", r#"{"jkt":"a"}"#.into(), Some(Rule::AttestationCnf)),
        ("cnf", r#"{"jwk":{"kty":"oct","k":"AAAA"}}"#.into(), Some(Rule::AttestationCnf)),
        ("cnf", private.into(), Some(Rule::AttestationCnf)),
        ("iss", quoted("https://attester.example"), None),
        ("unknown", "1".into(), None),
    ] {
        assert_eq!(server.claims(&statement().with(name, &json), &proof()), wanted, "{name} {json}");
    }
    for (name, wanted) in [("exp", Some(Rule::AttestationExp)), ("cnf", Some(Rule::AttestationCnf)), ("iat", None)] {
        assert_eq!(server.claims(&statement().without(name), &proof()), wanted, "{name}");
    }
    for (name, json, wanted) in [
        ("aud", format!("[\"{ISSUER}\"]"), None),
        ("aud", quoted(TOKEN_ENDPOINT), Some(Rule::AttestationPopAud)),
        ("aud", format!("[\"{ISSUER}\",\"https://other.example\"]"), Some(Rule::AttestationPopAud)),
        ("aud", "7".into(), Some(Rule::AttestationPopAud)),
        ("iat", unix(10), None),
        ("iat", unix(11), Some(Rule::AttestationPopIat)),
        ("iat", unix(-299), None),
        ("iat", unix(-300), Some(Rule::AttestationPopIat)),
        ("iat", quoted("now"), Some(Rule::AttestationPopIat)),
        ("exp", unix(-9), None),
        ("exp", unix(-10), Some(Rule::AttestationPopIat)),
        ("nbf", unix(10), None),
        ("nbf", unix(11), Some(Rule::AttestationPopIat)),
        ("jti", quoted(""), Some(Rule::AttestationPopJti)),
        ("jti", quoted(&"j".repeat(129)), Some(Rule::AttestationPopJti)),
        ("challenge", quoted("unasked"), None),
    ] {
        assert_eq!(server.claims(&statement(), &proof().with(name, &json)), wanted, "{name} {json}");
    }
    for (name, wanted) in
        [("aud", Rule::AttestationPopAud), ("iat", Rule::AttestationPopIat), ("jti", Rule::AttestationPopJti)]
    {
        assert_eq!(server.claims(&statement(), &proof().without(name)), Some(wanted), "{name}");
    }
    let (attestation, pop) =
        (sign(&attester(), Some(ATTESTATION), &statement()), sign(&instance(), Some(POP), &proof()));
    let judge = |attestation: &str, pop: &str| server.judge(attestation, pop).err().map(|error| error.rule());
    for typ in [None, Some("JWT"), Some(POP), Some("client-authentication+jwt")] {
        assert_eq!(judge(&sign(&attester(), typ, &statement()), &pop), Some(Rule::AttestationTyp), "{typ:?}");
    }
    for typ in [None, Some("JWT"), Some(ATTESTATION), Some("dpop+jwt")] {
        assert_eq!(judge(&attestation, &sign(&instance(), typ, &proof())), Some(Rule::AttestationPopTyp), "{typ:?}");
    }
    // Another instance's proof, by another kind of key and by one of the same kind.
    let other_kind = sign(&attester(), Some(POP), &proof());
    assert_eq!(judge(&attestation, &other_kind), Some(Rule::AttestationPopAlg));
    let bare = r#"{"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#;
    let without_alg = sign(&attester(), Some(ATTESTATION), &statement().with("cnf", bare));
    assert_eq!(judge(&without_alg, &other_kind), Some(Rule::AttestationPopAlg));
    assert_eq!(judge(&without_alg, &pop), Some(Rule::AttestationPopSignature));
    let (thief, _) = SigningKey::generate(&PROVIDER, Alg::Ed25519).unwrap();
    assert_eq!(judge(&attestation, &sign(&thief, Some(POP), &proof())), Some(Rule::AttestationPopSignature));
    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    assert_eq!(judge(&attestation, &sign(&mac, Some(POP), &proof())), Some(Rule::AttestationPopAlg));
    assert_eq!(judge(&pop, &attestation), Some(Rule::AttestationSub), "the other way round");
    assert_eq!(judge(&attestation, &pop), None);
    assert_eq!(Rule::AttestationExp.code(), Some(ErrorCode::UseFreshAttestation));
}

#[test]
fn a_challenge_that_was_given_must_come_back() {
    let server = Server { challenge: Some("c-1"), ..Server::new() };
    let with = |challenge: &str| server.claims(&statement(), &proof().with("challenge", challenge));
    assert_eq!(with("\"c-1\""), None);
    for wrong in ["\"c-2\"", "\"C-1\"", "\"\"", "null", "[\"c-1\"]"] {
        assert_eq!(with(wrong), Some(Rule::AttestationPopChallenge), "{wrong}");
    }
    assert_eq!(server.claims(&statement(), &proof()), Some(Rule::AttestationPopChallenge));
    assert_eq!(Rule::AttestationPopChallenge.code(), Some(ErrorCode::UseAttestationChallenge));

    // One that says by itself whether it is good is seen by the caller first.
    let attestation = sign(&attester(), Some(ATTESTATION), &statement());
    let signer = AttestationSigner::new(Secret::new(&*attestation), instance(), &issuer()).unwrap();
    let id = client(AuthMethod::None).client_id;
    let applied = signer.apply(&PROVIDER.with_random(&RANDOM), &id, Some("c-1"), now()).unwrap();
    let pop = applied.headers[1].1.expose();
    let presented = PresentedAttestation::read(&values(&[&attestation]), &values(&[pop]), None).unwrap().unwrap();
    assert_eq!(presented.challenge().as_deref(), Some("c-1"));
    assert!(server.judge(&attestation, pop).is_ok());
    assert_eq!(format!("{presented:?}"), "PresentedAttestation(..)");
}

#[test]
fn d9_a_proof_has_a_replay_id_of_its_instance() {
    let once = |instance: &SigningKey, jti: &str| {
        let statement = statement().with("cnf", &cnf(instance));
        let attestation = sign(&attester(), Some(ATTESTATION), &statement);
        let pop = sign(instance, Some(POP), &proof().with("jti", &quoted(jti)));
        let server = Server::new();
        let vouched = server.judge(&attestation, &pop).unwrap().into_vouched();
        vouched.into_proven(&server.registered.unwrap()).unwrap().once().unwrap()
    };
    let (other, _) = SigningKey::generate(&PROVIDER, Alg::Ed25519).unwrap();
    let first = once(&instance(), "id-1");
    assert_eq!(once(&instance(), "id-1"), first);
    assert_ne!(once(&instance(), "id-2").key, first.key);
    assert_ne!(once(&other, "id-1").key, first.key, "the owner is the instance");
    let assertion = symbolon_client_auth::assertion_once(&PROVIDER, &issuer(), CLIENT, "id-1", now(), now());
    assert_ne!(assertion.key, first.key, "another kind");
    assert_eq!((first.issued, first.until), (now(), at(NOW.checked_add(300).unwrap())));
    let over = Server { now: first.until, ..Server::new() };
    assert_eq!(over.claims(&statement(), &proof()), Some(Rule::AttestationPopIat), "over when it is forgotten");
}
