use core::sync::atomic::{AtomicUsize, Ordering};
use std::borrow::Cow;

use symbolon_client::{
    Client, ClientError, Failure, Received, RemoteAssertion, Sending,
    client_auth::ClientAuthentication,
    dpop::ProofSigner,
    jose::{RemoteKey, SigningKey, UnverifiedJwt},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_reqwest::{RequestError, SendError, Sender};
use symbolon_types::{Alg, ClientId, Issuer, Rule};

use crate::server::{Server, TOKENS, answer, now};

const BOUND: &str = r#"{"access_token":"a","token_type":"DPoP"}"#;
const ASKS: &str = r#"{"error":"use_dpop_nonce"}"#;

/// A server that gives these answers, one after the other, the last one for ever.
async fn answering(answers: Vec<String>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_, _| {
        let place = asked.fetch_add(1, Ordering::Relaxed);
        answers.get(place).or(answers.last()).unwrap().clone()
    })
    .await
}

fn asks(nonces: &str) -> String {
    answer(400, nonces, ASKS)
}

fn key() -> SigningKey {
    SigningKey::generate(&PROVIDER, Alg::Es256).unwrap().0
}

fn client(server: &Server) -> Client {
    Client::builder(Issuer::parse("https://as.example").unwrap(), ClientId::parse("app").unwrap(), PROVIDER)
        .token_endpoint(server.url("/token"))
        .authentication(ClientAuthentication::Post("MARKER-secret".into()))
        .dpop(ProofSigner::new(&PROVIDER, key()).unwrap())
        .build()
        .unwrap()
}

async fn ask(server: &Server) -> Result<Received, RequestError> {
    let sending = client(server).client_credentials(None, now()).unwrap();
    Sender::new().unwrap().request_tokens(sending, now).await
}

fn proof(request: &str) -> &str {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut values = head.lines().filter_map(|line| line.strip_prefix("dpop: "));
    let proof = values.next().unwrap();
    assert_eq!(values.next(), None, "one proof");
    proof
}

#[tokio::test]
async fn a086_the_request_comes_again_with_the_nonce_and_the_tokens_are_taken() {
    let server = answering(vec![asks("DPoP-Nonce: one\r\n"), answer(200, "dpop-nonce: two\r\n", BOUND)]).await;
    let Received::Tokens(tokens) = ask(&server).await.unwrap() else { panic!("tokens") };
    let tokens = tokens.without_id_token().unwrap();
    assert!(tokens.jkt().is_some() && tokens.dpop_nonce().is_some());

    let [first, second] = &server.requests()[..] else { panic!("two requests") };
    let claim =
        |request: &str, name: &str| UnverifiedJwt::parse(proof(request)).unwrap().peek_claim(name).map(Cow::into_owned);
    assert_eq!((claim(first, "nonce"), claim(second, "nonce").as_deref()), (None, Some("one")));
    assert_ne!(claim(first, "jti"), claim(second, "jti"));
    assert_eq!(claim(second, "htu"), Some(server.url("/token")));
    assert_eq!(first.split_once("\r\n\r\n").unwrap().1, second.split_once("\r\n\r\n").unwrap().1, "the same form");
}

#[tokio::test]
async fn a086_a_server_that_asks_for_ever_is_asked_twice() {
    let server = answering(vec![asks("dpop-nonce: one\r\n")]).await;
    let Received::Refused(refused) = ask(&server).await.unwrap() else { panic!("a refusal") };
    assert_eq!((refused.code.as_str(), server.requests().len()), ("use_dpop_nonce", 2));
}

#[tokio::test]
async fn a086_without_exactly_one_nonce_nothing_is_sent_again() {
    for nonces in ["", "dpop-nonce: one\r\ndpop-nonce: one\r\n", "dpop-nonce: one two\r\n", "dpop-nonce: \r\n"] {
        let server = answering(vec![asks(nonces), answer(200, "", BOUND)]).await;
        let Received::Refused(refused) = ask(&server).await.unwrap() else { panic!("a refusal") };
        assert_eq!((refused.code.as_str(), server.requests().len()), ("use_dpop_nonce", 1), "{nonces}");
    }
}

#[tokio::test]
async fn nothing_else_is_sent_again() {
    let other = [
        answer(400, "dpop-nonce: one\r\n", r#"{"error":"invalid_grant"}"#),
        answer(401, "dpop-nonce: one\r\n", ASKS),
        answer(503, "dpop-nonce: one\r\n", r#"{"error":"temporarily_unavailable"}"#),
    ];
    for first in other {
        let server = answering(vec![first, answer(200, "", BOUND)]).await;
        assert!(matches!(ask(&server).await, Ok(Received::Refused(_))));
        assert_eq!(server.requests().len(), 1);
    }
    let server = answering(vec![answer(200, "", TOKENS)]).await;
    let error = ask(&server).await.unwrap_err();
    let RequestError::Receive(failed) = &error else { panic!("{error:?}") };
    assert_eq!(failed.failure(), &Failure::TokenType, "a bearer token");
    assert_eq!((error.rule(), server.requests().len()), (Some(Rule::ResponseTokenType), 1));
    let server = answering(vec!["no HTTP\r\n".into()]).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error, RequestError::Send { source: SendError::BrokeOff(_), .. }), "{error:?}");
    assert_eq!(error.rule(), None);
}

#[tokio::test]
async fn a_key_elsewhere_is_asked_before_each_request() {
    let server = answering(vec![asks("dpop-nonce: one\r\n"), answer(200, "", BOUND)]).await;
    let (assertion_key, pkcs8) = SigningKey::generate(&PROVIDER, Alg::Ed25519).unwrap();
    let remote = RemoteKey::new(assertion_key.verifying_key(&PROVIDER).unwrap());
    let client =
        Client::builder(Issuer::parse("https://as.example").unwrap(), ClientId::parse("app").unwrap(), PROVIDER)
            .token_endpoint(server.url("/token"))
            .remote_assertion(RemoteAssertion::new(remote, &Issuer::parse("https://as.example").unwrap()))
            .dpop(ProofSigner::new(&PROVIDER, key()).unwrap())
            .build()
            .unwrap();
    let signer = PROVIDER.signature(Alg::Ed25519).unwrap();
    let signer = signer.load_private(&symbolon_client::crypto::PrivateKey::Pkcs8(pkcs8.expose())).unwrap();
    let signed = |sending: Sending| {
        let Sending::NeedsSignature(job) = sending else { panic!("no stop") };
        let mut signature = Vec::new();
        signer.sign(PROVIDER.random, job.bytes(), &mut signature).unwrap();
        job.signed(&signature, now()).unwrap()
    };
    let sender = Sender::new().unwrap();
    let unsigned = sender.request_tokens(client.client_credentials(None, now()).unwrap(), now).await;
    assert!(matches!(unsigned, Err(RequestError::Request(ClientError::NeedsSignature))));
    assert!(server.requests().is_empty());

    let first = signed(client.client_credentials(None, now()).unwrap());
    let Received::SendAgain(again) = sender.request_tokens(first, now).await.unwrap() else { panic!("again") };
    let second = sender.request_tokens(signed(again), now).await.unwrap();
    assert!(matches!(second, Received::Tokens(_)));
    assert_eq!(server.requests().len(), 2);
}
