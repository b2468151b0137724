//! Attacks on the framing and on client authentication, end to end: each beside a twin that is accepted.

use axum::{body::Body, http::Request};

use crate::support::{Answer, App, BASIC, BODY, FORM, app, form};

const LIMIT: usize = 65_535;

async fn with_header(app: &App, value: &[u8]) -> Answer {
    let request = Request::post("/token").header("content-type", FORM).header("authorization", value);
    app.send(request.body(Body::from(BODY)).unwrap()).await
}

#[tokio::test]
async fn a055_malformed_basic_is_401_with_a_challenge() {
    let app = app();
    for bad in [
        "Basic",
        "Basic ",
        "Basic YXBw",                 // no colon
        "Basic OnNlY3JldA==",         // no id
        "Basic Og==",                 // neither
        "Basic YXBwOm15c2VjcmV",      // no padding
        "Basic YXBwOm15c2VjcmV0!",    // no base64
        "Basic YXBwOm15c2VjcmV0 x",   // two words
        "Basic  YXBwOm15c2VjcmV0  x", // three
        "Bearer YXBwOm15c2VjcmV0",    // another scheme
        "YXBwOm15c2VjcmV0",           // no scheme
    ] {
        with_header(&app, bad.as_bytes()).await.refused(401, "invalid_client");
    }
    with_header(&app, b"basic YXBwOm15c2VjcmV0").await.accepted();
}

#[tokio::test]
async fn a056_basic_is_form_decoded_strictly() {
    let app = app();
    // `app:mysecre%7`, `app:%ff`, `app%00:mysecret`, raw octets that are no UTF-8
    for bad in ["YXBwOm15c2VjcmUlNw==", "YXBwOiVmZg==", "YXBwJTAwOm15c2VjcmV0", "YXBwOv8="] {
        with_header(&app, format!("Basic {bad}").as_bytes()).await.refused(401, "invalid_client");
    }
    with_header(&app, b"Basic \xff").await.refused(401, "invalid_client");
    // `other+app:%C3%A5%2B%3A%25`
    with_header(&app, b"Basic b3RoZXIrYXBwOiVDMyVBNSUyQiUzQSUyNQ==").await.accepted();
    // `app:mysecre%74`
    with_header(&app, b"Basic YXBwOm15c2VjcmUlNzQ=").await.accepted();
}

#[tokio::test]
async fn a057_two_authorization_headers_are_invalid_request() {
    let app = app();
    for second in [BASIC, "Basic YXBwOm9sZA==", "Bearer x", ""] {
        let request = Request::post("/token").header("content-type", FORM);
        let request = request.header("authorization", BASIC).header("authorization", second);
        app.send(request.body(Body::from(BODY)).unwrap()).await.refused(400, "invalid_request");
    }
    app.post(Some(BASIC), BODY).await.accepted();
}

#[tokio::test]
async fn a058_two_mechanisms_are_refused_before_either_is_checked() {
    let app = app();
    let secret = format!("{BODY}&client_id=app&client_secret=mysecret");
    app.post(Some(BASIC), secret.clone()).await.refused(400, "invalid_request");
    app.post(Some(BASIC), format!("{BODY}&client_secret=mysecret")).await.refused(400, "invalid_request");
    app.post(Some(BASIC), app.assertion()).await.refused(401, "invalid_client");
    app.post(None, format!("{}&client_secret=mysecret", app.assertion())).await.refused(400, "invalid_client");
    app.post(Some(BASIC), format!("{BODY}&client_assertion_type=x")).await.refused(401, "invalid_client");

    app.post(Some(BASIC), format!("{BODY}&client_id=app&client_secret=")).await.accepted();
    app.post(None, app.assertion()).await.accepted();
}

#[tokio::test]
async fn a059_another_client_id_than_the_authenticated_one_is_invalid_request() {
    let app = app();
    app.post(Some(BASIC), format!("{BODY}&client_id=post")).await.refused(400, "invalid_request");
    app.post(Some(BASIC), format!("{BODY}&client_id=App")).await.refused(400, "invalid_request");
    let other = app.assertion().replace("client_id=jwt", "client_id=app");
    app.post(None, other).await.refused(400, "invalid_client");

    app.post(Some(BASIC), format!("{BODY}&client_id=app")).await.accepted();
    app.post(None, app.assertion()).await.accepted();
}

