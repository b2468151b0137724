use crate::Digest;

/// Which keys a token is bound to: the `cnf` claim of [RFC 7800 §3.1].
///
/// Both bindings may hold at once, so it is not an enum. `jkt` is the RFC 7638 thumbprint of a DPoP key
/// ([RFC 9449 §6.1]), `x5t_s256` the SHA-256 of a client certificate ([RFC 8705 §3.1]).
///
/// ```
/// use symbolon_types::{Confirmation, Digest};
/// let bound = Confirmation { jkt: Some(Digest::from_bytes([1; 32])), ..Confirmation::NONE };
/// assert!(bound.satisfies(&Confirmation::NONE), "a bearer token asks for no key");
/// assert!(!Confirmation::NONE.satisfies(&bound));
/// ```
///
/// [RFC 7800 §3.1]: https://www.rfc-editor.org/rfc/rfc7800#section-3.1
/// [RFC 8705 §3.1]: https://www.rfc-editor.org/rfc/rfc8705#section-3.1
/// [RFC 9449 §6.1]: https://www.rfc-editor.org/rfc/rfc9449#section-6.1
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Confirmation {
    /// Thumbprint of the DPoP key.
    pub jkt: Option<Digest>,
    /// Thumbprint of the client certificate.
    pub x5t_s256: Option<Digest>,
}

impl Confirmation {
    /// No binding: a bearer token.
    pub const NONE: Self = Self { jkt: None, x5t_s256: None };

    /// Whether the keys shown now (`self`) are all those that something was `bound` to.
    pub fn satisfies(&self, bound: &Self) -> bool {
        (bound.jkt.is_none() || bound.jkt == self.jkt) && (bound.x5t_s256.is_none() || bound.x5t_s256 == self.x5t_s256)
    }

    /// Whether there is any binding.
    pub const fn is_bound(&self) -> bool {
        self.jkt.is_some() || self.x5t_s256.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binding_must_be_shown() {
        let (a, b) = (Some(Digest::from_bytes([1; 32])), Some(Digest::from_bytes([2; 32])));
        let all = [None, a, b];
        for (jkt, x5t_s256) in all.into_iter().flat_map(|j| all.map(|x| (j, x))) {
            let bound = Confirmation { jkt, x5t_s256 };
            assert!(bound.satisfies(&bound));
            assert_eq!(Confirmation::NONE.satisfies(&bound), !bound.is_bound());
            assert_eq!(Confirmation { jkt: a, x5t_s256: None }.satisfies(&bound), x5t_s256.is_none() && jkt != b);
        }
    }
}
