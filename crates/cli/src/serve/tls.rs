use std::{fs, path::Path, sync::Arc};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject as _},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use symbolon::types::{CertificateChain, PeerCertificate};
use time::UtcDateTime;

use super::{ServeConfig, ServeError, keys};
use crate::ca::TestCa;

/// How the TLS listener speaks, and whom it can name.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) anchors: Anchors,
}

impl Tls {
    /// Loads the certificate and the anchors that are configured. In development without a certificate the [`TestCa`] makes
    /// one for this machine, and one for a client; what a client needs of them is written into the folder of the keys.
    pub(super) fn load(config: &ServeConfig, ca: Option<&TestCa>) -> Result<Self, ServeError> {
        let mut anchors: Vec<Anchor> = Vec::new();
        for ca in &config.tls.client_ca {
            let unusable = |problem| ServeError::Certificate { path: ca.file.clone(), problem };
            let is_reserved = config.development && ca.name == DEVELOPMENT_ANCHOR;
            // A registration would take the certificates of either for its own.
            if is_reserved || anchors.iter().any(|anchor| *anchor.name == *ca.name) {
                return Err(unusable("has the name of another authority"));
            }
            anchors.push(Anchor::new(&ca.name, &read(&ca.file)?).map_err(unusable)?);
        }
        let (certificate, key) = match (&config.tls.certificate, &config.tls.key, ca) {
            (Some(certificate), Some(key), _) => {
                let unusable = |path: &Path, problem| ServeError::Certificate { path: path.into(), problem };
                let chain = certificates(&read(certificate)?).map_err(|problem| unusable(certificate, problem))?;
                let pem = symbolon::types::SecretBytes::new(read(key)?);
                let key = PrivateKeyDer::from_pem_slice(pem.expose())
                    .map_err(|_| unusable(key, "is no PEM text with a private key"))?;
                (chain, key)
            }
            (None, None, Some(ca)) => {
                let development = development(config, ca)?;
                anchors.push(development.anchor);
                (development.chain, development.key)
            }
            _ => return Err(ServeError::Contradiction("`tls_listen` needs `certificate` and `key` under `[tls]`")),
        };
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(ServeError::Tls)?
            .with_client_cert_verifier(Arc::new(ProvenPossession { provider }))
            .with_single_cert(certificate, key)
            .map_err(ServeError::Tls)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), anchors: Anchors(anchors) })
    }
}

/// The authorities of clients, each with the name under which a registration knows it.
#[derive(Debug)]
pub(super) struct Anchors(Vec<Anchor>);

#[derive(Debug)]
struct Anchor {
    name: Arc<str>,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl Anchors {
    /// The certificate that was shown in a handshake, with the first anchor to which its chain is valid now, for a client
    /// (RFC 8705 §2.1). Revocation is not asked for.
    pub(super) fn judge(&self, shown: &[CertificateDer<'_>], now: UtcDateTime) -> Option<PeerCertificate> {
        let (leaf, intermediates) = shown.split_first()?;
        let seconds = u64::try_from(now.unix_timestamp()).ok()?;
        let now = UnixTime::since_unix_epoch(core::time::Duration::from_secs(seconds));
        let anchor = self.0.iter().find(|anchor| anchor.verifier.verify_client_cert(leaf, intermediates, now).is_ok());
        let chain = anchor
            .map_or(CertificateChain::NotValidated, |anchor| CertificateChain::ValidatedTo(Arc::clone(&anchor.name)));
        Some(PeerCertificate::new(leaf.as_ref(), chain))
    }
}

impl Anchor {
    fn new(name: &str, pem: &[u8]) -> Result<Self, &'static str> {
        let roots = roots(&certificates(pem)?)?;
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|_| "has no authority that can be used")?;
        Ok(Self { name: name.into(), verifier })
    }
}

/// Takes every certificate whose key the client proves, whoever issued it: a self-signed one is compared with the client's
/// registration (RFC 8705 §2.2). What its chain is worth is judged after the handshake, by [`Anchors::judge`].
#[derive(Debug)]
struct ProvenPossession {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for ProvenPossession {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: a client then shows what it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

struct Development {
    anchor: Anchor,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn development(config: &ServeConfig, ca: &TestCa) -> Result<Development, ServeError> {
    let listen = config.tls_listen.map(|listen| listen.ip().to_canonical().to_string());
    let mut names = vec!["localhost", "127.0.0.1", "::1"];
    names.extend(listen.as_deref().filter(|listen| !names.contains(listen)));
    let server = ca.issue_server(&names).map_err(ServeError::TestCa)?;
    if let Some(folder) = &config.key_dir {
        let client = ca.issue_client(CLIENT_NAME, &[CLIENT_NAME]).map_err(ServeError::TestCa)?;
        keys::replace(&folder.join(CA_FILE), ca.certificate_pem().as_bytes())?;
        keys::replace(&folder.join(CLIENT_FILE), client.certificate_pem().as_bytes())?;
        keys::replace(&folder.join(CLIENT_KEY_FILE), client.key_pem().expose())?;
        tracing::info!(folder = %folder.display(), "made {CA_FILE}, {CLIENT_FILE} and {CLIENT_KEY_FILE} for clients");
    }
    let made = |problem| ServeError::Certificate { path: CA_FILE.into(), problem };
    Ok(Development {
        anchor: Anchor::new(DEVELOPMENT_ANCHOR, ca.certificate_pem().as_bytes()).map_err(made)?,
        chain: certificates(server.certificate_pem().as_bytes()).map_err(made)?,
        key: PrivateKeyDer::from_pem_slice(server.key_pem().expose()).map_err(|_| made("has no key"))?,
    })
}

/// The certificates of a PEM text, one at least.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or("is no PEM text with a certificate")
}

/// These as authorities.
pub(super) fn roots(certificates: &[CertificateDer<'_>]) -> Result<RootCertStore, &'static str> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).map_err(|_| "has a certificate that cannot be an authority")?;
    }
    Ok(roots)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ServeError> {
    fs::read(path).map_err(|source| ServeError::File { path: path.into(), source })
}

/// The name of the authority that is made for development.
pub(super) const DEVELOPMENT_ANCHOR: &str = "development";
/// What is written for clients, anew at each start.
pub(super) const CA_FILE: &str = "tls-ca.pem";
pub(super) const CLIENT_FILE: &str = "tls-client.pem";
pub(super) const CLIENT_KEY_FILE: &str = "tls-client.key.pem";
/// The subject, and the one subject alternative name, of that client.
const CLIENT_NAME: &str = "client.localhost";
