use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use symbolon_jose::{Header, JwtBuffer, JwtError, MAX_JWT_BYTES, MAX_KID_BYTES, UnverifiedJwt};
use symbolon_types::Alg;

use crate::fuzz::{Verdict, hs256, reference};

/// The octets of a JWS header, with a payload and a right MAC around them.
///
/// # Panics
/// If a header is taken that the reference refuses, or the other way round; if `alg`, `kid`, `typ` or `x5c` are others
/// than the reference's; if a header is refused for a reason that it does not give; if the header is another one where
/// only the strict reader can have read it, in a buffer that held a longer token, or after verification; if the MAC
/// verifies under another `alg`; if the payload is another one after verification.
pub fn jose_header(data: &[u8]) -> Verdict {
    if let Some(members) = reference::object(data) {
        check(&reference::unusual_twin(data, &members));
    }
    check(data)
}

fn check(json: &[u8]) -> Verdict {
    let text = hs256::token(json, PAYLOAD);
    let mut buffer = JwtBuffer::default();
    UnverifiedJwt::parse_in(&LONGEST, &mut buffer).expect("a token of the full length");
    let in_buffer = UnverifiedJwt::parse_in(&text, &mut buffer);
    match (UnverifiedJwt::parse(&text), wanted(json, &text)) {
        (Ok(jwt), Ok(wanted)) => {
            for jwt in [jwt, in_buffer.expect("the same token")] {
                wanted.check(&jwt.header());
                match jwt.verify(&hs256::VERIFYING_KEY) {
                    Ok(verified) => {
                        assert_eq!(wanted.alg, Alg::Hs256);
                        wanted.check(&verified.header());
                        assert_eq!(verified.payload(), PAYLOAD);
                        let owned = verified.into_owned();
                        wanted.check(&owned.header());
                        assert_eq!(owned.payload(), PAYLOAD);
                    }
                    Err(error) => {
                        assert_eq!(error, JwtError::AlgKeyMismatch);
                        assert_ne!(wanted.alg, Alg::Hs256);
                    }
                }
            }
            Verdict::Accepted
        }
        (Err(error), Err(reasons)) => {
            assert!(reasons.contains(&error), "refused for {error:?}, and not for one of {reasons:?}");
            assert_eq!(in_buffer.err(), Some(error));
            Verdict::Refused
        }
        (Ok(_), Err(reasons)) => panic!("taken in spite of {reasons:?}"),
        (Err(error), Ok(_)) => panic!("a sound header is refused: {error:?}"),
    }
}

/// What a header must be read as.
struct Wanted {
    alg: Alg,
    kid: Option<String>,
    typ: Option<String>,
    x5c: Option<Vec<Vec<u8>>>,
}

impl Wanted {
    fn check(&self, header: &Header<'_>) {
        assert_eq!(header.alg(), self.alg);
        assert_eq!(header.kid(), self.kid.as_deref());
        assert_eq!(header.typ(), self.typ.as_deref());
        assert_eq!(header.x5c(), self.x5c.as_deref());
        assert!(self.kid.as_deref().is_none_or(|kid| header.is_kid(kid) && !header.is_kid(&format!("{kid}~"))));
        assert_eq!(header.is_kid(""), self.kid.as_deref() == Some(""));
        assert!(self.typ.as_deref().is_none_or(|typ| header.is_typ(typ)));
    }
}

/// The header by the reference ([RFC 7515 §4.1](https://www.rfc-editor.org/rfc/rfc7515#section-4.1)), or every reason to
/// refuse it.
fn wanted(json: &[u8], text: &str) -> Result<Wanted, Vec<JwtError>> {
    if text.len() > MAX_JWT_BYTES {
        return Err(vec![JwtError::TooLarge { length: text.len(), limit: MAX_JWT_BYTES }]);
    }
    if json.is_empty() {
        return Err(vec![JwtError::Malformed]);
    }
    let members = match reference::value(json) {
        Some(Value::Object(members)) => members,
        Some(_) => return Err(vec![JwtError::MalformedHeader]),
        None if reference::is_lenient_json(json) => return Err(vec![JwtError::DuplicateMember]),
        None => return Err(vec![JwtError::MalformedHeader, JwtError::DuplicateMember]),
    };
    if members.contains_key("crit") || members.contains_key("b64") {
        return Err(vec![JwtError::UnsupportedCrit]);
    }
    let mut reasons = Vec::new();
    if ["kid", "typ", "cty"].iter().any(|name| members.get(*name).is_some_and(|value| !value.is_string()))
        || text_of(&members, "kid").is_some_and(|kid| kid.len() > MAX_KID_BYTES)
        || members.get("x5c").is_some_and(|chain| certificates(chain).is_none())
        || text_of(&members, "alg").is_none()
    {
        reasons.push(JwtError::MalformedHeader);
    }
    let alg = text_of(&members, "alg");
    let known = Alg::ALL.iter().copied().find(|known| Some(known.as_str()) == alg.as_deref());
    if alg.is_some() && known.is_none() {
        reasons.push(JwtError::AlgNotAllowed);
    }
    match known {
        Some(alg) if reasons.is_empty() => Ok(Wanted {
            alg,
            kid: text_of(&members, "kid"),
            typ: text_of(&members, "typ"),
            x5c: members.get("x5c").and_then(certificates),
        }),
        _ => Err(reasons),
    }
}

fn text_of(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A chain of at least one certificate, each a SEQUENCE in the one base64 that stands for it.
fn certificates(chain: &Value) -> Option<Vec<Vec<u8>>> {
    let chain = chain.as_array().filter(|chain| !chain.is_empty())?;
    let certificate = |text: &Value| {
        let octets = STANDARD.decode(text.as_str()?).ok()?;
        (octets.first() == Some(&0x30) && text == &STANDARD.encode(&octets)).then_some(octets)
    };
    chain.iter().map(certificate).collect()
}

const PAYLOAD: &[u8] = b"{}";

/// As long as a token may be, so that whatever is read after it leaves some of its octets in the buffer.
static LONGEST: LazyLock<String> = LazyLock::new(|| {
    let of = |filler: usize| hs256::token(br#"{"alg":"HS256","kid":"long","typ":"JWT"}"#, &vec![b'x'; filler]);
    let room = MAX_JWT_BYTES.saturating_sub(of(0).len());
    of(room.saturating_mul(3).div_euclid(4))
});
