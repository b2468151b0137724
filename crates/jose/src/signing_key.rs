use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use serde::Serialize;
use symbolon_crypto::{CryptoProvider, GenerateFailed, HmacKey, NewKey, PrivateKey, RandomFailed, Signer};
use symbolon_types::{Alg, Digest, SecretBytes};
use zeroize::Zeroizing;

use crate::{
    Jwk, JwtBuffer, KeyError, SignError, VerifyingKey,
    certificate::check_x5c,
    key_kind::KeyKind,
    pem::{self, PrivateKeyPem},
    pkcs1, pkcs8,
    private_jwk::{Material, PrivateJwk},
    protected_header::ProtectedHeader,
    sec1::EcPrivateKey,
    signing_input::{append_signature, into_text, lay_down},
    verifying_key::{load_secret, min_secret_bytes},
};

/// A loaded private key or secret with its one algorithm: what signs.
///
/// Cheap to clone. `Debug` shows algorithm and `kid`. Where a key arrives with its public half, the provider compares the
/// two. Texts that it is read from belong to the caller; copies made here are wiped.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::SigningKey;
/// // RFC 8037 Appendix A.1
/// let key = SigningKey::from_jwk(&PROVIDER, br#"{"kty":"OKP","crv":"Ed25519",
///     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, None)?;
/// assert!(!key.public_jwk().expect("a key pair").to_json().contains("nWGxne"));
/// # Ok::<(), symbolon_jose::KeyError>(())
/// ```
/// It becomes no JSON and a member of no set:
/// ```compile_fail,E0277
/// fn publish(key: &symbolon_jose::SigningKey) { let _ = serde_json::to_string(&key); }
/// ```
/// ```compile_fail,E0308
/// fn publish(key: symbolon_jose::SigningKey) { let _ = symbolon_jose::JwkSet::new(vec![key]); }
/// ```
/// Its public half becomes both:
/// ```
/// fn publish(key: symbolon_jose::Jwk) {
///     let _ = serde_json::to_string(&key.to_json());
///     let _ = symbolon_jose::JwkSet::new(vec![key]);
/// }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    header: ProtectedHeader,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Private(Arc<dyn Signer>),
    Secret(HmacKey),
}

impl SigningKey {
    /// Loads a private key from one PEM block: `PRIVATE KEY` (PKCS#8, [RFC 7468 §10]), `RSA PRIVATE KEY` (PKCS#1) or
    /// `EC PRIVATE KEY` (SEC1, [RFC 5915 §4]). The block `EC PARAMETERS` that OpenSSL writes before the last one names the
    /// same curve. Encrypted keys are not read.
    ///
    /// Without `alg` it is the usual one of such keys: RS256, ES256, ES384, ES512, ES256K, Ed25519 or of ML-DSA.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::TooLarge`]: longer than [`MAX_PEM_BYTES`](crate::MAX_PEM_BYTES).
    /// - [`KeyError::MalformedPem`], [`KeyError::PemLabel`]: no such block, more than one, or another one.
    /// - [`KeyError::EcParametersMismatch`]: the block before the key names another curve.
    /// - else as [`Self::from_pkcs8_der`], [`Self::from_pkcs1_der`] or [`Self::from_sec1_der`].
    ///
    /// [RFC 5915 §4]: https://www.rfc-editor.org/rfc/rfc5915#section-4
    /// [RFC 7468 §10]: https://www.rfc-editor.org/rfc/rfc7468#section-10
    pub fn from_pem(crypto: &CryptoProvider, pem: &str, alg: Option<Alg>) -> Result<Self, KeyError> {
        match pem::private_key(pem)? {
            PrivateKeyPem::Pkcs8(der) => Self::from_pkcs8_der(crypto, &der, alg),
            PrivateKeyPem::Pkcs1(der) => Self::from_pkcs1_der(crypto, &der, alg),
            PrivateKeyPem::Sec1 { parameters, key } => {
                let key = EcPrivateKey::read(&key)?;
                if let Some(parameters) = parameters {
                    key.check_parameters(&parameters)?;
                }
                Self::from_sec1(crypto, &key, alg)
            }
        }
    }

