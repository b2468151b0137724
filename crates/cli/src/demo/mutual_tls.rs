//! The steps with mutual TLS (RFC 8705): past the wire, which has no certificate, to the TLS port itself.

use core::error::Error;
use std::{fs, io, path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use symbolon::types::Secret;
use symbolon_reqwest::Sender;
use time::UtcDateTime;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{
    Failure,
    business::Businesses,
    steps::{Demo, TLS_CLIENT, require, require_refusal, require_subject, step},
    tamper::Tamper,
    wire::{Message, exchange_on, show},
};
use crate::{
    ca::{Issued, TestCa},
    serve::{ClientCa, TlsConfig, X5cConfig},
};

/// The name of the authority in the client's registration.
pub(super) const AUTHORITY: &str = "demo";

/// Who calls the TLS port.
pub(super) struct Callers {
    /// With the certificate of [`TLS_CLIENT`].
    own: Caller,
    /// With a certificate of the same authority and another subject.
    other: Caller,
    /// With a self-signed certificate and the subject of [`TLS_CLIENT`].
    self_signed: Caller,
    /// Without a certificate.
    without: Caller,
}

impl Callers {
    /// An authority, its clients, its businesses, and the files that the server reads at its start.
    pub(super) fn new(folder: &Secret) -> Result<(Self, Businesses<Issued>, ServerFiles), Box<dyn Error>> {
        let now = UtcDateTime::now();
        let (ca, namesake) = (TestCa::new(CA_NAME, now)?, TestCa::new(CA_NAME, now)?);
        let callers = Self {
            own: Caller::new(&ca, Some(&ca.issue_client(TLS_CLIENT, &[])?))?,
            other: Caller::new(&ca, Some(&ca.issue_client("demo-other", &[])?))?,
            self_signed: Caller::new(&ca, Some(&TestCa::self_signed_client(TLS_CLIENT, now)?))?,
            without: Caller::new(&ca, None)?,
        };
        let businesses = Businesses::issue(&ca, &namesake)?;
        let files = ServerFiles::write(&ca, &businesses, folder)?;
        Ok((callers, businesses, files))
    }
}

/// Somebody with a certificate, or without, who trusts the authority of the demo alone.
struct Caller {
    sender: Sender,
    config: Arc<ClientConfig>,
}

impl Caller {
    fn new(ca: &TestCa, shown: Option<&Issued>) -> Result<Self, Box<dyn Error>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.certificate_pem().as_bytes())?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let sender = Sender::builder().without_public_roots().root_pem(ca.certificate_pem());
        let (sender, config) = match shown {
            Some(issued) => {
                let chain = vec![CertificateDer::from_pem_slice(issued.certificate_pem().as_bytes())?];
                let key = PrivateKeyDer::from_pem_slice(issued.key_pem().expose())?;
                let sender = sender.client_certificate_pem(issued.certificate_pem(), issued.key_pem());
                (sender, config.with_client_auth_cert(chain, key)?)
            }
            None => (sender, config.with_no_client_auth()),
        };
        Ok(Self { sender: sender.build()?, config: Arc::new(config) })
    }

    async fn get(&self, url: &str, headers: &str) -> io::Result<Message> {
        let (host, request) = Message::get(url, headers).ok_or(io::ErrorKind::InvalidInput)?;
        let name = host.split(':').next().unwrap_or_default().to_owned();
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let stream = TcpStream::connect(host).await?;
        let stream = TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await?;
        show("client -> (TLS)", &request);
        let response = exchange_on(stream, &request).await?;
        show("client <- (TLS)", &response);
        Ok(response)
    }
}

/// The certificate and key of the server, and whom it takes clients from, in a folder that is gone when this is dropped.
pub(super) struct ServerFiles {
    folder: PathBuf,
}

