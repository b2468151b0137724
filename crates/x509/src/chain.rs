use alloc::vec::Vec;

use crate::{Certificate, ChainError};

/// Most certificates of a chain. Those of business certificates have two or three.
pub const MAX_CHAIN_CERTIFICATES: usize = 10;

/// A chain of certificates as somebody brought it, the leaf first: in the `x5c` of a JOSE header ([RFC 7515 §4.1.6]) or in
/// a file. It has names for a look-up and no key (security decision D13): whoever signed the token wrote it.
///
/// ```
/// use symbolon_x509::UntrustedChain;
/// # let (leaf, issuer) = (include_bytes!("../tests/vectors/business.der"), include_bytes!("../tests/vectors/intermediate.der"));
/// let x5c = vec![leaf.to_vec(), issuer.to_vec()];
/// let chain = UntrustedChain::from_x5c(&x5c)?;
/// assert_eq!(chain.leaf().organization_number(), Some("123456789"));
/// # Ok::<(), symbolon_x509::ChainError>(())
/// ```
///
/// [RFC 7515 §4.1.6]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UntrustedChain {
    leaf: Certificate,
    others: Vec<Vec<u8>>,
}

impl UntrustedChain {
    /// Takes certificates in DER, the leaf first. Only the leaf is read; the others are for who validates the chain.
    ///
    /// # Errors
    /// A client that sent it hears `invalid_client`.
    /// - [`ChainError::Empty`], [`ChainError::TooMany`]: no certificate, or more than [`MAX_CHAIN_CERTIFICATES`].
    /// - [`ChainError::Leaf`]: the first one was not read.
    pub fn from_x5c(certificates: &[Vec<u8>]) -> Result<Self, ChainError> {
        let (leaf, others) = certificates.split_first().ok_or(ChainError::Empty)?;
        if certificates.len() > MAX_CHAIN_CERTIFICATES {
            return Err(ChainError::TooMany { count: certificates.len(), limit: MAX_CHAIN_CERTIFICATES });
        }
        Ok(Self { leaf: Certificate::parse(leaf).map_err(ChainError::Leaf)?, others: others.to_vec() })
    }

    /// The first certificate. Unproven.
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The other certificates, in DER, in their order. Unproven.
    pub fn others(&self) -> &[Vec<u8>] {
        &self.others
    }
}

/// A chain that was validated: the one thing here that gives a key (security decision D13). `ChainChecks`, of the feature
/// `webpki`, makes one, or a caller who [says so](Self::assume_validated).
///
/// ```
/// use symbolon_x509::{UntrustedChain, ValidatedChain};
/// # let leaf = include_bytes!("../tests/vectors/business.der");
/// # let untrusted = UntrustedChain::from_x5c(&[leaf.to_vec()])?;
/// // After the embedding program's own validation:
/// let chain = ValidatedChain::assume_validated(untrusted);
/// assert_eq!(chain.leaf().organization_number(), Some("123456789"));
/// assert!(!chain.subject_public_key_info().is_empty());
/// # Ok::<(), symbolon_x509::ChainError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValidatedChain {
    leaf: Certificate,
}

impl ValidatedChain {
    /// Takes the caller's word. Search for this name in a review.
    ///
    /// # Security
    /// You state all that [`ChainError`] can say did not happen: that there is a path to an anchor which you trust to name
    /// clients, that every certificate of it is valid now and not revoked, and that the leaf is for this use.
    pub fn assume_validated(chain: UntrustedChain) -> Self {
        Self { leaf: chain.leaf }
    }

    /// The first certificate.
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The key of the leaf, as `SubjectPublicKeyInfo` in DER
    /// ([RFC 5280 §4.1.2.7](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7)).
    pub fn subject_public_key_info(&self) -> &[u8] {
        self.leaf.subject_public_key_info()
    }
}
