use alloc::{
    borrow::Cow,
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Map, Value};

use super::*;
use crate::{
    json,
    scan::tests::{any_change, any_json},
};

/// A member for each way in which a type can be read.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Typed<'t> {
    #[serde(borrow)]
    text: Option<Cow<'t, str>>,
    plain: Option<&'t str>,
    owned: Option<Text>,
    letter: Option<char>,
    flag: Option<bool>,
    signed: Option<i64>,
    unsigned: Option<u64>,
    small: Option<i8>,
    large: Option<u128>,
    real: Option<f64>,
    null: Option<Box<Null>>,
    list: Vec<Value>,
    pair: Option<(u8, String)>,
    couple: Option<Couple>,
    kind: Option<Kind>,
    either: Option<Either>,
    by_text: BTreeMap<Text, IgnoredTwin>,
    by_number: BTreeMap<i16, Value>,
    by_kind: BTreeMap<Kind, bool>,
    by_flag: BTreeMap<bool, bool>,
    #[serde(deserialize_with = "lenient")]
    lenient: Option<u8>,
    #[serde(deserialize_with = "lenient")]
    lenient_list: Option<Vec<u8>>,
    #[serde(deserialize_with = "lenient")]
    lenient_keys: Option<BTreeMap<u8, u8>>,
    inner: Option<Box<Self>>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Flat {
    text: Option<String>,
    kind: Option<Kind>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Text(String);

#[derive(Debug, Deserialize, PartialEq)]
struct Null;

#[derive(Debug, Deserialize, PartialEq)]
struct Couple(Value, Value);

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Login,
    Payment(u8),
    Signing { document: String },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Many(Vec<String>),
    Text(String),
}

/// Reads over what it does not look at.
#[derive(Debug, Deserialize, PartialEq)]
struct IgnoredTwin {
    seen: Option<u8>,
}

/// Reads nothing.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Unread(u8);

impl<'d> Deserialize<'d> for Unread {
    fn deserialize<D: Deserializer<'d>>(_: D) -> Result<Self, D::Error> {
        Ok(Self(0))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that serde asks for")]
fn lenient<'d, D: Deserializer<'d>, T: Deserialize<'d>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

/// Keeps the numbers of an array and goes on after what is none.
#[derive(Debug, PartialEq)]
struct Numbers(Vec<u8>);

/// Keeps the members of an object that are numbers, and goes on after what is none.
#[derive(Debug, PartialEq)]
struct Pairs(Vec<(String, u8)>);

/// Keeps the first name of an object, without its value.
#[derive(Debug, PartialEq)]
struct FirstName(Option<String>);

/// Takes two names, one after the other, and the second's value.
#[derive(Debug, PartialEq)]
struct TwoNames(Option<u8>);

/// Looks at values only.
#[derive(Debug, PartialEq)]
struct Nameless(Option<u8>);

/// A choice that asks for the variant's name in a way of its own, and takes any for its own.
#[derive(Debug, PartialEq)]
enum Named {
    Known(Option<Kind>),
    Other,
}

/// A choice that does not look at its name.
#[derive(Debug, PartialEq)]
struct Blind(u8);

/// Keeps the text of an error.
#[derive(Debug, Deserialize, PartialEq)]
struct Faulty {
    #[serde(flatten)]
    inner: FaultyInner,
}

#[derive(Debug, Deserialize, PartialEq)]
struct FaultyInner {
    #[serde(deserialize_with = "number_or_fault")]
    exp: Result<u64, String>,
}

#[expect(clippy::unnecessary_wraps, reason = "the form that serde asks for")]
fn number_or_fault<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Result<u64, String>, D::Error> {
    Ok(u64::deserialize(deserializer).map_err(|error| error.to_string()))
}

/// Makes a type read by a visitor of one method.
macro_rules! reads {
    ($type:ident, $ask:ident($($more:expr),*), $visit:ident($kind:ident, $access:pat_param) => $read:expr) => {
        impl<'d> Deserialize<'d> for $type {
            fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reads;
                impl<'d> Visitor<'d> for Reads {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("something")
                    }

                    fn $visit<A: $kind<'d>>(self, $access: A) -> Result<$type, A::Error> {
                        $read
                    }
                }
                deserializer.$ask($($more,)* Reads)
            }
        }
    };
}

