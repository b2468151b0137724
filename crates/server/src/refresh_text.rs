use alloc::string::{String, ToString as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::MacKey;
use symbolon_types::{ClientId, Secret, SecretBytes};

use crate::FamilyId;

/// The text of a refresh token: `family . generation . tag` (security decision D7).
///
/// Family and generation say which token it claims to be; the tag, a MAC under the server key over both, the client and
/// the family's random secret, says that it was issued. Any generation of a family is recognised for ever by one row.
pub(crate) struct RefreshText {
    pub(crate) family: FamilyId,
    pub(crate) generation: u64,
    tag: [u8; 32],
}

impl core::fmt::Debug for RefreshText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RefreshText")
            .field("family", &self.family)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl RefreshText {
    /// Reads the one form in which a refresh token is written; anything else is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (family, generation, tag) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let family: [u8; 16] = URL_SAFE_NO_PAD.decode(family).ok()?.try_into().ok()?;
        let number: u64 = generation.parse().ok()?;
        // One number, one text: no sign, no leading zero, and no generation was ever 0.
        if number == 0 || number.to_string() != generation {
            return None;
        }
        let tag: [u8; 32] = URL_SAFE_NO_PAD.decode(tag).ok()?.try_into().ok()?;
        Some(Self { family: FamilyId::from_bytes(family), generation: number, tag })
    }

    /// Whether the tag is the one of this family. In constant time.
    pub(crate) fn is_tagged(&self, key: &dyn MacKey, client_id: &ClientId, secret: &SecretBytes) -> bool {
        tag(key, self.family, self.generation, client_id, secret).ct_eq(&self.tag).into()
    }

    /// Writes the refresh token of this generation.
    pub(crate) fn write(
        key: &dyn MacKey,
        family: FamilyId,
        generation: u64,
        client_id: &ClientId,
        secret: &SecretBytes,
    ) -> Secret {
        let mut text = String::with_capacity(MAX_TEXT_BYTES);
        URL_SAFE_NO_PAD.encode_string(family.as_bytes(), &mut text);
        text.push('.');
        text.push_str(&generation.to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(tag(key, family, generation, client_id, secret), &mut text);
        Secret::new(text)
    }
}

/// Family (22), generation (at most 20) and tag (43) with two dots.
const MAX_TEXT_BYTES: usize = 87;

fn tag(key: &dyn MacKey, family: FamilyId, generation: u64, client_id: &ClientId, secret: &SecretBytes) -> [u8; 32] {
    // Fixed lengths first, the client id last: no two inputs run together.
    key.sign(&[family.as_bytes(), &generation.to_be_bytes(), secret.expose(), b"\0", client_id.as_str().as_bytes()])
}

#[cfg(test)]
mod tests {
    use symbolon_crypto_ring::PROVIDER;

    use super::*;

    fn parts() -> (FamilyId, ClientId, SecretBytes) {
        (FamilyId::from_bytes([3; 16]), ClientId::parse("app").unwrap(), SecretBytes::new([5; 32]))
    }

    #[test]
    fn a_text_reads_back_and_belongs_to_one_family_client_and_generation() {
        let key = PROVIDER.hmac_sha256.load(&[1; 32]);
        let (family, client, secret) = parts();
        let text = RefreshText::write(&*key, family, 7, &client, &secret);
        let read = RefreshText::parse(text.expose()).unwrap();
        assert_eq!((read.family, read.generation), (family, 7));
        assert!(read.is_tagged(&*key, &client, &secret));
        assert!(!read.is_tagged(&*key, &ClientId::parse("app2").unwrap(), &secret));
        assert!(!read.is_tagged(&*key, &client, &SecretBytes::new([6; 32])));
        assert!(!read.is_tagged(&*PROVIDER.hmac_sha256.load(&[2; 32]), &client, &secret));
        let other = RefreshText::parse(&text.expose().replace(".7.", ".8.")).unwrap();
        assert!(!other.is_tagged(&*key, &client, &secret));
    }

    #[test]
    fn a127_a_truncated_extended_or_respelled_token_is_none_of_ours() {
        let key = PROVIDER.hmac_sha256.load(&[1; 32]);
        let (family, client, secret) = parts();
        let text = RefreshText::write(&*key, family, 7, &client, &secret);
        let text = text.expose();
        for bad in [
            text.replace(".7.", ".07."),
            text.replace(".7.", ".+7."),
            text.replace(".7.", ".0."),
            text.replace(".7.", ".99999999999999999999."),
            format!("{text}A"),
            format!("{text}="),
            format!("{text}.x"),
            format!(" {text}"),
            text.chars().take(text.chars().count().saturating_sub(1)).collect(),
            String::new(),
            String::from("..."),
            String::from("yBtapz3ThC3uVWufWhxsLtbEidPnEsL7atvfHSBANDs="),
        ] {
            assert!(RefreshText::parse(&bad).is_none(), "{bad}");
        }
        assert!(RefreshText::parse(text).is_some());
    }
}
