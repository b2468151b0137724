use rustls::{pki_types::CertificateDer, server::ParsedCertificate};
use symbolon::crypto::PublicKey;

/// Whether a certificate is that of a key; `None`: it cannot be read here, which says nothing about it elsewhere.
///
/// Finds a mix-up of files. Whether the certificate is valid, or trusted, is the server's judgement.
pub(super) fn is_of(certificate: &[u8], key: &PublicKey<'_>) -> Option<bool> {
    let certificate = CertificateDer::from(certificate);
    let certificate = ParsedCertificate::try_from(&certificate).ok()?;
    // RFC 5280 §4.1: the key is the last thing in SubjectPublicKeyInfo.
    Some(certificate.subject_public_key_info().ends_with(&end(key)?))
}

/// How SubjectPublicKeyInfo ends for a key.
fn end(key: &PublicKey<'_>) -> Option<Vec<u8>> {
    Some(match key {
        // RFC 8017 appendix A.1.1: two INTEGERs, and the second one is short.
        PublicKey::Rsa { n, e } => {
            let sign: &[u8] = if e.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
            let length = u8::try_from(sign.len().checked_add(e.len())?).ok().filter(|length| *length < 0x80)?;
            [*n, &[INTEGER, length], sign, e].concat()
        }
        // SEC 1 §2.3.3, without compression.
        PublicKey::Ec { x, y, .. } => [&[UNCOMPRESSED], *x, y].concat(),
        // RFC 8410 §4.
        PublicKey::Ed25519 { x } => x.to_vec(),
        // RFC 9881 §4.
        PublicKey::Akp { public, .. } => public.to_vec(),
        _ => return None,
    })
}

const INTEGER: u8 = 2;
const UNCOMPRESSED: u8 = 4;
