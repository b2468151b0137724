//! All cases, and what they share: the server, the client and its keys.

use core::error::Error;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_benches::{Case, NULL, pkcs8_der};
use symbolon_client_auth::Checks;
use symbolon_crypto::{CryptoProvider, PrivateKey, Signer};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{SigningKey, VerifyingKeys};
use symbolon_policy::Policy;
use symbolon_testkit::keys;
use symbolon_types::{Alg, ClientId, Issuer};
use time::UtcDateTime;

use crate::{methods, proofs};

pub(crate) const ISSUER: &str = "https://op.example/";
pub(crate) const CLIENT: &str = "client.example";
/// 32 random octets in base64url, as servers issue them: long enough for HS256, and the same form-encoded.
pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
pub(crate) const OTHER_SECRET: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";
pub(crate) const KID: &str = "rPwY_XDs4hgIWgx4dwrjG0KDFC2QOHP2PO8omBpxTFo";

/// All cases. What they borrow lives as long as the program.
pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let server = Server {
        issuer: Issuer::parse(ISSUER)?,
        client_id: ClientId::parse(CLIENT)?,
        now: UtcDateTime::from_unix_timestamp(1_700_000_000)?,
    };
    let server: &Server = leaked(server);
    let mut cases = Vec::new();
    methods::none(&mut cases, server)?;
    methods::secrets(&mut cases, server)?;
    methods::mac(&mut cases, server)?;
    methods::certificates(&mut cases, server)?;
    let (null, es256) = (Key::load(&NULL, Alg::Es256)?, Key::load(&PROVIDER, Alg::Es256)?);
    let (rs256, ed25519) = (Key::load(&PROVIDER, Alg::Rs256)?, Key::load(&PROVIDER, Alg::Ed25519)?);
    for key in [null, es256, rs256, ed25519] {
        methods::signature(&mut cases, server, key)?;
    }
    proofs::pieces(&mut cases, server)?;
    for key in [null, es256, ed25519] {
        proofs::of_key(&mut cases, server, key)?;
    }
    Ok(cases)
}

/// A server that has one client, and what time it is there.
pub(crate) struct Server {
    pub(crate) issuer: Issuer,
    pub(crate) client_id: ClientId,
    pub(crate) now: UtcDateTime,
}

impl Server {
    pub(crate) const fn checks<'a>(&'a self, crypto: &'a CryptoProvider) -> Checks<'a> {
        Checks {
            crypto,
            policy: &Policy::OAUTH_2_1.assertion,
            issuer: &self.issuer,
            token_endpoint: "https://op.example/token",
        }
    }
}

/// A key in both forms: ours, and what the backend alone needs.
pub(crate) struct Key {
    pub(crate) crypto: &'static CryptoProvider,
    pub(crate) alg: Alg,
    pub(crate) signing: SigningKey,
    pub(crate) bare: Arc<dyn Signer>,
}

impl Key {
    fn load(crypto: &'static CryptoProvider, alg: Alg) -> Result<&'static Self, Box<dyn Error>> {
        let der = pkcs8_der(match alg {
            Alg::Rs256 => keys::RSA_2048,
            Alg::Ed25519 => keys::ED25519,
            _ => keys::P256,
        });
        let bare = crypto.signature(alg)?.load_private(&PrivateKey::Pkcs8(&der))?;
        let signing = SigningKey::from_pkcs8_der(crypto, &der, Some(alg))?.with_kid(KID);
        Ok(leaked(Self { crypto, alg, signing, bare }))
    }

    /// The public half, as a server has it registered.
    pub(crate) fn verifying(&self) -> Result<VerifyingKeys, Box<dyn Error>> {
        Ok(VerifyingKeys::new(vec![self.signing.verifying_key(self.crypto)?]))
    }

    /// `null`, or the algorithm.
    pub(crate) fn name(&self) -> &'static str {
        if self.is_null() { "null" } else { self.alg.as_str() }
    }

    /// Whether it signs with nothing: then there is no primitive to compare with, but instructions to count.
    pub(crate) fn is_null(&self) -> bool {
        core::ptr::eq(self.crypto, &raw const NULL)
    }

    /// Signing alone, with the key kept. The randomness of a `jti` is not in it.
    pub(crate) fn sign_bare(&self, name: String, message: &'static [u8]) -> Case<'static> {
        let (signer, mut signature) = (Arc::clone(&self.bare), Vec::new());
        Case::new(name, move || {
            signature.clear();
            signer.sign(PROVIDER.random, message, &mut signature).expect("signed");
            signature.len()
        })
    }
}

/// What is signed of a compact JWS, and its signature.
pub(crate) fn parts(jws: &'static str) -> (&'static [u8], Vec<u8>) {
    let (input, signature) = jws.rsplit_once('.').expect("a compact JWS");
    (input.as_bytes(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
}

/// A compact JWS with the signature of another one.
pub(crate) fn with_signature_of(jws: &str, other: &str) -> &'static str {
    let (input, signature) = (jws.rsplit_once('.'), other.rsplit_once('.'));
    format!("{}.{}", input.expect("a compact JWS").0, signature.expect("a compact JWS").1).leak()
}

/// The cases borrow it as long as the program runs.
pub(crate) fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
