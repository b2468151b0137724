//! Business certificates at the server, and what it reads of its authorities (security decision D13).

use std::path::PathBuf;

use symbolon::jose::SigningKey;

use super::{
    super::{
        ClientMetadata, Running, start,
        tests::{
            Answer, CLIENT_CREDENTIALS, Folder, assert_invalid_client, assertion_by, example, refusal, token,
            whole_example,
        },
    },
    *,
};
use crate::{ca::Issued, pem};

const NUMBER: &str = "123456789";

/// The moment of the tests without a server.
fn moment() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap()
}

fn ca(name: &str) -> TestCa {
    TestCa::new(name, moment()).unwrap()
}

/// An authority for a server that runs, which reads the clock.
fn ca_now(name: &str) -> TestCa {
    TestCa::new(name, UtcDateTime::now()).unwrap()
}

fn key_of(certificate: &str, key: &str) -> SigningKey {
    let chain = tls::certificates(certificate.as_bytes()).unwrap().iter().map(|der| der.to_vec()).collect();
    SigningKey::from_pem(&symbolon::ring::PROVIDER, key, None).unwrap().with_x5c(chain).unwrap()
}

fn key(issued: &Issued) -> SigningKey {
    key_of(&issued.certificate_pem(), core::str::from_utf8(issued.key_pem().expose()).unwrap())
}

fn chain(issued: &Issued) -> UntrustedChain {
    let certificates = tls::certificates(issued.certificate_pem().as_bytes()).unwrap();
    UntrustedChain::from_x5c(&[certificates[0].to_vec()]).unwrap()
}

/// The client of the example.
fn business() -> ClientMetadata {
    whole_example().clients.into_iter().find(|client| client.client_id == "business").unwrap()
}

fn ask(running: &Running, client_id: &str, key: SigningKey) -> Answer {
    token(running, "", &assertion_by(running, client_id, key))
}

/// The files of an authority, its list in DER, and what is said of them.
fn files(folder: &Folder, ca: &TestCa, revoked: &[&Issued]) -> X5cConfig {
    let crl = folder.path().join("ca.crl");
    fs_write(&crl, &ca.revocation_list(revoked).unwrap());
    X5cConfig { ca: vec![folder.write("ca.pem", &ca.certificate_pem())], crl: vec![crl], ..X5cConfig::default() }
}

fn fs_write(path: &Path, octets: &[u8]) {
    std::fs::write(path, octets).unwrap();
}

fn load(x5c: X5cConfig) -> Result<Chains, String> {
    let config = ServeConfig { x5c: Some(x5c), ..ServeConfig::default() };
    let loaded = Chains::load(&config, None, moment()).map_err(|error| error.to_string())?;
    Ok(loaded.unwrap())
}

