//! The cases: two tokens, the ID token of BankID's documentation and a client assertion, with every algorithm.

use core::{error::Error, hint::black_box};
use std::{collections::BTreeMap, sync::Arc};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use symbolon_benches::{Case, NULL, pkcs8_der};
use symbolon_crypto::{CryptoProvider, HmacKey, PrivateKey, Signer, Verifier};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{
    Expected, ExpectedAudience, Jwk, JwkSet, JwtBuffer, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys,
};
use symbolon_testkit::{fixtures, keys};
use symbolon_types::{Alg, SecretBytes};
use time::{Duration, UtcDateTime};

/// Claims of the ID token, all of them, as it prints them.
#[derive(Deserialize, Serialize)]
struct IdToken<'a> {
    exp: i64,
    iat: i64,
    auth_time: i64,
    jti: &'a str,
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    typ: &'a str,
    azp: &'a str,
    nonce: &'a str,
    session_state: &'a str,
    name: &'a str,
    given_name: &'a str,
    family_name: &'a str,
    birthdate: &'a str,
    updated_at: i64,
    acr: &'a str,
    amr: &'a str,
    bankid_altsub: &'a str,
    originator: &'a str,
    #[serde(rename = "additionalCertInfo")]
    certificate: Certificate<'a>,
    tid: &'a str,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate<'a> {
    cert_valid_from: i64,
    serial_number: &'a str,
    key_algorithm: &'a str,
    key_size: &'a str,
    policy_oid: &'a str,
    monetary_limit_amount: &'a str,
    cert_qualified: bool,
    monetary_limit_currency: &'a str,
    cert_valid_to: i64,
    version_number: &'a str,
    subject_name: String,
}

/// Claims of a client assertion (RFC 7523 §3).
#[derive(Deserialize, Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: &'a str,
}

/// The two tokens: what their headers and claims are, and what their readers insist on.
#[derive(Clone, Copy)]
enum Token {
    Id,
    Assertion,
}

/// Texts that live as long as the cases.
struct Texts {
    id_token: String,
    assertion: String,
}

impl Token {
    const ALL: [Self; 2] = [Self::Id, Self::Assertion];

    const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Assertion => "ca",
        }
    }

    const fn typ(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Assertion => "client-authentication+jwt",
        }
    }

    const fn payload(self, texts: &Texts) -> &str {
        match self {
            Self::Id => texts.id_token.as_str(),
            Self::Assertion => texts.assertion.as_str(),
        }
    }

    const fn expected(self) -> Expected<'static> {
        let (issuer, audience) = match self {
            Self::Id => ("https://auth.current.bankid.no/auth/realms/current", "oidc-testclient"),
            Self::Assertion => ("client.example", "https://op.example/"),
        };
        Expected {
            issuer,
            audience: ExpectedAudience::Exactly(audience),
            typ: match self {
                Self::Id => &[],
                Self::Assertion => &["client-authentication+jwt"],
            },
            exp_leeway: Duration::seconds(10),
            future_leeway: Duration::seconds(10),
        }
    }

    fn now(self) -> UtcDateTime {
        let now = match self {
            Self::Id => 1_629_286_100,
            Self::Assertion => 1_700_000_010,
        };
        UtcDateTime::from_unix_timestamp(now).expect("a moment")
    }

    /// A token over the payload as it stands, with a header as other libraries write it.
    fn sign(self, alg: Alg, payload: &str, bare: &Bare) -> String {
        let header = match self {
            Self::Id => format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"{KID}"}}"#),
            Self::Assertion => {
                format!(r#"{{"alg":"{alg}","typ":"client-authentication+jwt","kid":"{KID}","x5t#S256":"{KID}"}}"#)
            }
        };
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = bare.sign(input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// All that a reader does: parse, verify, read the claims, judge them, and look up what the protocol asks for.
    fn verify(self, token: &str, keys: &VerifyingKeys, buffer: &mut JwtBuffer) -> Option<usize> {
        let jwt = UnverifiedJwt::parse_in(token, buffer).ok()?.verify_with(keys).ok()?;
        let claims = jwt.claims().ok()?;
        claims.check(&self.expected(), jwt.header(), self.now()).ok()?;
        match self {
            Self::Id => {
                claims.get("auth_time")?.as_numeric_date()?;
                for name in ["nonce", "acr", "azp"] {
                    black_box(claims.get(name)?.as_str()?);
                }
            }
            Self::Assertion => {
                black_box(claims.jti.as_deref()?);
            }
        }
        Some(claims.sub.as_deref()?.len())
    }

    /// The same with every claim as a field of a struct, borrowed.
    fn verify_typed(self, token: &str, keys: &VerifyingKeys, buffer: &mut JwtBuffer) -> Option<usize> {
        let jwt = UnverifiedJwt::parse_in(token, buffer).ok()?.verify_with(keys).ok()?;
        let (iss, aud, exp, sub) = match self {
            Self::Id => {
                let claims: IdToken<'_> = jwt.claims_as().ok()?;
                (claims.iss, claims.aud, claims.exp, claims.sub.len())
            }
            Self::Assertion => {
                let claims: Assertion<'_> = jwt.claims_as().ok()?;
                (claims.iss, claims.aud, claims.exp, claims.sub.len())
            }
        };
        let expected = self.expected();
        let holds = iss == expected.issuer
            && expected.audience == ExpectedAudience::Exactly(aud)
            && exp > self.now().unix_timestamp();
        holds.then_some(sub)
    }

    fn write(self, key: &SigningKey, crypto: &CryptoProvider, texts: &Parsed<'_>, buffer: &mut JwtBuffer) -> usize {
        let signed = match self {
            Self::Id => key.sign_in(crypto, Some(self.typ()), &texts.id_token, buffer),
            Self::Assertion => key.sign_in(crypto, Some(self.typ()), &texts.assertion, buffer),
        };
        signed.expect("signed").len()
    }

    fn write_fresh(self, key: &SigningKey, crypto: &CryptoProvider, texts: &Parsed<'_>) -> String {
        let signed = match self {
            Self::Id => key.sign(crypto, Some(self.typ()), &texts.id_token),
            Self::Assertion => key.sign(crypto, Some(self.typ()), &texts.assertion),
        };
        signed.expect("signed")
    }
}

