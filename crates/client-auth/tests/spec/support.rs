//! What the tests of client authentication share: a clock, a key, a client, and tokens that no honest client makes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, ClientKeys, Credentials, Evidence, Extensions, PresentedCredentials,
    ProvenClient, RegisteredCredentials,
    crypto::{PrivateKey, RandomFailed, SecureRandom},
    jose::{JwkSet, VerifyingKeys},
    policy::{AssertionPolicy, Policy},
    types::{Alg, AuthMethod, ClientId, Issuer, Rule, Trace},
};
use symbolon_crypto_ring::PROVIDER;
use time::{Duration, UtcDateTime};

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const CLIENT: &str = "client-1";
pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const TOKEN_ENDPOINT: &str = "https://as.example/token";
pub(crate) const NO_EXTENSIONS: &Extensions = &Extensions::NONE;

/// RFC 8037 appendix A.1: the private and the public half.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// RFC 8032 §7.1, TEST 2: somebody else's key.
pub(crate) const OTHER_PUBLIC: &str = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
/// The outline of a certificate around the own key, in the base64 of `x5c`: nothing in it is signed.
pub(crate) const LEAF: &str =
    "MD8wNwIBCTAAMAAwADAAMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURowAAMCAAc=";
/// Another one around the same key.
pub(crate) const SECOND_LEAF: &str =
    "MD8wNwIBCDAAMAAwADAAMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURowAAMCAAc=";
/// One around [`OTHER_PUBLIC`].
pub(crate) const OTHER_LEAF: &str =
    "MD8wNwIBCTAAMAAwADAAMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0ZgwwAAMCAAc=";

pub(crate) fn now() -> UtcDateTime {
    at(NOW)
}

pub(crate) fn at(unix_seconds: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(unix_seconds).unwrap()
}

pub(crate) fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

pub(crate) fn strict() -> AssertionPolicy {
    Policy::OAUTH_2_1.assertion
}

pub(crate) fn client(method: AuthMethod) -> RegisteredCredentials {
    RegisteredCredentials::new(ClientId::parse(CLIENT).unwrap(), method)
}

/// The keys of a JWK set with these entries; `registered` is what the client registered as algorithm.
pub(crate) fn keys(entries: &[String], registered: &[Alg]) -> VerifyingKeys {
    let set = JwkSet::parse(format!("{{\"keys\":[{}]}}", entries.join(",")).as_bytes()).unwrap();
    let keys = VerifyingKeys::load(&PROVIDER, &set, registered);
    assert_eq!(keys.keys().len(), entries.len(), "{:?} {:?}", set.skipped(), keys.skipped());
    keys
}

pub(crate) fn jwk(x: &str, more: &str) -> String {
    format!("{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{x}\"{more}}}")
}

pub(crate) fn own_jwk(more: &str) -> String {
    jwk(PUBLIC, more)
}

