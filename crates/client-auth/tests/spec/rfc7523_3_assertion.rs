//! RFC 7523 §3, RFC 10070, security decisions D9, D12, D13, D16: what an assertion must be, and the key that it names.

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, ClientKeys, Credentials, Evidence, ProvenClient, RegisteredCredentials,
    assertion_once,
    policy::{AssertionAudience, AssertionPolicy},
    types::{Alg, AuthMethod, ClientId, ErrorCode, Once, Rule},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{
    CLIENT, ISSUER, LEAF, Members, NOW, OTHER_LEAF, OTHER_PUBLIC, Server, TOKEN_ENDPOINT, at, client, jwk, jws,
    jwt_client, keys, own_jwk, quoted, seconds, strict, unix,
};

fn header() -> Members {
    Members::header()
}

fn claims() -> Members {
    Members::claims()
}

fn server() -> Server {
    Server::new(jwt_client())
}

fn with_policy(change: fn(&mut AssertionPolicy)) -> Server {
    let mut policy = strict();
    change(&mut policy);
    Server { policy, ..server() }
}

fn with_keys(entries: &[String]) -> Server {
    Server::new(client(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys(entries, &[Alg::Ed25519]))))
}

fn rule(answer: Result<ProvenClient, Rule>) -> Option<Rule> {
    answer.err()
}

#[test]
fn the_matrix_of_assertions_has_its_strict_answers() {
    let fapi = with_policy(|policy| policy.audience = AssertionAudience::IssuerString);
    let (typed, aud) = (|typ: &str| header().with("typ", typ), |aud: &str| claims().with("aud", aud));
    let both = format!("[\"{ISSUER}\",\"https://other.example\"]");
    let (slash, one) = (quoted(&format!("{ISSUER}/")), format!("[\"{ISSUER}\"]"));
    let rows: Vec<(&str, Members, Members, Option<Rule>)> = vec![
        ("aud = issuer string", header(), claims(), None),
        ("aud = token endpoint", header(), aud(&quoted(TOKEN_ENDPOINT)), Some(Rule::AssertionAud)),
        ("aud = [issuer]", header(), aud(&one), Some(Rule::AssertionAud)),
        ("aud = [issuer, other]", header(), aud(&both), Some(Rule::AssertionAud)),
        ("aud = issuer + /", header(), aud(&slash), Some(Rule::AssertionAud)),
        ("aud = other", header(), aud("\"https://other.example\""), Some(Rule::AssertionAud)),
        ("aud = number", header(), aud("1"), Some(Rule::AssertionAud)),
        ("aud absent", header(), claims().without("aud"), Some(Rule::AssertionAud)),
        ("exp absent", header(), claims().without("exp"), Some(Rule::AssertionExp)),
        ("exp 5 min past", header(), claims().with("exp", &unix(-300)), Some(Rule::AssertionExp)),
        ("exp 5 s past", header(), claims().with("exp", &unix(-5)), None),
        ("exp + 10 years", header(), claims().with("exp", &unix(315_360_000)), Some(Rule::AssertionLifetime)),
        ("iat absent", header(), claims().without("iat"), None),
        ("iat + 1 h", header(), claims().with("iat", &unix(3600)), Some(Rule::AssertionIat)),
        ("iat - 1 day", header(), claims().with("iat", &unix(-86_400)), Some(Rule::AssertionLifetime)),
        ("nbf + 8 s", header(), claims().with("nbf", &unix(8)), None),
        ("nbf + 70 s", header(), claims().with("nbf", &unix(70)), Some(Rule::AssertionNbf)),
        ("jti absent", header(), claims().without("jti"), Some(Rule::AssertionJti)),
        ("iss not client_id", header(), claims().with("iss", "\"client-2\""), Some(Rule::AssertionIss)),
        ("sub not client_id", header(), claims().with("sub", "\"client-2\""), Some(Rule::ClientKnown)),
        ("typ = dpop+jwt", typed("\"dpop+jwt\""), claims(), Some(Rule::AssertionTyp)),
        ("typ = at+jwt", typed("\"at+jwt\""), claims(), Some(Rule::AssertionTyp)),
        ("typ = oauth-authz-req+jwt", typed("\"oauth-authz-req+jwt\""), claims(), Some(Rule::AssertionTyp)),
        ("typ = client-authentication+jwt", typed("\"client-authentication+jwt\""), claims(), None),
        ("alg none", header().with("alg", "\"none\""), claims(), Some(Rule::AssertionAlg)),
        ("HS256 for private_key_jwt", header().with("alg", "\"HS256\""), claims(), Some(Rule::MethodRegistered)),
        ("kid unknown", header().with("kid", "\"k2\""), claims(), Some(Rule::AssertionKey)),
        ("kid absent, one key", header().without("kid"), claims(), None),
        // Claims with a member twice are not even read for the look-up, so they do not say whose they are.
        ("member twice", header(), claims().again("nonce", "1").again("nonce", "1"), Some(Rule::AssertionSub)),
        ("exp as string", header(), claims().with("exp", &quoted(&unix(60))), Some(Rule::AssertionExp)),
        ("exp as float", header(), claims().with("exp", &format!("{}.5", unix(60))), None),
    ];
    for (name, header, claims, wanted) in rows {
        let got = rule(fapi.members(&header, &claims));
        assert_eq!(got, wanted, "{name}");
        assert!(got.is_none_or(|rule| rule.code() == Some(ErrorCode::InvalidClient)), "{name}");
        // The base policy differs in one row: RFC 10070 has the issuer as the sole value, in either form (D16).
        let wanted = if name == "aud = [issuer]" { None } else { wanted };
        assert_eq!(rule(server().members(&header, &claims)), wanted, "{name}");
    }

    // The rows that are not in the JWT.
    let jwt = jws(&header().json(), &claims().json());
    let sent = Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(&jwt),
        client_id: Some(CLIENT),
        ..Credentials::default()
    };
    assert_eq!(rule(fapi.answer(&sent)), None, "body client_id equal");
    let other = Credentials { client_id: Some("client-2"), ..sent };
    assert_eq!(rule(fapi.answer(&other)), Some(Rule::ClientIdAgreesWithAssertion), "body client_id differs");
    let untyped = Credentials { client_assertion_type: None, ..sent };
    assert_eq!(rule(fapi.answer(&untyped)), Some(Rule::AssertionType), "client_assertion_type absent");
    let once = |jwt: &str| fapi.assertion(jwt).unwrap().once().unwrap().key;
    let another = jws(&header().json(), &claims().with("jti", "\"id-2\"").json());
    assert_eq!(once(&jwt), once(&jwt), "a replay has the replay id of the first");
    assert_ne!(once(&jwt), once(&another));
}

