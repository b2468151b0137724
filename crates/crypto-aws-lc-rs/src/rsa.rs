use alloc::{sync::Arc, vec::Vec};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPairComponents, PublicKeyComponents},
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
        RsaEncoding, RsaKeyPair, RsaParameters,
    },
};
use symbolon_crypto::{
    BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed, SignatureAlgorithm,
    Signer, Verifier,
};
use symbolon_types::Alg;

use crate::der;

/// RSASSA with one padding ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3),
/// [§3.5](https://www.rfc-editor.org/rfc/rfc7518#section-3.5)).
#[derive(Debug)]
pub(crate) struct Rsa {
    alg: Alg,
    verification: &'static RsaParameters,
    signing: &'static dyn RsaEncoding,
}

pub(crate) static RS256: Rsa =
    Rsa { alg: Alg::Rs256, verification: &RSA_PKCS1_2048_8192_SHA256, signing: &RSA_PKCS1_SHA256 };
pub(crate) static RS384: Rsa =
    Rsa { alg: Alg::Rs384, verification: &RSA_PKCS1_2048_8192_SHA384, signing: &RSA_PKCS1_SHA384 };
pub(crate) static RS512: Rsa =
    Rsa { alg: Alg::Rs512, verification: &RSA_PKCS1_2048_8192_SHA512, signing: &RSA_PKCS1_SHA512 };

// The salt is as long as the hash, both made and demanded (RFC 7518 §3.5).
pub(crate) static PS256: Rsa =
    Rsa { alg: Alg::Ps256, verification: &RSA_PSS_2048_8192_SHA256, signing: &RSA_PSS_SHA256 };
pub(crate) static PS384: Rsa =
    Rsa { alg: Alg::Ps384, verification: &RSA_PSS_2048_8192_SHA384, signing: &RSA_PSS_SHA384 };
pub(crate) static PS512: Rsa =
    Rsa { alg: Alg::Ps512, verification: &RSA_PSS_2048_8192_SHA512, signing: &RSA_PSS_SHA512 };

impl SignatureAlgorithm for Rsa {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        key.check()?;
        let PublicKey::Rsa { n, e } = *key else { return Err(KeyRejected) };
        let parsed = PublicKeyComponents { n, e }.to_parsed_public_key(self.verification);
        Ok(Arc::new(RsaVerifier(parsed.map_err(|_| KeyRejected)?)))
    }

    /// The backend compares all numbers with each other, in both forms.
    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            PrivateKey::Pkcs8(document) => {
                der::check_whole(document)?;
                RsaKeyPair::from_pkcs8(document)
            }
            PrivateKey::Rsa { n, e, d, p, q, dp, dq, qi } => RsaKeyPair::from_components(&KeyPairComponents {
                public_key: PublicKeyComponents { n, e },
                d,
                p,
                q,
                dP: dp,
                dQ: dq,
                qInv: qi,
            }),
            _ => return Err(KeyRejected),
        }
        .map_err(|_| KeyRejected)?;
        let (n, e) = numbers(pair.public_key().as_ref()).ok_or(KeyRejected)?;
        PublicKey::Rsa { n, e }.check()?;
        let public = PublicKey::Rsa { n, e }.to_owned();
        let signature_bytes = n.len();
        Ok(Arc::new(RsaSigner { signing: self.signing, pair, public, signature_bytes }))
    }
}

#[derive(Debug)]
struct RsaVerifier(ParsedPublicKey);

impl Verifier for RsaVerifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the public half.
#[derive(Debug)]
struct RsaSigner {
    signing: &'static dyn RsaEncoding,
    pair: RsaKeyPair,
    public: OwnedPublicKey,
    signature_bytes: usize,
}

impl Signer for RsaSigner {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        let start = out.len();
        out.resize(start.saturating_add(self.signature_bytes), 0);
        let signed = out
            .get_mut(start..)
            .and_then(|signature| self.pair.sign(self.signing, &SystemRandom::new(), message, signature).ok());
        if signed.is_none() {
            out.truncate(start);
        }
        signed.ok_or(SignFailed)
    }

    fn public_key(&self) -> OwnedPublicKey {
        self.public.clone()
    }
}

/// Modulus and exponent of an `RSAPublicKey` ([RFC 8017 A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1)),
/// the form in which the backend gives a public half.
fn numbers(document: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, []) = der::element(document, der::SEQUENCE)? else { return None };
    let (n, rest) = der::positive(body)?;
    let (e, []) = der::positive(rest)? else { return None };
    Some((n, e))
}