#[tokio::test]
async fn a060_an_unknown_client_and_a_wrong_secret_read_the_same() {
    let app = app();
    let wrong = app.post(Some("Basic YXBwOndyb25n"), BODY).await;
    let unknown = app.post(Some("Basic bm9ib2R5Ondyb25n"), BODY).await;
    wrong.refused(401, "invalid_client");
    unknown.refused(401, "invalid_client");
    assert_eq!((wrong.headers, wrong.body), (unknown.headers, unknown.body));

    let wrong = app.post(None, format!("{BODY}&client_id=post&client_secret=wrong")).await;
    let unknown = app.post(None, format!("{BODY}&client_id=nobody&client_secret=wrong")).await;
    wrong.refused(400, "invalid_client");
    unknown.refused(400, "invalid_client");
    assert_eq!((wrong.headers, wrong.body), (unknown.headers, unknown.body));

    app.post(Some(BASIC), BODY).await.accepted();
}

#[tokio::test]
async fn a061_only_the_registered_method_is_taken() {
    let app = app();
    // The right secret by the other method.
    app.post(None, format!("{BODY}&client_id=app&client_secret=mysecret")).await.refused(400, "invalid_client");
    app.post(Some("Basic cG9zdDpteXNlY3JldA=="), BODY).await.refused(401, "invalid_client");
    // A blank secret, no secret, nothing at all.
    app.post(Some("Basic YXBwOg=="), BODY).await.refused(401, "invalid_client");
    app.post(None, format!("{BODY}&client_id=app")).await.refused(400, "invalid_client");
    app.post(None, format!("{BODY}&client_id=post&client_secret=")).await.refused(400, "invalid_client");
    app.post(None, BODY).await.refused(400, "invalid_client");
    // An assertion without its type, and with an unknown one.
    let assertion = app.assertion();
    let of_type = |to: &str| assertion.replace("urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer", to);
    app.post(None, of_type("")).await.refused(400, "invalid_client");
    app.post(None, of_type("urn%3Aexample")).await.refused(400, "invalid_client");
    // RFC 6749 §4.4: a public client never.
    app.post(None, format!("{BODY}&client_id=spa")).await.refused(400, "unauthorized_client");

    app.post(Some(BASIC), BODY).await.accepted();
    app.post(None, format!("{BODY}&client_id=post&client_secret=mysecret")).await.accepted();
    app.post(None, assertion).await.accepted();
}

#[tokio::test]
async fn a062_the_grant_type_is_there_and_spelled_as_registered() {
    let app = app();
    for body in ["", "scope=read", "grant_type=", "grant_type"] {
        app.post(Some(BASIC), body).await.refused(400, "invalid_request");
    }
    for body in ["grant_type=Client_Credentials", "grant_type=implicit", "grant_type=client_credentials+"] {
        app.post(Some(BASIC), body).await.refused(400, "unsupported_grant_type");
    }
    app.post(Some(BASIC), BODY).await.accepted();
}

#[tokio::test]
async fn a063_a_grant_that_the_client_did_not_register_and_the_password_grant_are_refused() {
    let app = app();
    // `login:mysecret`
    app.post(Some("Basic bG9naW46bXlzZWNyZXQ="), BODY).await.refused(400, "unauthorized_client");
    let password = form(&[("grant_type", "password"), ("username", "alice"), ("password", "x")]);
    app.post(Some(BASIC), password).await.refused(400, "unsupported_grant_type");
    app.post(Some(BASIC), BODY).await.accepted();
}