/// Claims in their types, to be signed.
struct Parsed<'a> {
    id_token: IdToken<'a>,
    assertion: Assertion<'a>,
}

/// What the backend alone does.
enum Bare {
    Signature(Arc<dyn Signer>, Arc<dyn Verifier>),
    Mac(HmacKey),
}

impl Bare {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Signature(signer, _) => {
                let mut signature = Vec::new();
                signer.sign(PROVIDER.random, message, &mut signature).expect("the backend signs");
                signature
            }
            Self::Mac(key) => key.sign(&[message]).to_vec(),
        }
    }

    fn sign_onto(&self, message: &[u8], signature: &mut Vec<u8>) {
        signature.clear();
        match self {
            Self::Signature(signer, _) => {
                signer.sign(PROVIDER.random, message, signature).expect("the backend signs");
            }
            Self::Mac(key) => signature.extend_from_slice(&key.sign(&[message])),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Signature(_, verifier) => verifier.verify(message, signature).is_ok(),
            Self::Mac(key) => key.verify(&[message], signature).is_ok(),
        }
    }
}

/// A key in both forms: ours, and what the backend alone needs.
struct Key {
    alg: Alg,
    signing: SigningKey,
    verifying: VerifyingKeys,
    bare: Bare,
}

impl Key {
    fn load(crypto: &CryptoProvider, alg: Alg) -> Result<Self, Box<dyn Error>> {
        let (signing, bare) = if alg.is_symmetric() {
            let secret = [0x5a; 64];
            (
                SigningKey::from_secret(crypto, alg, &SecretBytes::new(secret))?,
                Bare::Mac(crypto.load_mac(alg, &secret)?),
            )
        } else {
            let der = pkcs8(crypto, alg)?;
            let signing = SigningKey::from_pkcs8_der(crypto, &der, Some(alg))?;
            let signer = crypto.signature(alg)?.load_private(&PrivateKey::Pkcs8(&der))?;
            let verifier = crypto.signature(alg)?.load_public(&signer.public_key().as_ref())?;
            (signing, Bare::Signature(signer, verifier))
        };
        let signing = signing.with_kid(KID);
        let verifying = VerifyingKeys::new(vec![signing.verifying_key(crypto)?]);
        Ok(Self { alg, signing, verifying, bare })
    }
}

fn pem(alg: Alg) -> Option<&'static str> {
    match alg {
        Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512 => Some(keys::RSA_2048),
        Alg::Es256 => Some(keys::P256),
        Alg::Es384 => Some(keys::P384),
        Alg::EdDsa | Alg::Ed25519 => Some(keys::ED25519),
        _ => None,
    }
}

/// The private key of an algorithm, as PKCS#8: the tests' own, else a new one.
fn pkcs8(crypto: &CryptoProvider, alg: Alg) -> Result<Vec<u8>, Box<dyn Error>> {
    match pem(alg) {
        Some(pem) => Ok(pkcs8_der(pem)),
        None => Ok(SigningKey::generate(crypto, alg)?.1.expose().to_vec()),
    }
}

