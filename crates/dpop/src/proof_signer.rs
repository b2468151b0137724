use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{KeyError, SigningKey};
use symbolon_types::{Alg, Digest, Secret};
use time::UtcDateTime;

use crate::{
    ProofError, TargetUri,
    checks::{TYP, token_hash},
    target_uri::without_query,
};

/// Makes the proofs of a client ([RFC 9449 §4.2]), each for one request.
///
/// A key is made by [`SigningKey::generate`]. Tokens are bound to it: who loses the key asks for new tokens.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_dpop::{ProofSigner, jose::{SigningKey, UnverifiedJwt}, types::{Alg, Secret}};
/// use time::UtcDateTime;
///
/// let (key, pkcs8) = SigningKey::generate(&PROVIDER, Alg::Es256)?; // keep `pkcs8` as long as the tokens
/// let signer = ProofSigner::new(&PROVIDER, key)?;
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
///
/// // For the token endpoint, with the nonce of its last answer.
/// let url = "https://as.example/token";
/// let proof = signer.proof(&PROVIDER, "POST", url, Some("eyJ7S_zG.eyJH0-Z.HX4w-7v"), None, now)?;
/// // For a resource, with the access token that goes beside it.
/// let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
/// let proof = signer.proof(&PROVIDER, "GET", "https://rs.example/things?page=2", None, Some(&token), now)?;
/// assert!(UnverifiedJwt::parse(proof.expose())?.header().is_typ("dpop+jwt"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 9449 §4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2
#[derive(Clone, Debug)]
pub struct ProofSigner {
    key: SigningKey,
    jkt: Digest,
}

impl ProofSigner {
    /// Signs with this key. The header of the proofs has its public half, and what else the key says in headers.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::PrivateKey`]: the secret of a MAC, which proves nothing to a stranger.
    /// - else as [`SigningKey::verifying_key`]: nobody could verify its proofs with this provider.
    pub fn new(crypto: &CryptoProvider, key: SigningKey) -> Result<Self, KeyError> {
        let jwk = key.public_jwk().ok_or(KeyError::PrivateKey)?;
        key.verifying_key(crypto)?;
        Ok(Self { jkt: jwk.thumbprint(crypto.sha256), key: key.with_embedded_jwk()? })
    }

    /// The thumbprint of the key: the client's `dpop_jkt` ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)),
    /// and the `jkt` of its tokens.
    pub const fn jkt(&self) -> Digest {
        self.jkt
    }

    /// The algorithm of the key.
    pub const fn alg(&self) -> Alg {
        self.key.alg()
    }

    /// A proof for one request: its method, its URL as it is called, the nonce that the server gave last, and the access token
    /// beside it, if there is one. Query and fragment of the URL are left out; the rest stays as it is, for a server that
    /// compares without normalising.
    ///
    /// `jti` is 128 fresh random bits: a request that is sent again gets a proof of its own.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`ProofError::Url`]: no absolute http or https URL, or one with characters or parts that no server should take.
    /// - [`ProofError::NonceSyntax`]: the nonce is empty or has a character that no nonce has
    ///   ([RFC 9449 §8.1](https://www.rfc-editor.org/rfc/rfc9449#section-8.1)).
    /// - [`ProofError::Random`], [`ProofError::Sign`]: the source of randomness or the signer failed.
    pub fn proof(
        &self,
        crypto: &CryptoProvider,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        access_token: Option<&Secret>,
        now: UtcDateTime,
    ) -> Result<Secret, ProofError> {
        TargetUri::parse(url)?;
        if nonce.is_some_and(|nonce| nonce.is_empty() || !nonce.bytes().all(is_nonce_octet)) {
            return Err(ProofError::NonceSyntax);
        }
        let mut jti = [0; JTI_BYTES];
        crypto.random.fill(&mut jti)?;
        let claims = ProofClaims {
            jti: URL_SAFE_NO_PAD.encode(jti),
            htm: method,
            htu: without_query(url),
            iat: now.unix_timestamp(),
            nonce,
            ath: access_token.map(|token| token_hash(crypto, token).to_base64url()),
        };
        Ok(self.key.sign(crypto, Some(TYP), &claims).map(Secret::new)?)
    }
}

#[derive(Serialize)]
struct ProofClaims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

/// RFC 9449 §8.1: `NQCHAR` of RFC 6749 Appendix A.
const fn is_nonce_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\')
}

/// 128 random bits: unguessable, and never drawn twice.
const JTI_BYTES: usize = 16;
