//! OpenID Connect Core §10.1.1: keys are published, sign and retire, and every reader has the key of every token.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, ready, redeem};
use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, Found, Grant, Issuing, KeyState, SigningKeys, SigningKeysError, TokenPlan, TokenSigner,
    jose::{
        JwkSet, MAX_JWK_SET_KEYS, MAX_KID_BYTES, RemoteKey, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys,
    },
    types::{Alg, Rule, SecretBytes},
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};

/// RFC 8037 Appendix A.1: another key than that of the test kit.
#[cfg(test)]
const RFC_8037: &[u8] = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

#[cfg(test)]
fn old() -> SigningKey {
    SigningKey::from_jwk(&symbolon_crypto_ring::PROVIDER, RFC_8037, Some(Alg::EdDsa)).unwrap().with_kid("old")
}

#[cfg(test)]
fn pem(pem: &str, alg: Alg, kid: &str) -> SigningKey {
    SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, pem, Some(alg)).unwrap().with_kid(kid)
}

#[cfg(test)]
fn new() -> SigningKey {
    pem(keys::ED25519, Alg::EdDsa, "new")
}

#[cfg(test)]
fn remote(key: &SigningKey) -> TokenSigner {
    TokenSigner::Remote(RemoteKey::new(key.verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()))
}

/// An ID token that is issued while the keys are these.
#[cfg(test)]
fn id_token(keys: &SigningKeys) -> String {
    let bench = Bench::with(Policy::OAUTH_2_1, TokenPlan::new(AccessToken::Opaque).with_id_token_keys(keys.clone()));
    bench.store().register(app().with_id_token_alg(Alg::EdDsa));
    let code = bench.code(&app());
    Tokens::of(bench.send(redeem(&code))).id.unwrap().expose().into()
}

#[cfg(test)]
fn kid(token: &str) -> String {
    UnverifiedJwt::parse(token).unwrap().header().kid().unwrap().into()
}

#[cfg(test)]
fn is_read_with(token: &str, published: &SigningKeys) -> bool {
    let set = JwkSet::parse(published.jwks().to_json().as_bytes()).unwrap();
    let keys = VerifyingKeys::load(&symbolon_crypto_ring::PROVIDER, &set, &[]);
    UnverifiedJwt::parse(token).unwrap().verify_with(&keys).is_ok()
}

#[test]
fn a_reader_that_is_one_move_behind_or_ahead_has_the_key_of_every_token() {
    let first = SigningKeys::new([(KeyState::Current, TokenSigner::Local(old()))]).unwrap();
    let published = first.publish(TokenSigner::Local(new())).unwrap();
    let promoted = published.promote("new").unwrap();
    let last = promoted.remove("old").unwrap();
    let moves = [&first, &published, &promoted, &last];
    let tokens = moves.map(id_token);
    assert_eq!(tokens.each_ref().map(|token| kid(token)), ["old", "old", "new", "new"]);
    for (at, token) in tokens.iter().enumerate() {
        for (known, keys) in moves.iter().enumerate().filter(|(known, _)| at.abs_diff(*known) <= 1) {
            assert!(is_read_with(token, keys), "issued at {at}, read at {known}");
        }
    }
    // Whoever hurries through two moves leaves readers behind.
    assert!(!is_read_with(&tokens[2], &first));
    assert!(!is_read_with(&tokens[1], &last));
}