    /// Loads a private key from PKCS#8 in DER ([RFC 5208 §5]).
    ///
    /// Without `alg` it is the usual one of such keys: RS256, ES256, ES384, ES512, ES256K, Ed25519 or of ML-DSA.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no PKCS#8.
    /// - [`KeyError::UnsupportedKeyType`], [`KeyError::RsassaPssKey`]: a key of another kind.
    /// - [`KeyError::AlgKeyMismatch`]: `alg` is for other keys.
    /// - [`KeyError::WeakKey`], [`KeyError::TooLarge`]: an RSA key beyond the limits.
    /// - [`KeyError::Unsupported`], [`KeyError::Rejected`]: the provider lacks the algorithm, or refused the key.
    ///
    /// [RFC 5208 §5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
    pub fn from_pkcs8_der(crypto: &CryptoProvider, der: &[u8], alg: Option<Alg>) -> Result<Self, KeyError> {
        let kind = pkcs8::key_kind(der)?;
        Self::load(crypto, kind, alg.unwrap_or(kind.default_alg()), &PrivateKey::Pkcs8(der))
    }

    /// Loads an RSA key from an `RSAPrivateKey` in DER (PKCS#1, [RFC 8017 A.1.2]) of two primes.
    ///
    /// Without `alg` it is RS256.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no `RSAPrivateKey`.
    /// - [`KeyError::UnsupportedKeyType`]: more than two primes.
    /// - else as [`Self::from_pkcs8_der`].
    ///
    /// [RFC 8017 A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
    pub fn from_pkcs1_der(crypto: &CryptoProvider, der: &[u8], alg: Option<Alg>) -> Result<Self, KeyError> {
        let kind = KeyKind::Rsa;
        Self::load(crypto, kind, alg.unwrap_or(kind.default_alg()), &pkcs1::private_key(der)?)
    }

    /// Loads a key on a curve from an `ECPrivateKey` in DER (SEC1, [RFC 5915 §3]). Its curve and its public half, which
    /// that structure calls optional, are in it: the first is not guessed, and the second is compared.
    ///
    /// Without `alg` it is ES256, ES384, ES512 or ES256K, as the curve is.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no `ECPrivateKey`.
    /// - [`KeyError::MissingField`]: it has no `parameters` or no `publicKey`.
    /// - [`KeyError::UnsupportedKeyType`]: another curve, or the numbers of a curve in place of its name.
    /// - else as [`Self::from_pkcs8_der`].
    ///
    /// [RFC 5915 §3]: https://www.rfc-editor.org/rfc/rfc5915#section-3
    pub fn from_sec1_der(crypto: &CryptoProvider, der: &[u8], alg: Option<Alg>) -> Result<Self, KeyError> {
        Self::from_sec1(crypto, &EcPrivateKey::read(der)?, alg)
    }

    fn from_sec1(crypto: &CryptoProvider, key: &EcPrivateKey<'_>, alg: Option<Alg>) -> Result<Self, KeyError> {
        let kind = key.kind().ok_or(KeyError::UnsupportedKeyType)?;
        Self::load(crypto, kind, alg.unwrap_or(kind.default_alg()), &key.as_private_key())
    }

