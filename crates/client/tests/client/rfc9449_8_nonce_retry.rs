//! RFC 9449 §8: the server asks for a nonce, and the same request comes once more.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, Client, ClientError, ErrorAnswer, FailedExchange, Failure, Fate, IncomingResponse, Outcome,
    OutgoingRequest, PendingTokens, Received, RefreshPlan, Sending, WhatToDo,
    client_auth::{AssertionSigner, ClientAuthentication, SecretAssertionSigner},
    dpop::{DpopError, NonceFault, NonceUse},
    jose::{SigningKey, UnverifiedJwt},
    types::{Alg, Issuer, Rule, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;
use time::Duration;

use crate::{
    dpop_server::{check, check_at, claim, dpop_builder, dpop_client, nonces, refusal, use_nonce},
    party::{ISSUER, NOW, REFRESH_TOKEN, SignIn, answer, client, now, parameter, published, scope, sign, tokens},
    remote_keys,
};

fn ask(client: &Client) -> (OutgoingRequest, PendingTokens) {
    client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap()
}

#[track_caller]
fn again(received: Result<Received, FailedExchange>) -> Sending {
    match received.unwrap() {
        Received::SendAgain(sending) => sending,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(received: Result<Received, FailedExchange>) -> ErrorAnswer {
    match received.unwrap() {
        Received::Refused(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a086_the_second_request_is_the_first_with_the_nonce_in_a_fresh_proof() {
    let (nonces, sign_in) = (nonces(), SignIn::begin(&dpop_client(), AuthorizationPlan::new(scope("read"))));
    let required = NonceUse::Required(&nonces);
    let missing = DpopError::Nonce { fault: NonceFault::Missing };
    assert_eq!(check(&sign_in.request, required), Err(missing));

    let given = nonces.issue(now());
    let (request, pending) = again(sign_in.pending.receive(&use_nonce(&given), now())).ready().unwrap();
    check(&request, required).unwrap();
    assert_eq!(claim(&request, "nonce"), Some(given));
    assert_ne!(claim(&request, "jti"), claim(&sign_in.request, "jti"));
    assert_eq!((request.url(), request.body()), (sign_in.request.url(), sign_in.request.body()));
    assert_eq!(request.header("authorization"), sign_in.request.header("authorization"));
    let tokens = tokens(pending, json!({ "token_type": "DPoP" }));
    assert_eq!(tokens.without_id_token().unwrap().scope(), Some(&scope("read")), "what was asked for is still known");
}

#[test]
fn a_sign_in_is_verified_after_the_second_request_as_after_the_first() {
    let answered = |change: &str| {
        let sign_in = SignIn::begin(&dpop_client(), AuthorizationPlan::new(scope("openid")));
        let mut claims = sign_in.claims();
        let (_, pending) = again(sign_in.pending.receive(&use_nonce("n"), now())).ready().unwrap();
        if !change.is_empty() {
            claims.insert(change.into(), json!("another"));
        }
        let members = json!({ "token_type": "DPoP", "id_token": sign(&claims) });
        tokens(pending, members).verify(&published(), now())
    };
    assert!(answered("").is_ok());
    for change in ["nonce", "iss", "aud"] {
        assert!(answered(change).is_err(), "{change}");
    }
}

#[test]
fn a_refresh_keeps_its_token_after_the_second_request() {
    let (_, pending) = ask(&dpop_client());
    let (request, pending) = again(pending.receive(&use_nonce("n"), now())).ready().unwrap();
    assert_eq!(parameter(request.body().expose(), "refresh_token").as_deref(), Some(REFRESH_TOKEN));
    let tokens = tokens(pending, json!({ "token_type": "DPoP" })).without_id_token().unwrap();
    assert_eq!(tokens.refresh_token().unwrap().expose(), REFRESH_TOKEN);
}

#[test]
fn the_second_proof_is_of_the_time_of_the_answer() {
    let later = now() + Duration::seconds(7);
    let (_, pending) = ask(&dpop_client());
    let (request, _) = again(pending.receive(&use_nonce("n"), later)).ready().unwrap();
    let proof = request.header("dpop").unwrap().expose();
    let key = crate::dpop_server::signer();
    let jwk = UnverifiedJwt::parse(proof).unwrap().embedded_jwk().unwrap();
    assert_eq!(jwk.thumbprint(PROVIDER.sha256), key.jkt());
    let payload = UnverifiedJwt::parse(proof).unwrap();
    let verified = payload.verify(&jwk.verifying_key(&PROVIDER, &[key.alg()]).unwrap()).unwrap();
    assert_eq!(verified.claims().unwrap().iat.unwrap().moment().unix_timestamp(), NOW + 7);
}

#[test]
fn a086_a_third_request_is_never_made() {
    let (_, pending) = ask(&dpop_client());
    let (_, pending) = again(pending.receive(&use_nonce("one"), now())).ready().unwrap();
    let answer = refused(pending.receive(&use_nonce("two"), now()));
    assert_eq!((answer.status, answer.code.as_str()), (400, "use_dpop_nonce"));
    assert_eq!(answer.outcome, Outcome { what_to_do: WhatToDo::NeedsNonce, fate: Fate::Kept });
    assert!(answer.what_to_do().contains("nonce"));
    // What it gave is good for the next exchange, which may be sent again in its turn.
    let (request, pending) = ask(&dpop_client().with_dpop_nonce(answer.dpop_nonce()));
    assert_eq!(claim(&request, "nonce").as_deref(), Some("two"));
    let _ = again(pending.receive(&use_nonce("three"), now()));
}

#[test]
fn a086_without_exactly_one_good_nonce_it_is_a_refusal() {
    let asks = || refusal("use_dpop_nonce");
    let with = |value: &[u8]| asks().with_header("DPoP-Nonce", value);
    let _ = again(ask(&dpop_client()).1.receive(&with(b"n"), now()));
    for answer in [
        asks(),
        with(b""),
        with(b"two words"),
        with(b"quoted\""),
        with(b"a\\b"),
        with(&[0xff]),
        with(&[b'n'; 1_025]),
        with(b"n").with_header("dpop-nonce", b"n"),
        with(b"n").with_header("dpop-nonce", b"other"),
    ] {
        let answer = refused(ask(&dpop_client()).1.receive(&answer, now()));
        assert_eq!((answer.code.as_str(), answer.dpop_nonce()), ("use_dpop_nonce", None));
        assert_eq!(answer.outcome.what_to_do, WhatToDo::Configuration, "there is no nonce to ask again with");
    }
}

#[test]
fn no_other_answer_makes_a_second_request() {
    let with = |status, body: &str| IncomingResponse::json(status, body).with_header("DPoP-Nonce", b"n");
    let _ = again(ask(&dpop_client()).1.receive(&with(400, r#"{"error":"use_dpop_nonce"}"#), now()));
    for (status, code) in [
        (401, "use_dpop_nonce"),
        (200, "use_dpop_nonce"),
        (503, "use_dpop_nonce"),
        (400, "invalid_dpop_proof"),
        (400, "invalid_grant"),
        (400, "USE_DPOP_NONCE"),
    ] {
        let answer = with(status, &format!(r#"{{"error":"{code}"}}"#));
        let answer = refused(ask(&dpop_client()).1.receive(&answer, now()));
        assert_eq!((answer.status, answer.code.as_str()), (status, code));
        assert!(answer.dpop_nonce().is_some(), "kept from every answer");
    }
    assert!(ask(&dpop_client()).1.receive(&with(400, "<html>"), now()).is_err());
    // A client without a key has nothing to put it into.
    let answer = refused(ask(&client()).1.receive(&use_nonce("n"), now()));
    assert_eq!(answer.dpop_nonce(), None);
}

#[test]
fn the_nonce_of_any_answer_goes_into_the_next_proof_and_stays_until_a_new_one_comes() {
    let client = dpop_client();
    let next = |client: &Client, given: Option<&str>| {
        let answer = answer(json!({ "token_type": "DPoP" }));
        let answer = given.into_iter().fold(answer, |answer, nonce| answer.with_header("dpop-nonce", nonce.as_bytes()));
        match ask(client).1.receive(&answer, now()).unwrap() {
            Received::Tokens(tokens) => client.with_dpop_nonce(tokens.without_id_token().unwrap().dpop_nonce()),
            other => panic!("{other:?}"),
        }
    };
    let sent = |client: &Client| claim(&ask(client).0, "nonce");
    assert_eq!(sent(&next(&client, None)), None);
    let one = next(&client, Some("one"));
    assert_eq!(sent(&one).as_deref(), Some("one"));
    assert_eq!(sent(&next(&one, None)).as_deref(), Some("one"), "RFC 9449 §8.2: until a new one comes");
    assert_eq!(sent(&next(&one, Some("two words"))).as_deref(), Some("one"));
    let two = next(&one, Some("two"));
    assert_eq!((sent(&two).as_deref(), sent(&one).as_deref()), (Some("two"), Some("one")), "no hidden state");
    let refused = refused(ask(&two).1.receive(&refusal("invalid_grant"), now()));
    assert_eq!(sent(&client.with_dpop_nonce(refused.dpop_nonce())).as_deref(), Some("two"));
    assert_eq!(sent(&two.with_dpop_nonce(None)), None);
}

#[test]
fn a051_the_second_request_has_an_assertion_of_its_own() {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let key = SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap();
    let by_key = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer));
    let secret = Secret::new("0123456789abcdef0123456789abcdef");
    let by_secret = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &secret, &issuer).unwrap();
    let jti = |request: &OutgoingRequest| {
        let assertion = parameter(request.body().expose(), "client_assertion").unwrap();
        UnverifiedJwt::parse(&assertion).unwrap().peek_claim("jti").unwrap().into_owned()
    };
    let without = |request: &OutgoingRequest| {
        let body = request.body().expose();
        (parameter(body, "grant_type"), parameter(body, "refresh_token"), parameter(body, "client_id"))
    };
    for method in [by_key, ClientAuthentication::SecretJwt(by_secret)] {
        let client = dpop_builder().authentication(method).build().unwrap();
        let (first, pending) = ask(&client);
        let (second, _) = again(pending.receive(&use_nonce("n"), now())).ready().unwrap();
        assert_ne!(jti(&first), jti(&second));
        assert_ne!(jti(&second), claim(&second, "jti").unwrap());
        assert_eq!(without(&first), without(&second));
    }
}

#[test]
fn a_key_elsewhere_signs_again() {
    let client = dpop_builder().remote_assertion(remote_keys::remote()).build().unwrap();
    let signed = |sending: Sending| {
        let Sending::NeedsSignature(job) = sending else { panic!("no stop") };
        let (bytes, signature) = (job.bytes().to_vec(), remote_keys::sign(job.bytes()));
        (bytes, job.signed(&signature, now()).unwrap().ready().unwrap())
    };
    let (first, (request, pending)) = signed(client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap());
    check(&request, NonceUse::Off).unwrap();
    let sending = again(pending.receive(&use_nonce("n"), now()));
    let (second, (request, pending)) = signed(sending);
    assert_ne!(first, second, "another assertion");
    assert_eq!(claim(&request, "nonce").as_deref(), Some("n"));
    let _ = refused(pending.receive(&use_nonce("m"), now()));
}

#[test]
fn rfc9449_11_1_a_key_elsewhere_takes_its_time_and_the_proof_is_fresh_all_the_same() {
    let client = dpop_builder().remote_assertion(remote_keys::remote()).build().unwrap();
    let later = now() + Duration::seconds(90);
    let request = |signed_at| {
        let sending = client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap();
        let Sending::NeedsSignature(job) = sending else { panic!("no stop") };
        let signature = remote_keys::sign(job.bytes());
        job.signed(&signature, signed_at).unwrap().ready().unwrap().0
    };
    check_at(&request(later), NonceUse::Off, later).unwrap();
    assert!(matches!(check_at(&request(now()), NonceUse::Off, later), Err(DpopError::Iat { .. })));
}

#[test]
fn a_second_request_that_cannot_be_made_is_an_error_of_its_own() {
    use core::sync::atomic::{AtomicBool, Ordering};
    use symbolon_client::crypto::{RandomFailed, SecureRandom};

    /// Good for one request.
    #[derive(Debug)]
    struct Once(AtomicBool);
    impl SecureRandom for Once {
        fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
            out.fill(7);
            if self.0.swap(false, Ordering::Relaxed) { Ok(()) } else { Err(RandomFailed) }
        }
    }
    static ONCE: Once = Once(AtomicBool::new(true));
    let builder = Client::builder(client().issuer().clone(), client().client_id().clone(), PROVIDER.with_random(&ONCE));
    // Ed25519 needs no randomness to sign.
    let key = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap();
    let signer = symbolon_client::dpop::ProofSigner::new(&PROVIDER, key).unwrap();
    let client = builder.token_endpoint("https://as.example/token").dpop(signer).build().unwrap();
    let error = ask(&client).1.receive(&use_nonce("n"), now()).unwrap_err();
    assert!(matches!(error.failure(), Failure::NextRequest(ClientError::Proof(_))), "{error:?}");
    assert_eq!(error.rule(), Some(Rule::RandomAnswers));
    assert_eq!(error.outcome(), Outcome { what_to_do: WhatToDo::Unknown, fate: Fate::Kept });
}
