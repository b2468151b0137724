use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use symbolon_crypto::{AEAD_KEY_BYTES, AEAD_NONCE_BYTES, Aead, AeadKey, OpenFailed};

/// AES-256-GCM.
#[derive(Debug)]
pub(crate) struct Aes256Gcm;

impl Aead for Aes256Gcm {
    #[expect(clippy::expect_used, reason = "the backend refuses a wrong length only, and the type has the right one")]
    fn load(&self, key: &[u8; AEAD_KEY_BYTES]) -> Arc<dyn AeadKey> {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 octets");
        Arc::new(Aes256GcmKey(LessSafeKey::new(key)))
    }
}

struct Aes256GcmKey(LessSafeKey);

impl AeadKey for Aes256GcmKey {
    fn seal(&self, nonce: &[u8; AEAD_NONCE_BYTES], associated_data: &[u8], in_out: &mut Vec<u8>) {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        if self.0.seal_in_place_append_tag(nonce, Aad::from(associated_data), in_out).is_err() {
            // Only a text of 64 GiB gets here (RFC 5116 §5.2). Nothing in clear may leave, and an empty text never opens.
            in_out.clear();
        }
    }

    fn open(
        &self,
        nonce: &[u8; AEAD_NONCE_BYTES],
        associated_data: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), OpenFailed> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let Ok(opened) = self.0.open_in_place(nonce, Aad::from(associated_data), in_out) else {
            in_out.clear();
            return Err(OpenFailed);
        };
        let length = opened.len();
        in_out.truncate(length);
        Ok(())
    }
}

impl fmt::Debug for Aes256GcmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aes256GcmKey(..)")
    }
}
