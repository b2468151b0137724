use alloc::{sync::Arc, vec::Vec};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED,
        ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        EcdsaVerificationAlgorithm, KeyPair as _, ParsedPublicKey,
    },
};
use symbolon_crypto::{
    BadSignature, Curve, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed,
    SignatureAlgorithm, Signer, Verifier,
};
use symbolon_types::Alg;

use crate::der;

/// ECDSA on one curve, signatures as `r || s` ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)).
#[derive(Debug)]
pub(crate) struct Ecdsa {
    alg: Alg,
    curve: Curve,
    verification: &'static EcdsaVerificationAlgorithm,
    signing: &'static EcdsaSigningAlgorithm,
}

pub(crate) static ES256: Ecdsa = Ecdsa {
    alg: Alg::Es256,
    curve: Curve::P256,
    verification: &ECDSA_P256_SHA256_FIXED,
    signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
};

pub(crate) static ES384: Ecdsa = Ecdsa {
    alg: Alg::Es384,
    curve: Curve::P384,
    verification: &ECDSA_P384_SHA384_FIXED,
    signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
};

pub(crate) static ES512: Ecdsa = Ecdsa {
    alg: Alg::Es512,
    curve: Curve::P521,
    verification: &ECDSA_P521_SHA512_FIXED,
    signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
};

pub(crate) static ES256K: Ecdsa = Ecdsa {
    alg: Alg::Es256K,
    curve: Curve::Secp256k1,
    verification: &ECDSA_P256K1_SHA256_FIXED,
    signing: &ECDSA_P256K1_SHA256_FIXED_SIGNING,
};

impl Ecdsa {
    fn point(&self, curve: Curve, x: &[u8], y: &[u8]) -> Result<Vec<u8>, KeyRejected> {
        PublicKey::Ec { curve, x, y }.check()?;
        if curve != self.curve {
            return Err(KeyRejected);
        }
        Ok([&[UNCOMPRESSED], x, y].concat())
    }
}

impl SignatureAlgorithm for Ecdsa {
    fn alg(&self) -> Alg {
        self.alg
    }

    /// The backend finds a point that is off the curve.
    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        let PublicKey::Ec { curve, x, y } = *key else { return Err(KeyRejected) };
        let point = self.point(curve, x, y)?;
        let parsed = ParsedPublicKey::new(self.verification, point).map_err(|_| KeyRejected)?;
        Ok(Arc::new(EcdsaVerifier(parsed)))
    }

    /// The backend compares the halves, in both forms.
    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            PrivateKey::Pkcs8(document) => {
                der::check_whole(document)?;
                EcdsaKeyPair::from_pkcs8(self.signing, document)
            }
            PrivateKey::Ec { curve, x, y, d } => {
                let point = self.point(curve, x, y)?;
                // RFC 7518 §6.2.2.1: as long as the order, which is as long as a coordinate on these curves.
                if d.len() != self.curve.coordinate_bytes() {
                    return Err(KeyRejected);
                }
                EcdsaKeyPair::from_private_key_and_public_key(self.signing, d, &point)
            }
            _ => return Err(KeyRejected),
        };
        Ok(Arc::new(EcdsaSigner { curve: self.curve, pair: pair.map_err(|_| KeyRejected)? }))
    }
}

#[derive(Debug)]
struct EcdsaVerifier(ParsedPublicKey);

impl Verifier for EcdsaVerifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the public half.
#[derive(Debug)]
struct EcdsaSigner {
    curve: Curve,
    pair: EcdsaKeyPair,
}

impl Signer for EcdsaSigner {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SignFailed)?;
        out.extend_from_slice(signature.as_ref());
        Ok(())
    }

    fn public_key(&self) -> OwnedPublicKey {
        let point = self.pair.public_key().as_ref();
        let mut coordinates = point.iter().copied().skip(1);
        let x = coordinates.by_ref().take(self.curve.coordinate_bytes()).collect();
        OwnedPublicKey::Ec { curve: self.curve, x, y: coordinates.collect() }
    }
}

/// First octet of a point that is written with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
