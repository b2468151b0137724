//! One table: for each grant and each thing that may come, what to do and what became of the grant.

use symbolon_client::{
    AuthorizationPlan, Delivery, FailedExchange, Fate, IncomingResponse, Outcome, PendingTokens, Received, RefreshPlan,
    WhatToDo, jose::VerifyingKeys, token_request::ExtensionRequest,
};
use time::Duration;

use crate::party::{REFRESH_TOKEN, SignIn, client, now, published, scope, sign};

#[derive(Clone, Copy, Debug)]
enum Grant {
    Code,
    Refresh,
    ClientCredentials,
    Assertion,
    DeviceCode,
}

/// What came in place of tokens.
#[derive(Clone, Copy, Debug)]
enum Came {
    Nothing(Delivery),
    Answer(u16, &'static str),
    /// An answer of another media type.
    Typed(u16, &'static str, &'static str),
    /// Status 401 and no more than a challenge.
    Challenge,
    /// Tokens, with a refresh token or without, and an ID token that does not verify.
    BadIdToken(&'static str),
}

const GRANTS: [Grant; 5] = [Grant::Code, Grant::Refresh, Grant::ClientCredentials, Grant::Assertion, Grant::DeviceCode];

fn pending(grant: Grant, openid: bool) -> PendingTokens {
    let extension =
        |grant_type: &str| client().extension(ExtensionRequest::new(grant_type), now()).unwrap().ready().unwrap().1;
    match grant {
        Grant::Code => {
            let asked = if openid { "openid" } else { "read" };
            SignIn::begin(&client(), AuthorizationPlan::new(scope(asked))).pending
        }
        Grant::Refresh => {
            let mut plan = RefreshPlan::new(REFRESH_TOKEN);
            if openid {
                let sign_in = SignIn::openid();
                let claims = sign_in.claims();
                let first = sign_in.tokens(&sign(&claims)).verify(&published(), now());
                plan.identity = first.unwrap().identity().cloned();
            }
            client().refresh(plan, now()).unwrap().ready().unwrap().1
        }
        Grant::ClientCredentials => client().client_credentials(None, now()).unwrap().ready().unwrap().1,
        Grant::Assertion => extension("urn:ietf:params:oauth:grant-type:jwt-bearer"),
        Grant::DeviceCode => extension("urn:ietf:params:oauth:grant-type:device_code"),
    }
}

fn failed(grant: Grant, came: Came) -> FailedExchange {
    match came {
        Came::Nothing(delivery) => pending(grant, false).lost(delivery),
        Came::Answer(status, body) => {
            match pending(grant, false).receive(&IncomingResponse::json(status, body), now()) {
                Ok(Received::Refused(answer)) => answer.into(),
                Ok(other) => panic!("{other:?}"),
                Err(failed) => failed,
            }
        }
        Came::Typed(status, media_type, body) => {
            let answer = IncomingResponse::new(status, body).with_header("content-type", media_type.as_bytes());
            pending(grant, false).receive(&answer, now()).unwrap_err()
        }
        Came::Challenge => {
            let answer = IncomingResponse::new(401, "").with_header("www-authenticate", b"Basic realm=a");
            pending(grant, false).receive(&answer, now()).unwrap_err()
        }
        Came::BadIdToken(body) => match pending(grant, true).receive(&IncomingResponse::json(200, body), now()) {
            Ok(Received::Tokens(tokens)) => tokens.verify(&VerifyingKeys::default(), now()).unwrap_err(),
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn every_grant_has_its_fate_whatever_comes() {
    use Fate::{Kept, MayBeUsed, Over};
    use WhatToDo::{Configuration, Permanent, Unknown};
    const LATER: WhatToDo = WhatToDo::Transient { after: None };
    const ROTATED: &str = r#"{"access_token":"a","token_type":"Bearer","refresh_token":"b","id_token":"c.d.e"}"#;
    const NOT_ROTATED: &str = r#"{"access_token":"a","token_type":"Bearer","id_token":"c.d.e"}"#;
    const MAC: &str = r#"{"access_token":"a","token_type":"mac","refresh_token":"b"}"#;
    const DPOP: &str = r#"{"access_token":"a","token_type":"DPoP","refresh_token":"b"}"#;
    const MAC_NOT_ROTATED: &str = r#"{"access_token":"a","token_type":"mac"}"#;
    let table: [(Came, [(WhatToDo, Fate); 5]); 36] = [
        // Code, refresh token, client credentials, assertion, device code.
        (Came::Nothing(Delivery::NotSent), [(LATER, Kept); 5]),
        (Came::Nothing(Delivery::Unknown), LOST),
        // Security decision D8: these two say that nothing was done, and no other does.
        (Came::Answer(429, ""), [(LATER, Kept); 5]),
        (Came::Answer(503, "<html>"), [(LATER, Kept); 5]),
        (Came::Answer(503, r#"{"error":"temporarily_unavailable"}"#), [(LATER, Kept); 5]),
        (Came::Answer(503, r#"{"error":"invalid_grant"}"#), [(LATER, Kept); 5]),
        (Came::Answer(500, ""), LOST),
        (Came::Answer(502, "<html>"), LOST),
        (Came::Answer(504, "<html>"), LOST),
        (Came::Answer(500, r#"{"error":"server_error"}"#), LOST),
        (Came::Answer(400, r#"{"error":"server_error"}"#), LOST),
        // The server has judged.
        (
            Came::Answer(400, r#"{"error":"invalid_grant"}"#),
            [(Permanent, Over), (Permanent, Over), (Permanent, Kept), (Permanent, Over), (Permanent, Over)],
        ),
        (Came::Answer(401, r#"{"error":"invalid_client"}"#), refused(Configuration)),
        (Came::Answer(400, r#"{"error":"invalid_scope"}"#), refused(Configuration)),
        (Came::Answer(403, r#"{"error":"forbidden"}"#), refused(Unknown)),
        (Came::Answer(200, r#"{"error":"bad_refresh_token"}"#), refused(Unknown)),
        (Came::Answer(400, r#"{"error":"temporarily_unavailable"}"#), [(LATER, Kept); 5]),
        (Came::Answer(400, r#"{"error":"authorization_pending"}"#), [(LATER, Kept); 5]),
        (Came::Answer(400, r#"{"error":"slow_down"}"#), [(LATER, Kept); 5]),
        (Came::Answer(400, r#"{"error":"use_dpop_nonce"}"#), [(Configuration, Kept); 5]),
        // A refusal that cannot be read is no reason to forget anything.
        (Came::Answer(400, "<html>"), refused(Unknown)),
        (Came::Answer(404, ""), refused(Unknown)),
        (Came::Answer(400, r#"{"error":["invalid_grant"]}"#), refused(Unknown)),
        (Came::Typed(400, "text/plain", r#"{"error":"invalid_grant"}"#), refused(Unknown)),
        (Came::Typed(503, "text/html", "<html>"), [(LATER, Kept); 5]),
        (Came::Typed(502, "text/html", "<html>"), LOST),
        (Came::Challenge, refused(Configuration)),
        (Came::Answer(302, ""), [(Configuration, Kept); 5]),
        // A success that cannot be used.
        (Came::Answer(200, "<html>"), spoilt(Unknown)),
        (Came::Answer(200, r#"{"token_type":"Bearer"}"#), spoilt(Unknown)),
        (Came::Answer(204, ""), spoilt(Unknown)),
        (Came::Typed(200, "text/plain", ROTATED), spoilt(Unknown)),
        (Came::Answer(200, MAC), discarded(Configuration, MayBeUsed)),
        (Came::Answer(200, DPOP), discarded(Configuration, MayBeUsed)),
        (Came::Answer(200, MAC_NOT_ROTATED), discarded(Configuration, Kept)),
        (Came::Answer(200, r#"{"error":"invalid_grant","access_token":"a"}"#), spoilt(Unknown)),
    ];
    for (came, expected) in table {
        for (grant, (what_to_do, fate)) in GRANTS.into_iter().zip(expected) {
            let outcome = failed(grant, came).outcome();
            assert_eq!(outcome, Outcome { what_to_do, fate }, "{grant:?}, {came:?}");
        }
    }
    for (grant, body, fate) in
        [(Grant::Code, ROTATED, Over), (Grant::Refresh, ROTATED, MayBeUsed), (Grant::Refresh, NOT_ROTATED, Kept)]
    {
        let failed = failed(grant, Came::BadIdToken(body));
        assert_eq!(failed.outcome(), Outcome { what_to_do: Unknown, fate }, "{grant:?}");
    }
    let too_large = IncomingResponse::json(200, vec![b' '; client().policy().limits.response_bytes + 1]);
    let failed = pending(Grant::Refresh, false).receive(&too_large, now()).unwrap_err();
    assert_eq!(failed.outcome(), Outcome { what_to_do: Unknown, fate: MayBeUsed });
}

/// The server may have acted, and the answer is gone.
const LOST: [(WhatToDo, Fate); 5] = [
    (WhatToDo::Ambiguous, Fate::MayBeUsed),
    (WhatToDo::Ambiguous, Fate::MayBeUsed),
    (WhatToDo::Transient { after: None }, Fate::Kept),
    (WhatToDo::Transient { after: None }, Fate::MayBeUsed),
    (WhatToDo::Transient { after: None }, Fate::MayBeUsed),
];

/// Refused for another reason than the grant: only the id of an assertion may be remembered (security decision D1).
fn refused(what_to_do: WhatToDo) -> [(WhatToDo, Fate); 5] {
    [Fate::Kept, Fate::Kept, Fate::Kept, Fate::MayBeUsed, Fate::Kept].map(|fate| (what_to_do, fate))
}

/// A success of which nobody can tell what was in it.
fn spoilt(what_to_do: WhatToDo) -> [(WhatToDo, Fate); 5] {
    [Fate::MayBeUsed, Fate::MayBeUsed, Fate::Kept, Fate::MayBeUsed, Fate::MayBeUsed].map(|fate| (what_to_do, fate))
}

/// Tokens that are not taken.
fn discarded(what_to_do: WhatToDo, refresh_token: Fate) -> [(WhatToDo, Fate); 5] {
    [Fate::Over, refresh_token, Fate::Kept, Fate::Over, Fate::Over].map(|fate| (what_to_do, fate))
}

#[test]
fn only_a_grant_that_is_over_is_called_so_in_the_sentence() {
    let sentence = |came| failed(Grant::Refresh, came).what_to_do();
    assert!(sentence(Came::Answer(400, r#"{"error":"invalid_grant"}"#)).contains("forget it"));
    for (came, says) in [
        (Came::Nothing(Delivery::NotSent), "keep the refresh token"),
        (Came::Answer(503, ""), "keep the refresh token"),
        (Came::Nothing(Delivery::Unknown), "may be superseded"),
        (Came::Answer(500, ""), "may be superseded"),
        (Came::Answer(200, "<html>"), "may be superseded"),
        (Came::Answer(400, "<html>"), "keep the refresh token"),
        (Came::Answer(403, r#"{"error":"forbidden"}"#), "keep the refresh token"),
    ] {
        let sentence = sentence(came);
        assert!(sentence.contains(says) && !sentence.contains("forget"), "{came:?}: {sentence}");
    }
    let pending = |code| failed(Grant::DeviceCode, Came::Answer(400, code)).what_to_do();
    assert!(pending(r#"{"error":"authorization_pending"}"#).contains("not decided yet"));
    assert!(pending(r#"{"error":"slow_down"}"#).contains("five seconds"));
    assert!(!failed(Grant::Refresh, Came::Answer(429, r#"{"error":"slow_down"}"#)).what_to_do().contains("decided"));
}

#[test]
fn how_long_to_wait_comes_with_the_answer() {
    let waits = |status: u16| IncomingResponse::json(status, "").with_header("retry-after", b"9");
    let outcome =
        |grant, status| pending(grant, false).receive(&waits(status), now()).unwrap_err().outcome().what_to_do;
    let after = Some(Duration::seconds(9));
    assert_eq!(outcome(Grant::Refresh, 503), WhatToDo::Transient { after });
    assert_eq!(outcome(Grant::ClientCredentials, 500), WhatToDo::Transient { after });
    assert_eq!(outcome(Grant::Refresh, 500), WhatToDo::Ambiguous);
}
