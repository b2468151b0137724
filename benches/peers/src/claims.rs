//! The two payloads, as text and as types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An ID token of 22 claims, one of them an object of 11, in the shape of BankID's, with made-up values.
    Id,
    /// A client assertion (RFC 7523 §3).
    Ca,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Id, Self::Ca];

    /// Its name in the lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Ca => "ca",
        }
    }

    /// The payload, in the order in which it is signed.
    pub const fn json(self) -> &'static str {
        match self {
            Self::Id => include_str!("../data/id.json"),
            Self::Ca => include_str!("../data/ca.json"),
        }
    }

    /// The payload as a value.
    pub fn value(self) -> Value {
        serde_json::from_str(self.json()).expect("the payload is JSON")
    }

    /// `x5t#S256` of the header.
    pub const fn certificate_thumbprint(self) -> Option<&'static str> {
        match self {
            Self::Id => None,
            // SHA-256 of nothing.
            Self::Ca => Some("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
        }
    }

    /// `iss`
    pub const fn issuer(self) -> &'static str {
        match self {
            Self::Id => "https://op.example/auth/realms/synthetic-for-bench",
            Self::Ca => "c1e27fe0-5e9a-4b1f-8a5e-3f6d0b2d9a71",
        }
    }

    /// `aud`
    pub const fn audience(self) -> &'static str {
        match self {
            Self::Id => "symbolon-client",
            Self::Ca => "https://op.example/",
        }
    }

    /// `jti`
    pub const fn jti(self) -> &'static str {
        match self {
            Self::Id => "5f0c2f0e-6f5b-4c1e-9d39-0a4be6a3d17c",
            Self::Ca => "gSyoNDlAuPCqSHWnUU_nRA",
        }
    }
}

/// All claims of [`Kind::Id`], owned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct IdToken {
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    pub jti: String,
    pub iss: String,
    pub aud: String,
    pub sub: String,
    pub typ: String,
    pub azp: String,
    pub nonce: String,
    pub session_state: String,
    pub name: String,
    pub given_name: String,
    pub family_name: String,
    pub birthdate: String,
    pub updated_at: i64,
    pub acr: String,
    pub amr: String,
    pub bankid_altsub: String,
    pub originator: String,
    #[serde(rename = "additionalCertInfo")]
    pub additional_cert_info: CertInfo,
    pub tid: String,
}

/// The object among them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertInfo {
    pub cert_valid_from: i64,
    pub serial_number: String,
    pub key_algorithm: String,
    pub key_size: String,
    pub policy_oid: String,
    pub monetary_limit_amount: String,
    pub cert_qualified: bool,
    pub monetary_limit_currency: String,
    pub cert_valid_to: i64,
    pub version_number: String,
    pub subject_name: String,
}

/// All claims of [`Kind::Ca`], owned.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ClientAssertion {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payloads_have_the_shape_that_they_are_known_by() {
        let (id, ca) = (Kind::Id.value(), Kind::Ca.value());
        assert_eq!((Kind::Id.json().len(), id.as_object().unwrap().len()), (1102, 22));
        assert_eq!(id["additionalCertInfo"].as_object().unwrap().len(), 11);
        assert_eq!((Kind::Ca.json().len(), ca.as_object().unwrap().len()), (184, 6));
        for kind in Kind::ALL {
            let value = kind.value();
            assert_eq!((&value["iss"], &value["aud"]), (&kind.issuer().into(), &kind.audience().into()));
            assert_eq!(value["jti"], kind.jti());
        }
    }

    #[test]
    fn the_types_hold_every_claim_in_its_order() {
        let id: IdToken = serde_json::from_str(Kind::Id.json()).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), Kind::Id.json());
        let ca: ClientAssertion = serde_json::from_str(Kind::Ca.json()).unwrap();
        assert_eq!(serde_json::to_string(&ca).unwrap(), Kind::Ca.json());
    }
}
