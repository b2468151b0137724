//! Security decision D21: a trace that goes on has every rule that can be judged; one that stops has the first alone.

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, Credentials, Evidence, PresentedCredentials, RegisteredCredentials,
    RegisteredSecret,
    policy::AssertionPolicy,
    types::{Alg, AuthMethod, Rule, Secret, Trace},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{
    LONG_SECRET, Members, NO_EXTENSIONS, TOKEN_ENDPOINT, client, issuer, jws, jwt_client, mac_jws, now, quoted, strict,
    unix,
};

struct Broken {
    name: &'static str,
    registered: RegisteredCredentials,
    policy: fn(&mut AssertionPolicy),
    jwt: String,
    /// In the order of the rule table.
    failed: &'static [Rule],
}

fn signed(header: &Members, claims: &Members) -> String {
    jws(&header.json(), &claims.json())
}

fn with_mac(secret: &str, header: &Members, claims: &Members) -> String {
    mac_jws(Alg::Hs256, secret, &header.json(), &claims.json())
}

fn by_secret() -> RegisteredCredentials {
    client(AuthMethod::ClientSecretJwt).with_secret(RegisteredSecret::Plain(Secret::new(LONG_SECRET)))
}

fn typ(header: Members) -> Members {
    header.with("typ", "\"at+jwt\"")
}

fn aud(claims: Members) -> Members {
    claims.with("aud", &quoted(TOKEN_ENDPOINT))
}

const SAME: fn(&mut AssertionPolicy) = |_| {};

/// Signatures that are right, each over several faults.
fn signed_faults() -> [Broken; 4] {
    let (header, claims) = (Members::header, Members::claims);
    [
        Broken {
            name: "an old access token",
            registered: jwt_client(),
            policy: SAME,
            jwt: signed(&typ(header()), &aud(claims()).with("exp", &unix(-60)).without("jti")),
            failed: &[Rule::AssertionTyp, Rule::AssertionAud, Rule::AssertionExp, Rule::AssertionJti],
        },
        Broken {
            name: "nothing in it is right but the client",
            registered: jwt_client(),
            policy: SAME,
            jwt: signed(
                &header(),
                &aud(claims())
                    .with("iss", "\"client-2\"")
                    .with("exp", &unix(-20))
                    .with("nbf", &unix(20))
                    .with("iat", &unix(20))
                    .with("jti", "\"\""),
            ),
            failed: &[
                Rule::AssertionIss,
                Rule::AssertionAud,
                Rule::AssertionExp,
                Rule::AssertionNbf,
                Rule::AssertionIat,
                Rule::AssertionJti,
            ],
        },
        Broken {
            name: "a year long, from tomorrow on",
            registered: jwt_client(),
            policy: SAME,
            jwt: signed(
                &header(),
                &claims().with("exp", &unix(31_536_000)).with("nbf", &unix(86_400)).with("iat", &unix(86_400)),
            ),
            failed: &[Rule::AssertionLifetime, Rule::AssertionNbf, Rule::AssertionIat],
        },
        Broken {
            name: "another algorithm than the registered one, and no times",
            registered: jwt_client().with_algorithms([Alg::Es256]),
            policy: SAME,
            jwt: signed(&typ(header()), &claims().without("exp").without("iat").without("iss")),
            failed: &[Rule::AssertionAlg, Rule::AssertionTyp, Rule::AssertionIss, Rule::AssertionExp],
        },
    ]
}