#[test]
fn a049_only_the_issuer_alone_is_the_audience_unless_the_policy_names_the_endpoint() {
    let legacy = with_policy(|policy| policy.audience = AssertionAudience::LegacyIssuerOrTokenEndpoint);
    let endpoint = quoted(TOKEN_ENDPOINT);
    for (aud, strict_takes, legacy_takes) in [
        (quoted(ISSUER), true, true),
        (format!("[{}]", quoted(ISSUER)), true, true),
        (endpoint.clone(), false, true),
        (format!("[{endpoint}]"), false, true),
        (format!("[{endpoint},{}]", quoted(ISSUER)), false, false),
        (format!("[{0},{0}]", quoted(ISSUER)), false, false),
        ("[]".into(), false, false),
        ("null".into(), false, false),
        ("\"\"".into(), false, false),
        (quoted(&ISSUER.to_uppercase()), false, false),
        (quoted("https:\\/\\/as.example"), true, true), // O7: escaped slashes are the same text
    ] {
        for (server, takes) in [(&server(), strict_takes), (&legacy, legacy_takes)] {
            let wanted = (!takes).then_some(Rule::AssertionAud);
            assert_eq!(rule(server.claims(&claims().with("aud", &aud))), wanted, "{aud}");
        }
    }
}

#[test]
fn a050_an_assertion_lives_five_minutes_at_most_bounds_included() {
    let life = |iat: Option<i64>, exp: i64| {
        let claims = claims().with("exp", &unix(exp));
        let claims = iat.map_or(claims.clone().without("iat"), |iat| claims.with("iat", &unix(iat)));
        rule(server().claims(&claims))
    };
    assert_eq!(life(None, 310), None, "300 s and the leeway");
    assert_eq!(life(None, 311), Some(Rule::AssertionLifetime));
    assert_eq!(life(Some(-250), 60), None);
    assert_eq!(life(Some(-251), 60), Some(Rule::AssertionLifetime), "too long a life, though it is nearly over");
    assert_eq!(life(Some(10), 311), Some(Rule::AssertionLifetime), "a later iat buys nothing");
    let enormous = claims().with("exp", "9007199254740993");
    assert_eq!(rule(server().claims(&enormous)), Some(Rule::AssertionExp), "no moment at all");
    assert_eq!(rule(server().claims(&claims().with("exp", "253402300799"))), Some(Rule::AssertionLifetime));
}

