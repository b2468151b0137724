//! RFC 6749 §5.2 and security decisions D10, D20: which code a refused request gets, and in which order things are judged.
#[cfg(test)]
mod support;

use support::{BASIC, Bench, basic, form, refused, signed};
use symbolon_server::types::{Method, RequestParts};

#[cfg(test)]
/// Every row: what is sent, and the status and code that it gets. The last one of each test is an accepted twin.
fn table(rows: Vec<(&str, RequestParts, (u16, String))>) {
    let bench = Bench::new();
    for (name, parts, expected) in rows {
        assert_eq!(bench.answer(parts), expected, "{name}");
    }
    assert_eq!(bench.send(basic("grant_type=client_credentials")).status(), 200);
}

#[test]
fn a064_only_post_is_answered() {
    let get = || RequestParts::new(Method::Get, Vec::new()).query(Some("grant_type=client_credentials"));
    let bench = Bench::new();
    let response = bench.send(get()).into_response();
    assert_eq!((response.status(), response.header("allow")), (405, Some("POST")));
    table(vec![
        ("GET", get(), refused(405, "invalid_request")),
        ("PUT", RequestParts::new(Method::Other, Vec::new()), refused(405, "invalid_request")),
    ]);
}

#[test]
fn a064_a_registered_parameter_in_the_query_is_invalid_request_and_any_other_is_ignored() {
    let ok = "grant_type=client_credentials";
    table(vec![
        ("secret", form(ok).query(Some("client_id=post&client_secret=mysecret")), refused(400, "invalid_request")),
        ("grant_type", basic("").query(Some(ok)), refused(400, "invalid_request")),
        ("encoded name", basic(ok).query(Some("client%5Fsecret=x")), refused(400, "invalid_request")),
        ("r59 other", basic(ok).query(Some("_tlsclientauth=1")), (200, String::new())),
    ]);
}

#[test]
fn a066_the_content_type_must_be_one_form() {
    let body = || RequestParts::post(b"grant_type=client_credentials".to_vec()).authorization(BASIC);
    let ok = b"application/x-www-form-urlencoded";
    table(vec![
        ("none", body(), refused(400, "invalid_request")),
        ("json", body().content_type(b"application/json"), refused(400, "invalid_request")),
        ("two", body().content_type(ok).content_type(ok), refused(400, "invalid_request")),
        (
            "latin",
            body().content_type(b"application/x-www-form-urlencoded; charset=ISO-8859-1"),
            refused(400, "invalid_request"),
        ),
        ("r4 utf-8", body().content_type(b"application/x-www-form-urlencoded; charset=UTF-8"), (200, String::new())),
        ("case", body().content_type(b"Application/X-WWW-Form-Urlencoded"), (200, String::new())),
    ]);
}

#[test]
fn a065_to_a070_the_form_must_be_well_formed() {
    let many = (0..65).map(|n| format!("p{n}=x")).collect::<Vec<_>>().join("&");
    let long = format!("grant_type=client_credentials&x={}", "a".repeat(65_535));
    let fits = format!("grant_type=client_credentials&x={}", "a".repeat(65_000));
    table(vec![
        (
            "a065 repeated",
            basic("grant_type=client_credentials&grant_type=client_credentials"),
            refused(400, "invalid_request"),
        ),
        ("a065 encoded", basic("grant_type=client_credentials&%67rant_type=x"), refused(400, "invalid_request")),
        ("a065 unknown", basic("grant_type=client_credentials&x=1&x=2"), refused(400, "invalid_request")),
        ("a065 resource", basic("grant_type=client_credentials&resource=1&resource=2"), refused(400, "invalid_target")),
        ("a067 percent", basic("grant_type=client_credentials&x=%zz"), refused(400, "invalid_request")),
        ("a067 utf-8", basic("grant_type=client_credentials&x=%ff"), refused(400, "invalid_request")),
        ("a067 overlong", basic("grant_type=client_credentials&x=%c0%af"), refused(400, "invalid_request")),
        ("a067 semicolon", basic("grant_type=client_credentials;scope=read"), refused(400, "unsupported_grant_type")),
        ("a068 nul", basic("grant_type=client_credentials&x=%00"), refused(400, "invalid_request")),
        ("a068 raw nul", basic("grant_type=client_credentials&x=\0"), refused(400, "invalid_request")),
        ("a068 bom", basic("\u{feff}grant_type=client_credentials"), refused(400, "invalid_request")),
        ("a069 long", basic(long), refused(413, "invalid_request")),
        ("a069 fits", basic(fits), (200, String::new())),
        ("a070 many", basic(format!("grant_type=client_credentials&{many}")), refused(400, "invalid_request")),
    ]);
}

#[test]
fn a062_a063_the_grant_is_judged_after_the_client() {
    table(vec![
        ("a062 missing", basic("x=y"), refused(400, "invalid_request")),
        ("a062 empty", basic("grant_type="), refused(400, "invalid_request")),
        ("a062 unknown", basic("grant_type=urn:example:unknown"), refused(400, "unsupported_grant_type")),
        ("a062 case", basic("grant_type=Client_Credentials"), refused(400, "unsupported_grant_type")),
        ("a063 password", basic("grant_type=password&username=a&password=b"), refused(400, "unsupported_grant_type")),
        ("order", form("grant_type=urn:example:unknown&client_id=nobody"), refused(400, "invalid_client")),
        ("order, missing", form("x=y"), refused(400, "invalid_client")),
    ]);
}

