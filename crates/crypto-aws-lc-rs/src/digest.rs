use alloc::vec::Vec;

use aws_lc_rs::digest::{self, Algorithm, Context};
use symbolon_crypto::{LongDigest, LongDigestName};

/// SHA-256.
#[derive(Debug)]
pub(crate) struct Sha256;

impl symbolon_crypto::Sha256 for Sha256 {
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(digest_of(&digest::SHA256, parts).as_ref());
        out
    }
}

/// A digest longer than SHA-256.
#[derive(Debug)]
pub(crate) struct Long {
    name: LongDigestName,
    algorithm: &'static Algorithm,
}

pub(crate) static SHA384: Long = Long { name: LongDigestName::Sha384, algorithm: &digest::SHA384 };
pub(crate) static SHA512: Long = Long { name: LongDigestName::Sha512, algorithm: &digest::SHA512 };

impl LongDigest for Long {
    fn name(&self) -> LongDigestName {
        self.name
    }

    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        digest_of(self.algorithm, parts).as_ref().to_vec()
    }
}

fn digest_of(algorithm: &'static Algorithm, parts: &[&[u8]]) -> digest::Digest {
    if let [whole] = parts {
        return digest::digest(algorithm, whole);
    }
    let mut context = Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish()
}