#[test]
fn the_bounds_of_exp_nbf_and_iat_are_where_they_should_be() {
    let claim = |name: &str, offset: i64| rule(server().claims(&claims().with(name, &unix(offset))));
    assert_eq!(claim("exp", -9), None);
    assert_eq!(claim("exp", -10), Some(Rule::AssertionExp));
    assert_eq!(claim("nbf", 10), None);
    assert_eq!(claim("nbf", 11), Some(Rule::AssertionNbf));
    assert_eq!(claim("iat", 10), None);
    assert_eq!(claim("iat", 11), Some(Rule::AssertionIat));
    assert_eq!(rule(server().claims(&claims().with("nbf", "0"))), None, "O22: no lower bound");
    for name in ["exp", "nbf", "iat"] {
        let wanted = [Rule::AssertionExp, Rule::AssertionNbf, Rule::AssertionIat]
            .into_iter()
            .find(|rule| rule.id().ends_with(name));
        for nonsense in ["null", "true", "\"soon\"", "[1]", "-1"] {
            assert_eq!(rule(server().claims(&claims().with(name, nonsense))), wanted, "{name} {nonsense}");
        }
    }
}

#[test]
fn no_policy_stretches_a_leeway_over_a_minute() {
    let endless = with_policy(|policy| (policy.exp_leeway, policy.future_leeway) = (seconds(3600), seconds(3600)));
    assert_eq!(rule(endless.claims(&claims().with("exp", &unix(-59)))), None);
    assert_eq!(rule(endless.claims(&claims().with("exp", &unix(-60)))), Some(Rule::AssertionExp));
    assert_eq!(rule(endless.claims(&claims().with("nbf", &unix(60)))), None);
    assert_eq!(rule(endless.claims(&claims().with("nbf", &unix(61)))), Some(Rule::AssertionNbf));
}

#[test]
fn a051_jti_is_there_and_of_a_sane_length() {
    for (jti, wanted) in [
        (quoted(&"j".repeat(128)), None),
        (quoted(&"j".repeat(129)), Some(Rule::AssertionJti)),
        (quoted(&"é".repeat(65)), Some(Rule::AssertionJti)),
        ("\"\"".into(), Some(Rule::AssertionJti)),
        ("7".into(), Some(Rule::AssertionJti)),
        ("null".into(), Some(Rule::AssertionJti)),
    ] {
        assert_eq!(rule(server().claims(&claims().with("jti", &jti))), wanted, "{jti}");
    }
    let (wide, narrow) =
        (with_policy(|policy| policy.max_jti_bytes = 129), with_policy(|policy| policy.max_jti_bytes = 3));
    assert_eq!(rule(wide.claims(&claims().with("jti", &quoted(&"j".repeat(129))))), None);
    assert_eq!(rule(narrow.claims(&claims())), Some(Rule::AssertionJti));
}

#[test]
fn a051_the_replay_id_is_made_of_tenant_owner_and_jti_with_the_moments_of_the_jwt() {
    let once = |claims: &Members| server().claims(claims).unwrap().once().unwrap();
    let tenant = crate::support::issuer();
    let expected = |issued, until| assertion_once(&PROVIDER, &tenant, CLIENT, "id-1", issued, until);
    let (exp, end) = (NOW.checked_add(60).unwrap(), NOW.checked_add(70).unwrap());
    assert_eq!(once(&claims()), expected(at(NOW), at(end)));
    // Without iat: exp less the longest lifetime.
    assert_eq!(once(&claims().without("iat")), expected(at(exp.checked_sub(300).unwrap()), at(end)));
    let Once { until, .. } = once(&claims());
    let last = Server { now: until.saturating_sub(seconds(1)), ..server() };
    assert_eq!(rule(last.claims(&claims())), None, "accepted until the moment up to which it is remembered");
    let over = Server { now: until, ..server() };
    assert_eq!(rule(over.claims(&claims())), Some(Rule::AssertionExp));

    let key = |tenant: &str, owner: &str, jti: &str| {
        let tenant = symbolon_client_auth::types::Issuer::parse(tenant).unwrap();
        assertion_once(&PROVIDER, &tenant, owner, jti, at(NOW), at(end)).key
    };
    assert_eq!(key(ISSUER, CLIENT, "id-1"), once(&claims()).key);
    assert_ne!(key(ISSUER, "client-", "1id-1"), key(ISSUER, CLIENT, "id-1"), "lengths are part of it");
    assert_ne!(key("https://other.example", CLIENT, "id-1"), key(ISSUER, CLIENT, "id-1"));
}

