//! A token: its claims, what a side saw of it, and the same with one bit turned.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use symbolon_jose::{Expected, ExpectedAudience, JwtError, UnverifiedJwt, VerifyingKey};
use symbolon_testkit::{NOW_UNIX_SECONDS, now};
use symbolon_types::Alg;
use time::Duration;

use super::{Trouble, ask, member, text};
use crate::peer::{Peer, Refusal};

/// `typ` of every token here.
pub(super) const TYP: &str = "at+jwt";
const ISSUER: &str = "https://op.example";
const AUDIENCE: &str = "https://rs.example/å";

/// What a side says of a token whose signature it verified.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    alg: String,
    kid: String,
    typ: String,
    claims: Value,
}

impl Seen {
    /// What must be seen.
    pub(super) fn expected(alg: Alg, kid: &str) -> Self {
        Self { alg: alg.as_str().to_owned(), kid: kid.to_owned(), typ: TYP.to_owned(), claims: claims() }
    }

    pub(super) fn from_answer(answer: &Map<String, Value>) -> Result<Self, Trouble> {
        let Value::Object(header) = member(answer, "header")? else { return Err(Trouble::NoMember("header")) };
        let (alg, kid, typ) = (text(&header, "alg")?, text(&header, "kid")?, text(&header, "typ")?);
        Ok(Self { alg, kid, typ, claims: member(answer, "claims")? })
    }
}

/// Claims with all that JSON can hold and that both sides must leave alone.
pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "Zoë Ærlig-Ødegård",
        "aud": [AUDIENCE, "second"],
        "iat": NOW_UNIX_SECONDS,
        "nbf": NOW_UNIX_SECONDS,
        "exp": NOW_UNIX_SECONDS.saturating_add(60),
        "jti": JTI,
        "plain": { "empty": {}, "list": [], "deep": [[[{ "a": [1, -2, 2.5, 0, true, false, null, "x"] }]]] },
        "escapes": "\" \\ / \u{8}\u{c}\n\r\t \0 \u{1f} \u{7f} </script> \u{2028}",
        "beyond": "å ø 山 🦭 e\u{301} \u{feff}",
        "": "no name",
        "nåvn \"med\" \\": 9_007_199_254_740_991_i64,
        "__proto__": { "constructor": "a name as any other" },
        "none": null,
    })
}

/// Verifies here, and judges the claims.
pub(super) fn verify_here(token: &str, key: &VerifyingKey) -> Result<Seen, JwtError> {
    let jwt = UnverifiedJwt::parse(token)?.verify(key)?;
    let header = jwt.header();
    let claims = jwt.claims()?;
    let expected = Expected {
        issuer: ISSUER,
        audience: ExpectedAudience::AnyOf(&[AUDIENCE]),
        typ: &[TYP],
        exp_leeway: Duration::ZERO,
        future_leeway: Duration::ZERO,
    };
    claims.check(&expected, header, now())?;
    let told = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(Seen {
        alg: header.alg().as_str().to_owned(),
        kid: told(header.kid()),
        typ: told(header.typ()),
        claims: jwt.claims_as()?,
    })
}

/// Verifies there with a JWK, and has the claims judged.
pub(super) fn verify_there(
    peer: &mut Peer,
    alg: Alg,
    jwk: &Value,
    token: &str,
) -> Result<Result<Seen, Refusal>, Trouble> {
    let mut request = request(alg, token);
    request.insert("jwk".to_owned(), jwk.clone());
    peer.ask("verify", Value::Object(request))?
        .map_or_else(|refused| Ok(Err(refused)), |told| Seen::from_answer(&told).map(Ok))
}

/// What the peer is asked about a token.
pub(super) fn request(alg: Alg, token: &str) -> Map<String, Value> {
    let request = json!({
        "alg": alg.as_str(), "token": token, "typ": TYP, "issuer": ISSUER, "audience": AUDIENCE, "now": NOW_UNIX_SECONDS,
    });
    request.as_object().cloned().unwrap_or_default()
}

/// Signs there.
pub(super) fn sign_there(peer: &mut Peer, alg: Alg, kid: &str, jwk: &Value) -> Result<String, Trouble> {
    let request = json!({ "alg": alg.as_str(), "kid": kid, "typ": TYP, "claims": claims(), "jwk": jwk });
    text(&ask(peer, "sign", request)?, "token")
}

/// The same token with one bit of its `jti` turned; it stays JSON with the same members.
pub(super) fn with_another_payload(token: &str) -> Result<String, Trouble> {
    let (header, rest) = token.split_once('.').ok_or(FORM)?;
    let (payload, signature) = rest.split_once('.').ok_or(FORM)?;
    let mut octets = URL_SAFE_NO_PAD.decode(payload).map_err(|_| FORM)?;
    let at = octets.windows(JTI.len()).position(|window| window == JTI.as_bytes()).ok_or(FORM)?;
    turn(&mut octets, at)?;
    Ok(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(octets)))
}

/// The same token with one bit of its signature turned, in the middle.
pub(super) fn with_another_signature(token: &str) -> Result<String, Trouble> {
    let (signed, signature) = token.rsplit_once('.').ok_or(FORM)?;
    let mut octets = URL_SAFE_NO_PAD.decode(signature).map_err(|_| FORM)?;
    let middle = octets.len() / 2;
    turn(&mut octets, middle)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(octets)))
}

fn turn(octets: &mut [u8], at: usize) -> Result<(), Trouble> {
    *octets.get_mut(at).ok_or(FORM)? ^= 1;
    Ok(())
}

const FORM: Trouble = Trouble::Form("no token");
const JTI: &str = "gSyoNDlAuPCqSHWnUU_nRA";
