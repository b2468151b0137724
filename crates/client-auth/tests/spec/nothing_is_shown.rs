//! Security decision D21: no value of the peer's enters an error, a `Debug` or a trace, except what is listed there.

use core::fmt::Write as _;

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, ClientAuthentication, Credentials, Evidence, Extensions,
    PresentedCredentials, RegisteredSecret, SecretAssertionSigner,
    types::{Alg, AuthMethod, Secret, Trace},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{Members, basic, client, issuer, jws, mac_jws, now, quoted, strict};

const MARKER: &str = "MARKER";

#[test]
fn a_marker_in_every_parameter_and_claim_is_found_nowhere() {
    let header = basic(&format!("{MARKER}:{MARKER}"));
    let bearer = format!("Bearer {MARKER}");
    let claims = Members::claims().with("jti", &quoted(MARKER)).with("nonce", &quoted(MARKER));
    let of = |claims: &Members| jws(&Members::header().json(), &claims.json());
    let unknown_sub = of(&claims.clone().with("sub", &quoted(MARKER)));
    let known = of(&claims);
    let marker = Some(MARKER);
    let (basic_values, bearer_values): ([&[u8]; 1], [&[u8]; 1]) = ([header.as_bytes()], [bearer.as_bytes()]);
    let by_mac = mac_jws(Alg::Hs256, &MARKER.repeat(6), &Members::mac_header(Alg::Hs256).json(), &claims.json());
    let workload = format!("Workload {MARKER}");
    let workload_values: [&[u8]; 1] = [workload.as_bytes()];
    let extensions = Extensions { schemes: vec!["Workload".into()], ..Extensions::NONE };
    let empty = Credentials::default();
    let jwt = |jwt| Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(jwt),
        ..empty
    };
    let registered = client(AuthMethod::ClientSecretBasic).with_secret(RegisteredSecret::Plain(Secret::new(MARKER)));
    let by_secret =
        client(AuthMethod::ClientSecretJwt).with_secret(RegisteredSecret::Plain(Secret::new(MARKER.repeat(6))));
    let cases = [
        Credentials { authorization: &basic_values, ..empty },
        Credentials { authorization: &basic_values, client_id: Some("MARKER2"), ..empty },
        Credentials { authorization: &basic_values, client_secret: marker, ..empty },
        Credentials { authorization: &bearer_values, ..empty },
        Credentials { client_id: marker, client_secret: marker, ..empty },
        Credentials { client_id: marker, ..empty },
        Credentials { client_secret: marker, ..empty },
        Credentials { client_assertion: marker, client_assertion_type: marker, ..empty },
        Credentials { client_id: marker, ..jwt(&known) },
        jwt(MARKER),
        jwt(&unknown_sub),
        jwt(&known),
        jwt(&by_mac),
        Credentials { authorization: &workload_values, client_id: marker, ..empty },
    ];
    let mut shown = format!("{registered:?} {:?}", ClientAuthentication::Basic(MARKER.into()));
    let secret = Secret::new(MARKER.repeat(6));
    let signer = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &secret, &issuer()).unwrap();
    write!(shown, "{:?}", ClientAuthentication::SecretJwt(signer)).unwrap();
    for credentials in &cases {
        write!(shown, "{credentials:?}").unwrap();
        match PresentedCredentials::read(credentials, &extensions) {
            Err(error) => write!(shown, "{error} {error:?}").unwrap(),
            Ok(presented) => {
                let (policy, issuer) = (strict(), issuer());
                let checks = Checks {
                    crypto: &PROVIDER,
                    policy: &policy,
                    issuer: &issuer,
                    token_endpoint: crate::support::TOKEN_ENDPOINT,
                };
                for registered in [None, Some(&registered), Some(&by_secret), Some(&crate::support::jwt_client())] {
                    let mut trace = Trace::go_on();
                    let result = checks.check(&presented, registered, &Evidence::default(), &mut trace, now());
                    write!(shown, "{presented:?} {result:?} {trace:?} {checks:?}").unwrap();
                    if let Err(error) = result {
                        write!(shown, "{error}").unwrap();
                    }
                }
            }
        }
    }
    assert!(shown.contains("Basic(..)"), "something was shown");
    assert!(!shown.contains(MARKER), "{shown}");
    assert!(!shown.contains("TUFSS0VS"), "nor its base64");
}