    /// Loads a private or symmetric JWK ([RFC 7517 §4], [RFC 7518 §6]), with its `kid`. Its `x5c` is read and not kept:
    /// a header with both is refused in many places, so certificates are asked for by [`Self::with_x5c`].
    ///
    /// The algorithm is the given one, else the JWK's `alg`, else the usual one of such key pairs, as in
    /// [`Self::from_pkcs8_der`]; if the first two are there, they are one operation. A secret has no usual one.
    ///
    /// There is no set of private keys: each is loaded by itself. An RSA key has all of `p`, `q`, `dp`, `dq` and `qi`,
    /// which [RFC 7518 §6.3.2] only recommends: with one of them absent it is refused. An RSA exponent below 65537, such
    /// as 3, is refused, and there is no switch to take it.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - as [`Jwk::parse`], without [`KeyError::PrivateKey`].
    /// - [`KeyError::NotPrivate`]: a public key.
    /// - [`KeyError::KeyUseMismatch`]: `use` is not `sig`, or `key_ops` is without `sign`.
    /// - [`KeyError::UnknownAlg`], [`KeyError::AlgKeyMismatch`]: the algorithm is unknown, for other keys, or not the
    ///   given one.
    /// - [`KeyError::NoAlgorithm`]: a symmetric key, and nobody names its algorithm.
    /// - [`KeyError::Unsupported`], [`KeyError::Rejected`]: the provider lacks the algorithm, or refused the key.
    ///
    /// # Security
    /// A secret member that is written with escapes (`\u0041` for `A`) is refused, and leaves a copy in memory of the
    /// JSON reader's that is not wiped. No usual writer has them: base64url needs none.
    ///
    /// [RFC 7517 §4]: https://www.rfc-editor.org/rfc/rfc7517#section-4
    /// [RFC 7518 §6]: https://www.rfc-editor.org/rfc/rfc7518#section-6
    /// [RFC 7518 §6.3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-6.3.2
    pub fn from_jwk(crypto: &CryptoProvider, json: &[u8], alg: Option<Alg>) -> Result<Self, KeyError> {
        let jwk = PrivateJwk::parse(json)?;
        jwk.labels.check_use("sign")?;
        let alg = match (jwk.labels.known_alg()?, alg) {
            (Some(own), Some(given)) if !own.is_same_operation(given) => return Err(KeyError::AlgKeyMismatch),
            (own, given) => given.or(own),
        };
        let mut key = match &jwk.material {
            Material::Symmetric(secret) => {
                // Security decision D12: three algorithms fit, so none is guessed.
                Self::from_secret(crypto, alg.ok_or(KeyError::NoAlgorithm)?, secret)?
            }
            Material::Pair { public, secrets } => {
                let kind = KeyKind::of(&public.as_ref()).ok_or(KeyError::UnsupportedKeyType)?;
                let private = secrets.with(public).ok_or(KeyError::UnsupportedKeyType)?;
                Self::load(crypto, kind, alg.unwrap_or(kind.default_alg()), &private)?
            }
        };
        key.header = key.header.with_kid(jwk.labels.kid.as_deref());
        Ok(key)
    }

    /// Loads the secret of a MAC.
    ///
    /// # Errors
    /// As [`VerifyingKey::from_secret`].
    ///
    /// # Security
    /// The secret is random: at least 256 bits of entropy, never a password.
    pub fn from_secret(crypto: &CryptoProvider, alg: Alg, secret: &SecretBytes) -> Result<Self, KeyError> {
        let key = Key::Secret(load_secret(crypto, alg, secret)?);
        Ok(Self { header: ProtectedHeader::new(alg), key })
    }

    /// Makes a key for an algorithm, and gives it with its PKCS#8 in DER, which is to be kept: [`Self::from_pkcs8_der`]
    /// loads it again. An RSA key has 3072 bits.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::{KeyError, SigningKey, types::Alg};
    /// let (key, der) = SigningKey::generate(&PROVIDER, Alg::Es256)?;
    /// let again = SigningKey::from_pkcs8_der(&PROVIDER, der.expose(), Some(Alg::Es256))?;
    /// assert_eq!(again.public_jwk(), key.public_jwk());
    /// assert!(matches!(SigningKey::generate(&PROVIDER, Alg::Rs256), Err(KeyError::NoGenerator(_))));
    /// # Ok::<(), KeyError>(())
    /// ```
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is a MAC, whose secret is no PKCS#8 ([`Self::generate_secret`]).
    /// - [`KeyError::NoGenerator`], [`KeyError::Unsupported`]: the provider makes no such keys, or lacks the algorithm.
    /// - [`KeyError::GenerateFailed`]: the provider could not.
    pub fn generate(crypto: &CryptoProvider, alg: Alg) -> Result<(Self, SecretBytes), KeyError> {
        let kind = match alg {
            Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512 => NewKey::Rsa3072,
            Alg::Es256 => NewKey::P256,
            Alg::Es384 => NewKey::P384,
            Alg::Es512 => NewKey::P521,
            Alg::Es256K => NewKey::Secp256k1,
            Alg::EdDsa | Alg::Ed25519 => NewKey::Ed25519,
            Alg::MlDsa44 => NewKey::MlDsa44,
            Alg::MlDsa65 => NewKey::MlDsa65,
            Alg::MlDsa87 => NewKey::MlDsa87,
            _ => return Err(KeyError::AlgKeyMismatch),
        };
        let der = crypto.key_generator(kind)?.generate_pkcs8(crypto.random)?;
        Ok((Self::from_pkcs8_der(crypto, der.expose(), Some(alg))?, der))
    }

