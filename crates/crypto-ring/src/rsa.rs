use alloc::{sync::Arc, vec::Vec};

use ring::{
    rand::SystemRandom,
    rsa::KeyPairComponents,
    signature::{
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
        RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
        RsaParameters, RsaPublicKeyComponents,
    },
};
use symbolon_crypto::{
    BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed, SignatureAlgorithm,
    Signer, Verifier,
};
use symbolon_types::Alg;

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
        let PublicKey::Rsa { n, e } = *key else { return Err(KeyRejected) };
        check_modulus(n)?;
        check_exponent(e)?;
        let key = RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() };
        Ok(Arc::new(RsaVerifier { verification: self.verification, key }))
    }

    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            PrivateKey::Pkcs8(der) => RsaKeyPair::from_pkcs8(der),
            PrivateKey::Rsa { n, e, d, p, q, dp, dq, qi } => RsaKeyPair::from_components(&KeyPairComponents {
                public_key: RsaPublicKeyComponents { n, e },
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
        let public: RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
        check_modulus(&public.n)?;
        check_exponent(&public.e)?;
        let signer = RsaSigner { signing: self.signing, pair, public };
        // ring compares dP, dQ and e only while signing: it checks what it made with the public half.
        signer.append_signature(b"", &mut Vec::new()).map_err(|SignFailed| KeyRejected)?;
        Ok(Arc::new(signer))
    }
}

#[derive(Debug)]
struct RsaVerifier {
    verification: &'static RsaParameters,
    key: RsaPublicKeyComponents<Vec<u8>>,
}

impl Verifier for RsaVerifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.key.verify(self.verification, message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the public half.
#[derive(Debug)]
struct RsaSigner {
    signing: &'static dyn RsaEncoding,
    pair: RsaKeyPair,
    public: RsaPublicKeyComponents<Vec<u8>>,
}

impl RsaSigner {
    fn append_signature(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        let start = out.len();
        out.resize(start.saturating_add(self.pair.public().modulus_len()), 0);
        let signed = out
            .get_mut(start..)
            .and_then(|signature| self.pair.sign(self.signing, &SystemRandom::new(), message, signature).ok());
        if signed.is_none() {
            out.truncate(start);
        }
        signed.ok_or(SignFailed)
    }
}

impl Signer for RsaSigner {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        self.append_signature(message, out)
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Rsa { n: self.public.n.clone(), e: self.public.e.clone() }
    }
}

fn check_modulus(n: &[u8]) -> Result<(), KeyRejected> {
    let (Some(first), Some(last)) = (n.first(), n.last()) else { return Err(KeyRejected) };
    let leading_zeros = usize::try_from(first.leading_zeros()).map_err(|_| KeyRejected)?;
    let bits = n.len().saturating_mul(8).saturating_sub(leading_zeros);
    let sound = *first != 0 && last & 1 == 1 && (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits);
    sound.then_some(()).ok_or(KeyRejected)
}

fn check_exponent(e: &[u8]) -> Result<(), KeyRejected> {
    let mut octets = [0; 8];
    let first_used = octets.len().checked_sub(e.len()).ok_or(KeyRejected)?;
    octets.get_mut(first_used..).ok_or(KeyRejected)?.copy_from_slice(e);
    let value = u64::from_be_bytes(octets);
    let sound = e.first() != Some(&0) && value & 1 == 1 && (MIN_EXPONENT..=MAX_EXPONENT).contains(&value);
    sound.then_some(()).ok_or(KeyRejected)
}

/// Fewest bits of a modulus ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3): "2048 bits or larger").
const MIN_MODULUS_BITS: usize = 2048;
/// Most bits of a modulus: ring's limit, and the cost of a verification grows with the square.
const MAX_MODULUS_BITS: usize = 8192;
/// Smallest public exponent (FIPS 186-4 B.3.1). 1 makes every message its own signature; 3 helps forgers of padding.
const MIN_EXPONENT: u64 = 65_537;
/// Largest public exponent: ring's limit.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_signer_that_fails_leaves_the_buffer_as_it_was() {
        let vectors: serde_json::Value = serde_json::from_str(include_str!("../tests/vectors/rfc7515_a.json")).unwrap();
        let number = |name| URL_SAFE_NO_PAD.decode(vectors["A.2"]["key"][name].as_str().unwrap()).unwrap();
        let signer = |dp| {
            let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
            let components = KeyPairComponents {
                public_key: public.clone(),
                d: number("d"),
                p: number("p"),
                q: number("q"),
                dP: dp,
                dQ: number("dq"),
                qInv: number("qi"),
            };
            RsaSigner { signing: &RSA_PKCS1_SHA256, pair: RsaKeyPair::from_components(&components).unwrap(), public }
        };
        let mut out = b"header.payload.".to_vec();
        let mut wrong = number("dp");
        wrong[40] ^= 4;
        assert_eq!(signer(wrong).append_signature(b"header.payload", &mut out), Err(SignFailed));
        assert_eq!(out, b"header.payload.");
        assert_eq!(signer(number("dp")).append_signature(b"header.payload", &mut out), Ok(()));
        assert!(out.starts_with(b"header.payload.") && out.len() == 15 + 256);
    }
}