#[test]
fn every_move_begins_in_its_own_state() {
    type Move = fn(&SigningKeys, &str) -> Result<SigningKeys, SigningKeysError>;
    let all = SigningKeys::new([
        (KeyState::Retiring, remote(&old())),
        (KeyState::Next, TokenSigner::Local(new())),
        (KeyState::Current, TokenSigner::Local(pem(keys::P256, Alg::Es256, "other"))),
    ])
    .unwrap();
    let kids = [("old", KeyState::Retiring), ("new", KeyState::Next), ("other", KeyState::Current)];
    let moves: [(Move, [Option<Option<KeyState>>; 3]); 3] = [
        (SigningKeys::promote, [None, Some(Some(KeyState::Current)), None]),
        (SigningKeys::retire, [None, None, Some(Some(KeyState::Retiring))]),
        (SigningKeys::remove, [Some(None), Some(None), None]),
    ];
    for (step, answers) in moves {
        for ((kid, state), answer) in kids.into_iter().zip(answers) {
            assert_eq!(all.state(kid), Some(state));
            match (step(&all, kid), answer) {
                (Ok(after), Some(expected)) => {
                    assert_eq!(after.state(kid), expected, "{kid}");
                    let others = kids.iter().filter(|(other, _)| *other != kid);
                    assert!(others.clone().all(|(other, state)| after.state(other) == Some(*state)), "{kid}");
                    assert_eq!(others.count(), 2);
                }
                (after, None) => assert_eq!(after.err(), Some(SigningKeysError::State { state }), "{kid}"),
                (after, Some(_)) => panic!("{kid}: {after:?}"),
            }
        }
        assert_eq!(step(&all, "unknown").err(), Some(SigningKeysError::UnknownKid));
    }
    assert_eq!(SigningKeysError::UnknownKid.rule(), Rule::Embedder);
}

#[test]
fn a_promotion_retires_the_key_of_its_own_algorithm_and_no_other() {
    let both = SigningKeys::new([
        (KeyState::Current, TokenSigner::Local(old())),
        (KeyState::Current, TokenSigner::Local(pem(keys::P256, Alg::Es256, "es256"))),
    ])
    .unwrap();
    let promoted = both.publish(TokenSigner::Local(new())).unwrap().promote("new").unwrap();
    assert_eq!(promoted.state("old"), Some(KeyState::Retiring));
    assert_eq!(promoted.state("es256"), Some(KeyState::Current));
    assert_eq!(promoted.algs().collect::<Vec<_>>(), [Alg::Es256, Alg::EdDsa]);
    assert_eq!(promoted.current(Alg::EdDsa).unwrap().kid(), Some("new"));
    assert!(promoted.current(Alg::Ed25519).is_none(), "a client compares the header with the name that it registered");
    // The first key of an algorithm has none to retire.
    let empty = SigningKeys::new([]).unwrap();
    let first = empty.publish(TokenSigner::Local(new())).unwrap();
    assert!(first.current(Alg::EdDsa).is_none());
    assert!(first.promote("new").unwrap().current(Alg::EdDsa).is_some());
}

