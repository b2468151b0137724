//! Every method of client authentication: a client's half, from its key or secret to what it sends; a server's half, from
//! that to the client that it proves.

use core::error::Error;

use symbolon_benches::Case;
use symbolon_client_auth::{
    Applied, AssertionSigner, ClientAuthentication, ClientCertificates, ClientKeys, Credentials, Evidence, Extensions,
    PresentedCredentials, ProvenClient, RegisteredCredentials, RegisteredSecret, SecretAssertionSigner,
};
use symbolon_crypto::CryptoProvider;
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::certificates::{BUSINESS, SELF_SIGNED, SELF_SIGNED_OTHER_KEY, SUBJECT};
use symbolon_types::{Alg, AuthMethod, CertificateChain, Digest, PeerCertificate, Secret, Trace};
use symbolon_x509::{Certificate, SubjectName, SubjectNameError};

use crate::cases::{CLIENT, Key, OTHER_SECRET, SECRET, Server, leaked, parts, with_signature_of};

/// A method that takes a secret as it is.
type Half = fn(Secret) -> ClientAuthentication;

/// `client_secret_basic` and `client_secret_post`, with what is stored in each form.
pub(crate) fn secrets(cases: &mut Vec<Case<'static>>, server: &'static Server) -> Result<(), Box<dyn Error>> {
    // Both readings of what came, and two stored secrets, be they there or for show.
    let bare = || [SECRET; 4].map(|secret| PROVIDER.sha256.digest(&[secret.as_bytes()]));
    let kept = RegisteredSecret::Sha256(Digest::from_bytes(PROVIDER.sha256.digest(&[SECRET.as_bytes()])));
    let in_clear = |secret: &str| RegisteredSecret::Plain(secret.into());
    cases.push(Case::new("check secret, bare", bare));
    let (basic, post): (Half, Half) = (ClientAuthentication::Basic, ClientAuthentication::Post);
    for (name, method, half, stored) in [
        ("client_secret_basic, digest kept", AuthMethod::ClientSecretBasic, basic, vec![kept.clone()]),
        (
            "client_secret_basic, two secrets",
            AuthMethod::ClientSecretBasic,
            basic,
            vec![in_clear(OTHER_SECRET), in_clear(SECRET)],
        ),
        ("client_secret_post, digest kept", AuthMethod::ClientSecretPost, post, vec![kept]),
    ] {
        let registered = stored.into_iter().fold(server.client(method), RegisteredCredentials::with_secret);
        let [right, wrong] = [SECRET, "wrong"].map(|secret| server.sent(&PROVIDER, &half(secret.into())));
        cases.push(check(name, server, &PROVIDER, right?, &[wrong?], registered).above("check secret, bare"));
    }
    cases.push(apply("client_secret_basic", server, &PROVIDER, basic(SECRET.into())).counted());
    cases.push(apply("client_secret_post", server, &PROVIDER, post(SECRET.into())).counted());
    Ok(())
}

/// `none`. What a client with a certificate applies is the same.
pub(crate) fn none(cases: &mut Vec<Case<'static>>, server: &'static Server) -> Result<(), Box<dyn Error>> {
    let right = server.sent(&PROVIDER, &ClientAuthentication::None)?;
    let wrong = Credentials { client_id: Some("another.example"), ..right };
    let registered = server.client(AuthMethod::None);
    cases.push(check("none", server, &PROVIDER, right, &[wrong], registered).counted());
    cases.push(apply("none", server, &PROVIDER, ClientAuthentication::None).counted());
    Ok(())
}

