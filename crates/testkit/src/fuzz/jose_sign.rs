use serde::Serialize;
use serde_json::{Map, Value};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwtBuffer, MAX_JWT_BYTES, MAX_KID_BYTES, SignError, SigningKey, UnverifiedJwt};

use crate::fuzz::{Verdict, hs256, reference};

/// A JSON document as claims that are signed: as it is, flattened into a type with members of its own, and in a list of
/// such.
///
/// # Panics
/// If a token is not, octet for octet, header and claims as `serde_json` writes them with a right MAC; if claims are
/// signed that are no object or have a member twice, or others are refused; if a token is another one in a buffer that was
/// used before; if a token is not read with these claims. Claims that are nested deeper than any reader here takes may be
/// signed or refused: the quick writer, as `serde_json`, has no limit of depth.
pub fn jose_sign(data: &[u8]) -> Verdict {
    let Some(value) = reference::value(data) else { return Verdict::Refused };
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (kid, typ) = (text("kid"), text("typ"));
    let key = match kid {
        Some(kid) => hs256::SIGNING_KEY.clone().with_kid(kid),
        None => hs256::SIGNING_KEY.clone(),
    };
    let mut tokens = Tokens { key, kid, typ, buffer: JwtBuffer::default() };

    let more = &value;
    let flattened = |iss| Flattened { iss, exp: 1_700_000_000, sub: None, more };
    tokens.sign(&Twice { one: more, two: more });
    tokens.sign(&flattened("https://as.example"));
    tokens.sign(&Listed { list: [flattened("\"\u{1f}\u{e6}"), flattened("")], end: () });
    tokens.sign(&value)
}

/// Claims of a caller, with others that it does not know.
#[derive(Serialize)]
struct Flattened<'v> {
    iss: &'static str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'static str>,
    #[serde(flatten)]
    more: &'v Value,
}

/// Every member twice.
#[derive(Serialize)]
struct Twice<'v> {
    #[serde(flatten)]
    one: &'v Value,
    #[serde(flatten)]
    two: &'v Value,
}

/// The same names again and again, but in objects of their own.
#[derive(Serialize)]
struct Listed<'v> {
    list: [Flattened<'v>; 2],
    end: (),
}

struct Tokens<'v> {
    key: SigningKey,
    kid: Option<&'v str>,
    typ: Option<&'v str>,
    /// Used for one token after the other.
    buffer: JwtBuffer,
}

impl Tokens<'_> {
    fn sign<C: Serialize>(&mut self, claims: &C) -> Verdict {
        let token = self.key.sign(&PROVIDER, self.typ, claims);
        let in_buffer = self.key.sign_in(&PROVIDER, self.typ, claims, &mut self.buffer);
        assert_eq!(in_buffer.map(str::to_owned), token);

        if let Some(length) = self.kid.map(str::len).filter(|length| *length > MAX_KID_BYTES) {
            assert_eq!(token, Err(SignError::KidTooLong { length, limit: MAX_KID_BYTES }));
            return Verdict::Refused;
        }
        let json = serde_json::to_vec(claims).unwrap_or_default();
        let members = reference::object(&json);
        let Some(members) = members else {
            assert_eq!(token, Err(SignError::Claims));
            return Verdict::Refused;
        };
        let token = token.expect("claims that can be signed");
        assert_eq!(token, hs256::token(self.header().as_bytes(), &json));
        if token.len() <= MAX_JWT_BYTES {
            self.read(&token, members);
        }
        Verdict::Accepted
    }

    fn header(&self) -> String {
        let member = |name: &str, text: Option<&str>| match text {
            Some(text) => format!(r#","{name}":{}"#, Value::from(text)),
            None => String::new(),
        };
        format!(r#"{{"alg":"HS256"{}{}}}"#, member("kid", self.kid), member("typ", self.typ))
    }

    fn read(&self, token: &str, members: Map<String, Value>) {
        let jwt = UnverifiedJwt::parse(token).expect("a token that we wrote");
        assert_eq!((jwt.header().kid(), jwt.header().typ()), (self.kid, self.typ));
        let jwt = jwt.verify(&hs256::VERIFYING_KEY).expect("a right MAC");
        assert_eq!(jwt.claims_as::<Value>(), Ok(Value::Object(members)));
    }
}