/// A client of `private_key_jwt` with one key, kid `k1`.
pub(crate) fn jwt_client() -> RegisteredCredentials {
    let keys = keys(&[own_jwk(r#","kid":"k1""#)], &[Alg::Ed25519]);
    client(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys))
}

/// A JWS over exactly these two texts, signed with the key of RFC 8037.
pub(crate) fn jws(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let (x, d) = (URL_SAFE_NO_PAD.decode(PUBLIC).unwrap(), URL_SAFE_NO_PAD.decode(SEED).unwrap());
    let key = PROVIDER.signature(Alg::Ed25519).unwrap().load_private(&PrivateKey::Ed25519 { x: &x, d: &d }).unwrap();
    let mut signature = Vec::new();
    key.sign(PROVIDER.random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A secret that is long enough for every MAC.
pub(crate) const LONG_SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A JWS over exactly these two texts, with a MAC whose key is the text of a secret.
pub(crate) fn mac_jws(alg: Alg, secret: &str, header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mac = PROVIDER.load_mac(alg, secret.as_bytes()).unwrap().sign(&[input.as_bytes()]);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// Members of a JSON object, values as JSON text, so that any nonsense can be written.
#[derive(Clone)]
pub(crate) struct Members(Vec<(String, String)>);

impl Members {
    pub(crate) fn header() -> Self {
        Self(Vec::new()).with("alg", "\"Ed25519\"").with("kid", "\"k1\"")
    }

    pub(crate) fn mac_header(alg: Alg) -> Self {
        Self(Vec::new()).with("alg", &quoted(alg.as_str()))
    }

    pub(crate) fn claims() -> Self {
        Self(Vec::new())
            .with("iss", &quoted(CLIENT))
            .with("sub", &quoted(CLIENT))
            .with("aud", &quoted(ISSUER))
            .with("exp", &unix(60))
            .with("iat", &unix(0))
            .with("jti", "\"id-1\"")
    }

    pub(crate) fn with(mut self, name: &str, json: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => *value = json.into(),
            None => self.0.push((name.into(), json.into())),
        }
        self
    }

    pub(crate) fn again(mut self, name: &str, json: &str) -> Self {
        self.0.push((name.into(), json.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn json(&self) -> String {
        let members: Vec<_> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A moment so many seconds from now, as JSON.
pub(crate) fn unix(offset: i64) -> String {
    NOW.checked_add(offset).unwrap().to_string()
}

/// What one server answers, as the rule that does not hold.
pub(crate) struct Server {
    pub(crate) policy: AssertionPolicy,
    pub(crate) registered: Option<RegisteredCredentials>,
    pub(crate) now: UtcDateTime,
}

impl Server {
    pub(crate) fn new(registered: RegisteredCredentials) -> Self {
        Self { policy: strict(), registered: Some(registered), now: now() }
    }

    pub(crate) fn answer(&self, credentials: &Credentials<'_>) -> Result<ProvenClient, Rule> {
        self.answer_with(credentials, &Evidence::default())
    }

    pub(crate) fn answer_with(
        &self,
        credentials: &Credentials<'_>,
        evidence: &Evidence<'_>,
    ) -> Result<ProvenClient, Rule> {
        let presented = PresentedCredentials::read(credentials, NO_EXTENSIONS).map_err(|error| error.rule())?;
        let issuer = issuer();
        let checks =
            Checks { crypto: &PROVIDER, policy: &self.policy, issuer: &issuer, token_endpoint: TOKEN_ENDPOINT };
        let run = |mut trace: Trace| {
            let result = checks.check(&presented, self.registered.as_ref(), evidence, &mut trace, self.now);
            let result = result.map_err(|error| error.rule());
            assert_eq!(trace.first_failed(), result.as_ref().err().copied(), "the trace and the answer agree");
            result
        };
        let result = run(Trace::stop_at_first());
        assert_eq!(run(Trace::go_on()), result, "explaining changes no answer");
        result
    }

    pub(crate) fn assertion(&self, jwt: &str) -> Result<ProvenClient, Rule> {
        self.answer(&Credentials {
            client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
            client_assertion: Some(jwt),
            ..Credentials::default()
        })
    }

    pub(crate) fn members(&self, header: &Members, claims: &Members) -> Result<ProvenClient, Rule> {
        self.assertion(&jws(&header.json(), &claims.json()))
    }

    pub(crate) fn claims(&self, claims: &Members) -> Result<ProvenClient, Rule> {
        self.members(&Members::header(), claims)
    }

    pub(crate) fn header(&self, header: &Members) -> Result<ProvenClient, Rule> {
        self.members(header, &Members::claims())
    }
}

pub(crate) fn basic(pair: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

pub(crate) const fn seconds(n: i64) -> Duration {
    Duration::seconds(n)
}

/// Randomness that repeats.
#[derive(Debug)]
pub(crate) struct FixedRandom(pub(crate) u8);

impl SecureRandom for FixedRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.fill(self.0);
        Ok(())
    }
}