/// Both, side by side.
const BACKENDS: [(&str, &CryptoProvider); 2] = [("ring", &PROVIDER), ("aws", &symbolon_crypto_aws_lc_rs::PROVIDER)];

/// The ratio to the primitive that must hold and the one that is aimed at: for verifying, for signing.
type Targets = (Option<(f64, f64)>, Option<(f64, f64)>);

/// Rows 5 to 11 of the targets.
fn targets(backend: &str, alg: Alg, token: Token) -> Targets {
    match (alg, token) {
        (Alg::Rs256, Token::Id) if backend == "aws" => (Some((1.20, 1.08)), Some((1.03, 1.01))),
        (Alg::Rs256, Token::Assertion) if backend == "aws" => (Some((1.08, 1.04)), Some((1.03, 1.01))),
        (Alg::EdDsa, Token::Id) if backend == "aws" => (Some((1.10, 1.04)), None),
        (Alg::EdDsa, Token::Assertion) if backend == "aws" => (Some((1.06, 1.02)), None),
        (Alg::Es256, Token::Id) => (Some((1.06, 1.03)), Some((1.10, 1.04))),
        (Alg::Es256, Token::Assertion) => (Some((1.03, 1.015)), Some((1.04, 1.015))),
        (Alg::Rs256, Token::Id) => (Some((1.13, 1.06)), Some((1.03, 1.01))),
        (Alg::Rs256, Token::Assertion) => (Some((1.06, 1.03)), Some((1.03, 1.01))),
        (Alg::EdDsa, Token::Id) => (Some((1.10, 1.04)), Some((1.08, 1.08))),
        (Alg::EdDsa, Token::Assertion) => (Some((1.06, 1.02)), Some((1.04, 1.04))),
        _ => (None, None),
    }
}

/// What a token is made of, and the token.
struct Made {
    message: Vec<u8>,
    signature: Vec<u8>,
    token: String,
}

fn made(key: &Key, token: Token, texts: &Texts) -> Made {
    let text = token.sign(key.alg, token.payload(texts), &key.bare);
    let (input, signature) = text.rsplit_once('.').expect("a compact JWS");
    Made {
        message: input.as_bytes().to_vec(),
        signature: URL_SAFE_NO_PAD.decode(signature).expect("base64url"),
        token: text.clone(),
    }
}

/// What is timed must be right: the token is taken, and neither another payload nor another signature is.
fn assert_right(key: &Key, token: Token, texts: &Texts, made: &Made) {
    let mut buffer = JwtBuffer::default();
    let mut taken = |text: &str| {
        let claims = token.verify(text, &key.verifying, &mut buffer).is_some();
        assert_eq!(claims, token.verify_typed(text, &key.verifying, &mut buffer).is_some(), "both readers agree");
        claims
    };
    assert!(taken(&made.token), "{}: accepted", key.alg);
    let (input, signature) = made.token.rsplit_once('.').expect("a compact JWS");
    let payload = token.payload(texts).replacen("\"sub\":\"", "\"sub\":\"x", 1);
    let other = token.sign(key.alg, &payload, &key.bare);
    let (other_input, other_signature) = other.rsplit_once('.').expect("a compact JWS");
    assert!(!taken(&format!("{other_input}.{signature}")), "{}: another payload", key.alg);
    assert!(!taken(&format!("{input}.{other_signature}")), "{}: another signature", key.alg);
    assert!(!taken(&format!("{input}.")), "{}: no signature", key.alg);
    assert!(key.bare.verify(&made.message, &made.signature));
}

/// All cases. What they borrow lives as long as the program.
pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let listing = fixtures::text("bankid-authorization-code.id_token.claims.listing.json");
    let id_token: IdToken<'_> = serde_json::from_str(&listing)?;
    let id_token = serde_json::to_string(&id_token)?;
    assert_eq!(id_token.len(), 1_102, "the length of the payload of the targets");
    let assertion = concat!(
        r#"{"iss":"client.example","sub":"client.example","aud":"https://op.example/","#,
        r#""exp":1700000060,"iat":1700000000,"jti":"gSyoNDlAuPCqSHWnUU_nRA-0123456789-0123456789-abcdefgh-0123456-0123"}"#
    );
    assert_eq!(assertion.len(), 184, "the other length of the targets");
    let texts: &Texts = Box::leak(Box::new(Texts { id_token, assertion: assertion.to_owned() }));
    let parsed: &Parsed<'_> = Box::leak(Box::new(Parsed {
        id_token: serde_json::from_str(&texts.id_token)?,
        assertion: serde_json::from_str(&texts.assertion)?,
    }));

    let mut cases = Vec::new();
    without_signature(&mut cases, texts, parsed)?;
    for alg in Alg::ALL.iter().copied() {
        for (backend, crypto) in BACKENDS {
            if crypto.supports(alg) {
                let key = Key::load(crypto, alg)?;
                with_signature(&mut cases, backend, crypto, Box::leak(Box::new(key)), texts, parsed);
            }
        }
    }
    of_keys(&mut cases)?;
    Ok(cases)
}

