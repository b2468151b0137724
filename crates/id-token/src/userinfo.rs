use alloc::string::String;
use core::fmt;

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use symbolon_jose::{VerifyingKeys, parse_json};
use symbolon_policy::IdTokenPolicy;
use symbolon_types::{Alg, ClientId, Issuer, Judge, Rule, Trace};
use time::UtcDateTime;

use crate::{
    ClaimName, IdTokenError, NotAString, Personal, UserinfoError,
    judged::{ExpectedParties, Judged, Kind, Presence, Signed},
};

/// The body of an answer of the userinfo endpoint, by its `Content-Type` ([OIDC Core §5.3.2]).
///
/// [OIDC Core §5.3.2]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "the specification has these two media types")]
pub enum Userinfo<'a> {
    /// `application/json`
    Json(&'a [u8]),
    /// `application/jwt`
    Jwt(&'a str),
}

/// The length alone: the body names people.
impl fmt::Debug for Userinfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(body) => write!(f, "Json({} bytes)", body.len()),
            Self::Jwt(text) => write!(f, "Jwt({} bytes)", text.len()),
        }
    }
}

/// What an answer of the userinfo endpoint is compared with.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedUserinfo<'a> {
    /// The issuer: a signed answer must be its own.
    pub issuer: &'a Issuer,
    /// The client: a signed answer must be for it.
    pub client_id: &'a ClientId,
    /// `sub` of the ID token.
    pub sub: &'a Personal,
    /// Which audiences may stand beside the client in a signed answer. Empty: none.
    pub trusted_audiences: &'a [String],
    /// The algorithms that the client registered (`userinfo_signed_response_alg`), by the names that a header may have. With
    /// them JSON is refused; without them a signed answer is, for nobody knows what it may be signed with.
    pub algorithms: &'a [Alg],
}

impl<'a> ExpectedUserinfo<'a> {
    /// An answer of JSON about this person.
    pub const fn new(issuer: &'a Issuer, client_id: &'a ClientId, sub: &'a Personal) -> Self {
        Self { issuer, client_id, sub, trusted_audiences: &[], algorithms: &[] }
    }
}

/// The checks of an answer of the userinfo endpoint ([OIDC Core §5.3.2], [OIDC Core §5.3.4], security decision D32).
///
/// `sub` must be that of the ID token. A signed answer has also `iss` and `aud`, and its times must be right where it has them.
/// Not checked here: status and media type of the answer, and what other claims say. An ID token in place of a signed answer is
/// told by Keycloak's `typ` claim alone: no section tells the two apart, and it says the same of the same person.
///
/// ```
/// use symbolon_id_token::{ExpectedUserinfo, Personal, Userinfo, UserinfoChecks, UserinfoError};
/// use symbolon_id_token::{jose::VerifyingKeys, types::{ClientId, Issuer, Trace}};
/// use symbolon_policy::Policy;
/// use time::UtcDateTime;
///
/// let (issuer, client_id) = (Issuer::parse("https://server.example.com")?, ClientId::parse("s6BhdRkqt3")?);
/// let checks = UserinfoChecks { policy: &Policy::OAUTH_2_1.id_token };
/// let check = |sub: &str| {
///     // OpenID Connect Core §5.3.2.
///     let body = Userinfo::Json(br#"{"sub":"248289761001","name":"Jane Doe","given_name":"Jane"}"#);
///     let (keys, mut trace, sub) = (VerifyingKeys::default(), Trace::stop_at_first(), Personal::new(sub));
///     let expected = ExpectedUserinfo::new(&issuer, &client_id, &sub);
///     checks.check(body, &keys, &expected, &mut trace, UtcDateTime::UNIX_EPOCH)
/// };
/// assert_eq!(check("248289761001")?.personal("name")?, Some(Personal::new("Jane Doe")));
/// assert_eq!(check("248289761002"), Err(UserinfoError::SubjectMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OIDC Core §5.3.2]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
/// [OIDC Core §5.3.4]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponseValidation
#[derive(Clone, Copy, Debug)]
pub struct UserinfoChecks<'a> {
    /// Leeways.
    pub policy: &'a IdTokenPolicy,
}