impl ServerFiles {
    fn write(ca: &TestCa, businesses: &Businesses<Issued>, name: &Secret) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("symbolon-demo-{}", name.expose()));
        let mut builder = fs::DirBuilder::new();
        // Nobody else has made it before.
        builder.recursive(false);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        let files = Self { folder };
        let server = ca.issue_server(&["127.0.0.1"])?;
        fs::write(files.folder.join(CERTIFICATE), server.certificate_pem())?;
        fs::write(files.folder.join(KEY), server.key_pem().expose())?;
        fs::write(files.folder.join(CLIENT_CA), ca.certificate_pem())?;
        fs::write(files.folder.join(CRL), ca.revocation_list(&[&businesses.revoked])?)?;
        Ok(files)
    }

    /// The authority of businesses and its list.
    pub(super) fn x5c(&self) -> X5cConfig {
        let (ca, crl) = (vec![self.folder.join(CLIENT_CA)], vec![self.folder.join(CRL)]);
        X5cConfig { ca, crl, ..X5cConfig::default() }
    }

    /// What the TLS listener is told of them.
    pub(super) fn tls(&self) -> TlsConfig {
        TlsConfig {
            url: None,
            certificate: Some(self.folder.join(CERTIFICATE)),
            key: Some(self.folder.join(KEY)),
            client_ca: vec![ClientCa { name: AUTHORITY.into(), file: self.folder.join(CLIENT_CA) }],
        }
    }
}

impl Drop for ServerFiles {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{}: {error}", self.folder.display());
        }
    }
}

impl Demo {
    /// RFC 8705 §2.1: the name in a certificate that is validated to an authority, and nothing less (security decision D14).
    pub(super) async fn tls_client_auth(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::TLS_CLIENT_AUTH;
        println!("-- {HERE}");
        let Callers { own, other, self_signed, without } = &self.callers;
        let caller = match self.tamper {
            Some(Tamper::MtlsCertificate) => other,
            Some(Tamper::MtlsSelfSigned) => self_signed,
            Some(Tamper::MtlsMissing) => without,
            _ => own,
        };
        self.client_credentials_by(HERE, &self.tls, &caller.sender).await?;
        println!("  client <- (TLS) a token, for a certificate of CN={TLS_CLIENT} by `{AUTHORITY}`");
        checked.push(format!(
            "{HERE}: an access token for `read`, by a certificate of the registered authority and subject"
        ));
        for (caller, what) in [
            (without, "no certificate"),
            (other, "a certificate of the same authority with another subject"),
            (self_signed, "a self-signed certificate with the registered subject"),
        ] {
            let result = self.client_credentials_by(HERE, &self.tls, &caller.sender).await;
            let is_refused = result.is_err_and(|failure| failure.why.starts_with("invalid_client"));
            require(HERE, is_refused, &format!("{what} is refused with invalid_client"))?;
            println!("  client <- (TLS) invalid_client: {what}");
            checked.push(format!("refused with invalid_client: {what}"));
        }
        Ok(())
    }

    /// RFC 8705 §3: who has the token and not the certificate has nothing.
    pub(super) async fn certificate_bound(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::CERTIFICATE_BOUND;
        println!("-- {HERE}");
        let fail = |error: io::Error| Failure::at(HERE, error);
        let Callers { own, other, without, .. } = &self.callers;
        let code = self.authorize(&self.tls, None).await?;
        let tokens = self.ask(HERE, &own.sender, self.tls.exchange(code, UtcDateTime::now())).await?;
        let tokens = tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(HERE, error))?;
        println!("  client <- (TLS) tokens for the code, and for the certificate of CN={TLS_CLIENT}");
        let headers = format!("authorization: {}\r\n", tokens.authorization().expose());
        let caller = if self.tamper == Some(Tamper::MtlsToken) { other } else { own };
        let answer = caller.get(&self.tls_userinfo, &headers).await.map_err(fail)?;
        require_subject(HERE, &answer, &tokens)?;
        checked.push(format!("{HERE}: good at userinfo with its certificate"));
        for (answer, what) in [
            (other.get(&self.tls_userinfo, &headers).await.map_err(fail)?, "with another certificate"),
            (without.get(&self.tls_userinfo, &headers).await.map_err(fail)?, "without a certificate"),
            (self.get_userinfo(HERE, &headers).await?, "over plain HTTP"),
        ] {
            require_refusal(HERE, &answer, "invalid_token", what)?;
            checked.push(format!("refused with invalid_token: that token {what}"));
        }
        Ok(())
    }
}

const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key.pem";
const CLIENT_CA: &str = "client-ca.pem";
const CRL: &str = "client-ca.crl";
const CA_NAME: &str = "Symbolon demo CA";