#[test]
fn a052_typ_is_compared_as_a_media_type() {
    for typ in ["JWT", "jwt", "application/JWT", "Client-Authentication+JWT", "application/client-authentication+jwt"] {
        assert_eq!(rule(server().header(&header().with("typ", &quoted(typ)))), None, "{typ}");
    }
    let legacy = with_policy(|policy| policy.legacy_types = &["client-auth+jwt", "application/JOSE"]);
    for typ in ["client-auth+jwt", "application/Client-Auth+JWT", "jose", "application/jose"] {
        let typed = header().with("typ", &quoted(typ));
        assert_eq!(rule(legacy.header(&typed)), None, "D16: what the policy adds: {typ}");
        assert_eq!(rule(server().header(&typed)), Some(Rule::AssertionTyp), "{typ}");
    }
    for typ in ["", "client-auth", "client-auth+jwt ", "text/client-auth+jwt", "dpop+jwt", "at+jwt"] {
        assert_eq!(rule(legacy.header(&header().with("typ", &quoted(typ)))), Some(Rule::AssertionTyp), "{typ}");
    }
    assert_eq!(rule(legacy.header(&header())), None, "none at all is still welcome");
    for typ in ["", "JWT ", "text/jwt", "logout+jwt", "secevent+jwt", "oauth-id-jag+jwt", "dpop+jwt", "JOSE"] {
        assert_eq!(rule(server().header(&header().with("typ", &quoted(typ)))), Some(Rule::AssertionTyp), "{typ}");
    }
}

#[test]
fn a053_an_id_token_of_this_issuer_is_no_assertion() {
    // iss and aud of an ID token are the other way round.
    let id_token = claims().with("iss", &quoted(ISSUER)).with("aud", &quoted(CLIENT));
    assert_eq!(rule(server().claims(&id_token)), Some(Rule::AssertionIss));
    assert_eq!(rule(server().claims(&claims())), None);
}

#[test]
fn a054_a_nested_jwt_is_not_read() {
    let inner = jws(&header().json(), &claims().json());
    let nested = jws(&header().with("cty", "\"JWT\"").json(), &inner);
    assert!(server().assertion(&nested).is_err());
    assert_eq!(rule(server().assertion(&inner)), None);
}

