use alloc::{string::String, sync::Arc, vec::Vec};

use serde::Serialize;
use serde_json::Value;
use symbolon_types::{Alg, Digest};

use crate::{
    Jwk, MAX_KID_BYTES, SignError, base64url,
    quick_json::{self, NotQuick},
    x5c,
};

/// What a key says in the headers of its tokens ([RFC 7515 §4]), encoded once for the usual values of `typ`.
///
/// [RFC 7515 §4]: https://www.rfc-editor.org/rfc/rfc7515#section-4
#[derive(Clone)]
pub(crate) struct ProtectedHeader {
    alg: Alg,
    kid: Option<Arc<str>>,
    x5c: Option<Arc<[Vec<u8>]>>,
    x5t_s256: Option<Digest>,
    jwk: Option<Arc<Value>>,
    /// In the order of [`USUAL_TYPES`]; none if the `kid` is too long.
    encoded: Option<Arc<[Vec<u8>; USUAL_TYPES.len()]>>,
}

impl ProtectedHeader {
    pub(crate) fn new(alg: Alg) -> Self {
        Self { alg, kid: None, x5c: None, x5t_s256: None, jwk: None, encoded: None }.encode()
    }

    pub(crate) fn with_kid(self, kid: Option<&str>) -> Self {
        Self { kid: kid.map(Arc::from), ..self }.encode()
    }

    pub(crate) fn with_x5c(self, chain: Vec<Vec<u8>>) -> Self {
        Self { x5c: (!chain.is_empty()).then(|| chain.into()), ..self }.encode()
    }

    pub(crate) fn with_x5t_s256(self, thumbprint: Digest) -> Self {
        Self { x5t_s256: Some(thumbprint), ..self }.encode()
    }

    pub(crate) fn with_jwk(self, jwk: &Jwk) -> Self {
        Self { jwk: Some(Arc::new(jwk.to_value())), ..self }.encode()
    }

    fn encode(mut self) -> Self {
        self.encoded = None;
        let encoded = USUAL_TYPES.map(|typ| {
            let mut out = Vec::new();
            self.write(typ, &mut out).map(|()| out).unwrap_or_default()
        });
        self.encoded = encoded.iter().all(|text| !text.is_empty()).then(|| Arc::new(encoded));
        self
    }

    pub(crate) const fn alg(&self) -> Alg {
        self.alg
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(crate) fn x5c(&self) -> Option<&[Vec<u8>]> {
        self.x5c.as_deref()
    }

    /// Appends the header, encoded.
    pub(crate) fn write(&self, typ: Option<&str>, out: &mut Vec<u8>) -> Result<(), SignError> {
        let known = USUAL_TYPES.iter().position(|usual| *usual == typ);
        if let Some(encoded) = self.encoded.as_ref().zip(known).and_then(|(encoded, place)| encoded.get(place)) {
            out.extend_from_slice(encoded);
            return Ok(());
        }
        if let Some(length) = self.kid().map(str::len).filter(|length| *length > MAX_KID_BYTES) {
            return Err(SignError::KidTooLong { length, limit: MAX_KID_BYTES });
        }
        let members = Members {
            alg: self.alg.as_str(),
            kid: self.kid(),
            typ,
            x5c: self.x5c().map(x5c::write),
            x5t_s256: self.x5t_s256.map(|thumbprint| thumbprint.to_base64url()),
            jwk: self.jwk.as_deref(),
        };
        let start = out.len();
        // Strings, and objects of them, each member once: the quick writer takes it.
        quick_json::write(&members, out).map_err(|NotQuick| SignError::Claims)?;
        base64url::encode_tail(out, start);
        Ok(())
    }
}

#[derive(Serialize)]
struct Members<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<Vec<String>>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<&'a Value>,
}

/// What the token endpoint writes: ID tokens, access tokens (RFC 9068), client assertions (RFC 10070), proofs (RFC 9449).
const USUAL_TYPES: [Option<&str>; 5] =
    [None, Some("JWT"), Some("at+jwt"), Some("client-authentication+jwt"), Some("dpop+jwt")];
