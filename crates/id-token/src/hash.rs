use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_crypto::{CryptoProvider, LongDigestName};
use symbolon_types::Alg;

use crate::HashUnavailable;

/// The value of `at_hash` and `c_hash`: base64url of the left half of a hash over the text
/// ([OIDC Core §3.1.3.6], [OIDC Core §3.3.2.11]).
///
/// The signing algorithm names the hash: SHA-256 where the name ends in 256, and for ES256K; SHA-384 where it ends in 384;
/// SHA-512 where it ends in 512. For Ed25519, under either of its names, the specification names none; SHA-512, the hash
/// inside of Ed25519, is what is in use. ML-DSA has no hash of its own and none in use: there is no value.
///
/// ```
/// use symbolon_id_token::{left_half_hash, types::Alg};
/// use symbolon_crypto_ring::PROVIDER;
/// // The access token and the hash of OpenID Connect Core, appendix A.
/// let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
/// assert_eq!(left_half_hash(&PROVIDER, Alg::Rs256, access_token)?, "77QmUPtjPfzWtF2AnpK9RQ");
/// # Ok::<(), symbolon_id_token::HashUnavailable>(())
/// ```
///
/// # Errors
/// - [`HashUnavailable`]: the provider lacks the hash, or the algorithm is one whose hash is not known here. Nothing
///   may be issued or accepted then.
///
/// [OIDC Core §3.1.3.6]: https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
/// [OIDC Core §3.3.2.11]: https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken
pub fn left_half_hash(crypto: &CryptoProvider, alg: Alg, text: &str) -> Result<String, HashUnavailable> {
    let parts: &[&[u8]] = &[text.as_bytes()];
    let long = |name| crypto.long_digest(name).map(|digest| left_half(&digest.digest(parts)));
    match alg {
        Alg::Rs256 | Alg::Ps256 | Alg::Es256 | Alg::Es256K | Alg::Hs256 => {
            Some(left_half(&crypto.sha256.digest(parts)))
        }
        Alg::Rs384 | Alg::Ps384 | Alg::Es384 | Alg::Hs384 => long(LongDigestName::Sha384),
        Alg::Rs512 | Alg::Ps512 | Alg::Es512 | Alg::Hs512 | Alg::EdDsa | Alg::Ed25519 => long(LongDigestName::Sha512),
        _ => None,
    }
    .ok_or(HashUnavailable { alg })
}

fn left_half(digest: &[u8]) -> String {
    let (left, _) = digest.split_at(digest.len().div_euclid(2));
    URL_SAFE_NO_PAD.encode(left)
}
