use core::{fmt, str::FromStr};

use thiserror::Error;

/// A JWS signature algorithm by its registered name ([RFC 7518 §3.1], [RFC 8037 §3.1], [RFC 8812 §3.2], [RFC 9864 §2],
/// [RFC 9964 §5]).
///
/// There is no `none`: an unsecured JWS cannot be expressed ([RFC 8725 §3.2]). `EdDSA` and `Ed25519` are two names of
/// one operation; they are two values here, so that an allow-list can tell them apart.
///
/// A value of this type says nothing about a provider being able to do it.
///
/// ```
/// use symbolon_types::Alg;
/// assert_eq!("ES256".parse(), Ok(Alg::Es256));
/// assert!("es256".parse::<Alg>().is_err(), "names are case-sensitive");
/// assert!("none".parse::<Alg>().is_err());
/// ```
///
/// [RFC 7518 §3.1]: https://www.rfc-editor.org/rfc/rfc7518#section-3.1
/// [RFC 8037 §3.1]: https://www.rfc-editor.org/rfc/rfc8037#section-3.1
/// [RFC 8725 §3.2]: https://www.rfc-editor.org/rfc/rfc8725#section-3.2
/// [RFC 8812 §3.2]: https://www.rfc-editor.org/rfc/rfc8812#section-3.2
/// [RFC 9864 §2]: https://www.rfc-editor.org/rfc/rfc9864#section-2
/// [RFC 9964 §5]: https://www.rfc-editor.org/rfc/rfc9964#section-5
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Alg {
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// `RS384`: RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// `RS512`: RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// `PS256`: RSASSA-PSS with SHA-256 and a salt of 32 octets.
    Ps256,
    /// `PS384`: RSASSA-PSS with SHA-384 and a salt of 48 octets.
    Ps384,
    /// `PS512`: RSASSA-PSS with SHA-512 and a salt of 64 octets.
    Ps512,
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `ES384`: ECDSA on P-384 with SHA-384.
    Es384,
    /// `ES512`: ECDSA on P-521 with SHA-512.
    Es512,
    /// `ES256K`: ECDSA on secp256k1 with SHA-256 ([RFC 8812 §3.2](https://www.rfc-editor.org/rfc/rfc8812#section-3.2)).
    Es256K,
    /// `EdDSA` ([RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)), here always on Ed25519.
    EdDsa,
    /// `Ed25519` ([RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2)).
    Ed25519,
    /// `ML-DSA-44` ([RFC 9964 §5](https://www.rfc-editor.org/rfc/rfc9964#section-5)), of FIPS 204.
    MlDsa44,
    /// `ML-DSA-65` ([RFC 9964 §5](https://www.rfc-editor.org/rfc/rfc9964#section-5)), of FIPS 204.
    MlDsa65,
    /// `ML-DSA-87` ([RFC 9964 §5](https://www.rfc-editor.org/rfc/rfc9964#section-5)), of FIPS 204.
    MlDsa87,
    /// `HS256`: HMAC with SHA-256.
    Hs256,
    /// `HS384`: HMAC with SHA-384.
    Hs384,
    /// `HS512`: HMAC with SHA-512.
    Hs512,
}

impl Alg {
    /// Every algorithm that this version names.
    pub const ALL: &'static [Self] = &[
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256K,
        Self::EdDsa,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
    ];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256K => "ES256K",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// Whether signer and verifier share one secret. Such an algorithm never belongs to a published key.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    /// Whether two names mean the same operation: equal, or the two names of Ed25519 (security decision D12).
    pub const fn is_same_operation(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::EdDsa | Self::Ed25519, Self::EdDsa | Self::Ed25519)
                | (Self::Rs256, Self::Rs256)
                | (Self::Rs384, Self::Rs384)
                | (Self::Rs512, Self::Rs512)
                | (Self::Ps256, Self::Ps256)
                | (Self::Ps384, Self::Ps384)
                | (Self::Ps512, Self::Ps512)
                | (Self::Es256, Self::Es256)
                | (Self::Es384, Self::Es384)
                | (Self::Es512, Self::Es512)
                | (Self::Es256K, Self::Es256K)
                | (Self::MlDsa44, Self::MlDsa44)
                | (Self::MlDsa65, Self::MlDsa65)
                | (Self::MlDsa87, Self::MlDsa87)
                | (Self::Hs256, Self::Hs256)
                | (Self::Hs384, Self::Hs384)
                | (Self::Hs512, Self::Hs512)
        )
    }
}

impl FromStr for Alg {
    type Err = UnknownAlg;

    /// Compares byte for byte ([RFC 7515 §4.1.1](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.1): case-sensitive).
    fn from_str(name: &str) -> Result<Self, UnknownAlg> {
        Self::ALL.iter().copied().find(|alg| alg.as_str() == name).ok_or(UnknownAlg)
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is not an algorithm of [`Alg`]. It does not hold the name, which a peer may have sent.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unknown signature algorithm")]
#[non_exhaustive]
pub struct UnknownAlg;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_none_is_no_algorithm() {
        for alg in Alg::ALL {
            assert_eq!(alg.as_str().parse(), Ok(*alg));
            assert!(alg.is_same_operation(*alg));
        }
        for name in ["none", "None", "nOnE", "none ", "", "rs256", "RS256 ", "RS256\0", "HS999"] {
            assert_eq!(name.parse::<Alg>(), Err(UnknownAlg), "{name:?}");
        }
    }

    #[test]
    fn only_the_two_names_of_ed25519_are_one_operation() {
        for a in Alg::ALL {
            for b in Alg::ALL {
                let ed = |x: &Alg| matches!(x, Alg::EdDsa | Alg::Ed25519);
                assert_eq!(a.is_same_operation(*b), a == b || (ed(a) && ed(b)));
            }
        }
    }
}