    /// Makes a secret for a MAC, and gives it with its octets, which are to be kept: [`Self::from_secret`] loads it again.
    /// It is as long as the hash ([RFC 7518 §3.2]) and random, as no text that people choose is ([RFC 8725 §3.5]).
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::{KeyError, SigningKey, types::Alg};
    /// let (_, secret) = SigningKey::generate_secret(&PROVIDER, Alg::Hs512)?;
    /// assert_eq!(secret.expose().len(), 64);
    /// # Ok::<(), KeyError>(())
    /// ```
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is no MAC ([`Self::generate`]).
    /// - [`KeyError::GenerateFailed`]: the source of randomness failed.
    /// - [`KeyError::Unsupported`]: the provider lacks the algorithm.
    ///
    /// [RFC 7518 §3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
    /// [RFC 8725 §3.5]: https://www.rfc-editor.org/rfc/rfc8725#section-3.5
    pub fn generate_secret(crypto: &CryptoProvider, alg: Alg) -> Result<(Self, SecretBytes), KeyError> {
        let mut octets = Zeroizing::new(alloc::vec![0; min_secret_bytes(alg).ok_or(KeyError::AlgKeyMismatch)?]);
        crypto.random.fill(&mut octets).map_err(|RandomFailed| GenerateFailed)?;
        let secret = SecretBytes::new(octets.as_slice());
        Ok((Self::from_secret(crypto, alg, &secret)?, secret))
    }

    fn load(crypto: &CryptoProvider, kind: KeyKind, alg: Alg, key: &PrivateKey<'_>) -> Result<Self, KeyError> {
        if !kind.fits(alg) {
            return Err(KeyError::AlgKeyMismatch);
        }
        let signer = crypto.signature(alg)?.load_private(key)?;
        kind.check(&signer.public_key().as_ref())?;
        Ok(Self { header: ProtectedHeader::new(alg), key: Key::Private(signer) })
    }