fn judge(chains: &Chains, issued: &Issued) -> Option<ChainError> {
    chains.judge(chain(issued), moment()).err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r22_in_development_each_organisation_has_a_business_certificate_that_proves_its_client() {
    let folder = Folder::new("business");
    let mut config = ServeConfig { key_dir: Some(folder.path().into()), ..example() };
    let mut other = business();
    (other.client_id, other.organization_number) = ("other".into(), Some("987654321".into()));
    config.clients.extend([business(), other]);
    let running = start(config).await.unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let own = || key_of(&read("business-123456789.pem"), &read("business-123456789.key.pem"));
    let of_other = || key_of(&read("business-987654321.pem"), &read("business-987654321.key.pem"));
    let assertion = assertion_by(&running, "business", own());
    let answer = token(&running, "", &assertion);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_invalid_client(&token(&running, "", &assertion));
    assert_eq!(ask(&running, "other", of_other()).status, 200);
    // Another organisation's; one that an authority of the same name issued; a key that nobody registered.
    assert_invalid_client(&ask(&running, "business", of_other()));
    let namesake = ca_now("Symbolon development CA");
    assert_invalid_client(&ask(&running, "business", key(&namesake.issue_business(NUMBER).unwrap())));
    let bare = SigningKey::from_pem(&symbolon::ring::PROVIDER, &read("business-123456789.key.pem"), None).unwrap();
    assert_invalid_client(&ask(&running, "business", bare.with_kid("business")));
    // Who registered a key and no organisation number is proven by that key alone.
    assert_invalid_client(&ask(&running, "app", own()));
    assert_eq!(token(&running, "", CLIENT_CREDENTIALS).status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_outside_of_development_the_authorities_are_those_of_the_configuration() {
    let (folder, own, foreign) = (Folder::new("x5c"), ca_now("Business CA"), ca_now("Business CA"));
    let (good, revoked) = (own.issue_business(NUMBER).unwrap(), own.issue_business(NUMBER).unwrap());
    let x5c = Some(files(&folder, &own, &[&revoked]));
    let key_dir = Some(folder.path().into());
    let config = ServeConfig { x5c, key_dir, development: false, clients: vec![business()], ..example() };
    let running = start(config).await.unwrap();
    assert_eq!(ask(&running, "business", key(&good)).status, 200);
    assert_invalid_client(&ask(&running, "business", key(&revoked)));
    assert_invalid_client(&ask(&running, "business", key(&foreign.issue_business(NUMBER).unwrap())));
    let client = own.issue_client("CN", &[]).unwrap();
    assert_invalid_client(&ask(&running, "business", key(&client)));
}

#[test]
fn d13_a_list_that_is_written_anew_is_read_anew_and_one_that_is_none_changes_nothing() {
    let (folder, ca) = (Folder::new("crl"), ca("Business CA"));
    let business = ca.issue_business(NUMBER).unwrap();
    let x5c = files(&folder, &ca, &[]);
    let crl = x5c.crl[0].clone();
    let chains = load(x5c).unwrap();
    assert_eq!(judge(&chains, &business), None);
    fs_write(&crl, &ca.revocation_list(&[&business]).unwrap());
    assert_eq!(judge(&chains, &business), None, "not read yet");
    chains.read_lists_again(moment());
    assert_eq!(judge(&chains, &business), Some(ChainError::Revoked));
    for broken in [&b"-----BEGIN CERTIFICATE-----"[..], b"", b"\x30\x00"] {
        fs_write(&crl, broken);
        chains.read_lists_again(moment());
        assert_eq!(judge(&chains, &business), Some(ChainError::Revoked));
    }
    let list = pem::encode("X509 CRL", &ca.revocation_list(&[]).unwrap());
    fs_write(&crl, list.as_bytes());
    chains.read_lists_again(moment());
    assert_eq!(judge(&chains, &business), None, "in PEM too");
}

#[test]
fn d13_a_list_that_cannot_be_read_keeps_no_other_from_being_read() {
    let (folder, gone, ca) = (Folder::new("crls"), ca("Gone CA"), ca("Business CA"));
    let business = ca.issue_business(NUMBER).unwrap();
    let mut x5c = files(&folder, &ca, &[]);
    let (crl, gone_crl) = (x5c.crl[0].clone(), folder.path().join("gone.crl"));
    fs_write(&gone_crl, &gone.revocation_list(&[]).unwrap());
    x5c.crl.insert(0, gone_crl.clone());
    let chains = load(x5c).unwrap();
    assert_eq!(judge(&chains, &business), None);
    std::fs::remove_file(gone_crl).unwrap();
    fs_write(&crl, &ca.revocation_list(&[&business]).unwrap());
    chains.read_lists_again(moment());
    assert_eq!(judge(&chains, &business), Some(ChainError::Revoked));
}

#[tokio::test]
async fn in_development_nothing_is_issued_for_a_registration_that_is_refused() {
    let folder = Folder::new("refused");
    let mut client = business();
    client.organization_number = Some("12345678a".into());
    let config = ServeConfig { clients: vec![client], key_dir: Some(folder.path().into()), ..example() };
    assert!(refusal(config).await.contains("nine digits"));
    let written = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = written.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.starts_with("business")), "{names:?}");
}

#[test]
fn d13_what_is_configured_is_asked_of_the_leaf() {
    let (folder, ca) = (Folder::new("rules"), ca("Business CA"));
    let business = ca.issue_business(NUMBER).unwrap();
    let with = |change: &dyn Fn(&mut X5cConfig)| {
        let mut x5c = files(&folder, &ca, &[]);
        change(&mut x5c);
        judge(&load(x5c).unwrap(), &business)
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|x5c| x5c.crl.clear()), Some(ChainError::RevocationUnknown));
    let tolerant = |x5c: &mut X5cConfig| (x5c.crl, x5c.legacy_unknown_revocation) = (Vec::new(), true);
    assert_eq!(with(&tolerant), None);
    assert_eq!(with(&|x5c| x5c.key_usage = KeyUsageName::ContentCommitment), Some(ChainError::KeyUsage));
    assert_eq!(with(&|x5c| x5c.key_usage = KeyUsageName::Any), None);
    let purpose = |oid: &str| with(&|x5c| x5c.extended_key_usage = Some(oid.into()));
    assert_eq!((purpose("any"), purpose("1.3.6.1.5.5.7.3.2")), (None, None));
    assert_eq!(purpose("1.3.6.1.5.5.7.3.4"), Some(ChainError::KeyUsage));
    let policies = |x5c: &mut X5cConfig| x5c.certificate_policies = vec!["2.16.578.1.26.1.3.2".into()];
    assert_eq!(with(&policies), Some(ChainError::CertificatePolicy));
}