/// Another method, another key, another algorithm.
fn faults_before_the_claims() -> [Broken; 6] {
    let (header, mac_header, claims) = (Members::header, || Members::mac_header(Alg::Hs256), Members::claims);
    [
        Broken {
            name: "a client with a secret signs",
            registered: client(AuthMethod::ClientSecretPost),
            policy: SAME,
            jwt: signed(&typ(header()), &aud(claims())),
            failed: &[Rule::MethodRegistered, Rule::AssertionTyp, Rule::AssertionKey],
        },
        Broken {
            name: "a client with a key makes a MAC",
            registered: jwt_client().with_algorithms([Alg::Ed25519]),
            policy: SAME,
            jwt: with_mac(LONG_SECRET, &typ(mac_header()).with("x5c", "[\"MAEC\"]"), &aud(claims())),
            failed: &[
                Rule::MethodRegistered,
                Rule::AssertionAlg,
                Rule::AssertionTyp,
                Rule::AssertionKey,
                Rule::AssertionX5c,
            ],
        },
        Broken {
            name: "a kid that nobody has",
            registered: jwt_client(),
            policy: |policy| policy.algorithms = &[Alg::Es256],
            jwt: signed(&typ(header()).with("kid", "\"k2\""), &aud(claims())),
            failed: &[Rule::AssertionAlg, Rule::AssertionTyp, Rule::AssertionKey],
        },
        Broken {
            name: "a signature over something else",
            registered: jwt_client(),
            policy: |policy| policy.algorithms = &[Alg::EdDsa],
            jwt: {
                let (right, other) = (signed(&typ(header()), &aud(claims())), signed(&header(), &claims()));
                let (input, (_, signature)) = (right.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap());
                format!("{input}.{signature}")
            },
            failed: &[Rule::AssertionAlg, Rule::AssertionTyp, Rule::AssertionSignature],
        },
        Broken {
            name: "a MAC with a guessed secret",
            registered: by_secret(),
            policy: |policy| policy.mac_algorithms = &[Alg::Hs512],
            jwt: with_mac("a guess that is long enough for HS256", &typ(mac_header()), &aud(claims())),
            failed: &[Rule::AssertionAlg, Rule::AssertionTyp, Rule::AssertionSignature],
        },
        Broken {
            name: "a right MAC over wrong claims",
            registered: by_secret(),
            policy: SAME,
            jwt: with_mac(
                LONG_SECRET,
                &mac_header().with("x5c", "[\"MAEC\"]"),
                &aud(claims())
                    .with("iss", "\"client-2\"")
                    .with("iat", &unix(-3600))
                    .with("jti", &quoted(&"j".repeat(129))),
            ),
            failed: &[
                Rule::AssertionX5c,
                Rule::AssertionIss,
                Rule::AssertionAud,
                Rule::AssertionLifetime,
                Rule::AssertionJti,
            ],
        },
    ]
}

#[test]
fn ten_broken_assertions_have_the_full_list_of_their_faults() {
    for Broken { name, registered, policy: change, jwt, failed } in
        signed_faults().into_iter().chain(faults_before_the_claims())
    {
        let mut policy = strict();
        change(&mut policy);
        let issuer = issuer();
        let checks = Checks { crypto: &PROVIDER, policy: &policy, issuer: &issuer, token_endpoint: TOKEN_ENDPOINT };
        let credentials = Credentials {
            client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
            client_assertion: Some(&jwt),
            ..Credentials::default()
        };
        let presented = PresentedCredentials::read(&credentials, NO_EXTENSIONS).unwrap();
        let run = |mut trace: Trace| {
            let error =
                checks.check(&presented, Some(&registered), &Evidence::default(), &mut trace, now()).unwrap_err();
            let failed: Vec<_> = trace.verdicts().filter(|(_, held)| !held).map(|(rule, _)| rule).collect();
            (error.rule(), failed, trace)
        };
        let (rule, all, trace) = run(Trace::go_on());
        assert_eq!(all, failed, "{name}");
        assert!(all.len() > 1, "{name}: several faults");
        // Claims that nobody signed say nothing.
        let proven = !failed.iter().any(|rule| [Rule::AssertionKey, Rule::AssertionSignature].contains(rule));
        for claim in [Rule::AssertionIss, Rule::AssertionAud, Rule::AssertionExp, Rule::AssertionJti] {
            assert_eq!(trace.judged(claim).is_some(), proven, "{name}: {claim:?}");
        }
        let (first, alone, _) = run(Trace::stop_at_first());
        assert_eq!((first, alone), (rule, vec![rule]), "{name}: the same answer, and nothing after it");
    }
}
