use symbolon_types::{Confirmation, Digest, Once};

/// A key whose possession was proven for one request ([RFC 9449 §4.3]).
///
/// Made by [`Checks::check`](crate::Checks::check) alone, after everything held:
/// ```compile_fail,E0451
/// use symbolon_dpop::{ProvenKey, types::Digest};
/// fn forge(proven: ProvenKey, jkt: Digest) -> ProvenKey { ProvenKey { jkt, ..proven } }
/// ```
/// ```
/// use symbolon_dpop::{ProvenKey, types::Confirmation};
/// fn bind(proven: &ProvenKey) -> Confirmation { proven.confirmation() }
/// ```
///
/// # Security
/// The proof may have been seen before: that is known when [`Self::once`] has been committed, and not earlier
/// ([RFC 9449 §11.1]).
///
/// [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
/// [RFC 9449 §11.1]: https://www.rfc-editor.org/rfc/rfc9449#section-11.1
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProvenKey {
    pub(crate) jkt: Digest,
    pub(crate) once: Once,
    pub(crate) wants_nonce: bool,
}

impl ProvenKey {
    /// The thumbprint of the key ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    pub const fn jkt(&self) -> Digest {
        self.jkt
    }

    /// What a token is bound to: `jkt` alone ([RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
    pub const fn confirmation(&self) -> Confirmation {
        Confirmation { jkt: Some(self.jkt), x5t_s256: None }
    }

    /// The replay id: SHA-256 over tenant, kind, `jkt` and `jti`, each with its length (security decision D9).
    ///
    /// `until` is the last moment at which this proof could be accepted, whenever it came: `iat` and the longest age, or the
    /// end of its nonce. `issued` is its `iat`; of a proof with a nonce, whose `iat` is not judged, the moment of that nonce.
    pub const fn once(&self) -> Once {
        self.once
    }

    /// Whether the answer is to bring a fresh nonce: the one of this proof is in its second half (security decision D19,
    /// [RFC 9449 §8.2](https://www.rfc-editor.org/rfc/rfc9449#section-8.2)).
    pub const fn wants_nonce(&self) -> bool {
        self.wants_nonce
    }
}
