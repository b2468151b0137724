//! OIDC Core §9, §10.1, RFC 7523 §3, RFC 7518 §3.2, security decisions D11, D12: an assertion with a MAC.

use symbolon_client_auth::{
    ClientAuthentication, Evidence, ProvenClient, RegisteredCredentials, RegisteredSecret, SecretAssertionSigner,
    Verdict,
    jose::{KeyError, UnverifiedJwt},
    policy::AssertionPolicy,
    types::{Alg, AuthMethod, ClientId, Digest, Rule, Secret},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{
    CLIENT, FixedRandom, ISSUER, LONG_SECRET, Members, Server, TOKEN_ENDPOINT, client, issuer, jws, jwt_client,
    mac_jws, now, own_jwk, quoted, seconds, strict, unix,
};

static RANDOM: FixedRandom = FixedRandom(7);
const MACS: [Alg; 3] = [Alg::Hs256, Alg::Hs384, Alg::Hs512];

fn plain(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Plain(Secret::new(secret))
}

fn of_secrets(secrets: &[RegisteredSecret]) -> RegisteredCredentials {
    secrets.iter().cloned().fold(client(AuthMethod::ClientSecretJwt), RegisteredCredentials::with_secret)
}

fn server() -> Server {
    Server::new(of_secrets(&[plain(LONG_SECRET)]))
}

fn with_policy(change: fn(&mut AssertionPolicy)) -> Server {
    let mut policy = strict();
    change(&mut policy);
    Server { policy, ..server() }
}

fn jwt(alg: Alg, secret: &str) -> String {
    mac_jws(alg, secret, &Members::mac_header(alg).json(), &Members::claims().json())
}

fn rule(answer: Result<ProvenClient, Rule>) -> Option<Rule> {
    answer.err()
}

#[test]
fn both_halves_fit_with_every_mac_and_another_secret_or_algorithm_is_refused() {
    let id = ClientId::parse(CLIENT).unwrap();
    for alg in MACS {
        let secret = Secret::new(LONG_SECRET);
        let signer = SecretAssertionSigner::new(&PROVIDER, alg, &secret, &issuer()).unwrap();
        let half = ClientAuthentication::SecretJwt(signer);
        assert_eq!(half.method(), AuthMethod::ClientSecretJwt);
        let applied = half.apply(&PROVIDER.with_random(&RANDOM), &id, now()).unwrap();
        assert!(applied.headers.is_empty());
        assert_eq!(
            applied.parameters.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["client_id", "client_assertion_type", "client_assertion"]
        );
        let text = applied.parameters[2].1.expose();
        let header = UnverifiedJwt::parse(text).unwrap();
        assert_eq!(header.header().typ(), Some("client-authentication+jwt"));
        assert_eq!((header.header().alg(), header.header().kid()), (alg, None));

        let proven = server().assertion(text).unwrap();
        assert_eq!((proven.client_id(), proven.method()), (&id, &AuthMethod::ClientSecretJwt));
        assert!(proven.once().is_some() && !proven.is_public());
        let other = Server::new(of_secrets(&[plain(&LONG_SECRET.replace('0', "1"))]));
        assert_eq!(rule(other.assertion(text)), Some(Rule::AssertionSignature));
        let registered = |alg| Server::new(of_secrets(&[plain(LONG_SECRET)]).with_algorithms([alg]));
        assert_eq!(rule(registered(alg).assertion(text)), None);
        let another = if alg == Alg::Hs256 { Alg::Hs512 } else { Alg::Hs256 };
        assert_eq!(rule(registered(another).assertion(text)), Some(Rule::AssertionAlg));
    }
}

#[test]
fn the_policy_lists_the_macs() {
    let only_one = with_policy(|policy| policy.mac_algorithms = &[Alg::Hs512]);
    assert_eq!(rule(only_one.assertion(&jwt(Alg::Hs512, LONG_SECRET))), None);
    assert_eq!(rule(only_one.assertion(&jwt(Alg::Hs256, LONG_SECRET))), Some(Rule::AssertionAlg));
    // The other list is the other method's.
    let confused = with_policy(|policy| policy.algorithms = &[Alg::Hs256]);
    assert_eq!(rule(confused.assertion(&jwt(Alg::Hs512, LONG_SECRET))), None);
    let signed = jws(&Members::header().json(), &Members::claims().json());
    let by_key = Server { policy: confused.policy, ..Server::new(jwt_client()) };
    assert_eq!(rule(by_key.assertion(&signed)), Some(Rule::AssertionAlg));
}

#[test]
fn a061_the_alg_tells_the_method_and_only_the_registered_one_is_taken() {
    let (mac, signed) = (jwt(Alg::Hs256, LONG_SECRET), jws(&Members::header().json(), &Members::claims().json()));
    let everything = |method| {
        let keys = jwt_client().keys;
        Server::new(client(method).with_secret(plain(LONG_SECRET)).with_keys(keys))
    };
    assert_eq!(rule(everything(AuthMethod::ClientSecretJwt).assertion(&mac)), None);
    assert_eq!(rule(everything(AuthMethod::PrivateKeyJwt).assertion(&signed)), None);
    let refused = Some(Rule::MethodRegistered);
    assert_eq!(rule(everything(AuthMethod::PrivateKeyJwt).assertion(&mac)), refused);
    assert_eq!(rule(everything(AuthMethod::ClientSecretJwt).assertion(&signed)), refused);
    assert_eq!(rule(everything(AuthMethod::ClientSecretPost).assertion(&mac)), refused);
}

#[test]
fn a004_a_public_key_is_never_the_secret_of_a_mac() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    for public in [own_jwk(r#","kid":"k1""#), x.into()] {
        let public = format!("{public:<64}");
        let forged = jwt(Alg::Hs256, &public);
        assert_eq!(rule(Server::new(jwt_client()).assertion(&forged)), Some(Rule::MethodRegistered));
        assert_eq!(
            rule(Server::new(of_secrets(&[plain(&public)])).assertion(&forged)),
            None,
            "it is a MAC of that text"
        );
    }
}

#[test]
fn a025_a036_a_secret_shorter_than_the_hash_is_no_key() {
    for (alg, shortest) in [(Alg::Hs256, 32), (Alg::Hs384, 48), (Alg::Hs512, 64)] {
        let enough = LONG_SECRET.get(..shortest).unwrap();
        let short = enough.strip_suffix(|_| true).unwrap();
        assert_eq!(rule(Server::new(of_secrets(&[plain(enough)])).assertion(&jwt(alg, enough))), None, "{alg}");
        let of_short = Server::new(of_secrets(&[plain(short)]));
        assert_eq!(rule(of_short.assertion(&jwt(alg, short))), Some(Rule::AssertionKey), "{alg}");
        // A short one does not keep a long one from being tried.
        let both = Server::new(of_secrets(&[plain(short), plain(enough)]));
        assert_eq!(rule(both.assertion(&jwt(alg, enough))), None);
        assert_eq!(rule(both.assertion(&jwt(alg, short))), Some(Rule::AssertionSignature));

        let half = |secret: &str| SecretAssertionSigner::new(&PROVIDER, alg, &Secret::new(secret), &issuer()).err();
        assert_eq!((half(enough), half(short), half("")), (None, Some(KeyError::WeakKey), Some(KeyError::WeakKey)));
    }
    let signature = SecretAssertionSigner::new(&PROVIDER, Alg::Es256, &Secret::new(LONG_SECRET), &issuer()).err();
    assert_eq!(signature, Some(KeyError::AlgKeyMismatch));
    // 32 octets, not 32 characters.
    let umlauts = "ü".repeat(16);
    assert_eq!(rule(Server::new(of_secrets(&[plain(&umlauts)])).assertion(&jwt(Alg::Hs256, &umlauts))), None);
}

#[test]
fn d11_only_a_secret_in_clear_is_a_key() {
    let digest = PROVIDER.sha256.digest(&[LONG_SECRET.as_bytes()]);
    let kept = RegisteredSecret::Sha256(Digest::from_bytes(digest));
    let right = jwt(Alg::Hs256, LONG_SECRET);
    let verdict = Evidence { verdict: Some(Verdict::Right), ..Evidence::default() };
    for form in [kept.clone(), RegisteredSecret::JudgedByCaller] {
        let server = Server::new(of_secrets(&[form]));
        assert_eq!(rule(server.assertion(&right)), Some(Rule::AssertionKey));
        let credentials = symbolon_client_auth::Credentials {
            client_assertion_type: Some(symbolon_client_auth::CLIENT_ASSERTION_TYPE_JWT_BEARER),
            client_assertion: Some(&right),
            ..Default::default()
        };
        assert_eq!(
            rule(server.answer_with(&credentials, &verdict)),
            Some(Rule::AssertionKey),
            "a verdict is of a secret"
        );
    }
    // Whoever reads the stored digest has no key.
    let input = right.rsplit_once('.').unwrap().0;
    let mac = PROVIDER.load_mac(Alg::Hs256, &digest).unwrap().sign(&[input.as_bytes()]);
    let mac = Digest::from_bytes(mac.as_ref().try_into().unwrap()).to_base64url();
    let forged = format!("{input}.{mac}");
    for secrets in [&[kept.clone()][..], &[kept.clone(), plain(LONG_SECRET)]] {
        assert!(Server::new(of_secrets(secrets)).assertion(&forged).is_err());
    }
    assert_eq!(rule(Server::new(of_secrets(&[kept, plain(LONG_SECRET)])).assertion(&right)), None);
}

#[test]
fn nobody_knows_the_secret_of_a_client_without_one() {
    // Work for show is done with a key that everybody can read in the source.
    for key in ["\0".repeat(64), "\0".repeat(32)] {
        let forged = jwt(Alg::Hs256, &key);
        for secrets in [&[][..], &[RegisteredSecret::JudgedByCaller], &[plain(LONG_SECRET)]] {
            assert!(Server::new(of_secrets(secrets)).assertion(&forged).is_err());
        }
        let unknown = Server { registered: None, ..server() };
        assert_eq!(rule(unknown.assertion(&forged)), Some(Rule::ClientKnown));
    }
    let mut blank = of_secrets(&[]);
    blank.secrets = vec![plain("")];
    assert_eq!(rule(Server::new(blank).assertion(&jwt(Alg::Hs256, ""))), Some(Rule::AssertionKey));
}

#[test]
fn several_secrets_live_at_once_and_no_more_than_four() {
    let secret = |n: usize| format!("{n}{LONG_SECRET}");
    let of = |count: usize| Server::new(of_secrets(&(0..count).map(|n| plain(&secret(n))).collect::<Vec<_>>()));
    for n in 0..4 {
        assert_eq!(rule(of(4).assertion(&jwt(Alg::Hs256, &secret(n)))), None, "{n}");
    }
    assert_eq!(rule(of(4).assertion(&jwt(Alg::Hs256, &secret(4)))), Some(Rule::AssertionSignature));
    assert_eq!(rule(of(5).assertion(&jwt(Alg::Hs256, &secret(0)))), Some(Rule::AssertionKey), "typed, not cut off");
}

#[test]
fn the_claims_are_those_of_every_client_assertion() {
    let answer = |header: &Members, claims: &Members| {
        rule(server().assertion(&mac_jws(Alg::Hs256, LONG_SECRET, &header.json(), &claims.json())))
    };
    let (header, claims) = (|| Members::mac_header(Alg::Hs256), Members::claims);
    for (name, json, wanted) in [
        ("iss", quoted("client-2"), Rule::AssertionIss),
        ("aud", quoted(TOKEN_ENDPOINT), Rule::AssertionAud),
        ("aud", format!("[\"{ISSUER}\",\"https://other.example\"]"), Rule::AssertionAud),
        ("exp", unix(-10), Rule::AssertionExp),
        ("exp", unix(311), Rule::AssertionLifetime),
        ("nbf", unix(11), Rule::AssertionNbf),
        ("iat", unix(11), Rule::AssertionIat),
        ("jti", quoted(""), Rule::AssertionJti),
        ("exp", quoted("soon"), Rule::AssertionExp),
    ] {
        assert_eq!(answer(&header(), &claims().with(name, &json)), Some(wanted), "{name} {json}");
    }
    for typ in ["at+jwt", "dpop+jwt"] {
        assert_eq!(answer(&header().with("typ", &quoted(typ)), &claims()), Some(Rule::AssertionTyp));
    }
    let certified = header().with("x5c", "[\"MAEC\"]");
    assert_eq!(answer(&certified, &claims()), Some(Rule::AssertionX5c), "a MAC has no certificate");
    assert_eq!(answer(&header().with("kid", "\"any\""), &claims()), None, "secrets have no names");
    assert_eq!(answer(&header(), &claims()), None);
}

#[test]
fn any_changed_octet_is_refused() {
    let jwt = jwt(Alg::Hs256, LONG_SECRET);
    for at in 0..jwt.len() {
        let mut octets = jwt.clone().into_bytes();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        assert!(server().assertion(&String::from_utf8(octets).unwrap()).is_err(), "octet {at}");
    }
    assert_eq!(rule(server().assertion(&jwt)), None);
}

#[test]
fn lifetime_typ_and_audience_can_be_a_servers_wish() {
    let signer = || SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &Secret::new(LONG_SECRET), &issuer()).unwrap();
    let answer = |signer| {
        let id = ClientId::parse(CLIENT).unwrap();
        let applied =
            ClientAuthentication::SecretJwt(signer).apply(&PROVIDER.with_random(&RANDOM), &id, now()).unwrap();
        rule(server().assertion(applied.parameters[2].1.expose()))
    };
    assert_eq!(answer(signer().with_typ(None)), None);
    assert_eq!(answer(signer().with_typ(Some("at+jwt"))), Some(Rule::AssertionTyp));
    assert_eq!(answer(signer().with_audience(TOKEN_ENDPOINT)), Some(Rule::AssertionAud));
    assert_eq!(answer(signer().with_lifetime(seconds(310))), None);
    assert_eq!(answer(signer().with_lifetime(seconds(311))), Some(Rule::AssertionLifetime));
}