impl UserinfoChecks<'_> {
    /// Checks everything that `expected` says. `keys` are looked at for a signed answer alone. The trace is as for
    /// [`Checks::check`](crate::Checks::check).
    ///
    /// # Errors
    /// Nobody hears a wire code. In the order of judgement:
    /// - [`UserinfoError::NotSigned`]: JSON, and the client registered a signature.
    /// - [`UserinfoError::Json`]: not one JSON object, or a member comes twice.
    /// - [`UserinfoError::Jwt`]: a signed answer that breaks a rule which it shares with ID tokens, an encrypted one too; or
    ///   `sub` is not there or malformed.
    /// - [`UserinfoError::SubjectMismatch`]: about somebody else.
    pub fn check(
        &self,
        answer: Userinfo<'_>,
        keys: &VerifyingKeys,
        expected: &ExpectedUserinfo<'_>,
        trace: &mut Trace,
        now: UtcDateTime,
    ) -> Result<UserinfoClaims, UserinfoError> {
        match answer {
            Userinfo::Json(body) => json(body, expected, trace),
            Userinfo::Jwt(text) => {
                let Signed { jwt, members, judge } = Signed::read(text, keys, expected.algorithms, trace)?;
                let mut claims: Judged<'_, '_, UserinfoError> = Judged { members: &members, judge };
                claims.kind(jwt.header(), Kind::Userinfo)?;
                let ExpectedUserinfo { issuer, client_id, trusted_audiences, .. } = *expected;
                claims.parties(ExpectedParties { issuer, client_id, trusted_audiences }, jwt.header().alg())?;
                claims.times(Presence::Optional, self.policy, now)?;
                let sub = claims.same_subject(expected.sub)?;
                claims.judge.finish()?;
                UserinfoClaims::new(sub, members)
            }
        }
    }
}

fn json(body: &[u8], expected: &ExpectedUserinfo<'_>, trace: &mut Trace) -> Result<UserinfoClaims, UserinfoError> {
    let mut judge = Judge::new(trace);
    let may_be_plain = expected.algorithms.is_empty();
    judge.that(Rule::JwsSyntax, may_be_plain, || UserinfoError::NotSigned)?;
    let members = match parse_json::<Map<String, Value>>(body) {
        Ok(members) => members,
        Err(error) => return Err(judge.stop(Rule::ResponseJson, UserinfoError::Json(error))),
    };
    judge.trace().held(Rule::ResponseJson);
    let mut claims: Judged<'_, '_, UserinfoError> = Judged { members: &members, judge };
    let sub = claims.same_subject(expected.sub)?;
    claims.judge.finish()?;
    UserinfoClaims::new(sub, members)
}

impl Judged<'_, '_, UserinfoError> {
    /// OIDC Core §5.3.2: "the sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim in the ID
    /// Token". In constant time, for some issuers make `sub` of a national identity number.
    fn same_subject(&mut self, expected: &Personal) -> Result<Option<Personal>, UserinfoError> {
        let sub = self.sub()?;
        if let Some(sub) = sub {
            let same = sub.as_bytes().ct_eq(expected.as_str().as_bytes()).into();
            self.judge.that(Rule::IdTokenSub, same, || UserinfoError::SubjectMismatch)?;
        }
        Ok(sub.map(Personal::new))
    }
}

/// The claims of a checked answer of the userinfo endpoint ([OIDC Core §5.1], R126): whatever the issuer sends.
///
/// There is no way to one but [`UserinfoChecks::check`]. `Debug` shows how many claims there are (security decisions D21, D33).
///
/// # Security
/// `email` and `phone_number` are no identifiers ([OIDC Core §5.7]): the person is `iss` and `sub` together.
///
/// [OIDC Core §5.1]: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
/// [OIDC Core §5.7]: https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct UserinfoClaims {
    /// The person: the same as in the ID token.
    pub sub: Personal,
    other: Map<String, Value>,
}

impl UserinfoClaims {
    /// `sub` was judged before, and ended in an error where it is not there.
    fn new(sub: Option<Personal>, mut members: Map<String, Value>) -> Result<Self, UserinfoError> {
        let sub = sub.ok_or(IdTokenError::MissingClaim { claim: ClaimName::Sub })?;
        members.remove(ClaimName::Sub.as_str());
        Ok(Self { sub, other: members })
    }

    /// Any other claim, as it came; those of a signed answer (`iss`, `aud`) too.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.other.get(name)
    }

    /// The names of the other claims.
    pub fn other_names(&self) -> impl Iterator<Item = &str> {
        self.other.keys().map(String::as_str)
    }

    /// Another claim that is to be text, such as `locale`.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text. That is not the same as not being there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, NotAString> {
        self.other.get(name).map(|value| value.as_str().ok_or(NotAString)).transpose()
    }

    /// Another claim that is to be text about a person, such as `name`, `email` or `birthdate`.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text.
    pub fn personal(&self, name: &str) -> Result<Option<Personal>, NotAString> {
        Ok(self.text(name)?.map(Personal::new))
    }

    /// `pid`: the national identity number that ID-porten sends, leading zeros included.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text.
    pub fn pid(&self) -> Result<Option<Personal>, NotAString> {
        self.personal("pid")
    }
}

impl fmt::Debug for UserinfoClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserinfoClaims").field("sub", &self.sub).field("other", &self.other.len()).finish()
    }
}
