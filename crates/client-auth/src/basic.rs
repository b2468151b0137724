use alloc::{format, string::String};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_types::Secret;
use zeroize::Zeroizing;

use crate::{BasicBuffer, BasicFault, BasicHalves, CredentialsError, form};

/// The secret of a Basic header in the forms in which it can be read ([RFC 6749 §2.3.1], security decision D17).
///
/// The specification has both halves form-encoded before base64; many clients leave that out. Which form counts is a
/// matter of the client's registration ([`RegisteredCredentials::lenient_basic`](crate::RegisteredCredentials)), which
/// is not known when the header is read, so both are kept. A reading is kept only if the *id* beside it is the one
/// that the client is looked up by.
///
/// [RFC 6749 §2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BasicSecret {
    /// Both forms read the same, id and secret.
    Same(Secret),
    /// The id reads the same in both forms, the secret does not.
    #[non_exhaustive]
    Either {
        /// The secret after form-decoding: what the specification means.
        decoded: Secret,
        /// The secret as it stands.
        raw: Secret,
    },
    /// The id reads differently in the two forms: only the form-decoded one counts.
    Decoded(Secret),
    /// The secret cannot be form-decoded (a stray `%`): only a lenient registration can take it.
    Raw(Secret),
}

impl BasicSecret {
    /// The secret after form-decoding. `None`: it cannot be decoded.
    pub const fn decoded(&self) -> Option<&Secret> {
        match self {
            Self::Same(secret) | Self::Decoded(secret) | Self::Either { decoded: secret, .. } => Some(secret),
            Self::Raw(_) => None,
        }
    }

    /// The secret as it stands in the header. `None`: the id beside it is not the one that was looked up.
    pub const fn raw(&self) -> Option<&Secret> {
        match self {
            Self::Same(secret) | Self::Raw(secret) | Self::Either { raw: secret, .. } => Some(secret),
            Self::Decoded(_) => None,
        }
    }
}

/// What stands behind the scheme Basic: the form-decoded id and the secret.
pub(crate) fn read(token68: &[u8]) -> Result<(String, BasicSecret), CredentialsError> {
    let mut buffer = BasicBuffer::default();
    let halves = BasicHalves::decode_in(token68, &mut buffer)?;
    let (raw_id, raw) = (halves.client_id(), halves.expose_secret());
    let undecodable = CredentialsError::BasicSyntax { fault: BasicFault::FormEncoding };
    let Some(client_id) = form::decode(raw_id) else { return Err(undecodable) };
    let secret = match (form::decode(raw).map(Secret::new), client_id == raw_id) {
        (Some(decoded), false) => BasicSecret::Decoded(decoded),
        (Some(decoded), true) if decoded.expose() == raw => BasicSecret::Same(decoded),
        (Some(decoded), true) => BasicSecret::Either { decoded, raw: Secret::new(raw) },
        (None, true) => BasicSecret::Raw(Secret::new(raw)),
        (None, false) => return Err(undecodable),
    };
    Ok((client_id, secret))
}

/// Writes a Basic value; `encode` says whether the halves are form-encoded.
pub(crate) fn write(client_id: &str, secret: &Secret, encode: bool) -> Secret {
    let room = form::most_encoded_bytes(client_id).saturating_add(form::most_encoded_bytes(secret.expose()));
    let mut pair = Zeroizing::new(String::with_capacity(room.saturating_add(1)));
    if encode {
        form::encode(client_id, &mut pair);
        pair.push(':');
        form::encode(secret.expose(), &mut pair);
    } else {
        pair.push_str(client_id);
        pair.push(':');
        pair.push_str(secret.expose());
    }
    let token68 = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Secret::new(format!("Basic {}", token68.as_str()))
}

/// The scheme, and what stands behind it ([RFC 9110 §11.4](https://www.rfc-editor.org/rfc/rfc9110#section-11.4)).
/// Schemes are compared without case ([RFC 9110 §11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)).
pub(crate) fn scheme_and_credentials(authorization: &[u8]) -> (&[u8], &[u8]) {
    let end = authorization.iter().position(|byte| *byte == b' ').unwrap_or(authorization.len());
    let (scheme, rest) = authorization.split_at_checked(end).unwrap_or_default();
    // RFC 9110 §11.4: 1*SP, so more than one space is well formed; a tab is not.
    let start = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
    (scheme, rest.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn header(pair: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(pair)).into_bytes()
    }

    fn read_header(authorization: &[u8]) -> Result<(String, BasicSecret), CredentialsError> {
        read(scheme_and_credentials(authorization).1)
    }

    fn fault(authorization: &[u8]) -> BasicFault {
        match read_header(authorization) {
            Err(CredentialsError::BasicSyntax { fault }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reading_is_kept_only_beside_the_id_that_was_looked_up() {
        let read = |pair| read_header(&header(pair)).unwrap();
        let s = Secret::new;
        assert_eq!(read("id:secret"), ("id".into(), BasicSecret::Same(s("secret"))));
        assert_eq!(read("id:a:b"), ("id".into(), BasicSecret::Same(s("a:b"))));
        assert_eq!(read("id:a+b"), ("id".into(), BasicSecret::Either { decoded: s("a b"), raw: s("a+b") }));
        assert_eq!(read("i%64:a+b"), ("id".into(), BasicSecret::Decoded(s("a b"))));
        assert_eq!(read("id:100%"), ("id".into(), BasicSecret::Raw(s("100%"))));
        assert_eq!(read("id:"), ("id".into(), BasicSecret::Same(s(""))));
    }

    #[test]
    fn a055_a056_malformed_credentials_name_their_fault() {
        assert_eq!(fault(&header("no-colon")), BasicFault::Colon);
        assert_eq!(fault(&header(":secret")), BasicFault::ClientId);
        assert_eq!(fault(&header("%:secret")), BasicFault::FormEncoding);
        assert_eq!(fault(&header("i%64:100%")), BasicFault::FormEncoding);
        assert_eq!(fault(&header("i\nd:secret")), BasicFault::Text);
        assert_eq!(fault(b"Basic /w=="), BasicFault::Text);
        assert_eq!(fault(b"Basic"), BasicFault::Colon);
        for not_base64 in ["Basic a", "Basic aTpz\n", "Basic aTpz ", "Basic aTpzZQ", "Basic aTpzZR==", "Basic aTp_"] {
            assert_eq!(fault(not_base64.as_bytes()), BasicFault::Base64, "{not_base64:?}");
        }
    }

    #[test]
    fn what_is_written_encoded_reads_back_and_raw_is_raw() {
        let secret = Secret::new("s3cr+t %:u");
        let encoded = write("a b", &secret, true);
        assert_eq!(
            read_header(encoded.expose().as_bytes()).unwrap(),
            ("a b".into(), BasicSecret::Decoded(secret.clone()))
        );
        let raw = write("ab", &secret, false);
        assert_eq!(read_header(raw.expose().as_bytes()).unwrap(), ("ab".into(), BasicSecret::Raw(secret)));
    }
}
