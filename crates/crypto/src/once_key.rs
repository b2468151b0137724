use symbolon_types::Digest;

use crate::Sha256;

/// The key of a replay id ([`Once::key`](symbolon_types::Once::key), security decision D9): the hash of tenant, kind, owner and
/// id, each with its length, so that no two of them are taken for two others.
///
/// The kinds are `assertion`, whose owner is `iss`; `dpop`, whose owner is the thumbprint of the key; `attestation-pop`, whose
/// owner is that of the instance key.
///
/// ```
/// use symbolon_crypto::{Sha256, once_key};
/// use symbolon_types::Digest;
///
/// fn key(sha256: &dyn Sha256, client_id: &str, jti: &str) -> Digest {
///     once_key(sha256, "https://as.example", "assertion", client_id.as_bytes(), jti)
/// }
/// ```
///
/// # Security
/// Make it only after everything else held: what was forged must not use up an id.
pub fn once_key(sha256: &dyn Sha256, tenant: &str, kind: &str, owner: &[u8], id: &str) -> Digest {
    let parts = [tenant.as_bytes(), kind.as_bytes(), owner, id.as_bytes()];
    let [a, b, c, d] = parts.map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
    let [tenant, kind, owner, id] = parts;
    Digest::from_bytes(sha256.digest(&[&a, tenant, &b, kind, &c, owner, &d, id]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No hash, but one that tells apart what differs in one byte or in its place.
    #[derive(Debug)]
    struct Sum;

    impl Sha256 for Sum {
        fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
            let mut state = [0_u8; 32];
            for (at, byte) in parts.iter().copied().flatten().enumerate() {
                let place = &mut state[at % 32];
                *place = place.rotate_left(3).wrapping_add(*byte);
            }
            state
        }
    }

    #[test]
    fn d9_a_byte_that_moves_to_the_next_part_makes_another_key() {
        let key = |tenant, kind, owner: &str, id| once_key(&Sum, tenant, kind, owner.as_bytes(), id);
        let here = key("ab", "cd", "ef", "gh");
        assert_eq!(key("ab", "cd", "ef", "gh"), here);
        for other in [
            key("abc", "d", "ef", "gh"),
            key("ab", "cde", "f", "gh"),
            key("ab", "cd", "efg", "h"),
            key("ab", "cd", "ef", "g"),
        ] {
            assert_ne!(other, here);
        }
    }
}
