use alloc::{sync::Arc, vec::Vec};

use aws_lc_rs::signature::{
    KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
    ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
};
use symbolon_crypto::{
    BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed, SignatureAlgorithm,
    Signer, Verifier,
};
use symbolon_types::Alg;

use crate::der;

/// ML-DSA with one set of parameters ([RFC 9964 §5](https://www.rfc-editor.org/rfc/rfc9964#section-5)): the pure variant
/// with an empty context.
#[derive(Debug)]
pub(crate) struct MlDsa {
    alg: Alg,
    verification: &'static PqdsaVerificationAlgorithm,
    signing: &'static PqdsaSigningAlgorithm,
}

pub(crate) static ML_DSA_44_ALGORITHM: MlDsa =
    MlDsa { alg: Alg::MlDsa44, verification: &ML_DSA_44, signing: &ML_DSA_44_SIGNING };
pub(crate) static ML_DSA_65_ALGORITHM: MlDsa =
    MlDsa { alg: Alg::MlDsa65, verification: &ML_DSA_65, signing: &ML_DSA_65_SIGNING };
pub(crate) static ML_DSA_87_ALGORITHM: MlDsa =
    MlDsa { alg: Alg::MlDsa87, verification: &ML_DSA_87, signing: &ML_DSA_87_SIGNING };

impl MlDsa {
    fn check(&self, alg: Alg, public: &[u8]) -> Result<(), KeyRejected> {
        if alg != self.alg {
            return Err(KeyRejected);
        }
        PublicKey::Akp { alg, public }.check()
    }
}

impl SignatureAlgorithm for MlDsa {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        let PublicKey::Akp { alg, public } = *key else { return Err(KeyRejected) };
        self.check(alg, public)?;
        let parsed = ParsedPublicKey::new(self.verification, public).map_err(|_| KeyRejected)?;
        Ok(Arc::new(MlDsaVerifier(parsed)))
    }

    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            // RFC 9881 §6: the seed, the expanded key, or both, which the backend then compares.
            PrivateKey::Pkcs8(document) => {
                der::check_whole(document)?;
                PqdsaKeyPair::from_pkcs8(self.signing, document).map_err(|_| KeyRejected)?
            }
            PrivateKey::Akp { alg, public, seed } => {
                self.check(alg, public)?;
                let pair = PqdsaKeyPair::from_seed(self.signing, seed).map_err(|_| KeyRejected)?;
                // RFC 9964 §7.4: the public half is that of the seed.
                if pair.public_key().as_ref() != public {
                    return Err(KeyRejected);
                }
                pair
            }
            _ => return Err(KeyRejected),
        };
        Ok(Arc::new(MlDsaSigner { alg: self.alg, pair }))
    }
}

#[derive(Debug)]
struct MlDsaVerifier(ParsedPublicKey);

impl Verifier for MlDsaVerifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the algorithm.
#[derive(Debug)]
struct MlDsaSigner {
    alg: Alg,
    pair: PqdsaKeyPair,
}

impl Signer for MlDsaSigner {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        let start = out.len();
        out.resize(start.saturating_add(self.pair.algorithm().signature_len()), 0);
        let signed = out.get_mut(start..).and_then(|signature| self.pair.sign(message, signature).ok());
        if signed.is_none() {
            out.truncate(start);
        }
        signed.map(|_| ()).ok_or(SignFailed)
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Akp { alg: self.alg, public: self.pair.public_key().as_ref().to_vec() }
    }
}
