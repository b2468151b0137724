//! A client gets an opaque token for itself: the whole request, and how far each step comes.

use core::{error::Error, hint::black_box};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_benches::{Case, NOTHING, NULL, pkcs8_der};
use symbolon_client_auth::{
    Applied, AssertionSigner, ClientAuthentication, ClientKeys, RegisteredCredentials, RegisteredSecret,
};
use symbolon_crypto::{CryptoProvider, PrivateKey};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{SigningKey, VerifyingKeys};
use symbolon_testkit::keys;
use symbolon_types::{Alg, AuthMethod, ClientId, Digest, RequestParts, Secret};

use crate::server::{Server, client_id, issuer, now};

const BODY: &str = "grant_type=client_credentials&scope=orders+read";
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let mut cases = Vec::new();
    let random = || {
        let mut octets = [0; 64];
        PROVIDER.random.fill(&mut octets).expect("randomness");
        octets
    };
    cases.push(Case::new("random, 64 octets", random));

    // What it hashes and draws: the secret in two readings and two stored ones or their stand-ins, the token's digest.
    let bare = move || ([SECRET; 5].map(|text| PROVIDER.sha256.digest(&[text.as_bytes()])), random());
    cases.push(Case::new("basic, bare", bare));
    let (basic, twins) = basic(&PROVIDER)?;
    let name = "basic, whole";
    cases.push(basic.whole(name, &twins).within(3000.0, 3000.0));
    cases.push(basic.whole("basic, whole, without bare", &twins).above("basic, bare"));
    basic.steps(&mut cases, "basic");
    let (basic, twins) = self::basic(&NOTHING)?;
    cases.push(basic.whole("basic nothing, whole", twins.get(1..).unwrap_or_default()).counted());
    basic.steps(&mut cases, "basic nothing");

    let (es256, twins) = private_key_jwt(&PROVIDER)?;
    let (message, signature) = es256.signed()?;
    let key = PROVIDER.signature(Alg::Es256)?.load_private(&PrivateKey::Pkcs8(&pkcs8_der(keys::P256)))?;
    let verifier = PROVIDER.signature(Alg::Es256)?.load_public(&key.public_key().as_ref())?;
    assert!(verifier.verify(message, &signature).is_ok());
    cases.push(Case::new("private_key_jwt ES256, bare", move || verifier.verify(message, &signature)));
    let whole = es256.whole("private_key_jwt ES256, whole", &twins);
    cases.push(whole.above("private_key_jwt ES256, bare").within(3000.0, 1200.0));
    let (null, twins) = private_key_jwt(&NULL)?;
    let twins = twins.get(1..).unwrap_or_default();
    cases.push(null.whole("private_key_jwt null, whole", twins).within(3000.0, 1200.0));
    null.steps(&mut cases, "private_key_jwt null");
    let (nothing, twins) = private_key_jwt(&NOTHING)?;
    cases.push(nothing.whole("private_key_jwt nothing, whole", twins.get(1..).unwrap_or_default()).counted());
    nothing.steps(&mut cases, "private_key_jwt nothing");
    Ok(cases)
}

