use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use symbolon_jose::{
    Audience, ClaimValue, Claims, JsonError, JwtError, MAX_JWT_BYTES, NumericDate, UnverifiedJwt, VerifiedJwt,
    parse_json,
};
use time::Duration;

use crate::fuzz::{Verdict, hs256, reference};

/// The octets of a payload, signed.
///
/// # Panics
/// If claims are taken that the reference refuses, or the other way round; if a claim is another one than the
/// reference's, by its name, by its type or before verification; if claims are refused for a reason that they do not
/// give; if they are other ones where only the strict reader can have read them; if a type of a caller's is made into
/// something else than `serde_json` makes of it.
pub fn jose_claims(data: &[u8]) -> Verdict {
    if let Some(members) = reference::object(data) {
        check(&reference::unusual_twin(data, &members));
    }
    check(data)
}

fn check(json: &[u8]) -> Verdict {
    let value = reference::value(json);
    any_json(json, value.as_ref());
    let text = hs256::token(br#"{"alg":"HS256"}"#, json);
    let jwt = UnverifiedJwt::parse(&text);
    if json.is_empty() || text.len() > MAX_JWT_BYTES {
        assert!(jwt.is_err(), "an empty or too large token is taken");
        return Verdict::Refused;
    }
    let jwt = jwt.expect("a token around a payload");
    for name in names(value.as_ref()) {
        let wanted = value.as_ref().and_then(|value| value.get(name)).and_then(Value::as_str);
        assert_eq!(jwt.peek_claim(name).as_deref(), wanted, "peeked {name:?}");
    }
    let jwt = jwt.verify(&hs256::VERIFYING_KEY).expect("a right MAC");
    assert_eq!(jwt.payload(), json);
    match (jwt.claims_as::<Value>(), &value) {
        (Ok(read), Some(value)) => assert_eq!(read, *value),
        (Err(JwtError::DuplicateClaim), None) => {}
        (Err(JwtError::MalformedPayload), None) => assert!(!reference::is_lenient_json(json)),
        (read, _) => panic!("read as {read:?}"),
    }

    typed::<BTreeMap<String, Either<'_>>>(&jwt, value.as_ref());
    typed::<Typed<'_>>(&jwt, value.as_ref());
    typed::<Flat>(&jwt, value.as_ref());

    let reasons = reasons(json, value.as_ref());
    match (jwt.claims(), value) {
        (Ok(claims), Some(Value::Object(members))) => {
            let wrong =
                REGISTERED.iter().find(|(name, _, may_be)| members.get(*name).is_some_and(|value| !may_be(value)));
            assert!(wrong.is_none(), "taken in spite of {reasons:?}");
            compare(&claims, &members);
            Verdict::Accepted
        }
        (Ok(_), _) => panic!("taken in spite of {reasons:?}"),
        (Err(error), _) => {
            assert!(reasons.contains(&error), "refused for {error:?}, and not for one of {reasons:?}");
            Verdict::Refused
        }
    }
}

/// The strict reader beneath, which has no say in what the value is.
fn any_json(json: &[u8], value: Option<&Value>) {
    match (parse_json::<Value>(json), value) {
        (Ok(read), Some(value)) => assert_eq!(read, *value),
        (Err(JsonError::DuplicateMember), None) => {}
        (Err(JsonError::Syntax { .. }), None) => assert!(!reference::is_lenient_json(json), "a duplicate is no syntax"),
        (read, value) => panic!("read as {read:?}, and is {value:?}"),
    }
}

/// A type of a caller's: the same is made of the text as `serde_json` makes of it, if it is sound.
fn typed<'j, T: Deserialize<'j> + PartialEq + fmt::Debug>(jwt: &'j VerifiedJwt<'_>, value: Option<&Value>) {
    let read = jwt.claims_as::<T>();
    match value {
        Some(_) => {
            let wanted = serde_json::from_slice(jwt.payload()).map_err(|_| JwtError::MalformedPayload);
            assert_eq!(read, wanted);
        }
        None => assert!(read.is_err(), "taken as {read:?}"),
    }
}

/// What callers make of claims, by every way that serde has to ask for them.
#[derive(Debug, Deserialize, PartialEq)]
struct Typed<'t> {
    iss: Option<&'t str>,
    #[serde(borrow)]
    sub: Option<Cow<'t, str>>,
    aud: Option<Either<'t>>,
    exp: Option<u64>,
    nbf: Option<f64>,
    iat: Option<i32>,
    #[serde(default, deserialize_with = "lenient")]
    jti: Option<u8>,
    amr: Option<(Kind, Kind)>,
    acr: Option<Kind>,
    azp: Option<char>,
    cnf: Option<BTreeMap<Kind, Option<bool>>>,
    #[serde(default)]
    authorization_details: Vec<BTreeMap<i8, Self>>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Flat {
    acr: Option<Kind>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Otp,
    Pwd,
    Level(u8),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Either<'t> {
    #[serde(borrow)]
    Text(&'t str),
    Number(i64),
    Many(Vec<String>),
    Members(BTreeMap<String, u8>),
}

/// Goes on after an error.
#[expect(clippy::unnecessary_wraps, reason = "the form that serde asks for")]
fn lenient<'d, D: Deserializer<'d>, T: Deserialize<'d>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

/// The members' names, the registered ones, and one that is nowhere; not all of a very long object.
fn names(value: Option<&Value>) -> BTreeSet<&str> {
    let own = value.and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str);
    own.take(MAX_NAMES).chain(REGISTERED.iter().map(|(name, ..)| *name)).chain(["", "not there"]).collect()
}

/// Every reason to refuse the claims; none if they are sound.
fn reasons(json: &[u8], value: Option<&Value>) -> Vec<JwtError> {
    match value {
        None if reference::is_lenient_json(json) => vec![JwtError::DuplicateClaim],
        None => vec![JwtError::MalformedPayload, JwtError::DuplicateClaim],
        Some(Value::Object(members)) => REGISTERED
            .iter()
            .filter(|(name, is, _)| members.get(*name).is_some_and(|value| !is(value)))
            .map(|(name, ..)| JwtError::InvalidClaim { name })
            .collect(),
        Some(_) => vec![JwtError::MalformedPayload],
    }
}

fn compare(claims: &Claims<'_>, members: &Map<String, Value>) {
    let read: Vec<&str> = claims.names().collect();
    assert_eq!(read.len(), members.len());
    assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), members.keys().map(String::as_str).collect());
    for (name, value) in members {
        let read = claims.get(name).expect("a claim that the reference has");
        claim(read, value);
        texts(read, value);
    }
    assert!(members.contains_key("not there") || claims.get("not there").is_none());

    let text = |name: &str| members.get(name).and_then(Value::as_str);
    assert_eq!(claims.iss.as_deref(), text("iss"));
    assert_eq!(claims.sub.as_deref(), text("sub"));
    assert_eq!(claims.jti.as_deref(), text("jti"));
    assert_eq!(claims.aud, members.get("aud").map(|aud| audience(aud).expect("an audience")));
    for (name, date) in [("exp", claims.exp), ("nbf", claims.nbf), ("iat", claims.iat)] {
        assert_eq!(date.is_some(), members.contains_key(name), "{name}");
        assert!(date.is_none() || same_date(date, &members[name]), "{name}");
    }
}

