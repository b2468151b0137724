//! Security decision D30: the pending half in a cookie of the browser that was sent away, and in no other place.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::json;
use symbolon_client::{
    AuthorizationCode, AuthorizationPlan, CallbackError, Client, IncomingResponse, MAX_SEALED_BYTES,
    PendingAuthorization, Received, SEALED_LIFETIME, SealError, SealedAuthorization, SealingKey, VerifyError,
    client_auth::ClientAuthentication,
    dpop::ProofSigner,
    id_token::IdTokenError,
    jose::SigningKey,
    types::{ClientId, ErrorCode, Issuer, Rule, Secret, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{FAILING, keys};
use time::{Duration, UtcDateTime};

use crate::{
    dpop_server::{dpop_builder, dpop_client, refusal},
    party::{
        CLIENT, CODE, ISSUER, NOW, REDIRECT_URI, answer, builder, client, not_verified, now, object, parameter,
        published, scope, sign, tokens,
    },
};

fn key(octet: u8) -> SealingKey {
    SealingKey::new(&PROVIDER, &SecretBytes::new([octet; 32])).unwrap()
}

/// A browser: it keeps cookies as it is told, and follows redirects.
#[derive(Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn told(&mut self, set_cookie: &str) {
        let (pair, attributes) = set_cookie.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        match attributes {
            "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600" => self.0.insert(name.into(), value.into()),
            "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0" => self.0.remove(name),
            other => panic!("{other}"),
        };
    }

    fn cookies(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Goes to sign in and comes back as far as the callback: the URL that it was sent to, and the query that it brings.
    fn sign_in(&mut self, client: &Client, plan: AuthorizationPlan) -> (String, String) {
        let (request, pending) = client.authorize(plan).unwrap();
        let url = request.url().expose().to_owned();
        let query = format!("code={CODE}&state={}", pending.state().expose());
        self.told(pending.seal(&key(1), now()).unwrap().set_cookie().expose());
        (url, query)
    }
}

fn openid() -> AuthorizationPlan {
    AuthorizationPlan::new(scope("openid profile"))
}

fn sealed(client: &Client, plan: AuthorizationPlan) -> SealedAuthorization {
    client.authorize(plan).unwrap().1.seal(&key(1), now()).unwrap()
}

/// What the program does at its callback, as the documentation says: cookie found, cookie deleted, half opened.
fn callback(client: &Client, browser: &mut Browser, query: &str) -> Option<Result<AuthorizationCode, CallbackError>> {
    let name = client.cookie_name(query)?;
    let value = name.find(&browser.cookies())?;
    browser.told(&name.removal());
    Some(client.open(&value, &key(1), now()).unwrap().receive(query, now()))
}

#[test]
fn the_browser_that_was_sent_away_comes_back_and_is_signed_in() {
    let mut browser = Browser::default();
    browser.0.insert("theme".into(), "dark".into());
    let one = client();
    let (url, query) = browser.sign_in(&one, openid());
    // Another process of the same program answers the callback.
    let client = client();
    let code = callback(&client, &mut browser, &query).unwrap().unwrap();
    assert_eq!(browser.cookies(), "theme=dark", "deleted before the exchange");

    let (request, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
    let sent = |name| parameter(request.body().expose(), name);
    let verifier = symbolon_client::pkce::CodeVerifier::parse(&sent("code_verifier").unwrap()).unwrap();
    assert_eq!(parameter(&url, "code_challenge").unwrap(), verifier.challenge(PROVIDER.sha256).as_str());
    assert_eq!((sent("code").as_deref(), sent("redirect_uri").as_deref()), (Some(CODE), Some(REDIRECT_URI)));
    let claims = |nonce: &str| {
        sign(&object(
            json!({ "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "nonce": nonce }),
        ))
    };
    let id_token = claims(&parameter(&url, "nonce").unwrap());
    assert!(tokens(pending, json!({ "id_token": id_token })).verify(&published(), now()).is_ok());

    let (_, query) = browser.sign_in(&one, openid());
    let code = callback(&client, &mut browser, &query).unwrap().unwrap();
    let (_, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
    let refused =
        tokens(pending, json!({ "id_token": id_token })).verify(&published(), now()).map_err(not_verified).err();
    assert_eq!(refused, Some(VerifyError::IdToken(IdTokenError::NonceMismatch)), "the nonce is sealed too");
}

#[test]
fn the_order_of_levels_of_a_plan_comes_back_too() {
    let outcome = |levels: &[&[&str]]| {
        let client = client();
        let mut plan = openid();
        plan.acr_values = vec!["1".into()];
        plan.acr_levels = levels.iter().map(|level| level.iter().copied().map(String::from).collect()).collect();
        let mut browser = Browser::default();
        let (url, query) = browser.sign_in(&client, plan);
        let code = callback(&client, &mut browser, &query).unwrap().unwrap();
        let (_, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
        let claims = json!({
            "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "acr": "2",
            "nonce": parameter(&url, "nonce"),
        });
        tokens(pending, json!({ "id_token": sign(&object(claims)) })).verify(&published(), now()).is_ok()
    };
    assert!(outcome(&[&["0", "1"], &["2"]]), "a higher level than the one that was demanded");
    assert!(!outcome(&[&["2"], &["0", "1"]]), "a lower one");
    assert!(!outcome(&[]), "no order");
}

#[test]
fn the_callback_of_another_browser_is_refused() {
    let client = client();
    let (mut browser, mut other) = (Browser::default(), Browser::default());
    let (_, query) = browser.sign_in(&client, openid());
    assert!(callback(&client, &mut other, &query).is_none(), "it has no cookie at all");

    // It has one of its own sign-in, and its callback is brought the query of another: login CSRF, or an injected code.
    let (_, own) = other.sign_in(&client, openid());
    assert!(callback(&client, &mut other, &query).is_none(), "the name of the cookie is another");
    let (name, value) = other.0.pop_first().unwrap();
    assert_ne!(client.cookie_name(&query).unwrap().as_str(), name);
    // Even where the value is filed under the name that is looked for.
    other.0.insert(client.cookie_name(&query).unwrap().to_string(), value.clone());
    assert_eq!(callback(&client, &mut other, &query).unwrap().err(), Some(CallbackError::State));

    other.0.insert(name, value);
    assert!(callback(&client, &mut other, &own).unwrap().is_ok(), "its own callback is taken");
    assert!(callback(&client, &mut browser, &query).unwrap().is_ok(), "and so is the first browser's");
}

#[test]
fn a_second_callback_is_refused() {
    let client = client();
    let mut browser = Browser::default();
    let (_, query) = browser.sign_in(&client, openid());
    let copy = browser.cookies();
    assert!(callback(&client, &mut browser, &query).unwrap().is_ok());
    assert!(callback(&client, &mut browser, &query).is_none(), "the cookie is gone");

    // Who kept a copy of the cookie comes as far as the server, which takes a code once (RFC 6749 §4.1.2).
    let value = client.cookie_name(&query).unwrap().find(&copy).unwrap();
    let code = client.open(&value, &key(1), now()).unwrap().receive(&query, now()).unwrap();
    let (_, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
    let Received::Refused(refused) = pending.receive(&refusal("invalid_grant"), now()).unwrap() else {
        panic!("not refused")
    };
    assert_eq!(refused.code, ErrorCode::InvalidGrant);
}

#[test]
fn an_old_cookie_is_refused() {
    let client = client();
    let sealed = sealed(&client, openid());
    let open = |at: UtcDateTime| client.open(sealed.value(), &key(1), at).map(|_| ());
    let second = Duration::seconds(1);
    assert_eq!(SEALED_LIFETIME, Duration::minutes(10));
    assert_eq!(open(now() + SEALED_LIFETIME - second), Ok(()));
    assert_eq!(open(now() + SEALED_LIFETIME), Err(SealError::Expired));
    assert_eq!(open(now() + Duration::days(365)), Err(SealError::Expired));
    // The clocks of two processes differ a little.
    let leeway = client.policy().id_token.future_leeway;
    assert_eq!(open(now() - leeway), Ok(()));
    assert_eq!(open(now() - leeway - second), Err(SealError::Expired));
}

#[test]
fn it_opens_for_its_client_issuer_endpoint_and_keys_and_for_no_other() {
    let sealed = sealed(&client(), openid());
    let open = |client: &Client| client.open(sealed.value(), &key(1), now()).map(|_| ());
    let of = |issuer: &str, client_id: &str, endpoint: &str| {
        Client::builder(Issuer::parse(issuer).unwrap(), ClientId::parse(client_id).unwrap(), PROVIDER)
            .token_endpoint(endpoint)
            .build()
            .unwrap()
    };
    assert_eq!(open(&of(ISSUER, CLIENT, "https://as.example/token")), Ok(()), "the same parties, told anew");
    for other in [
        of("https://as.example/", CLIENT, "https://as.example/token"),
        of(ISSUER, "s6BhdRkqt4", "https://as.example/token"),
        of(ISSUER, CLIENT, "https://as.example/token2"),
        dpop_client(),
    ] {
        assert_eq!(open(&other), Err(SealError::Open));
    }
    assert_eq!(client().open(sealed.value(), &key(2), now()).err(), Some(SealError::Open));
}

#[test]
fn it_is_bound_to_the_dpop_key_that_the_code_is_bound_to() {
    let sealed = sealed(&dpop_client(), AuthorizationPlan::new(scope("read")));
    let open = |client: &Client| client.open(sealed.value(), &key(1), now()).map(|_| ());
    let other = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap();
    let other = dpop_builder().dpop(ProofSigner::new(&PROVIDER, other).unwrap()).build().unwrap();
    assert_eq!(open(&dpop_client()), Ok(()), "the same key, loaded once more");
    assert_eq!(open(&other), Err(SealError::Open));
    assert_eq!(open(&client()), Err(SealError::Open));
}

#[test]
fn every_octet_that_was_changed_is_noticed() {
    let client = client();
    let sealed = sealed(&client, openid());
    let text = sealed.value().expose();
    let open = |text: &str| client.open(&Secret::new(text), &key(1), now()).map(|_| ());
    assert_eq!(open(text), Ok(()));

    let octets = URL_SAFE_NO_PAD.decode(text).unwrap();
    for place in 0..octets.len() {
        for bit in 0..8 {
            let mut changed = octets.clone();
            changed[place] ^= 1 << bit;
            let error = if place == 0 { SealError::Version } else { SealError::Open };
            assert_eq!(open(&URL_SAFE_NO_PAD.encode(&changed)), Err(error), "octet {place}, bit {bit}");
        }
    }
    for place in 0..text.len() {
        let other = if text.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut changed = text.to_owned();
        changed.replace_range(place..=place, other);
        assert!(open(&changed).is_err(), "character {place}");
        assert_eq!(open(text.get(..place).unwrap()), Err(SealError::Open), "cut at {place}");
    }
    for more in ["A", "=", " ", "AAAA"] {
        assert_eq!(open(&format!("{text}{more}")), Err(SealError::Open), "{more:?} more");
    }
}

#[test]
fn what_is_too_long_for_a_cookie_is_neither_sealed_nor_opened() {
    let plan = |length: usize| {
        let mut plan = openid();
        plan.acr_values = vec!["a".repeat(length)];
        plan
    };
    let seal = |length: usize| client().authorize(plan(length)).unwrap().1.seal(&key(1), now());
    let longest = (0..MAX_SEALED_BYTES).rev().find(|&length| seal(length.max(1)).is_ok()).unwrap();
    assert_eq!(seal(longest + 1).err(), Some(SealError::TooLong));
    assert_eq!(seal(100_000).err(), Some(SealError::TooLong));
    let sealed = seal(longest).unwrap();
    assert!((MAX_SEALED_BYTES - 4..=MAX_SEALED_BYTES).contains(&sealed.value().len()), "no room is left unused");
    assert!(sealed.set_cookie().len() <= 4096);
    assert!(client().open(sealed.value(), &key(1), now()).is_ok());

    let open = |length: usize| client().open(&Secret::new("A".repeat(length)), &key(1), now()).err();
    assert_eq!(open(MAX_SEALED_BYTES), Some(SealError::Version));
    assert_eq!(open(MAX_SEALED_BYTES + 1), Some(SealError::TooLong), "before anything is read");
}

#[test]
fn no_two_sealed_halves_are_equal_and_nothing_of_them_shows() {
    let client = client();
    let (request, pending) = client.authorize(openid()).unwrap();
    let state = pending.state().expose().to_owned();
    let one = pending.seal(&key(1), now()).unwrap();
    let two = sealed(&client, openid());
    assert_ne!(one.cookie_name(), two.cookie_name());
    assert_ne!(one.value(), two.value());

    let clear = URL_SAFE_NO_PAD.decode(one.value().expose()).unwrap();
    for secret in [&state, &parameter(request.url().expose(), "nonce").unwrap(), REDIRECT_URI] {
        let part = secret.get(..8).unwrap();
        assert!(!clear.windows(8).any(|octets| octets == part.as_bytes()));
        assert!(!one.cookie_name().as_str().contains(part));
    }
    let shown = format!("{one:?} {:?} {:?}", key(1), client.open(one.value(), &key(1), now()).unwrap());
    assert!(shown.contains("SealedAuthorization") && shown.contains("SealingKey(..)"), "{shown}");
    for secret in [one.value().expose(), &state, "[1, 1, 1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a125_without_randomness_nothing_is_sealed() {
    // The client of another process, whose source of randomness has gone.
    let sealed = sealed(&client(), openid());
    let poor = Client::builder(
        Issuer::parse(ISSUER).unwrap(),
        ClientId::parse(CLIENT).unwrap(),
        PROVIDER.with_random(&FAILING),
    )
    .token_endpoint("https://as.example/token")
    .build()
    .unwrap();
    let pending = poor.open(sealed.value(), &key(1), now()).unwrap();
    let error = pending.seal(&key(1), now()).unwrap_err();
    assert_eq!((error, error.rule()), (SealError::Random, Rule::RandomAnswers));
    let pending = client().open(sealed.value(), &key(1), now()).unwrap();
    assert!(pending.seal(&key(1), now()).is_ok());
}

#[test]
fn a_key_has_32_octets_or_more() {
    let new = |length: usize| SealingKey::new(&PROVIDER, &SecretBytes::new(vec![1; length])).map(|_| ());
    assert_eq!((new(0), new(31)), (Err(SealError::Key), Err(SealError::Key)));
    assert_eq!((new(32), new(64)), (Ok(()), Ok(())));
    assert_eq!(SealError::Key.rule(), Rule::Embedder);
    assert_eq!(SealError::Open.rule(), Rule::CallbackState);
}

#[test]
fn a_callback_without_state_has_no_cookie() {
    let client = client();
    for query in ["", "code=a", "code=a&state=b&state=c", "state=%zz"] {
        assert_eq!(client.cookie_name(query), None, "{query}");
    }
    let name = client.cookie_name("code=a&state=b").unwrap();
    assert_eq!(client.cookie_name("state=b&iss=x").unwrap(), name, "of the state alone");
    assert_ne!(client.cookie_name("state=c").unwrap(), name);
    let hash = name.as_str().strip_prefix("__Host-").unwrap();
    assert_eq!(hash.len(), 22);
    assert!(hash.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet)), "{hash}");
}

/// Everything that can be seen of a pending half: which callback it takes, what goes to the token endpoint, and which answer
/// it takes as what.
fn behaviour(client: &Client, pending: PendingAuthorization, state: &str, answer: &IncomingResponse) -> String {
    let code = pending.receive(&format!("code={CODE}&state={state}"), now()).unwrap();
    let (request, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
    let received = match pending.receive(answer, now()) {
        Ok(Received::Tokens(received)) => received,
        other => panic!("{other:?}"),
    };
    let told = if received.is_openid() {
        received.verify(&published(), now()).map(|tokens| (tokens.id_token().is_some(), tokens.scope().cloned()))
    } else {
        received.without_id_token().map(|tokens| (false, tokens.scope().cloned()))
    };
    format!("{} {told:?}", request.body().expose())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(30), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_opened_behaves_as_what_was_sealed(
        openid in any::<bool>(),
        more in proptest::collection::vec("[!#-\\[\\]-~]{1,12}", 0..4),
        path in "[a-z0-9/]{0,40}",
        may_lack in any::<bool>(),
        max_age in proptest::option::of(0_i64..1_200),
        acr_values in proptest::collection::vec("[0-3]|[0-9a-z:]{1,8}", 0..4),
        acr_is_right in any::<bool>(),
        levels in Just(["0", "1", "2", "3"].map(String::from)).prop_shuffle(),
        (cut, ordered) in (0_usize..=4, any::<bool>()),
        with_id_token in any::<bool>(),
        granted in proptest::option::of("read|openid"),
    ) {
        let tokens = openid.then_some("openid").into_iter().chain(more.iter().map(String::as_str).filter(|token| *token != "openid"));
        let mut plan = AuthorizationPlan::new(scope(&tokens.collect::<Vec<_>>().join(" ")));
        plan.redirect_uri = Some(format!("https://client.example.com/{path}"));
        plan.may_lack_id_token = may_lack;
        if openid {
            plan.max_age = max_age.map(Duration::seconds);
            plan.acr_values = acr_values;
            if ordered {
                plan.acr_levels = [levels.get(..cut), levels.get(cut..)].map(|level| level.unwrap().to_vec()).into();
            }
            if acr_is_right {
                plan.acr_values.push("2".into());
            }
        }
        // The same randomness twice: two requests that are equal.
        let make = || builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap();
        let (one, two) = (make(), make());
        let (request, kept) = one.authorize(plan.clone()).unwrap();
        let (_, sealed) = two.authorize(plan).unwrap();
        let state = kept.state().expose().to_owned();
        let claims = json!({
            "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "auth_time": NOW - 600, "acr": "2",
            "nonce": parameter(request.url().expose(), "nonce"),
        });
        let id_token = with_id_token.then(|| sign(&object(claims)));
        let answer = answer(json!({ "scope": granted, "id_token": id_token }));

        let sealed = sealed.seal(&key(1), now()).unwrap();
        let opened = two.open(sealed.value(), &key(1), now()).unwrap();
        prop_assert_eq!(behaviour(&one, kept, &state, &answer), behaviour(&two, opened, &state, &answer));
    }

    #[test]
    fn no_other_text_opens(octets in proptest::collection::vec(any::<u8>(), 0..200), right_version in any::<bool>()) {
        let mut octets = octets;
        if let (true, Some(first)) = (right_version, octets.first_mut()) {
            *first = 1;
        }
        let text = Secret::new(URL_SAFE_NO_PAD.encode(octets));
        prop_assert!(client().open(&text, &key(1), now()).is_err());
    }
}