#[test]
fn a055_to_a061_credentials_get_the_code_and_the_status_of_d20() {
    let ok = "grant_type=client_credentials";
    let with = |value: &[u8]| form(ok).authorization(value);
    table(vec![
        ("a055 no colon", with(b"Basic YXBw"), refused(401, "invalid_client")),
        ("a055 no base64", with(b"Basic !!"), refused(401, "invalid_client")),
        ("a055 empty", with(b"Basic "), refused(401, "invalid_client")),
        ("a056 bad escape", with(b"Basic YXBwOiV6eg=="), refused(401, "invalid_client")),
        ("a057 two headers", basic(ok).authorization(BASIC), refused(400, "invalid_request")),
        (
            "a058 basic and post",
            basic(format!("{ok}&client_id=app&client_secret=mysecret")),
            refused(400, "invalid_request"),
        ),
        ("a058 basic and assertion", signed("a.b.c", ok).authorization(BASIC), refused(401, "invalid_client")),
        (
            "a058 post and assertion",
            signed("a.b.c", &format!("{ok}&client_id=post&client_secret=x")),
            refused(400, "invalid_client"),
        ),
        ("a059 another client_id", basic(format!("{ok}&client_id=post")), refused(400, "invalid_request")),
        ("a059 twin: the same client_id", basic(format!("{ok}&client_id=app")), (200, String::new())),
        ("a060 wrong secret", with(b"Basic YXBwOndyb25n"), refused(401, "invalid_client")),
        ("a060 unknown client", with(b"Basic bm9ib2R5Om15c2VjcmV0"), refused(401, "invalid_client")),
        ("a061 no credentials", form(ok), refused(400, "invalid_client")),
        ("a061 blank secret", form(format!("{ok}&client_id=post&client_secret=")), refused(400, "invalid_client")),
        (
            "a061 registered for another method",
            form(format!("{ok}&client_id=app&client_secret=mysecret")),
            refused(400, "invalid_client"),
        ),
        ("a061 without its secret", form(format!("{ok}&client_id=post")), refused(400, "invalid_client")),
        ("a126 empty Basic secret", with(b"Basic YXBwOg=="), refused(401, "invalid_client")),
        ("unknown scheme", with(b"Bearer x"), refused(401, "invalid_client")),
        ("a083 no type", form(format!("{ok}&client_assertion=a.b.c")), refused(400, "invalid_client")),
        (
            "a083 unknown type",
            form(format!("{ok}&client_assertion=a.b.c&client_assertion_type=x")),
            refused(400, "invalid_client"),
        ),
        (
            "a083 type alone",
            form(format!("{ok}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            refused(400, "invalid_client"),
        ),
    ]);
}

#[test]
fn a060_an_unknown_client_and_a_wrong_secret_get_the_same_bytes() {
    let bench = Bench::new();
    let ok = "grant_type=client_credentials";
    let unknown = bench.send(form(ok).authorization(b"Basic bm9ib2R5Om15c2VjcmV0"));
    let wrong = bench.send(form(ok).authorization(b"Basic YXBwOndyb25n"));
    assert_eq!(unknown.attempt().unwrap().subject, "nobody");
    assert_eq!(wrong.attempt().unwrap().subject, "app");
    assert_eq!(unknown.into_response(), wrong.into_response());
    assert_eq!(bench.send(basic(ok)).status(), 200);
    assert!(bench.send(basic(ok)).attempt().is_none());
}

#[test]
fn d9_one_jwt_is_not_both_client_assertion_and_grant() {
    let bench = Bench::new();
    let assertion = bench.assertion();
    let body = format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={assertion}");
    assert_eq!(bench.answer(signed(&assertion, &body)), refused(400, "invalid_request"));
    let body = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=another";
    assert_eq!(bench.answer(signed(&bench.assertion(), body)), refused(400, "unsupported_grant_type"));
}

#[test]
fn a098_nothing_that_was_sent_is_in_the_answer_or_in_the_reason() {
    let bench = Bench::new();
    let marker = "MARKER";
    for parts in [
        form(format!("grant_type={marker}&client_id=post&client_secret=mysecret")),
        form(format!("grant_type=client_credentials&client_id=post&client_secret={marker}")),
        form(format!("grant_type=client_credentials&client_id={marker}&client_secret=x")),
        form(format!("grant_type=authorization_code&code={marker}&client_id=post&client_secret=mysecret")),
        form(format!("grant_type=refresh_token&refresh_token={marker}&client_id=post&client_secret=mysecret")),
        form(format!("grant_type=client_credentials&scope={marker}&client_id=post&client_secret=mysecret")),
        form(format!("grant_type=client_credentials&{marker}=1&{marker}=2")),
        form("grant_type=client_credentials").query(Some("client_secret=MARKER")),
        form("grant_type=client_credentials").authorization(b"MARKER MARKER"),
        form("grant_type=client_credentials").authorization(b"Basic MARKER"),
        signed(marker, "grant_type=client_credentials"),
        basic("grant_type=client_credentials").dpop(b"MARKER"),
    ] {
        let settled = bench.send(parts);
        let reason = settled.reason().unwrap();
        assert!(!format!("{reason} {reason:?} {:?}", settled.trace()).contains(marker), "{reason:?}");
        let response = settled.into_response();
        assert!(!format!("{response:?}{}", String::from_utf8_lossy(response.body())).contains(marker));
    }
}
