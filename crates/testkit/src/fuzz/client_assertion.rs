use std::sync::{Arc, LazyLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, ClientKeys, Credentials, Evidence, Extensions, PresentedCredentials,
    ProvenClient, RegisteredCredentials, RegisteredSecret,
};
use symbolon_crypto::{PrivateKey, Signer};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwkSet, VerifyingKeys};
use symbolon_policy::Policy;
use symbolon_types::{Alg, AuthMethod, ClientId, Issuer, Rule, Trace};
use time::{Duration, UtcDateTime};

use crate::{
    fuzz::{Verdict, hs256},
    now,
};

/// A client assertion: a token, or a header and claims with a line break between them, of which two tokens are made, with a
/// right signature and with a right MAC.
///
/// # Panics
/// If a token is taken that a slow reader of its claims refuses, or that is not the registered method's; if it is still
/// taken one second past its end; if explaining changes an answer.
pub fn client_assertion(data: &[u8]) -> Verdict {
    let tokens = match data.iter().position(|byte| *byte == b'\n').and_then(|end| data.split_at_checked(end)) {
        Some((header, rest)) => {
            let claims = rest.get(1..).unwrap_or_default();
            vec![signed(header, claims), hs256::token(header, claims)]
        }
        None => match core::str::from_utf8(data) {
            Ok(token) => vec![token.to_owned()],
            Err(_) => return Verdict::Refused,
        },
    };
    let mut verdict = Verdict::Refused;
    for token in &tokens {
        for registered in [&*BY_KEY, &*BY_SECRET] {
            if let Ok(proven) = answer(token, registered, now()) {
                accepted(token, registered, &proven);
                verdict = Verdict::Accepted;
            }
        }
    }
    verdict
}

fn accepted(token: &str, registered: &RegisteredCredentials, proven: &ProvenClient) {
    assert_eq!(proven.client_id().as_str(), CLIENT);
    assert_eq!(*proven.method(), registered.method);
    let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url")).collect();
    let [header, claims, _] = parts.as_slice() else { panic!("three parts") };
    let header: SlowHeader = serde_json::from_slice(header).expect("a header that the slow reader takes too");
    let claims: SlowClaims = serde_json::from_slice(claims).expect("claims that the slow reader takes too");
    assert_eq!(header.alg.starts_with("HS"), registered.method == AuthMethod::ClientSecretJwt);
    assert_eq!((&*claims.iss, &*claims.sub), (CLIENT, CLIENT));
    assert!(claims.aud == ISSUER || claims.aud == json!([ISSUER]));
    assert!(claims.exp.is_finite() && !claims.jti.is_empty());

    let once = proven.once().expect("an assertion is good for once");
    assert!(
        now() < once.until && once.until <= now().saturating_add(LONGEST),
        "over before the replay id is forgotten"
    );
    let past = once.until.saturating_add(Duration::SECOND);
    for over in [once.until, past] {
        assert_eq!(answer(token, registered, over).err(), Some(Rule::AssertionExp), "past its end");
    }
}

fn answer(token: &str, registered: &RegisteredCredentials, now: UtcDateTime) -> Result<ProvenClient, Rule> {
    let credentials = Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(token),
        ..Credentials::default()
    };
    let presented = PresentedCredentials::read(&credentials, &Extensions::NONE).map_err(|error| error.rule())?;
    let checks = Checks {
        crypto: &PROVIDER,
        policy: &Policy::OAUTH_2_1.assertion,
        issuer: &EXPECTED_ISSUER,
        token_endpoint: "https://as.example/token",
    };
    let run = |mut trace: Trace| {
        let answer = checks.check(&presented, Some(registered), &Evidence::default(), &mut trace, now);
        let answer = answer.map_err(|error| error.rule());
        assert_eq!(trace.first_failed(), answer.as_ref().err().copied(), "the trace and the answer agree");
        answer
    };
    let answer = run(Trace::stop_at_first());
    assert_eq!(run(Trace::go_on()), answer, "explaining changes no answer");
    answer
}

#[derive(Deserialize)]
struct SlowHeader {
    alg: String,
}

#[derive(Deserialize)]
struct SlowClaims {
    iss: String,
    sub: String,
    aud: Value,
    exp: f64,
    jti: String,
}

/// A JWS of these octets, signed with the key of RFC 8037 appendix A.1.
fn signed(header: &[u8], claims: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = Vec::new();
    KEY.sign(PROVIDER.random, input.as_bytes(), &mut signature).expect("a signature");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

const CLIENT: &str = "client-1";
const ISSUER: &str = "https://as.example";
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// The longest life, its leeway, and the leeway after `exp`.
const LONGEST: Duration = Duration::seconds(300 + 10 + 10);

static KEY: LazyLock<Arc<dyn Signer>> = LazyLock::new(|| {
    let [x, d] = [PUBLIC, SEED].map(|octets| URL_SAFE_NO_PAD.decode(octets).expect("base64url"));
    let ed25519 = PROVIDER.signature(Alg::Ed25519).expect("Ed25519");
    ed25519.load_private(&PrivateKey::Ed25519 { x: &x, d: &d }).expect("a key")
});

static EXPECTED_ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::parse(ISSUER).expect("an issuer"));

static BY_KEY: LazyLock<RegisteredCredentials> = LazyLock::new(|| {
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{PUBLIC}","kid":"k1"}}]}}"#);
    let set = JwkSet::parse(set.as_bytes()).expect("a set");
    registered(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(VerifyingKeys::load(
        &PROVIDER,
        &set,
        &[Alg::Ed25519],
    )))
});

static BY_SECRET: LazyLock<RegisteredCredentials> = LazyLock::new(|| {
    let secret = String::from_utf8(hs256::SECRET.to_vec()).expect("text");
    registered(AuthMethod::ClientSecretJwt).with_secret(RegisteredSecret::Plain(secret.into()))
});

fn registered(method: AuthMethod) -> RegisteredCredentials {
    RegisteredCredentials::new(ClientId::parse(CLIENT).expect("an id"), method)
}
