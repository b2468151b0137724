use alloc::{string::String, vec::Vec};

use symbolon_crypto::{Curve, OwnedPublicKey, PublicKey};

use crate::{
    Jwk, KeyError,
    algorithm_identifier::{AlgorithmIdentifier, KeyType},
    der::{self, Reader, SEQUENCE},
    key_kind::check_numbers,
    pem::{self, PublicKeyPem},
    pkcs1,
    sec1::{UNCOMPRESSED, uncompressed_point},
};

/// Public keys in DER and PEM. None of them brings labels, the `alg` of ML-DSA aside, which is a part of the key: `kid`, `alg` and `use` are
/// the caller's to add.
impl Jwk {
    /// Reads a public key from one PEM block ([RFC 7468 §13]): `PUBLIC KEY`, or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// ```
    /// use symbolon_jose::Jwk;
    /// // The public key of RFC 8037 Appendix A.2, as RFC 8410 Section 10.1 prints another.
    /// let jwk = Jwk::from_public_key_pem(
    ///     "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
    /// )?;
    /// assert_eq!(jwk, Jwk::parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?);
    /// # Ok::<(), symbolon_jose::KeyError>(())
    /// ```
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::TooLarge`]: longer than [`MAX_PEM_BYTES`](crate::MAX_PEM_BYTES).
    /// - [`KeyError::MalformedPem`], [`KeyError::PemLabel`]: no such block, more than one, or another one.
    /// - else as [`Self::from_spki_der`] or [`Self::from_pkcs1_der`].
    ///
    /// [RFC 7468 §13]: https://www.rfc-editor.org/rfc/rfc7468#section-13
    pub fn from_public_key_pem(pem: &str) -> Result<Self, KeyError> {
        match pem::public_key(pem)? {
            PublicKeyPem::Spki(der) => Self::from_spki_der(&der),
            PublicKeyPem::Pkcs1(der) => Self::from_pkcs1_der(&der),
        }
    }

    /// Reads a `SubjectPublicKeyInfo` in DER ([RFC 5280 §4.1.2.7], [RFC 5480 §2], [RFC 8410 §4]).
    ///
    /// Strict: what was read is what [`Self::to_spki_der`] writes, octet for octet. Points have both coordinates. As with
    /// a JWK, whether a point is on its curve is judged when the key is loaded.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no such structure, or not in DER.
    /// - [`KeyError::RsassaPssKey`]: its type is id-RSASSA-PSS; [`KeyError::UnsupportedKeyType`]: any other unknown type
    ///   or curve.
    /// - [`KeyError::WeakKey`], [`KeyError::TooLarge`]: an RSA key beyond the limits.
    ///
    /// [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
    /// [RFC 5480 §2]: https://www.rfc-editor.org/rfc/rfc5480#section-2
    /// [RFC 8410 §4]: https://www.rfc-editor.org/rfc/rfc8410#section-4
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(der);
        let info = SubjectPublicKeyInfo::take(&mut reader).filter(|_| reader.end().is_some());
        info.ok_or(SubjectPublicKeyInfo::MALFORMED)?.public_key().map(|key| Self::from_public_key(&key))
    }

    /// Reads an `RSAPublicKey` in DER (PKCS#1, [RFC 8017 A.1.1]).
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no such structure, or not in DER.
    /// - [`KeyError::WeakKey`], [`KeyError::TooLarge`]: beyond the limits.
    ///
    /// [RFC 8017 A.1.1]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        const MALFORMED: KeyError = KeyError::MalformedDer { name: "RSAPublicKey" };
        let key = pkcs1::public_key(der).ok_or(MALFORMED)?;
        check_key(&key.as_ref(), MALFORMED)?;
        Ok(Self::from_public_key(&key))
    }

    /// The key as a `SubjectPublicKeyInfo` in DER, without its labels.
    ///
    /// # Errors
    /// No peer hears of them. None of a key that was read; of one that was made by [`Self::from_public_key`]:
    /// - [`KeyError::UnsupportedKeyType`], [`KeyError::InvalidMember`], [`KeyError::WeakKey`], [`KeyError::TooLarge`]: no
    ///   reader would take it.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        let key = self.public_key();
        check_numbers(&key)?;
        let (key_type, octets) = match key {
            PublicKey::Rsa { n, e } => (KeyType::Rsa, pkcs1::write_public_key(n, e)),
            PublicKey::Ec { curve, x, y } => (KeyType::Ec(curve), [&[UNCOMPRESSED], x, y].concat()),
            PublicKey::Ed25519 { x } => (KeyType::Ed25519, x.to_vec()),
            PublicKey::Akp { alg, public } => (KeyType::Akp(alg), public.to_vec()),
            _ => return Err(KeyError::UnsupportedKeyType),
        };
        let identifier = key_type.to_der().ok_or(KeyError::UnsupportedKeyType)?;
        Ok(der::write(SEQUENCE, &[&identifier, &der::write_bit_string(&octets)]))
    }

    /// The key as a PEM block `PUBLIC KEY`, without its labels.
    ///
    /// # Errors
    /// As [`Self::to_spki_der`].
    pub fn to_public_key_pem(&self) -> Result<String, KeyError> {
        self.to_spki_der().map(|der| pem::write_public_key(&der))
    }
}

/// A `SubjectPublicKeyInfo`, its key not looked at.
pub(crate) struct SubjectPublicKeyInfo<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    key: &'a [u8],
}

impl<'a> SubjectPublicKeyInfo<'a> {
    pub(crate) const MALFORMED: KeyError = KeyError::MalformedDer { name: "SubjectPublicKeyInfo" };

    pub(crate) fn take(reader: &mut Reader<'a>) -> Option<Self> {
        let mut info = reader.sequence()?;
        let (algorithm, key) = (AlgorithmIdentifier::take(&mut info)?, info.bit_string()?);
        info.end().map(|()| Self { algorithm, key })
    }

    pub(crate) fn public_key(&self) -> Result<OwnedPublicKey, KeyError> {
        let read = match self.algorithm.key_type()? {
            KeyType::Rsa => pkcs1::public_key(self.key),
            KeyType::Ec(curve) => uncompressed_point(curve, self.key).map(|(x, y)| ec(curve, x, y)),
            KeyType::Ed25519 => Some(OwnedPublicKey::Ed25519 { x: self.key.to_vec() }),
            KeyType::Akp(alg) => Some(OwnedPublicKey::Akp { alg, public: self.key.to_vec() }),
        };
        let key = read.ok_or(Self::MALFORMED)?;
        check_key(&key.as_ref(), Self::MALFORMED)?;
        Ok(key)
    }
}

fn ec(curve: Curve, x: &[u8], y: &[u8]) -> OwnedPublicKey {
    OwnedPublicKey::Ec { curve, x: x.to_vec(), y: y.to_vec() }
}

/// Checks the numbers as those of a JWK are. Here there is no member of a JWK to blame.
pub(crate) fn check_key(key: &PublicKey<'_>, malformed: KeyError) -> Result<(), KeyError> {
    check_numbers(key).map_err(|error| if matches!(error, KeyError::InvalidMember { .. }) { malformed } else { error })
}

#[cfg(test)]
mod tests {
    use symbolon_types::Alg;

    use super::*;

    #[test]
    fn a_key_of_ml_dsa_is_read_and_written() {
        for (alg, length) in [(Alg::MlDsa44, 1312), (Alg::MlDsa65, 1952), (Alg::MlDsa87, 2592)] {
            let jwk = Jwk::from_public_key(&OwnedPublicKey::Akp { alg, public: alloc::vec![3; length] });
            let der = jwk.to_spki_der().unwrap();
            assert_eq!(Jwk::from_spki_der(&der), Ok(jwk.clone()));
            assert_eq!(Jwk::parse(jwk.to_json().as_bytes()), Ok(jwk));
            let shorter = OwnedPublicKey::Akp { alg, public: alloc::vec![3; length - 1] };
            assert_eq!(Jwk::from_public_key(&shorter).to_spki_der(), Err(KeyError::InvalidMember { name: "pub" }));
        }
    }

    #[test]
    fn a_key_of_wrong_length_is_neither_read_nor_written() {
        let key = |length| OwnedPublicKey::Ed25519 { x: alloc::vec![3; length] };
        let der = Jwk::from_public_key(&key(32)).to_spki_der().unwrap();
        assert_eq!(Jwk::from_spki_der(&der), Ok(Jwk::from_public_key(&key(32))));
        for length in [0, 31, 33] {
            let jwk = Jwk::from_public_key(&key(length));
            assert_eq!(jwk.to_spki_der(), Err(KeyError::InvalidMember { name: "x" }));
            let octets = der::write_bit_string(&alloc::vec![3; length]);
            let der = der::write(SEQUENCE, &[&KeyType::Ed25519.to_der().unwrap(), &octets]);
            assert_eq!(Jwk::from_spki_der(&der), Err(SubjectPublicKeyInfo::MALFORMED));
        }
    }

    #[test]
    fn an_even_modulus_is_malformed_and_no_member_is_blamed() {
        for (last, read) in [(1, true), (2, false)] {
            let mut n = alloc::vec![0xff; 256];
            n[255] = last;
            let der = pkcs1::write_public_key(&n, &[1, 0, 1]);
            assert_eq!(Jwk::from_pkcs1_der(&der).is_ok(), read);
            let spki = der::write(SEQUENCE, &[&KeyType::Rsa.to_der().unwrap(), &der::write_bit_string(&der)]);
            assert_eq!(Jwk::from_spki_der(&spki).is_ok(), read);
            if !read {
                assert_eq!(Jwk::from_pkcs1_der(&der), Err(KeyError::MalformedDer { name: "RSAPublicKey" }));
                assert_eq!(Jwk::from_spki_der(&spki), Err(SubjectPublicKeyInfo::MALFORMED));
            }
        }
    }
}