#[test]
fn a_file_or_rule_that_is_wrong_is_named_at_the_start() {
    let (folder, ca) = (Folder::new("wrong"), ca("Business CA"));
    let good = files(&folder, &ca, &[]);
    let with = |change: &dyn Fn(&mut X5cConfig)| {
        let mut x5c = good.clone();
        change(&mut x5c);
        load(x5c).unwrap_err()
    };
    assert!(with(&|x5c| x5c.ca.clear()).contains("`ca`"));
    assert!(with(&|x5c| x5c.extended_key_usage = Some("clientAuth".into())).contains("`extended_key_usage`"));
    let written = |name: &str, text: &str| folder.write(name, text);
    let named = |path: PathBuf, is_list: bool| {
        let said = with(&|x5c| if is_list { x5c.crl.push(path.clone()) } else { x5c.ca.push(path.clone()) });
        assert!(said.contains(path.to_str().unwrap()), "{said}");
    };
    named(folder.path().join("none.pem"), false);
    named(folder.path().join("none.crl"), true);
    named(written("empty.pem", ""), false);
    named(written("crl.pem", &ca.certificate_pem()), true);
    let certificate = tls::certificates(ca.certificate_pem().as_bytes()).unwrap();
    let der = folder.path().join("certificate.crl");
    fs_write(&der, &certificate[0]);
    named(der, true);
    named(written("junk.pem", &pem::encode("CERTIFICATE", b"\x30\x00")), false);
}

#[tokio::test]
async fn an_organisation_number_is_nine_digits_of_a_client_with_private_key_jwt_and_needs_an_authority() {
    let with = |number: &str, method: &str| {
        let mut client = ClientMetadata::new("business");
        client.token_endpoint_auth_method = Some(method.into());
        client.client_secret = (method == "client_secret_post").then(|| "x".repeat(32).as_str().into());
        client.organization_number = Some(number.into());
        client.grant_types = Some(vec!["client_credentials".into()]);
        ServeConfig { clients: vec![client], ..example() }
    };
    assert!(start(with(NUMBER, "private_key_jwt")).await.is_ok());
    for number in ["12345678", "1234567890", "12345678a", "NTRNO-123", ""] {
        assert!(refusal(with(number, "private_key_jwt")).await.contains("nine digits"), "{number}");
    }
    for method in ["client_secret_post", "none", "tls_client_auth"] {
        let said = refusal(with(NUMBER, method)).await;
        assert!(said.contains("`business`: "), "{said}");
    }
    let folder = Folder::new("number");
    let key_dir = Some(folder.path().into());
    let nobody = ServeConfig { development: false, key_dir, ..with(NUMBER, "private_key_jwt") };
    assert!(refusal(nobody).await.contains("`organization_number` needs `x5c`"));
}