#[test]
fn a081_the_assertion_of_another_client_does_not_open_this_one() {
    // Client 2 is registered with another key; client 1 signs in its name.
    let two = RegisteredCredentials::new(ClientId::parse("client-2").unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(keys(&[jwk(OTHER_PUBLIC, r#","kid":"k1""#)], &[Alg::Ed25519])));
    let forged = claims().with("iss", "\"client-2\"").with("sub", "\"client-2\"");
    assert_eq!(rule(Server::new(two).claims(&forged)), Some(Rule::AssertionSignature));
    assert_eq!(rule(server().claims(&claims().without("iss"))), Some(Rule::AssertionIss));
    for sub in ["\"\"", "null", "7", "[\"client-1\"]"] {
        assert_eq!(rule(server().claims(&claims().with("sub", sub))), Some(Rule::AssertionSub), "{sub}");
    }
    assert_eq!(rule(server().claims(&claims().without("sub"))), Some(Rule::AssertionSub));
    assert_eq!(rule(server().claims(&claims())), None);
}

#[test]
fn a081_two_subs_are_refused_whichever_is_looked_up() {
    for (first, second) in [(CLIENT, "client-2"), ("client-2", CLIENT), (CLIENT, CLIENT)] {
        let claims = claims().with("sub", &quoted(first)).again("sub", &quoted(second));
        assert!(server().claims(&claims).is_err(), "{first} {second}");
    }
}

#[test]
fn the_signature_is_judged_before_the_claims() {
    let forged = with_keys(&[jwk(OTHER_PUBLIC, r#","kid":"k1""#)]);
    let expired = claims().with("exp", &unix(-300)).without("jti");
    assert_eq!(rule(forged.claims(&expired)), Some(Rule::AssertionSignature));
    assert_eq!(rule(server().claims(&expired)), Some(Rule::AssertionExp));
}

#[test]
fn any_changed_octet_of_the_assertion_is_refused() {
    let jwt = jws(&header().json(), &claims().json());
    assert_eq!(rule(server().assertion(&jwt)), None);
    for at in 0..jwt.len() {
        let mut octets = jwt.clone().into_bytes();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(octets).unwrap();
        assert!(server().assertion(&changed).is_err(), "octet {at}");
    }
    for broken in [
        "",
        ".",
        "..",
        "a.b.c",
        "< jwt >",
        jwt.strip_prefix('e').unwrap(),
        &format!("{jwt}."),
        &format!("{jwt}="),
        &format!("{jwt} "),
    ] {
        assert!(server().assertion(broken).is_err(), "{broken}");
    }
}

#[test]
fn alg_must_be_on_the_allow_list_and_the_registered_one() {
    let eddsa = header().with("alg", "\"EdDSA\"");
    assert_eq!(rule(server().header(&eddsa)), None, "two names of one operation, both on the list");
    let only_new_name = with_policy(|policy| policy.algorithms = &[Alg::Ed25519]);
    assert_eq!(rule(only_new_name.header(&header())), None);
    assert_eq!(rule(only_new_name.header(&eddsa)), Some(Rule::AssertionAlg), "the list decides about names");

    let registered = |alg| Server::new(jwt_client().with_algorithms([alg]));
    assert_eq!(rule(registered(Alg::Ed25519).header(&header())), None);
    assert_eq!(rule(registered(Alg::EdDsa).header(&header())), None, "the registration names an operation");
    assert_eq!(rule(registered(Alg::Es256).header(&header())), Some(Rule::AssertionAlg));

    for alg in ["none", "None", "HS999", "ed25519", "ES256K", ""] {
        assert_eq!(rule(server().header(&header().with("alg", &quoted(alg)))), Some(Rule::AssertionAlg), "{alg}");
    }
    let careless = with_policy(|policy| policy.algorithms = &[Alg::Hs256, Alg::Ed25519]);
    let symmetric = header().with("alg", "\"HS256\"");
    let rule_of = |server: &Server| rule(server.header(&symmetric));
    assert_eq!(rule_of(&careless), Some(Rule::MethodRegistered), "another method, whatever the policy says");
    let another_kind = header().with("alg", "\"ES256\"");
    assert_eq!(rule(server().header(&another_kind)), Some(Rule::AssertionKey), "welcome, but not the key's");
}

#[test]
fn a_header_that_is_not_understood_is_refused() {
    for (name, json) in [("crit", "[\"exp\"]"), ("b64", "false"), ("x5c", "\"MAEC\""), ("x5c", "[]"), ("kid", "7")] {
        assert_eq!(rule(server().header(&header().with(name, json))), Some(Rule::AssertionSyntax), "{name}");
    }
    let twice = header().again("kid", "\"k1\"");
    assert_eq!(rule(server().header(&twice)), Some(Rule::AssertionSyntax));
    let embedded = header().without("kid").with("jwk", &own_jwk("")).with("jku", "\"https://evil.example\"");
    let forged = with_keys(&[jwk(OTHER_PUBLIC, "")]);
    assert_eq!(rule(forged.header(&embedded)), Some(Rule::AssertionSignature), "a key in the header is no key");
    assert_eq!(rule(server().header(&embedded)), None);
}

#[test]
fn the_header_names_its_key() {
    let (own, other) = (|more: &str| own_jwk(more), |more: &str| jwk(OTHER_PUBLIC, more));
    let no_kid = header().without("kid");
    let two = with_keys(&[other(r#","kid":"k0""#), own(r#","kid":"k1""#)]);
    assert_eq!(rule(two.header(&header())), None);
    assert_eq!(rule(two.header(&header().with("kid", "\"k0\""))), Some(Rule::AssertionSignature));
    assert_eq!(rule(two.header(&no_kid)), Some(Rule::AssertionKey), "without kid there must be exactly one");
    let same_kid = [other(r#","kid":"k1""#), own(r#","kid":"k1""#)];
    for entries in [same_kid.clone(), [same_kid[1].clone(), same_kid[0].clone()]] {
        assert_eq!(rule(with_keys(&entries).header(&header())), None, "all keys of one kid are tried, in any order");
    }
    assert_eq!(rule(Server::new(client(AuthMethod::PrivateKeyJwt)).header(&header())), Some(Rule::AssertionKey));
}

#[test]
fn x5c_names_the_registered_key_with_that_very_certificate() {
    let x5c = format!("[\"{LEAF}\",\"{OTHER_LEAF}\"]");
    let by_certificate = header().without("kid").with("x5c", &x5c);
    let own = format!(r#","kid":"k1","x5c":["{LEAF}"]"#);
    // Two keys would be ambiguous without the certificate.
    let entries = [jwk(OTHER_PUBLIC, &format!(r#","kid":"k0","x5c":["{OTHER_LEAF}"]"#)), own_jwk(&own)];
    let server = with_keys(&entries);
    assert_eq!(rule(server.header(&by_certificate)), None);
    let swapped = header().without("kid").with("x5c", &format!("[\"{OTHER_LEAF}\",\"{LEAF}\"]"));
    assert_eq!(rule(server.header(&swapped)), Some(Rule::AssertionSignature), "the leaf stands first");
    let unknown = header().without("kid").with("x5c", "[\"MAEE\"]");
    assert_eq!(rule(server.header(&unknown)), Some(Rule::AssertionX5c));
    let unregistered = with_keys(&[own_jwk(r#","kid":"k1""#)]);
    assert_eq!(rule(unregistered.header(&by_certificate)), Some(Rule::AssertionX5c), "no certificate registered");
    let other_alg = by_certificate.clone().with("alg", "\"ES256\"");
    assert_eq!(rule(server.header(&other_alg)), Some(Rule::AssertionAlg));
}

#[test]
fn kid_beside_x5c_is_refused_unless_the_policy_has_it_and_then_kid_decides() {
    let own = format!(r#","kid":"k1","x5c":["{LEAF}"]"#);
    let mut server = with_keys(&[own_jwk(&own)]);
    let both = header().with("x5c", &format!("[\"{LEAF}\"]"));
    assert_eq!(rule(server.header(&both)), Some(Rule::AssertionX5c));
    server.policy.legacy_kid_beside_x5c = true;
    assert_eq!(rule(server.header(&both)), None);
    assert_eq!(rule(server.header(&both.clone().with("x5c", "[\"MAEE\"]"))), None, "kid decides");
    assert_eq!(rule(server.header(&both.with("kid", "\"k2\""))), Some(Rule::AssertionKey));
}

#[test]
fn keys_at_a_jwks_uri_are_brought_by_the_caller() {
    let remote = client(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Uri("https://client.example/jwks".into()));
    let server = Server::new(remote);
    let jwt = jws(&header().json(), &claims().json());
    let sent = Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(&jwt),
        ..Credentials::default()
    };
    let (own, other) = (keys(&[own_jwk("")], &[Alg::Ed25519]), keys(&[jwk(OTHER_PUBLIC, "")], &[Alg::Ed25519]));
    let answer = |server: &Server, keys| rule(server.answer_with(&sent, &Evidence { keys, ..Evidence::default() }));
    assert_eq!(answer(&server, None), Some(Rule::FoundComplete));
    let kid_k1 = keys(&[own_jwk(r#","kid":"k1""#)], &[Alg::Ed25519]);
    assert_eq!(answer(&server, Some(&kid_k1)), None);
    assert_eq!(answer(&server, Some(&own)), Some(Rule::AssertionKey), "a kid that no key has");
    assert_eq!(answer(&self::server(), Some(&other)), None, "inline keys are the registration's, not the caller's");
}

#[test]
fn an_assertion_is_not_throttled() {
    let jwt = jws(&header().json(), &claims().json());
    let sent = Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(&jwt),
        ..Credentials::default()
    };
    assert_eq!(rule(server().answer_with(&sent, &Evidence { throttled: true, ..Evidence::default() })), None);
}
