//! What is written reads back, and no body makes the reader panic.
#![expect(clippy::unwrap_used, reason = "a strategy of tests may stop at the first thing that is not as it says")]

use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_token_response::{
    Answer, ErrorResponse, TokenResponse,
    policy::{Policy, ResponsePolicy},
    read,
    serde_json::{Map, Value},
    types::{ErrorCode, Scope, Secret},
};
use time::Duration;

const LIMIT: usize = 1024 * 1024;

fn policy() -> ResponsePolicy {
    let mut policy = Policy::OAUTH_2_1.response;
    policy.refresh_expiry_member = Some("refresh_token_expires_in");
    policy
}

fn secret() -> impl Strategy<Value = Secret> {
    "[ -~]{1,64}".prop_map(Secret::new)
}

fn lifetime(from: u32) -> impl Strategy<Value = Option<Duration>> {
    prop::option::of((from..=u32::MAX).prop_map(|seconds| Duration::seconds(seconds.into())))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn other() -> impl Strategy<Value = Map<String, Value>> {
    // `x` keeps the names clear of the registered ones.
    prop::collection::btree_map("x.{0,8}", value(), 0..4).prop_map(|members| members.into_iter().collect())
}

prop_compose! {
    fn tokens()(
        access_token in secret(),
        token_type in prop_oneof![Just("Bearer".to_owned()), Just("DPoP".to_owned()), "x[!-~]{0,16}"],
        expires_in in lifetime(0),
        refresh_token in prop::option::of(secret()),
        refresh_token_expires_in in lifetime(1),
        scope in prop::option::of("[!#-\\[\\]-~]{1,8}( [!#-\\[\\]-~]{1,8}){0,4}"),
        id_token in prop::option::of(secret()),
        other in other(),
    ) -> TokenResponse {
        let mut tokens = TokenResponse::new(access_token, token_type);
        tokens.expires_in = expires_in;
        tokens.refresh_token = refresh_token;
        tokens.refresh_token_expires_in = refresh_token_expires_in;
        tokens.scope = scope.map(|scope| Scope::parse(&scope).unwrap());
        tokens.id_token = id_token;
        tokens.other = other;
        tokens
    }
}

prop_compose! {
    fn error()(
        error in "[ !#-\\[\\]-~]{1,24}",
        error_description in prop::option::of("[ !#-\\[\\]-~]{1,64}"),
        error_uri in prop::option::of("[!#-\\[\\]-~]{1,64}"),
        other in other(),
    ) -> ErrorResponse {
        let mut answer = ErrorResponse::new(ErrorCode::parse(&error));
        answer.error_description = error_description;
        answer.error_uri = error_uri;
        answer.other = other;
        answer
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1_700_000_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_read_back(tokens in tokens()) {
        let response = tokens.into_response(&policy());
        let parsed = TokenResponse::parse(response.body(), LIMIT);
        prop_assert_eq!(parsed.as_ref(), Ok(&tokens));
        prop_assert_eq!(read(response.status(), response.body(), LIMIT), Ok(Answer::Tokens(tokens)));
    }

    #[test]
    fn errors_read_back_at_every_error_status(answer in error(), status in 400_u16..=599) {
        prop_assert_eq!(read(status, &answer.to_json(), LIMIT), Ok(Answer::Error(answer)));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = read(status, &body, LIMIT);
        let _ = TokenResponse::parse(&body, LIMIT);
        let _ = ErrorResponse::parse(&body, LIMIT);
    }

    #[test]
    fn no_json_makes_the_reader_panic(members in prop::collection::btree_map(
        prop_oneof![
            Just("access_token".to_owned()), Just("token_type".to_owned()), Just("expires_in".to_owned()),
            Just("refresh_token".to_owned()), Just("refresh_expires_in".to_owned()), Just("scope".to_owned()),
            Just("id_token".to_owned()), Just("error".to_owned()), Just("error_description".to_owned()), any::<String>(),
        ],
        value(),
        0..8,
    )) {
        let body = Value::Object(members.into_iter().collect()).to_string();
        if let Ok(tokens) = TokenResponse::parse(body.as_bytes(), LIMIT) {
            // What was read can be written, and reads back but for the tolerance.
            let again = TokenResponse::parse(tokens.into_response(&policy()).body(), LIMIT);
            prop_assert!(again.is_ok());
        }
        let _ = ErrorResponse::parse(body.as_bytes(), LIMIT);
    }

    #[test]
    fn a_cut_response_is_never_a_success(tokens in tokens(), share in 0.0_f64..1.0) {
        let body = tokens.into_response(&policy()).into_body();
        let kept = body.iter().enumerate().take_while(|(at, _)| {
            let at = u32::try_from(*at).unwrap();
            let length = u32::try_from(body.len()).unwrap();
            f64::from(at) < f64::from(length) * share
        });
        let cut: Vec<u8> = kept.map(|(_, byte)| *byte).collect();
        prop_assume!(cut.len() < body.len());
        prop_assert!(read(200, &cut, LIMIT).is_err());
    }
}