fn with_signature(
    cases: &mut Vec<Case<'static>>,
    backend: &str,
    crypto: &'static CryptoProvider,
    key: &'static Key,
    texts: &'static Texts,
    parsed: &'static Parsed<'static>,
) {
    for token in Token::ALL {
        let made: &Made = Box::leak(Box::new(made(key, token, texts)));
        assert_right(key, token, texts, made);
        let name = |what: &str| format!("{backend} {} {} {what}", key.alg, token.name());
        let (verify, sign) = targets(backend, key.alg, token);
        let with = |case: Case<'static>, target: Option<(f64, f64)>| match target {
            Some((gate, aim)) => case.target(gate, aim),
            None => case,
        };
        cases.push(Case::new(name("verify, bare"), || key.bare.verify(&made.message, &made.signature)));
        let mut buffer = JwtBuffer::default();
        let case = Case::new(name("verify"), move || token.verify(&made.token, &key.verifying, &mut buffer));
        cases.push(with(case.above(name("verify, bare")), verify));
        let mut signature = Vec::new();
        cases.push(Case::new(name("sign, bare"), move || key.bare.sign_onto(&made.message, &mut signature)));
        let mut buffer = JwtBuffer::default();
        let case = Case::new(name("sign"), move || token.write(&key.signing, crypto, parsed, &mut buffer));
        cases.push(with(case.above(name("sign, bare")), sign));
    }
}

/// Everything but the primitive: what is left of ES256 with one that says yes.
fn without_signature(
    cases: &mut Vec<Case<'static>>,
    texts: &'static Texts,
    parsed: &'static Parsed<'static>,
) -> Result<(), Box<dyn Error>> {
    let signing = SigningKey::from_pkcs8_der(&NULL, &pkcs8_der(keys::P256), Some(Alg::Es256))?.with_kid(KID);
    let verifying = VerifyingKeys::new(vec![signing.verifying_key(&NULL)?]);
    let (signing, verifying): (&SigningKey, &VerifyingKeys) =
        (Box::leak(Box::new(signing)), Box::leak(Box::new(verifying)));
    let null = NULL.signature(Alg::Es256)?;
    let signer = null.load_private(&PrivateKey::Pkcs8(&[]))?;
    let verifier = null.load_public(&signer.public_key().as_ref())?;
    let bare = Bare::Signature(signer, verifier);
    for token in Token::ALL {
        let text: &str = token.sign(Alg::Es256, token.payload(texts), &bare).leak();
        let name = |what: &str| format!("null {} {what}", token.name());
        let mut buffer = JwtBuffer::default();
        assert!(token.verify(text, verifying, &mut buffer).is_some());
        cases.push(Case::new(name("verify"), move || token.verify(text, verifying, &mut buffer)).counted());
        let mut buffer = JwtBuffer::default();
        cases
            .push(Case::new(name("verify, typed"), move || token.verify_typed(text, verifying, &mut buffer)).counted());
        let fresh = move || token.verify(text, verifying, &mut JwtBuffer::default());
        cases.push(Case::new(name("verify, fresh memory"), fresh).counted());
        let mut buffer = JwtBuffer::default();
        cases.push(Case::new(name("sign"), move || token.write(signing, &NULL, parsed, &mut buffer)).counted());
        let fresh = move || token.write_fresh(signing, &NULL, parsed);
        cases.push(Case::new(name("sign, fresh memory"), fresh).counted());
    }
    Ok(())
}