#[test]
fn what_no_reader_could_choose_from_is_refused_when_the_keys_are_given() {
    let crypto = symbolon_crypto_ring::PROVIDER;
    let local = |key: SigningKey| TokenSigner::Local(key);
    let of = |keys: Vec<(KeyState, TokenSigner)>| SigningKeys::new(keys).err();
    let current = KeyState::Current;
    assert_eq!(of(vec![(current, local(old()))]), None);

    let nameless = SigningKey::from_pem(&crypto, keys::P256, None).unwrap();
    assert_eq!(of(vec![(current, local(nameless.clone()))]), Some(SigningKeysError::Kid));
    assert_eq!(of(vec![(current, remote(&nameless))]), Some(SigningKeysError::Kid));
    assert_eq!(of(vec![(current, local(nameless.clone().with_kid("")))]), Some(SigningKeysError::Kid));
    let longest = "k".repeat(MAX_KID_BYTES);
    assert_eq!(of(vec![(current, local(nameless.clone().with_kid(longest.clone())))]), None);
    assert_eq!(of(vec![(current, local(nameless.with_kid(longest + "k")))]), Some(SigningKeysError::Kid));

    let es256 = pem(keys::P256, Alg::Es256, "old");
    for (one, other) in [(current, current), (KeyState::Next, KeyState::Retiring)] {
        assert_eq!(of(vec![(one, local(old())), (other, local(es256.clone()))]), Some(SigningKeysError::DuplicateKid));
    }
    let two = Some(SigningKeysError::TwoCurrent { alg: Alg::EdDsa });
    assert_eq!(of(vec![(current, local(old())), (current, local(new()))]), two);
    assert_eq!(of(vec![(current, local(old())), (current, remote(&new()))]), two);
    assert_eq!(of(vec![(current, local(old())), (KeyState::Next, local(new()))]), None);

    // The secret of a MAC is not published, in whatever state and wherever it is.
    let secret = SecretBytes::new([7; 32]);
    let mac = SigningKey::from_secret(&crypto, Alg::Hs256, &secret).unwrap().with_kid("mac");
    let elsewhere = RemoteKey::new(VerifyingKey::from_secret(&crypto, Alg::Hs256, &secret).unwrap().with_kid("mac"));
    for state in [KeyState::Next, current, KeyState::Retiring] {
        assert_eq!(of(vec![(state, local(mac.clone()))]), Some(SigningKeysError::Symmetric));
        let elsewhere = TokenSigner::Remote(elsewhere.clone());
        assert_eq!(of(vec![(state, elsewhere)]), Some(SigningKeysError::Symmetric));
    }
    let known = SigningKeys::new([(current, local(old()))]).unwrap();
    assert_eq!(known.publish(local(mac)).err(), Some(SigningKeysError::Symmetric));
    assert_eq!(known.publish(local(es256)).err(), Some(SigningKeysError::DuplicateKid));

    let many = |count: usize| {
        (0..count).map(|n| (KeyState::Retiring, local(new().with_kid(n.to_string())))).collect::<Vec<_>>()
    };
    assert_eq!(of(many(MAX_JWK_SET_KEYS)), None);
    assert_eq!(of(many(MAX_JWK_SET_KEYS + 1)), Some(SigningKeysError::TooMany));
}

#[test]
fn every_published_key_has_kid_use_and_alg_and_no_private_member() {
    let states = [KeyState::Next, KeyState::Current, KeyState::Retiring];
    let signers =
        [TokenSigner::Local(old()), remote(&new()), TokenSigner::Local(pem(keys::RSA_2048, Alg::Rs256, "rsa"))];
    let keys = SigningKeys::new(states.into_iter().zip(signers)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&keys.jwks().to_json()).unwrap();
    let published = json["keys"].as_array().unwrap();
    let told: Vec<_> = published.iter().map(|jwk| [&jwk["kid"], &jwk["use"], &jwk["alg"]]).collect();
    assert_eq!(told, [["old", "sig", "EdDSA"], ["new", "sig", "EdDSA"], ["rsa", "sig", "RS256"]]);
    for jwk in published {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "priv"] {
            assert!(jwk.get(private).is_none(), "{private}");
        }
    }
    assert!(!format!("{keys:?}").contains("nWGxne"));
}

#[test]
fn a_key_elsewhere_is_published_and_promoted_as_one_at_hand() {
    let keys = SigningKeys::new([(KeyState::Current, remote(&old()))]).unwrap();
    let promoted = keys.publish(remote(&new())).unwrap().promote("new").unwrap();
    let bench = Bench::new();
    bench.store().register(app().with_id_token_alg(Alg::EdDsa));
    let signer = |keys: &SigningKeys| {
        let plan = TokenPlan::new(AccessToken::Opaque).with_id_token_keys(keys.clone());
        let code = bench.code(&app());
        let received = bench.endpoint().receive(redeem(&code)).unwrap();
        let client = ready(bench.store().client("app")).unwrap();
        let request = received.authenticate(Found::client(client), now()).unwrap();
        let Grant::AuthorizationCode(grant) = request.into_grant().unwrap() else { panic!("a code") };
        let stored = ready(bench.store().code(grant.code())).unwrap();
        match grant.redeem(stored, now()).unwrap().issue_in_steps(&plan, now()).unwrap() {
            Issuing::NeedsSignature(job) => job.key().kid().map(String::from),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(signer(&keys).as_deref(), Some("old"));
    assert_eq!(signer(&promoted).as_deref(), Some("new"));
}