/// `client_secret_jwt` with HS256.
pub(crate) fn mac(cases: &mut Vec<Case<'static>>, server: &'static Server) -> Result<(), Box<dyn Error>> {
    let half = |secret: &str| {
        let signer = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &Secret::new(secret), &server.issuer)?;
        Ok::<_, Box<dyn Error>>(ClientAuthentication::SecretJwt(signer))
    };
    let (right, wrong) = (server.sent(&PROVIDER, &half(SECRET)?)?, server.sent(&PROVIDER, &half(OTHER_SECRET)?)?);
    let (message, tag) = parts(right.client_assertion.ok_or("an assertion")?);
    // Two secrets, be they there or for show; a server keeps none of them prepared.
    let bare = move || {
        [SECRET; 2].map(|secret| {
            let key = PROVIDER.load_mac(Alg::Hs256, secret.as_bytes()).expect("ring has it");
            key.verify(&[message], &tag).is_ok()
        })
    };
    assert_eq!(bare(), [true; 2]);
    let registered =
        server.client(AuthMethod::ClientSecretJwt).with_secret(RegisteredSecret::Plain(Secret::new(SECRET)));
    let name = "client_secret_jwt HS256";
    cases.push(Case::new(format!("check {name}, bare"), bare));
    cases.push(check(name, server, &PROVIDER, right, &[wrong], registered).above(format!("check {name}, bare")));
    let key = PROVIDER.load_mac(Alg::Hs256, SECRET.as_bytes())?;
    cases.push(Case::new(format!("apply {name}, bare"), move || key.sign(&[message])));
    cases.push(apply(name, server, &PROVIDER, half(SECRET)?).above(format!("apply {name}, bare")));
    Ok(())
}

/// `private_key_jwt` with one key.
pub(crate) fn signature(
    cases: &mut Vec<Case<'static>>,
    server: &'static Server,
    key: &'static Key,
) -> Result<(), Box<dyn Error>> {
    let name = format!("private_key_jwt {}", key.name());
    let signer = AssertionSigner::new(key.signing.clone(), &server.issuer);
    let half = ClientAuthentication::PrivateKeyJwt(signer.clone());
    let (right, other) = (server.sent(key.crypto, &half)?, server.sent(key.crypto, &half)?);
    let elsewhere = ClientAuthentication::PrivateKeyJwt(signer.with_audience("https://other.example/"));
    let mut twins = vec![server.sent(key.crypto, &elsewhere)?];
    let (assertion, other) = (right.client_assertion.ok_or("one")?, other.client_assertion.ok_or("another")?);
    if !key.is_null() {
        twins.push(Credentials { client_assertion: Some(with_signature_of(assertion, other)), ..right });
    }
    let keys = ClientKeys::Inline(key.verifying()?);
    let registered = server.client(AuthMethod::PrivateKeyJwt).with_keys(keys).with_algorithms([key.alg]);
    let checked = check(&name, server, key.crypto, right, &twins, registered);
    let applied = apply(&name, server, key.crypto, half);
    if key.is_null() {
        cases.extend([checked.counted(), applied.counted()]);
        return Ok(());
    }
    let (message, signature) = parts(assertion);
    let verifier = key.crypto.signature(key.alg)?.load_public(&key.bare.public_key().as_ref())?;
    assert!(verifier.verify(message, &signature).is_ok());
    cases.push(Case::new(format!("check {name}, bare"), move || verifier.verify(message, &signature)));
    cases.push(checked.above(format!("check {name}, bare")));
    cases.push(key.sign_bare(format!("apply {name}, bare"), message));
    cases.push(applied.above(format!("apply {name}, bare")));
    Ok(())
}

