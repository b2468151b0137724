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
            // RFC 9881 §6: the seed, the expanded key, or both. The backend compares what the public half tells.
            PrivateKey::Pkcs8(document) => {
                check_form(document).ok_or(KeyRejected)?;
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

/// Checks that a document ends where it says, and what is in it too: the backend does not look behind these ends.
fn check_form(document: &[u8]) -> Option<()> {
    der::check_whole(document).ok()?;
    let (content, _) = der::element(document, der::SEQUENCE)?;
    let (_, rest) = der::element(content, der::INTEGER)?;
    let (_, rest) = der::element(rest, der::SEQUENCE)?;
    let (key, _) = der::element(rest, der::OCTET_STRING)?;
    let whole = |tag| der::element(key, tag).filter(|(_, behind)| behind.is_empty());
    let both = || {
        let (_, expanded) = der::element(whole(der::SEQUENCE)?.0, der::OCTET_STRING)?;
        der::element(expanded, der::OCTET_STRING).filter(|(_, behind)| behind.is_empty())
    };
    whole(SEED).or_else(|| whole(der::OCTET_STRING)).or_else(both).map(|_| ())
}

/// The seed alone: `[0]`, implicit.
const SEED: u8 = 0x80;

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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use aws_lc_rs::encoding::AsRawBytes as _;

    use super::*;
    use crate::PROVIDER;

    const ALGORITHMS: [&MlDsa; 3] = [&ML_DSA_44_ALGORITHM, &ML_DSA_65_ALGORITHM, &ML_DSA_87_ALGORITHM];
    const SEED: [u8; 32] = [7; 32];

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match content.len() {
            0..0x80 => vec![tag, low],
            0x80..0x100 => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [head, content].concat()
    }

    /// The private key in PKCS#8 (RFC 5958 §2), under the identifier of its algorithm (RFC 9881 §2).
    fn document(alg: Alg, private: &[u8]) -> Vec<u8> {
        let last = match alg {
            Alg::MlDsa44 => 17,
            Alg::MlDsa65 => 18,
            _ => 19,
        };
        let identifier = element(6, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last]]);
        element(0x30, &[&[2, 1, 0], &element(0x30, &[&identifier]), &element(4, &[private])])
    }

    /// RFC 9881 §6.
    fn seed_form(seed: &[u8]) -> Vec<u8> {
        element(0x80, &[seed])
    }

    fn expanded_form(expanded: &[u8]) -> Vec<u8> {
        element(4, &[expanded])
    }

    fn both(seed: &[u8], expanded: &[u8]) -> Vec<u8> {
        element(0x30, &[&element(4, &[seed]), &element(4, &[expanded])])
    }

    fn expanded(algorithm: &MlDsa, seed: &[u8]) -> Vec<u8> {
        let pair = PqdsaKeyPair::from_seed(algorithm.signing, seed).unwrap();
        pair.private_key().as_raw_bytes().unwrap().as_ref().to_vec()
    }

    fn load(algorithm: &MlDsa, private: &[u8]) -> Result<Arc<dyn Signer>, KeyRejected> {
        algorithm.load_private(&PrivateKey::Pkcs8(&document(algorithm.alg, private)))
    }

    fn signature(signer: &Arc<dyn Signer>) -> Vec<u8> {
        let mut signature = Vec::new();
        signer.sign(PROVIDER.random, b"header.payload", &mut signature).unwrap();
        signature
    }

    #[test]
    fn the_seed_the_expanded_key_and_both_are_one_key_and_a_changed_message_is_refused() {
        for algorithm in ALGORITHMS {
            let expanded = expanded(algorithm, &SEED);
            let own = load(algorithm, &seed_form(&SEED)).unwrap().public_key();
            let verifier = algorithm.load_public(&own.as_ref()).unwrap();
            for form in [seed_form(&SEED), expanded_form(&expanded), both(&SEED, &expanded)] {
                let signer = load(algorithm, &form).unwrap();
                assert_eq!(signer.public_key(), own, "{}", algorithm.alg);
                let signature = signature(&signer);
                assert_eq!(verifier.verify(b"header.payload", &signature), Ok(()), "{}", algorithm.alg);
                assert!(verifier.verify(b"header.payloaD", &signature).is_err(), "{}", algorithm.alg);
            }
        }
    }

    #[test]
    fn a_seed_and_an_expanded_key_that_disagree_are_refused() {
        for algorithm in ALGORITHMS {
            let own = expanded(algorithm, &SEED);
            assert!(load(algorithm, &both(&SEED, &own)).is_ok());
            let mut other = SEED;
            other[31] ^= 1;
            assert!(load(algorithm, &both(&other, &own)).is_err(), "{}", algorithm.alg);
            assert!(load(algorithm, &both(&SEED, &expanded(algorithm, &other))).is_err(), "{}", algorithm.alg);
            assert!(load(algorithm, &both(&other, &expanded(algorithm, &other))).is_ok());
        }
    }

    #[test]
    fn an_expanded_key_with_one_bit_changed_is_refused_with_and_without_its_seed_but_for_k() {
        for algorithm in ALGORITHMS {
            let own = expanded(algorithm, &SEED);
            let public = load(algorithm, &seed_form(&SEED)).unwrap().public_key();
            let verifier = algorithm.load_public(&public.as_ref()).unwrap();
            for at in (0..128).step_by(8).chain((128..own.len()).step_by(97)).chain([own.len() - 1]) {
                let mut changed = own.clone();
                changed[at] ^= 1;
                for form in [expanded_form(&changed), both(&SEED, &changed)] {
                    let signer = load(algorithm, &form);
                    // FIPS 204 §7.2: rho, K, tr, and then the polynomials. The public half does not tell K.
                    assert_eq!(signer.is_ok(), (32..64).contains(&at), "{} octet {at}", algorithm.alg);
                    if let Ok(signer) = signer {
                        assert_eq!(signer.public_key(), public);
                        assert_eq!(verifier.verify(b"header.payload", &signature(&signer)), Ok(()));
                    }
                }
            }
        }
    }

    #[test]
    fn octets_behind_the_key_in_its_octet_string_and_behind_the_document_are_refused() {
        for algorithm in ALGORITHMS {
            let own = expanded(algorithm, &SEED);
            for form in [seed_form(&SEED), expanded_form(&own), both(&SEED, &own)] {
                assert!(load(algorithm, &form).is_ok(), "{}", algorithm.alg);
                assert!(load(algorithm, &[&form[..], &[5, 0]].concat()).is_err(), "{}", algorithm.alg);
                let longer = [&document(algorithm.alg, &form)[..], &[5, 0]].concat();
                assert!(algorithm.load_private(&PrivateKey::Pkcs8(&longer)).is_err(), "{}", algorithm.alg);
            }
        }
    }

    #[test]
    fn forms_of_another_length_kind_or_order_are_refused() {
        for algorithm in ALGORITHMS {
            let own = expanded(algorithm, &SEED);
            let longer = |octets: &[u8]| [octets, &[0]].concat();
            for bad in [
                seed_form(&SEED[1..]),
                seed_form(&longer(&SEED)),
                expanded_form(&own[1..]),
                expanded_form(&longer(&own)),
                expanded_form(&SEED),
                both(&SEED[1..], &own),
                both(&longer(&SEED), &own),
                both(&SEED, &own[1..]),
                both(&SEED, &longer(&own)),
                both(&own, &SEED),
                element(0x30, &[&element(4, &[&SEED]), &element(4, &[&own]), &[5, 0]]),
                element(0x30, &[&element(4, &[&SEED])]),
                element(0x81, &[&SEED]),
                SEED.to_vec(),
                own.clone(),
                vec![],
            ] {
                assert!(load(algorithm, &bad).is_err(), "{} {:02x?}", algorithm.alg, bad.get(..8));
            }
        }
    }
}