reads!(Numbers, deserialize_seq(), visit_seq(SeqAccess, mut items) => {
    let mut numbers = Vec::new();
    loop {
        match items.next_element() {
            Ok(Some(number)) => numbers.push(number),
            Ok(None) => return Ok(Numbers(numbers)),
            Err(_) => {}
        }
    }
});
reads!(Pairs, deserialize_map(), visit_map(MapAccess, mut members) => {
    let mut pairs = Vec::new();
    loop {
        match members.next_entry() {
            Ok(Some(pair)) => pairs.push(pair),
            Ok(None) => return Ok(Pairs(pairs)),
            Err(_) => {}
        }
    }
});
reads!(FirstName, deserialize_map(), visit_map(MapAccess, mut members) => members.next_key().map(FirstName));
reads!(TwoNames, deserialize_map(), visit_map(MapAccess, mut members) => {
    let [first, second] = [members.next_key::<String>()?, members.next_key::<String>()?];
    let value = if first.and(second).is_some() { Some(members.next_value()?) } else { None };
    Ok(TwoNames(value))
});
reads!(Nameless, deserialize_map(), visit_map(MapAccess, mut members) => {
    members.next_value().map(|value| Nameless(Some(value)))
});
reads!(Named, deserialize_enum("Named", &[]), visit_enum(EnumAccess, access) => {
    Ok(access.variant().map_or(Named::Other, |(kind, _)| Named::Known(kind)))
});
reads!(Blind, deserialize_enum("Blind", &[]), visit_enum(EnumAccess, _) => Ok(Blind(0)));

/// Whether the quick reader takes it; if so, the strict reader takes it and makes the same of it.
fn takes<'t, T: Deserialize<'t> + fmt::Debug + PartialEq>(text: &'t [u8]) -> bool {
    let Some(quick) = object::<T>(text) else { return false };
    json::parse_object(text).expect("the strict reader takes it too");
    assert_eq!(quick, serde_json::from_slice::<T>(text).expect("of this type"));
    true
}

fn agrees(text: &[u8]) {
    takes::<Value>(text);
    takes::<Map<String, Value>>(text);
    takes::<Typed<'_>>(text);
    takes::<Flat>(text);
    takes::<BTreeMap<String, Either>>(text);
}

