//! The ID token of ID-porten in the shape that it has today: a pairwise `sub`, `pid`, `amr` as an array, `sid`, no
//! `at_hash`. The person and the key are synthetic.

use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    Checks, ClaimName, Continuity, Expected, IdTokenClaims, IdTokenError,
    jose::{JwkSet, VerifyingKeys},
    policy::Policy,
    types::{Alg, ClientId, Issuer, Secret, Trace},
};
use time::Duration;

use crate::login::{at, vectors};

/// What the client knows.
struct Client {
    issuer: &'static str,
    client_id: &'static str,
    nonce: Option<&'static str>,
    acr_values: Vec<String>,
    algorithms: Vec<Alg>,
    max_age: Option<Duration>,
    now: i64,
}

fn file() -> Value {
    vectors(include_str!("../vectors/idporten_current_shape.json"))
}

impl Client {
    fn new() -> Self {
        Self {
            issuer: "https://test.idporten.no",
            client_id: "democlient_idporten_test",
            nonce: Some("min_fine_nonce_verdi"),
            acr_values: vec!["idporten-loa-substantial".into(), "idporten-loa-high".into()],
            algorithms: vec![],
            max_age: Some(Duration::seconds(60)),
            now: file()["clock_unix_seconds"].as_i64().unwrap(),
        }
    }

    fn check(&self) -> Result<IdTokenClaims, IdTokenError> {
        let file = file();
        let keys = JwkSet::parse(file["jwks"].to_string().as_bytes()).unwrap();
        let keys = VerifyingKeys::load(&PROVIDER, &keys, &[Alg::Rs256]);
        let (issuer, client_id) = (Issuer::parse(self.issuer).unwrap(), ClientId::parse(self.client_id).unwrap());
        let access_token = Secret::new(file["response"]["access_token"].as_str().unwrap());
        let expected = Expected {
            nonce: self.nonce.map(Secret::new),
            acr_values: &self.acr_values,
            algorithms: &self.algorithms,
            max_age: self.max_age,
            access_token: Some(&access_token),
            ..Expected::new(&issuer, &client_id)
        };
        let checks = Checks { crypto: &PROVIDER, policy: &Policy::OAUTH_2_1.id_token };
        let id_token = file["response"]["id_token"].as_str().unwrap();
        checks.check(id_token, &keys, &expected, &mut Trace::stop_at_first(), at(self.now))
    }
}

#[test]
fn the_current_shape_is_accepted() {
    let claims = Client::new().check().unwrap();
    assert_eq!(claims.iss, "https://test.idporten.no");
    assert!(claims.aud.is_string("democlient_idporten_test"));
    assert_eq!(claims.acr.as_deref(), Some("idporten-loa-substantial"));
    assert_eq!(claims.amr, ["TestID"]);
    assert_eq!(claims.auth_time, Some(at(1_746_173_220)));
    assert_eq!((claims.iat, claims.exp), (at(1_746_173_221), at(1_746_173_341)));
    assert_eq!(claims.jti.as_deref(), Some("K8kMQM_1zc0"));
    assert_eq!(claims.sid.as_deref().map(str::len), Some(43));
    assert_eq!((&claims.at_hash, &claims.azp, claims.nbf), (&None, &None, None));
    assert_eq!(claims.text("locale"), Ok(Some("nb")));
    assert_eq!(claims.pid().unwrap().unwrap().as_str().len(), 11);
    assert_eq!(claims.other_names().collect::<Vec<_>>(), ["locale", "pid"]);
}

#[test]
fn its_twins_are_refused() {
    let client = Client::new;
    for (client, error) in [
        (Client { issuer: "https://test.idporten.no/", ..client() }, IdTokenError::IssuerMismatch),
        (Client { issuer: "https://idporten.no", ..client() }, IdTokenError::IssuerMismatch),
        (Client { client_id: "democlient_idporten", ..client() }, IdTokenError::AudienceMismatch),
        (Client { nonce: Some("min_fine_nonce_verdI"), ..client() }, IdTokenError::NonceMismatch),
        (Client { nonce: None, ..client() }, IdTokenError::NonceUnexpected),
        (Client { acr_values: vec!["idporten-loa-high".into()], ..client() }, IdTokenError::AcrNotAccepted),
        (Client { acr_values: vec!["Level3".into()], ..client() }, IdTokenError::AcrNotAccepted),
        (Client { algorithms: vec![Alg::Es256], ..client() }, IdTokenError::AlgNotAllowed),
        (Client { now: 1_746_173_351, ..client() }, IdTokenError::Expired),
        (Client { now: 1_746_173_210, ..client() }, IdTokenError::IssuedInFuture),
        (Client { now: 1_746_173_291, ..client() }, IdTokenError::AuthTimeTooOld),
    ] {
        assert_eq!(client.check(), Err(error));
    }
    for now in [1_746_173_211, 1_746_173_290] {
        assert!(Client { now, ..client() }.check().is_ok(), "{now}");
    }
    assert!(Client { now: 1_746_173_350, max_age: None, ..client() }.check().is_ok());
}

#[test]
fn it_shows_nothing_of_the_person() {
    let claims = Client::new().check().unwrap();
    let (sub, pid) = (claims.sub.as_str().to_owned(), claims.pid().unwrap().unwrap());
    for shown in [format!("{claims:?}"), format!("{:?}", Continuity::from(&claims)), format!("{pid:?}")] {
        assert!(!shown.contains(&sub) && !shown.contains(pid.as_str()), "{shown}");
    }
    assert_eq!(ClaimName::Sub.to_string(), "sub");
}