#[tokio::test]
async fn a064_nothing_is_taken_from_the_query_and_only_post_is() {
    let app = app();
    let to = |method: &str, target: &str, body: &'static str| {
        let request = Request::builder().method(method).uri(target).header("content-type", FORM);
        request.header("authorization", BASIC).body(Body::from(body)).unwrap()
    };
    for query in
        ["client_secret=mysecret", "client%5Fid=app", "a=1&grant_type=client_credentials", "code=x", "scope=read"]
    {
        app.send(to("POST", &format!("/token?{query}"), BODY)).await.refused(400, "invalid_request");
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "BREW"] {
        let answer = app.send(to(method, "/token", BODY)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    app.send(to("GET", "/token?grant_type=client_credentials", "")).await.refused(405, "invalid_request");

    app.send(to("POST", "/token?_tlsclientauth=1&client_secret=", BODY)).await.accepted();
}

#[tokio::test]
async fn a065_repeated_parameter_is_invalid_request() {
    let app = app();
    for body in [
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=client_credentials&scope=read&scope=openid",
        "grant_type=client_credentials&scope=read&sc%6Fpe=read",
        "grant_type=client_credentials&client_id=app&client_id=app",
        "grant_type=client_credentials&unknown=1&unknown=1",
    ] {
        app.post(Some(BASIC), body).await.refused(400, "invalid_request");
    }
    // RFC 6749 §3.2: one without a value is as if it were omitted. RFC 8707 §2: `resource` may come twice.
    app.post(Some(BASIC), "grant_type=client_credentials&scope=&scope=read&unknown=1&Unknown=1").await.accepted();
}

#[tokio::test]
async fn a066_the_content_type_is_the_form_once_in_utf_8() {
    let app = app();
    let with = |types: &[&str]| {
        let request = Request::post("/token").header("authorization", BASIC);
        let request = types.iter().fold(request, |request, value| request.header("content-type", *value));
        request.body(Body::from(BODY)).unwrap()
    };
    for types in [
        &[][..],
        &[""],
        &["application/json"],
        &["multipart/form-data; boundary=x"],
        &["text/plain"],
        &["application/x-www-form-urlencoded; charset=iso-8859-1"],
        &["application/x-www-form-urlencoded, text/plain"],
        &[FORM, FORM],
        &[FORM, "application/json"],
    ] {
        app.send(with(types)).await.refused(400, "invalid_request");
    }
    for value in [FORM, "Application/X-WWW-Form-URLEncoded", "application/x-www-form-urlencoded;charset=UTF-8"] {
        app.send(with(&[value])).await.accepted();
    }
}

#[tokio::test]
async fn a067_broken_escapes_and_encodings_are_refused_and_semicolons_separate_nothing() {
    let app = app();
    let bad: [&[u8]; 6] = [b"a=%", b"a=%4", b"a=%zz", b"a=%ff", b"a=%C0%AF", b"a=\xff"];
    for bad in bad {
        let body = [BODY.as_bytes(), b"&", bad].concat();
        app.post(Some(BASIC), body).await.refused(400, "invalid_request");
    }
    app.post(Some(BASIC), "scope=read;grant_type=client_credentials").await.refused(400, "invalid_request");
    app.post(Some(BASIC), "grant_type=client_credentials;scope=read").await.refused(400, "unsupported_grant_type");
    app.post(Some(BASIC), "grant%5ftype=client%5Fcredentials&a=%C3%A5&b=\u{e5}").await.accepted();
}

#[tokio::test]
async fn a068_nul_is_refused_and_a_byte_order_mark_is_no_white_space() {
    let app = app();
    for body in ["grant_type=client_credentials&a=%00", "grant_type=client_credentials&a=\0", "a%00=1"] {
        app.post(Some(BASIC), body).await.refused(400, "invalid_request");
    }
    app.post(Some(BASIC), format!("\u{feff}{BODY}")).await.refused(400, "invalid_request");
    app.post(Some(BASIC), format!("{BODY}&\u{feff}=1")).await.accepted();
}

#[tokio::test]
async fn a069_a_body_beyond_the_limit_is_413() {
    let app = app();
    let of_length =
        |length: usize| format!("{BODY}&a={}", "x".repeat(length.saturating_sub(BODY.len()).saturating_sub(3)));
    let longest = of_length(LIMIT);
    assert_eq!(longest.len(), LIMIT);
    app.post(Some(BASIC), longest).await.accepted();
    for length in [LIMIT.saturating_add(1), 10_000_000] {
        app.post(Some(BASIC), of_length(length)).await.refused(413, "invalid_request");
    }
}

#[tokio::test]
async fn a070_parameters_are_counted() {
    let app = app();
    let with = |more: u32| (0..more).fold(String::from(BODY), |body, n| format!("{body}&p{n}=1"));
    app.post(Some(BASIC), with(63)).await.accepted();
    app.post(Some(BASIC), with(64)).await.refused(400, "invalid_request");
    app.post(Some(BASIC), format!("{BODY}{}", "&a".repeat(64))).await.refused(400, "invalid_request");
    app.post(Some(BASIC), format!("{BODY}{}", "&a=1".repeat(100_000))).await.refused(413, "invalid_request");
}