#[test]
fn usual_values_are_taken_into_types() {
    for text in [
        "{}",
        " { \"text\" : \"abc\" ,\r\n\t\"plain\" : \"\u{e6}\" } ",
        r#"{"text":"a\n\"b\u00e6","owned":"","letter":"a","flag":true,"signed":-12,"unsigned":12,"small":-1}"#,
        r#"{"text":null,"plain":null,"signed":null,"null":null,"kind":null,"inner":null,"real":3}"#,
        r#"{"list":[],"pair":[1,"b"],"couple":[[1, {"a":null}] , 2],"kind":"login","either":["a","b"]}"#,
        r#"{"either":7,"by_text":{"a":{"seen":1,"not":[{"x":{}}]},"b":{}},"by_kind":{"login":false}}"#,
        r#"{"not there":{"a":[1,2.5,{"b":"c"}]},"inner":{"inner":{"text":"a","inner":null}}}"#,
        r#"{"unsigned":999999999999999,"signed":-999999999999999}"#,
        r#"{"list":[{"a":1},{"a":2}],"inner":{"text":"a"},"text":"b"}"#,
        r#"{"list":[{"$serde_json":1,"serde_json::private::Number":"1"}]}"#,
    ] {
        assert!(takes::<Typed<'_>>(text.as_bytes()), "{text}");
    }
    for text in ["{}", r#"{"text":"a","kind":"login","b":[{"c":true}],"d":-1}"#] {
        assert!(takes::<Flat>(text.as_bytes()) && takes::<Value>(text.as_bytes()), "{text}");
    }
    assert_eq!(object::<Typed<'_>>(br#"{"plain":"abc"}"#).and_then(|typed| typed.plain), Some("abc"));
}

#[test]
fn what_is_malformed_or_unusual_or_of_another_type_is_left_to_the_strict_reader() {
    for text in [
        "",
        "[]",
        "null",
        "{",
        "{}{}",
        "{}x",
        r#"{"text":"a",}"#,
        r#"{,"text":"a"}"#,
        r#"{"text":"a" "plain":"b"}"#,
        r#"{"text"}"#,
        r#"{"text" "a"}"#,
        r#"{"text":}"#,
        r#"{"text":"a","text":"a"}"#,
        r#"{"not there":1,"not there":2}"#,
        r#"{"not there":{"a":1,"b":{},"a":2}}"#,
        r#"{"list":[{"a":1,"a":2}]}"#,
        r#"{"inner":{"text":"a","text":"b"}}"#,
        r#"{"\u0074ext":"a"}"#,
        r#"{"text":"\ud83d\ude00"}"#,
        r#"{"text":"\x"}"#,
        r#"{"text":"a}"#,
        "{\"text\":\"a\nb\"}",
        r#"{"text":1}"#,
        r#"{"plain":"a\n"}"#,
        r#"{"letter":"ab"}"#,
        r#"{"flag":"true"}"#,
        r#"{"flag":truex}"#,
        r#"{"flag":True}"#,
        r#"{"signed":-0}"#,
        r#"{"signed":01}"#,
        r#"{"signed":-}"#,
        r#"{"signed":1.0}"#,
        r#"{"real":1.5}"#,
        r#"{"real":1e2}"#,
        r#"{"unsigned":-1}"#,
        r#"{"unsigned":"1"}"#,
        r#"{"unsigned":1234567890123456}"#,
        r#"{"small":128}"#,
        r#"{"large":1}"#,
        r#"{"null":nul}"#,
        r#"{"null":0}"#,
        r#"{"list":{}}"#,
        r#"{"list":[1,]}"#,
        r#"{"list":[,1]}"#,
        r#"{"list":[1 2]}"#,
        r#"{"list":[1}"#,
        r#"{"pair":[1,"a",2]}"#,
        r#"{"pair":[1]}"#,
        r#"{"kind":"other"}"#,
        r#"{"kind":"payment"}"#,
        r#"{"kind":{"payment":1}}"#,
        r#"{"either":true}"#,
        r#"{"by_number":{"1":1}}"#,
        r#"{"by_flag":{"true":true}}"#,
        r#"{"inner":[]}"#,
        r#"{"inner":{},"inner":{}}"#,
        r#"{"list":[{"a":1,"b":{"a":1},"a":2}]}"#,
        r#"{"signed":-1234567890123456}"#,
        r#"{"real":-0}"#,
        r#"{"owned":1}"#,
        r#"{"couple":[1]}"#,
        r#"{"couple":[1,2,3]}"#,
        r#"{"by_text":{"a":{},"a":{}}}"#,
        r#"{"by_kind":{"other":true}}"#,
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"list":[{"$serde_json::private::RawValue":"1"}]}"#,
        "{\"text\":\u{a0}null}",
    ] {
        assert!(object::<Typed<'_>>(text.as_bytes()).is_none(), "{text}");
        agrees(text.as_bytes());
    }
    assert!(object::<Value>(b"{\"a\":\"\xff\"}").is_none());
    let deep = |depth: usize| format!(r#"{{"list":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(takes::<Typed<'_>>(deep(MAX_DEPTH).as_bytes()));
    assert!(!takes::<Typed<'_>>(deep(MAX_DEPTH + 1).as_bytes()));
    let wide = |members: usize| {
        let members: Vec<String> = (0..members).map(|name| format!(r#""{name}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(takes::<Value>(wide(scan::MAX_OPEN_NAMES).as_bytes()));
    assert!(!takes::<Value>(wide(scan::MAX_OPEN_NAMES + 1).as_bytes()));
    let deep = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(takes::<Value>(deep(MAX_DEPTH + 1).as_bytes()) && !takes::<Value>(deep(MAX_DEPTH + 2).as_bytes()));
    let deep = |depth: usize| format!(r#"{{"no":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(takes::<Typed<'_>>(deep(MAX_DEPTH).as_bytes()));
    assert!(!takes::<Typed<'_>>(deep(MAX_DEPTH + 1).as_bytes()));
}

/// What `serde_json` would read there, this reader does not: so it must not answer with the lenient `None`.
#[test]
fn a_type_that_goes_on_after_an_error_hides_none() {
    assert!(takes::<Typed<'_>>(br#"{"lenient":1,"lenient_list":[1],"lenient_keys":{}}"#));
    for text in [
        r#"{"lenient":"no number"}"#,
        r#"{"lenient":1000}"#,
        r#"{"lenient":1.0}"#,
        r#"{"lenient_list":[]x}"#,
        r#"{"lenient_list":[1000]}"#,
        r#"{"lenient_keys":{"1":1}}"#,
    ] {
        assert!(object::<Typed<'_>>(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn a_type_that_does_not_read_what_stands_there_is_not_made() {
    assert_eq!(object::<Unread>(b"{}"), None);
    for text in [r#"{"a":}"#, r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a"}"#, r#"{"a" }"#, r#"{"a",}"#] {
        assert!(!takes::<BTreeMap<String, Unread>>(text.as_bytes()), "{text}");
        assert!(!takes::<BTreeMap<Unread, u8>>(text.as_bytes()), "{text}");
        assert!(!takes::<FirstName>(text.as_bytes()), "{text}");
        assert!(!takes::<TwoNames>(text.as_bytes()), "{text}");
    }
    assert!(takes::<FirstName>(b"{}") && takes::<TwoNames>(b"{}"));
    for text in [r#"{"a":,"b":1}"#, r#"{"a":1,"b":1}"#, r#"{"a","b":1}"#, r#"{"b":1,"a"}"#] {
        assert!(!takes::<TwoNames>(text.as_bytes()), "{text}");
    }
    for text in ["{:1}", r#"{"a":1}"#, "{1}", "{}"] {
        assert!(!takes::<Nameless>(text.as_bytes()), "{text}");
    }
    assert!(takes::<BTreeMap<String, Option<Unread>>>(br#"{"a":null}"#));
    assert!(!takes::<BTreeMap<String, Option<Unread>>>(br#"{"a":}"#));
    assert!(takes::<BTreeMap<String, Vec<Unread>>>(br#"{"a":[]}"#));
    assert!(!takes::<BTreeMap<String, Vec<Unread>>>(br#"{"a":[,]}"#));
    assert!(!takes::<BTreeMap<String, Blind>>(br#"{"a":"b"}"#));
    assert!(takes::<BTreeMap<String, Named>>(br#"{"a":"login"}"#));
    assert!(takes::<BTreeMap<String, Kind>>(br#"{"a":"login"}"#));
    assert!(!takes::<BTreeMap<String, Named>>(br#"{"a":"other"}"#));
}

#[test]
fn a_type_that_goes_on_after_errors_comes_to_an_end() {
    assert!(takes::<BTreeMap<String, Numbers>>(br#"{"a":[1,2]}"#));
    for text in [r#"{"a":[1,"b",2]}"#, r#"{"a":[1}"#, r#"{"a":[1 2]}"#, r#"{"a":["#] {
        assert!(!takes::<BTreeMap<String, Numbers>>(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_type_that_goes_on_after_errors_among_members_comes_to_an_end() {
    assert!(takes::<Pairs>(br#"{"a":1,"b":2}"#));
    for text in [r#"{"a":"x","b":1}"#, r#"{"a":1 "b":2}"#, r#"{"a":1"#, r#"{"a":1,}"#] {
        assert!(!takes::<Pairs>(text.as_bytes()), "{text}");
    }
}

#[test]
fn errors_that_a_type_keeps_are_those_of_serde_json() {
    assert!(takes::<Faulty>(br#"{"exp":1}"#));
    assert!(takes::<Faulty>(br#"{"exp":"x"}"#));
    let Faulty { inner: FaultyInner { exp } } = object(br#"{"exp":"x"}"#).expect("it reads on");
    assert!(exp.unwrap_err().contains("invalid type"));
}

/// Objects whose members are those of the types, with values of their types and of others.
fn any_typed() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        2 => any_json(),
        1 => any::<u8>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        2 => "[a-z]{0,3}".prop_map(Value::from),
        1 => prop::sample::select(&["login", "payment", "\u{e6}", "a"][..]).prop_map(Value::from),
        1 => prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
        1 => (any::<u8>(), "[a-z]").prop_map(|(number, text)| serde_json::json!([number, text])),
    ];
    let name = prop_oneof![
        4 => prop::sample::select(&[
            "text", "plain", "owned", "letter", "flag", "signed", "unsigned", "small", "real", "null", "list", "pair",
            "couple", "kind", "either", "lenient", "lenient_list", "lenient_keys",
        ][..]).prop_map(String::from),
        1 => "[a-c]",
    ];
    let objects = prop::collection::btree_map(name.clone(), value.clone(), 0..6);
    let named = prop_oneof![
        4 => (name, value),
        1 => (
            prop::sample::select(&["inner", "by_text", "by_number", "by_kind", "by_flag"][..]).prop_map(String::from),
            objects.prop_map(|members| Value::Object(members.into_iter().collect())),
        ),
    ];
    prop::collection::vec(named, 0..6).prop_map(|all| all.into_iter().collect())
}

#[test]
fn most_objects_are_taken() {
    let mut runner = TestRunner::deterministic();
    let mut taken = [0; 2];
    for _ in 0..100 {
        let object = any_typed().new_tree(&mut runner).expect("an object").current();
        let text = serde_json::to_vec(&object).unwrap();
        taken[0] += u8::from(takes::<Value>(&text));
        taken[1] += u8::from(takes::<Typed<'_>>(&text));
    }
    assert!(taken[0] > 50 && taken[1] > 10, "{taken:?}");
}

proptest! {
    #[test]
    fn both_readers_make_the_same_of_it(object in any_typed()) {
        agrees(&serde_json::to_vec(&object).unwrap());
        agrees(&serde_json::to_vec_pretty(&object).unwrap());
    }

    #[test]
    fn an_object_with_one_octet_changed_is_taken_alike(
        object in any_typed(),
        change in any_change(),
    ) {
        let mut text = serde_json::to_vec(&object).unwrap();
        change.make(&mut text);
        agrees(&text);
    }
}
