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
        key.check()?;
        let PublicKey::Rsa { n, e } = *key else { return Err(KeyRejected) };
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
        PublicKey::Rsa { n: &public.n, e: &public.e }.check()?;
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