/// Both halves of a key loaded, beside what the backend does of that.
fn load_key(
    cases: &mut Vec<Case<'static>>,
    backend: &str,
    crypto: &'static CryptoProvider,
    alg: Alg,
    pkcs8: &'static [u8],
    jwk: &'static Jwk,
) -> Result<(), Box<dyn Error>> {
    let name = |what: &str| format!("key {alg} {backend} {what}");
    let algorithm = crypto.signature(alg)?;
    let bare = move || algorithm.load_private(&PrivateKey::Pkcs8(pkcs8));
    let load = move || SigningKey::from_pkcs8_der(crypto, pkcs8, Some(alg));
    assert!(bare().is_ok() && load()?.public_jwk().as_ref().map(Jwk::public_key) == Some(jwk.public_key()));
    cases.push(Case::new(name("load private, bare"), bare));
    cases.push(Case::new(name("load private"), load).above(name("load private, bare")));
    let bare = move || algorithm.load_public(&jwk.public_key());
    let load = move || VerifyingKey::from_public_key(crypto, alg, &jwk.public_key());
    assert!(bare().is_ok() && load().is_ok());
    cases.push(Case::new(name("load public, bare"), bare));
    cases.push(Case::new(name("load public"), load).above(name("load public, bare")));
    Ok(())
}

/// What a thumbprint is the digest of (RFC 7638 §3): the required members in the order of their names.
fn thumbprint_input(jwk: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut members: BTreeMap<&str, &str> = serde_json::from_str(jwk)?;
    members.retain(|name, _| ["crv", "e", "kty", "n", "x", "y"].contains(name));
    serde_json::to_vec(&members)
}

/// Keys as data, and loaded.
fn of_keys(cases: &mut Vec<Case<'static>>) -> Result<(), Box<dyn Error>> {
    for alg in [Alg::Rs256, Alg::Es256, Alg::EdDsa] {
        let pkcs8: &[u8] = pkcs8(&PROVIDER, alg)?.leak();
        let key = SigningKey::from_pkcs8_der(&PROVIDER, pkcs8, Some(alg))?.with_kid(KID);
        let jwk = key.public_jwk().ok_or("a pair")?;
        let json: &str = jwk.to_json().leak();
        let jwk: &Jwk = Box::leak(Box::new(jwk));
        for (backend, crypto) in BACKENDS {
            load_key(cases, backend, crypto, alg, pkcs8, jwk)?;
        }
        let name = |what: &str| format!("key {alg} {what}");
        cases.push(Case::new(name("parse JWK"), move || Jwk::parse(json.as_bytes())).counted());
        let input: &[u8] = thumbprint_input(json)?.leak();
        let bare = move || PROVIDER.sha256.digest(&[input]);
        assert_eq!(jwk.thumbprint(PROVIDER.sha256).as_bytes(), &bare(), "the same input");
        cases.push(Case::new(name("thumbprint, bare"), bare));
        let thumbprint = move || jwk.thumbprint(PROVIDER.sha256);
        cases.push(Case::new(name("thumbprint"), thumbprint).above(name("thumbprint, bare")));
        let both = move || Jwk::parse(json.as_bytes()).map(|jwk| jwk.thumbprint(PROVIDER.sha256));
        cases.push(Case::new(name("parse JWK and thumbprint"), both));
        let alone = move || Jwk::thumbprint_of(json.as_bytes(), PROVIDER.sha256);
        assert_eq!(alone(), Ok(jwk.thumbprint(PROVIDER.sha256)));
        cases.push(Case::new(name("thumbprint of a text"), alone).counted());
    }
    let mut set = Vec::new();
    for number in 0..20 {
        let alg = [Alg::Rs256, Alg::Es256].get(number % 2).copied().ok_or("two")?;
        let key = SigningKey::from_pkcs8_der(&PROVIDER, &pkcs8(&PROVIDER, alg)?, Some(alg))?;
        set.push(key.public_jwk().ok_or("a pair")?.with_kid(format!("{KID}-{number}")));
    }
    let json: &str = JwkSet::new(set).to_json().leak();
    let last: &str = format!("{KID}-19").leak();
    let parse = || JwkSet::parse(json.as_bytes()).expect("a set");
    assert_eq!(parse().keys().len(), 20);
    cases.push(Case::new("set of 20, parse", parse).counted());
    let find = move || parse().keys().iter().find(|key| key.kid() == Some(last)).is_some();
    assert!(find());
    cases.push(Case::new("set of 20, parse and find the last", find).counted());
    let parse_last = move || JwkSet::parse_kid(json.as_bytes(), last).expect("a set").keys().len();
    assert_eq!(parse_last(), 1);
    cases.push(Case::new("set of 20, parse the last", parse_last).counted());
    let load = move || VerifyingKeys::load(&PROVIDER, &parse(), &[]).keys().len();
    assert_eq!(load(), 20);
    cases.push(Case::new("set of 20, parse and load", load));
    Ok(())
}

const KID: &str = "rPwY_XDs4hgIWgx4dwrjG0KDFC2QOHP2PO8omBpxTFo";