    /// The same with a `kid`.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.header = self.header.with_kid(Some(&kid.into()));
        self
    }

    /// The same with certificates for the header, each in DER, the key's own first. None at all: no `x5c`. Many readers
    /// refuse a header with both `kid` and `x5c`.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::CertificateMismatch`]: the first one has another key, or this is the secret of a MAC, which has none.
    /// - [`KeyError::MalformedDer`]: the first one cannot be read.
    /// - else as [`Jwk::from_spki_der`].
    pub fn with_x5c(mut self, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        match &self.key {
            Key::Private(signer) => check_x5c(&chain, &signer.public_key().as_ref())?,
            Key::Secret(_) if chain.is_empty() => {}
            Key::Secret(_) => return Err(KeyError::CertificateMismatch),
        }
        self.header = self.header.with_x5c(chain);
        Ok(self)
    }

    /// The same with the thumbprint of its certificate for the header: `x5t#S256` ([RFC 7515 §4.1.8]), the SHA-256 of the
    /// certificate in DER.
    ///
    /// [RFC 7515 §4.1.8]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8
    #[must_use]
    pub fn with_x5t_s256(mut self, thumbprint: Digest) -> Self {
        self.header = self.header.with_x5t_s256(thumbprint);
        self
    }

    /// The same with its public half for the header: `jwk` ([RFC 7515 §4.1.3]), the members that make the key and no
    /// labels. For DPoP proofs ([RFC 9449 §4.2]); of any other token no reader may trust it.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::PrivateKey`]: the key is the secret of a MAC, which has no public half.
    ///
    /// [RFC 7515 §4.1.3]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.3
    /// [RFC 9449 §4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2
    pub fn with_embedded_jwk(mut self) -> Result<Self, KeyError> {
        let Key::Private(signer) = &self.key else { return Err(KeyError::PrivateKey) };
        self.header = self.header.with_jwk(&Jwk::from_public_key(&signer.public_key()));
        Ok(self)
    }

    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        self.header.kid()
    }

    /// Its one algorithm.
    pub const fn alg(&self) -> Alg {
        self.header.alg()
    }

    /// The certificates for the header.
    pub fn x5c(&self) -> Option<&[Vec<u8>]> {
        self.header.x5c()
    }

    /// The public half, ready to be published: with `alg`, `use`, `kid` and `x5c`. `None` for the secret of a MAC.
    pub fn public_jwk(&self) -> Option<Jwk> {
        let Key::Private(signer) = &self.key else { return None };
        let mut jwk = Jwk::from_public_key(&signer.public_key()).with_alg(self.alg()).with_use_sig();
        if let Some(kid) = self.kid() {
            jwk = jwk.with_kid(kid);
        }
        Some(match self.x5c() {
            Some(chain) => jwk.with_checked_x5c(chain.to_vec()),
            None => jwk,
        })
    }

    /// The half that verifies, with the same `kid` and certificate.
    ///
    /// # Errors
    /// As [`VerifyingKey::from_public_key`]; not with the provider that loaded this key.
    pub fn verifying_key(&self, crypto: &CryptoProvider) -> Result<VerifyingKey, KeyError> {
        let key = match &self.key {
            Key::Private(signer) => VerifyingKey::from_public_key(crypto, self.alg(), &signer.public_key().as_ref())?,
            Key::Secret(key) => VerifyingKey::from_mac_key(self.alg(), key.clone()),
        };
        Ok(key.with_labels(self.kid(), self.x5c().and_then(<[Vec<u8>]>::first).map(Vec::as_slice)))
    }

    /// Signs claims: a JWS in compact form ([RFC 7515 §5.1]) whose header has `alg` and, where there is one, `kid`, `typ`,
    /// `x5c`, `x5t#S256` and `jwk`.
    ///
    /// # Errors
    /// - [`SignError::Claims`]: the claims do not become a JSON object, or one with a member twice (`server_error`).
    /// - [`SignError::KidTooLong`]: no reader would take the `kid` (`server_error`).
    /// - [`SignError::Failed`]: the signer failed (`server_error`).
    ///
    /// [RFC 7515 §5.1]: https://www.rfc-editor.org/rfc/rfc7515#section-5.1
    pub fn sign<C: Serialize + ?Sized>(
        &self,
        crypto: &CryptoProvider,
        typ: Option<&str>,
        claims: &C,
    ) -> Result<String, SignError> {
        let mut buffer = JwtBuffer::for_one();
        self.write(crypto, typ, claims, &mut buffer)?;
        Ok(into_text(buffer.octets))
    }

    /// The same with memory of the caller's, so that nothing is allocated but by the provider.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::{JwtBuffer, SigningKey};
    /// use symbolon_types::{Alg, SecretBytes};
    ///
    /// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
    /// let claims = serde_json::json!({ "sub": "a" });
    /// let mut buffer = JwtBuffer::default();
    /// assert_eq!(key.sign_in(&PROVIDER, None, &claims, &mut buffer)?, key.sign(&PROVIDER, None, &claims)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_in<'b, C: Serialize + ?Sized>(
        &self,
        crypto: &CryptoProvider,
        typ: Option<&str>,
        claims: &C,
        buffer: &'b mut JwtBuffer,
    ) -> Result<&'b str, SignError> {
        self.write(crypto, typ, claims, buffer)?;
        Ok(str::from_utf8(&buffer.octets).unwrap_or_default())
    }

    fn write<C: Serialize + ?Sized>(
        &self,
        crypto: &CryptoProvider,
        typ: Option<&str>,
        claims: &C,
        buffer: &mut JwtBuffer,
    ) -> Result<(), SignError> {
        lay_down(&self.header, typ, claims, buffer)?;
        match &self.key {
            Key::Private(signer) => {
                buffer.other.clear();
                signer.sign(crypto.random, &buffer.octets, &mut buffer.other)?;
                append_signature(&mut buffer.octets, &buffer.other);
            }
            Key::Secret(key) => {
                let signature = key.sign(&[&buffer.octets]);
                append_signature(&mut buffer.octets, &signature);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.alg()).field("kid", &self.kid()).finish_non_exhaustive()
    }
}
