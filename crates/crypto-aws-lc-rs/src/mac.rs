use alloc::sync::Arc;
use core::fmt;

use aws_lc_rs::hmac::{Algorithm, Context, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, Key, Tag};
use symbolon_crypto::{LongMac, LongMacKey, MAC_BYTES, Mac, MacKey, MacTag};
use symbolon_types::Alg;

/// HMAC-SHA-256 ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
#[derive(Debug)]
pub(crate) struct HmacSha256;

impl Mac for HmacSha256 {
    fn load(&self, key: &[u8]) -> Arc<dyn MacKey> {
        Arc::new(HmacSha256Key(Key::new(HMAC_SHA256, key)))
    }
}

/// The two half-made digests of a key.
struct HmacSha256Key(Key);

impl MacKey for HmacSha256Key {
    fn sign(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        octets(&tag(&self.0, parts))
    }
}

impl fmt::Debug for HmacSha256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha256Key(..)")
    }
}

/// An HMAC with a hash of `N` octets.
#[derive(Debug)]
pub(crate) struct LongHmac<const N: usize> {
    alg: Alg,
    algorithm: &'static Algorithm,
}

pub(crate) static HS384: LongHmac<48> = LongHmac { alg: Alg::Hs384, algorithm: &HMAC_SHA384 };
pub(crate) static HS512: LongHmac<64> = LongHmac { alg: Alg::Hs512, algorithm: &HMAC_SHA512 };

impl<const N: usize> LongMac for LongHmac<N>
where
    MacTag: From<[u8; N]>,
{
    fn alg(&self) -> Alg {
        self.alg
    }

    fn load(&self, key: &[u8]) -> Arc<dyn LongMacKey> {
        Arc::new(LongHmacKey::<N>(Key::new(*self.algorithm, key)))
    }
}

/// The two half-made digests of a key.
struct LongHmacKey<const N: usize>(Key);

impl<const N: usize> LongMacKey for LongHmacKey<N>
where
    MacTag: From<[u8; N]>,
{
    fn sign(&self, parts: &[&[u8]]) -> MacTag {
        octets::<N>(&tag(&self.0, parts)).into()
    }
}

impl<const N: usize> fmt::Debug for LongHmacKey<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LongHmacKey(..)")
    }
}

fn tag(key: &Key, parts: &[&[u8]]) -> Tag {
    let mut context = Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    context.sign()
}

fn octets<const N: usize>(tag: &Tag) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(tag.as_ref());
    out
}
