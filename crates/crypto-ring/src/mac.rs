use alloc::sync::Arc;
use core::fmt;

use ring::hmac::{Context, HMAC_SHA256, Key};
use symbolon_crypto::{MAC_BYTES, Mac, MacKey};

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
        let mut context = Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut out = [0; MAC_BYTES];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

impl fmt::Debug for HmacSha256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha256Key(..)")
    }
}
