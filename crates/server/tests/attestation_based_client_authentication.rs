//! draft-ietf-oauth-attestation-based-client-auth-10 at the endpoint: a client of which each instance has a key.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it says, in its helpers too")]

#[cfg(test)]
mod support;

use std::sync::Arc;

use symbolon_server::{
    Outcome, Refusal, RegisteredClient,
    client_auth::{
        Checks, RegisteredCredentials,
        attestation::{ATTEST_JWT_CLIENT_AUTH, AttestationEvidence, AttestationSigner, Attested, PresentedAttestation},
    },
    jose::{SigningKey, VerifyingKeys},
    types::{AuthMethod, ClientId, Rule, Secret, Trace, Values},
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};

use crate::support::{Bench, REDIRECT_URI, Tokens, all_grants, form, ready, redeem_form, refused, scope};

const WALLET: &str = "wallet";

fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, pem, None).unwrap()
}

fn attester() -> SigningKey {
    key(keys::P256)
}

fn wallet() -> RegisteredClient {
    let method = AuthMethod::parse(ATTEST_JWT_CLIENT_AUTH);
    let credentials = RegisteredCredentials::new(ClientId::parse(WALLET).unwrap(), method);
    RegisteredClient::new(credentials, all_grants(), scope()).with_redirect_uri(REDIRECT_URI)
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.store().register(wallet());
    bench
}

/// The two headers that an instance with this key sends: the attester's word about it, and its own proof.
fn headers(bench: &Bench, instance: &str) -> [String; 2] {
    let public: serde_json::Value = serde_json::from_str(&key(instance).public_jwk().unwrap().to_json()).unwrap();
    let exp = now().unix_timestamp().saturating_add(3600);
    let claims = serde_json::json!({ "sub": WALLET, "exp": exp, "cnf": { "jwk": public } });
    let attestation = attester().sign(&bench.crypto, Some("oauth-client-attestation+jwt"), &claims).unwrap();
    let signer = AttestationSigner::new(Secret::new(attestation), key(instance), bench.endpoint().issuer()).unwrap();
    let applied = signer.apply(&bench.crypto, &ClientId::parse(WALLET).unwrap(), None, now()).unwrap();
    let values: Vec<String> = applied.headers.iter().map(|(_, value)| value.expose().to_owned()).collect();
    values.try_into().unwrap()
}

/// What a server does with such a request: it judges the headers and vouches for the client, and goes on as with any other.
fn decide(bench: &Bench, headers: &[String; 2], body: &str) -> Result<Outcome, Refusal> {
    let received = bench.endpoint().receive(form(format!("{body}&client_id={WALLET}")))?;
    let client = ready(bench.store().client(received.client_hint())).unwrap();
    match judge(bench, headers, client.as_deref()) {
        Ok(attested) => {
            let grant = received.vouch(client, attested.into_vouched(), now())?.into_grant()?;
            ready(bench.driver.judge(grant, now()))?.issue(&support::plan(), now())
        }
        Err(rule) => Err(received.refuse_client_by(rule)),
    }
}

fn judge(bench: &Bench, headers: &[String; 2], client: Option<&RegisteredClient>) -> Result<Attested, Rule> {
    let values = headers.each_ref().map(|header| {
        let mut values = Values::default();
        values.push(header.as_bytes());
        values
    });
    let presented = PresentedAttestation::read(&values[0], &values[1], Some(WALLET)).unwrap().unwrap();
    let endpoint = bench.endpoint();
    let checks = Checks {
        crypto: endpoint.crypto(),
        policy: &endpoint.policy().assertion,
        issuer: endpoint.issuer(),
        token_endpoint: endpoint.url(),
    };
    let attesters = VerifyingKeys::new(vec![attester().verifying_key(&bench.crypto).unwrap()]);
    let evidence = AttestationEvidence { attesters: &attesters, challenge: None };
    let credentials = client.map(RegisteredClient::credentials);
    let mut trace = Trace::stop_at_first();
    checks.check_attestation(&presented, credentials, &evidence, &mut trace, now()).map_err(|error| error.rule())
}

fn send(bench: &Bench, headers: &[String; 2], body: &str) -> symbolon_server::Settled {
    ready(bench.driver.finish(decide(bench, headers, body)))
}

fn answer(bench: &Bench, headers: &[String; 2], body: &str) -> (u16, String) {
    support::status_and_error(send(bench, headers, body))
}

const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";

fn refresh(tokens: &Tokens) -> String {
    format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose())
}

#[test]
fn section_7_an_attested_instance_gets_tokens_and_its_proof_is_good_once() {
    let bench = bench();
    let headers = headers(&bench, keys::ED25519);
    assert_eq!(send(&bench, &headers, CLIENT_CREDENTIALS).status(), 200);
    assert_eq!(answer(&bench, &headers, CLIENT_CREDENTIALS), refused(400, "invalid_client"), "§12.1: a replay");
    let [attestation, _] = self::headers(&bench, keys::ED25519);
    let [_, of_another_key] = self::headers(&bench, keys::P384);
    let mixed = [attestation, of_another_key];
    assert_eq!(answer(&bench, &mixed, CLIENT_CREDENTIALS), refused(400, "invalid_client"));
}

#[test]
fn without_an_attestation_the_client_is_refused() {
    let bench = bench();
    let parts = form(format!("{CLIENT_CREDENTIALS}&client_id={WALLET}"));
    assert_eq!(bench.answer(parts), refused(400, "invalid_client"));
    let unknown = bench.endpoint().receive(form(format!("{CLIENT_CREDENTIALS}&client_id={WALLET}"))).unwrap();
    let vouched = judge(&bench, &headers(&bench, keys::ED25519), Some(&wallet())).unwrap().into_vouched();
    let other = Arc::new(support::app());
    assert_eq!(unknown.vouch(Some(other), vouched, now()).unwrap_err().reason().rule(), Rule::ClientKnown);
}

#[test]
fn section_9_3_refresh_tokens_are_bound_to_the_key_of_the_instance() {
    let bench = bench();
    let own = || headers(&bench, keys::ED25519);
    let code = bench.code(&wallet());
    let tokens = Tokens::of(send(&bench, &own(), &redeem_form(&code)));
    assert_eq!(tokens.body["token_type"], "Bearer", "the key of the instance binds no access token");
    // Another instance of the same client, attested as well.
    let other = headers(&bench, keys::P384);
    let settled = send(&bench, &other, &refresh(&tokens));
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshBinding);
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    let next = Tokens::of(send(&bench, &own(), &refresh(&tokens)));
    let other = headers(&bench, keys::P384);
    assert_eq!(answer(&bench, &other, &refresh(&next)), refused(400, "invalid_grant"), "the successor as well");
    assert_eq!(send(&bench, &own(), &refresh(&next)).status(), 200, "nothing was lost by it");
}