/// Some steps of a server, with what they leave dropped.
type Run = fn(&'static Server, RequestParts);

/// What is signed of an assertion, and the signature.
type Signed = (&'static [u8], Vec<u8>);

/// A request as it comes in.
#[derive(Clone)]
pub(crate) struct Sent {
    body: String,
    authorization: Option<String>,
}

impl Sent {
    /// What an adapter makes of it.
    pub(crate) fn parts(&self) -> RequestParts {
        let parts =
            RequestParts::post(self.body.as_bytes().to_vec()).content_type(b"application/x-www-form-urlencoded");
        match &self.authorization {
            Some(value) => parts.authorization(value.as_bytes()),
            None => parts,
        }
    }
}

/// A server and the request that it answers with a token.
pub(crate) struct Step {
    pub(crate) server: &'static Server,
    pub(crate) sent: Sent,
}

impl Step {
    /// From parts to parts. The twins are refused.
    fn whole(&self, name: &str, twins: &[Sent]) -> Case<'static> {
        let (server, sent) = (self.server, self.sent.clone());
        let response = server.answer(sent.parts());
        assert_eq!(response.status(), 200, "{name}: {}", String::from_utf8_lossy(response.body()));
        assert!(!twins.is_empty());
        for twin in twins {
            let status = server.answer(twin.parts()).status();
            assert!(matches!(status, 400 | 401), "{name}: {status} for {}", twin.body);
        }
        Case::new(name, move || server.answer(sent.parts()))
    }

    /// Each as far as the one before it and one step more. What a step leaves is dropped with it.
    fn steps(&self, cases: &mut Vec<Case<'static>>, name: &str) {
        let server = self.server;
        let steps: [(_, Run); 6] = [
            ("parts", |_, parts| drop(black_box(parts))),
            ("receive", |server, parts| drop(black_box(server.receive(parts)))),
            ("authenticate", |server, parts| drop(black_box(server.authenticate(parts)))),
            ("authorize", |server, parts| drop(black_box(server.authorize(parts)))),
            ("issue", |server, parts| drop(black_box(server.issue(parts)))),
            ("settle", |server, parts| drop(black_box(server.answer(parts)))),
        ];
        let mut before: Option<&str> = None;
        for (step, run) in steps {
            let sent = self.sent.clone();
            let case = Case::new(format!("{name}, {step}"), move || run(server, sent.parts()));
            let case = match before {
                Some(before) => case.above(format!("{name}, {before}")),
                None => case,
            };
            cases.push(if core::ptr::eq(server.crypto, &raw const PROVIDER) { case } else { case.counted() });
            before = Some(step);
        }
    }

    /// What is signed of the assertion, and its signature.
    fn signed(&self) -> Result<Signed, Box<dyn Error>> {
        let (_, assertion) = self.sent.body.split_once("&client_assertion=").ok_or("an assertion")?;
        let (message, signature) = assertion.rsplit_once('.').ok_or("a compact JWS")?;
        Ok((
            message.to_owned().leak().as_bytes(),
            URL_SAFE_NO_PAD.decode(signature).map_err(|error| error.to_string())?,
        ))
    }
}

/// `client_secret_basic` with the digest of the secret kept. Twins: another secret, another client, more than its scope.
pub(crate) fn basic(crypto: &'static CryptoProvider) -> Result<(Step, Vec<Sent>), Box<dyn Error>> {
    let digest = Digest::from_bytes(crypto.sha256.digest(&[SECRET.as_bytes()]));
    let registered = RegisteredCredentials::new(client_id()?, AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::Sha256(digest));
    let sent = |client_id: ClientId, secret: &str| {
        let applied = ClientAuthentication::Basic(Secret::new(secret)).apply(crypto, &client_id, now())?;
        let authorization = applied.headers.first().map(|(_, value)| value.expose().to_owned());
        Ok::<_, Box<dyn Error>>(Sent { body: BODY.to_owned(), authorization })
    };
    let right = sent(client_id()?, SECRET)?;
    let another = sent(ClientId::parse("another.example")?, SECRET)?;
    let wider = Sent { body: format!("{BODY}+write"), ..right.clone() };
    let twins = vec![sent(client_id()?, "wrong")?, another, wider];
    Ok((Step { server: Server::new(crypto, registered)?, sent: right }, twins))
}

/// `private_key_jwt` with ES256 and the key kept. Twins: the signature of another assertion, another audience, more than its scope.
pub(crate) fn private_key_jwt(crypto: &'static CryptoProvider) -> Result<(Step, Vec<Sent>), Box<dyn Error>> {
    let key = SigningKey::from_pkcs8_der(crypto, &pkcs8_der(keys::P256), Some(Alg::Es256))?;
    let key = key.with_kid("rPwY_XDs4hgIWgx4dwrjG0KDFC2QOHP2PO8omBpxTFo");
    let public = VerifyingKeys::new(vec![key.verifying_key(crypto)?]);
    let registered = RegisteredCredentials::new(client_id()?, AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(public))
        .with_algorithms([Alg::Es256]);
    let signer = AssertionSigner::new(key, &issuer()?);
    let sent = |signer: AssertionSigner| {
        // Under a provider without randomness two assertions are one.
        let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(crypto, &client_id()?, now())?;
        Ok::<_, Box<dyn Error>>(Sent { body: with_parameters(&applied), authorization: None })
    };
    let (right, other) = (sent(signer.clone())?, sent(signer.clone())?);
    let forged = [right.body.rsplit_once('.'), other.body.rsplit_once('.')];
    let [Some((input, _)), Some((_, signature))] = forged else { return Err("a compact JWS".into()) };
    let forged = Sent { body: format!("{input}.{signature}"), authorization: None };
    let elsewhere = sent(signer.with_audience("https://other.example/"))?;
    let wider = Sent { body: right.body.replacen("+read", "+write", 1), authorization: None };
    let step = Step { server: Server::new(crypto, registered)?, sent: right };
    Ok((step, vec![forged, elsewhere, wider]))
}

/// The body with what the client applied. Nothing in it but colons needs encoding.
fn with_parameters(applied: &Applied) -> String {
    applied
        .parameters
        .iter()
        .filter(|(name, _)| *name != "client_id")
        .fold(BODY.to_owned(), |body, (name, value)| format!("{body}&{name}={}", value.expose().replace(':', "%3A")))
}
