// What a server with an async handler has, and what is asked of the example of ADOPTING.md, which includes this file.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use symbolon_client_auth::{
    AssertionSigner, ClientAuthentication, ClientKeys, RegisteredCredentials, RegisteredSecret,
    jose::{SigningKey, VerifyingKeys},
};
use symbolon_dpop::{Nonces, ProofSigner, TargetUri};

struct Headers(Vec<(&'static str, String)>);

impl Headers {
    fn all(&self, name: &str) -> Vec<&[u8]> {
        self.0.iter().filter(|(key, _)| *key == name).map(|(_, value)| value.as_bytes()).collect()
    }
}

#[derive(Default)]
struct TokenForm {
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

struct TokenSet {
    client_id: ClientId,
    jkt: Option<String>,
    dpop_nonce: Option<String>,
    proof_to_remember: Option<Once>,
}

struct App {
    issuer: Issuer,
    token_endpoint: String,
    url: TargetUri,
    nonces: Nonces,
    client_keys: VerifyingKeys,
    seen: Mutex<HashSet<[u8; 32]>>,
}

impl App {
    async fn load_client(&self, id: &str) -> Option<RegisteredCredentials> {
        let of = |method| RegisteredCredentials::new(ClientId::parse(id).unwrap(), method);
        match id {
            "app" => Some(of(AuthMethod::ClientSecretBasic).with_secret(RegisteredSecret::Plain("a secret".into()))),
            "jwt" => Some(of(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(self.client_keys.clone()))),
            "spa" => Some(of(AuthMethod::None)),
            _ => None,
        }
    }

    async fn insert_if_absent(&self, once: Once) -> bool {
        self.seen.lock().unwrap().insert(*once.key.as_bytes())
    }
}

fn run() {
    let url = "https://as.example/token";
    let now = UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap();
    let key = SigningKey::generate(&PROVIDER, Alg::Es256).unwrap().0;
    let app = App {
        issuer: Issuer::parse("https://as.example").unwrap(),
        token_endpoint: url.into(),
        url: TargetUri::parse(url).unwrap(),
        nonces: Nonces::new(PROVIDER.hmac_sha256.load(&[7; 32])),
        client_keys: VerifyingKeys::new(vec![key.verifying_key(&PROVIDER).unwrap()]),
        seen: Mutex::default(),
    };
    let token = |headers, form, now| {
        let (headers, mut context) = (Headers(headers), Context::from_waker(Waker::noop()));
        match pin!(app.token(&headers, &form, now)).poll(&mut context) {
            Poll::Ready(answer) => answer.map_err(|refused| {
                let error = String::from_utf8(refused.body().to_vec()).unwrap().split('"').nth(3).unwrap().to_owned();
                (refused.status(), error, refused.header("dpop-nonce").map(str::to_owned))
            }),
            Poll::Pending => unreachable!("nothing here waits"),
        }
    };
    let refused = |status, error: &str| Some((status, error.to_owned(), None));

    // app:a+secret, and app:a+secreT, without a proof.
    let (right, wrong) = ("Basic YXBwOmErc2VjcmV0", "Basic YXBwOmErc2VjcmVU");
    let basic = |value: &str, proofs: &[&String], now| {
        let proofs = proofs.iter().map(|proof| ("dpop", (*proof).clone()));
        let form = TokenForm { client_id: Some("app".into()), ..TokenForm::default() };
        token([("authorization", value.to_owned())].into_iter().chain(proofs).collect(), form, now)
    };
    let bearer = basic(right, &[], now).ok().unwrap();
    assert_eq!((bearer.client_id.as_str(), bearer.jkt, bearer.dpop_nonce), ("app", None, None));
    assert_eq!(basic(wrong, &[], now).err(), refused(401, "invalid_client"));

    // No nonce, then the one of the answer, then the same proof again, and two proofs.
    let signer = ProofSigner::new(&PROVIDER, SigningKey::generate(&PROVIDER, Alg::Es256).unwrap().0).unwrap();
    let proof = |nonce| signer.proof(&PROVIDER, "POST", url, nonce, None, now).unwrap().expose().to_owned();
    let (status, error, nonce) = basic(right, &[&proof(None)], now).err().unwrap();
    assert_eq!((status, error.as_str(), nonce.is_some()), (400, "use_dpop_nonce", true));
    let first = proof(nonce.as_deref());
    assert_eq!(basic(right, &[&first], now).ok().unwrap().jkt, Some(signer.jkt().to_base64url()));
    assert_eq!(basic(right, &[&first], now).err(), refused(400, "invalid_dpop_proof"));
    let (second, third) = (proof(nonce.as_deref()), proof(nonce.as_deref()));
    assert_eq!(basic(right, &[&second, &third], now).err(), refused(400, "invalid_dpop_proof"));

    // A refused client uses no proof up; a nonce in its second half is answered with the next one.
    let later = now + Policy::OAUTH_2_1.dpop.nonce_lifetime * 3 / 4;
    assert_eq!(basic(wrong, &[&second], later).err(), refused(401, "invalid_client"));
    assert!(basic(right, &[&second], later).ok().unwrap().dpop_nonce.is_some());

    // Whoever names a public client writes nothing; what the server is to remember is handed on.
    let public = |proof: &String| {
        let form = TokenForm { client_id: Some("spa".into()), ..TokenForm::default() };
        token(vec![("dpop", proof.clone())], form, now)
    };
    let (of_nobody, remembered) = (proof(nonce.as_deref()), app.seen.lock().unwrap().len());
    let tokens = [public(&of_nobody).ok().unwrap(), public(&of_nobody).ok().unwrap()];
    assert_eq!(tokens[0].proof_to_remember, tokens[1].proof_to_remember);
    assert!(tokens[0].proof_to_remember.is_some() && app.seen.lock().unwrap().len() == remembered);
    let confidential = basic(right, &[&proof(nonce.as_deref())], now).ok().unwrap();
    assert_eq!(confidential.proof_to_remember, None, "it is remembered");

    // An assertion is good for once: with a proof that is refused, too, and not with one that lacks a nonce.
    let by_assertion = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &app.issuer));
    let assertion = || {
        let applied = by_assertion.apply(&PROVIDER, &ClientId::parse("jwt").unwrap(), now).unwrap();
        let parameters = applied.parameters.into_iter().map(|(key, text)| (key, text.expose().to_owned()));
        parameters.collect::<HashMap<_, _>>()
    };
    let ask = |assertion: &HashMap<&str, String>, proof: Option<String>| {
        let form = TokenForm {
            client_assertion_type: assertion.get("client_assertion_type").cloned(),
            client_assertion: assertion.get("client_assertion").cloned(),
            ..TokenForm::default()
        };
        token(proof.into_iter().map(|proof| ("dpop", proof)).collect(), form, now)
    };
    let alone = assertion();
    assert_eq!(ask(&alone, None).ok().unwrap().client_id.as_str(), "jwt");
    assert_eq!(ask(&alone, None).err(), refused(400, "invalid_client"));

    let elsewhere = || {
        let url = "https://as.example/other";
        Some(signer.proof(&PROVIDER, "POST", url, nonce.as_deref(), None, now).unwrap().expose().to_owned())
    };
    let spent = assertion();
    assert_eq!(ask(&spent, elsewhere()).err(), refused(400, "invalid_dpop_proof"));
    assert_eq!(ask(&spent, Some(proof(nonce.as_deref()))).err(), refused(400, "invalid_client"));
    assert_eq!(ask(&spent, elsewhere()).err(), refused(400, "invalid_client"));

    let kept = assertion();
    assert_eq!(ask(&kept, Some(proof(None))).err().unwrap().1, "use_dpop_nonce");
    assert!(ask(&kept, Some(proof(nonce.as_deref()))).is_ok());
}