/// `tls_client_auth`, `self_signed_tls_client_auth`, and a certificate read.
pub(crate) fn certificates(cases: &mut Vec<Case<'static>>, server: &'static Server) -> Result<(), Box<dyn Error>> {
    let anchor = "Partner CA";
    let half = ClientAuthentication::TlsClientAuth;
    let right = server.sent(&PROVIDER, &half)?;
    let with = |certificate| Credentials { peer_certificate: Some(leaked(certificate)), ..right };
    let validated = with(PeerCertificate::new(BUSINESS, CertificateChain::ValidatedTo(anchor.into())));
    let not_validated = with(PeerCertificate::new(BUSINESS, CertificateChain::NotValidated));
    cases.push(Case::new("check tls_client_auth, bare", || PROVIDER.sha256.digest(&[BUSINESS])));
    let names: [(_, Result<_, SubjectNameError>); 2] = [
        ("tls_client_auth, subject DN", SubjectName::subject_dn(SUBJECT)),
        ("tls_client_auth, SAN DNS", SubjectName::san_dns("client.example")),
    ];
    for (name, subject) in names {
        let registered =
            server.client(AuthMethod::TlsClientAuth).with_certificates(ClientCertificates::named(subject?, [anchor]));
        let case = check(name, server, &PROVIDER, validated, &[not_validated], registered);
        cases.push(case.above("check tls_client_auth, bare"));
    }
    let [registered, another] =
        [SELF_SIGNED, SELF_SIGNED_OTHER_KEY].map(|der| with(PeerCertificate::new(der, CertificateChain::NotValidated)));
    let client = server
        .client(AuthMethod::SelfSignedTlsClientAuth)
        .with_certificates(ClientCertificates::Registered(vec![SELF_SIGNED.into()]));
    let name = "self_signed_tls_client_auth";
    cases.push(Case::new(format!("check {name}, bare"), || PROVIDER.sha256.digest(&[SELF_SIGNED])));
    let case = check(name, server, &PROVIDER, registered, &[another], client);
    cases.push(case.above(format!("check {name}, bare")));
    assert!(Certificate::parse(BUSINESS)?.organization_number().is_some());
    assert!(Certificate::parse(BUSINESS.split_last().ok_or("octets")?.1).is_err());
    cases.push(Case::new("certificate, parse", || Certificate::parse(BUSINESS)).counted());
    Ok(())
}

/// A client is proven by what was sent, and not by the twins.
fn check(
    name: &str,
    server: &'static Server,
    crypto: &'static CryptoProvider,
    sent: Credentials<'static>,
    twins: &[Credentials<'_>],
    registered: RegisteredCredentials,
) -> Case<'static> {
    assert!(server.proven(crypto, &sent, &registered).is_some(), "{name}: proven");
    assert!(!twins.is_empty() && twins.iter().all(|twin| server.proven(crypto, twin, &registered).is_none()), "{name}");
    Case::new(format!("check {name}"), move || server.proven(crypto, &sent, &registered))
}

/// What a client sends has its id in it; that a server takes it is asserted by [`check`].
fn apply(
    name: &str,
    server: &'static Server,
    crypto: &'static CryptoProvider,
    half: ClientAuthentication,
) -> Case<'static> {
    let sent = server.sent(crypto, &half).expect("applied");
    let presented = PresentedCredentials::read(&sent, &Extensions::NONE).expect("readable");
    assert_eq!((presented.client_hint(), presented.method()), (CLIENT, Some(half.method())), "{name}");
    Case::new(format!("apply {name}"), move || half.apply(crypto, &server.client_id, server.now).expect("applied"))
}

impl Server {
    fn client(&self, method: AuthMethod) -> RegisteredCredentials {
        RegisteredCredentials::new(self.client_id.clone(), method)
    }

    /// What a client sends that authenticates so.
    fn sent(
        &self,
        crypto: &CryptoProvider,
        half: &ClientAuthentication,
    ) -> Result<Credentials<'static>, Box<dyn Error>> {
        let applied: &Applied = leaked(half.apply(crypto, &self.client_id, self.now)?);
        let headers: Vec<&[u8]> = applied.headers.iter().map(|(_, value)| value.expose().as_bytes()).collect();
        let parameter =
            |name| applied.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose());
        Ok(Credentials {
            authorization: headers.leak(),
            client_id: parameter("client_id"),
            client_secret: parameter("client_secret"),
            client_assertion_type: parameter("client_assertion_type"),
            client_assertion: parameter("client_assertion"),
            peer_certificate: None,
        })
    }

    /// All that a server does: read, and judge.
    fn proven(
        &self,
        crypto: &CryptoProvider,
        sent: &Credentials<'_>,
        registered: &RegisteredCredentials,
    ) -> Option<ProvenClient> {
        let presented = PresentedCredentials::read(sent, &Extensions::NONE).ok()?;
        let (evidence, mut trace) = (Evidence::default(), Trace::stop_at_first());
        self.checks(crypto).check(&presented, Some(registered), &evidence, &mut trace, self.now).ok()
    }
}