fn claim(claim: ClaimValue<'_>, value: &Value) {
    assert_eq!(claim.parse::<Value>().as_ref(), Ok(value));
    assert_eq!(claim.parse::<String>().ok().as_deref(), value.as_str());
    assert_eq!(claim.as_str().as_deref(), value.as_str());
    assert_eq!(claim.as_bool(), value.as_bool());
    assert_eq!(claim.as_audience(), audience(value));
    assert!(same_date(claim.as_numeric_date(), value), "{:?} from {value}", claim.as_numeric_date());
}

/// The claim as a list of texts.
fn texts(claim: ClaimValue<'_>, value: &Value) {
    let wanted = value
        .as_array()
        .and_then(|texts| texts.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    assert_eq!(claim.parse::<Vec<String>>(), wanted.ok_or(JsonError::Type));
}

fn audience(value: &Value) -> Option<Audience<'_>> {
    match value {
        Value::String(one) => Some(Audience::One(Cow::Borrowed(one))),
        Value::Array(many) => {
            let many = many.iter().map(|one| one.as_str().map(Cow::Borrowed));
            many.collect::<Option<_>>().map(Audience::Many)
        }
        _ => None,
    }
}

fn same_date(date: Option<NumericDate>, value: &Value) -> bool {
    let Some(date) = date else { return !is_date(value) };
    let moment = date.moment();
    let nanoseconds = i32::try_from(moment.nanosecond()).expect("less than a second");
    let read = Duration::new(moment.unix_timestamp(), nanoseconds).as_seconds_f64();
    may_be_date(value)
        && value.as_f64().is_some_and(|seconds| (read - seconds).abs() <= NANOSECOND.max(read * f64::EPSILON))
}

fn is_text(value: &Value) -> bool {
    value.is_string()
}

fn is_audience(value: &Value) -> bool {
    audience(value).is_some()
}

/// A number between 1970 and the end of 9999.
fn is_date(value: &Value) -> bool {
    value.as_f64().is_some_and(|seconds| (0.0..END_OF_9999).contains(&seconds))
}

/// The same, rounded to the nanosecond.
fn may_be_date(value: &Value) -> bool {
    value.as_f64().is_some_and(|seconds| seconds > -NANOSECOND && seconds < END_OF_9999)
}

/// The registered claims ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)): what each must be, and
/// what may pass for it.
const REGISTERED: [(&str, Is, Is); 7] = [
    ("iss", is_text, is_text),
    ("sub", is_text, is_text),
    ("aud", is_audience, is_audience),
    ("exp", is_date, may_be_date),
    ("nbf", is_date, may_be_date),
    ("iat", is_date, may_be_date),
    ("jti", is_text, is_text),
];

type Is = fn(&Value) -> bool;

const NANOSECOND: f64 = 1e-9;
/// 10000-01-01T00:00:00Z.
const END_OF_9999: f64 = 253_402_300_800.0;
/// Most members that are looked for one by one.
const MAX_NAMES: usize = 64;
