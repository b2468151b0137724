use core::{fmt, net::IpAddr, time::Duration};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use symbolon_types::SecretBytes;

use crate::{BuildError, Sender, address::JudgingResolver, tls};

/// How long a connection may take to come about, if the builder is told nothing else.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take from its start to the last byte of its answer, if the builder is told nothing else. A
/// minute after an assertion was signed nobody takes it.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Collects what a [`Sender`] needs. Nothing is judged before [`Self::build`].
///
/// ```
/// use core::time::Duration;
/// use symbolon_reqwest::Sender;
/// let sender = Sender::builder().timeout(Duration::from_secs(5)).build()?;
/// # Ok::<(), symbolon_reqwest::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct SenderBuilder {
    webpki_roots: bool,
    extra_roots: Vec<Root>,
    certificate: Option<Certificate>,
    environment_proxy: bool,
    only_addresses: Option<fn(IpAddr) -> bool>,
    connect_timeout: Duration,
    timeout: Duration,
}

#[derive(Clone)]
enum Root {
    Der(Vec<u8>),
    Pem(Vec<u8>),
}

/// The client's certificates, its own first, and the key of that.
#[derive(Clone)]
enum Certificate {
    Der { chain: Vec<Vec<u8>>, key: SecretBytes },
    Pem { chain: Vec<u8>, key: SecretBytes },
}

impl SenderBuilder {
    pub(crate) const fn new() -> Self {
        Self {
            webpki_roots: true,
            extra_roots: Vec::new(),
            certificate: None,
            environment_proxy: false,
            only_addresses: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
        }
    }

    /// Trusts one more authority, a certificate in DER.
    pub fn root_der(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(Root::Der(certificate.into()));
        self
    }

    /// Trusts more authorities: every `CERTIFICATE` block of a PEM text ([RFC 7468 §5]), at least one.
    ///
    /// [RFC 7468 §5]: https://www.rfc-editor.org/rfc/rfc7468#section-5
    pub fn root_pem(mut self, certificates: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(Root::Pem(certificates.into()));
        self
    }

    /// Trusts nobody but the authorities that are given: the public ones of `webpki-roots` are left out.
    pub const fn without_public_roots(mut self) -> Self {
        self.webpki_roots = false;
        self
    }

    /// Presents a certificate to servers that ask for one (mutual TLS, [RFC 8705 §2]): the client's own first, then those of its
    /// authorities, in PEM; and its private key, in PEM without a password (PKCS#8, PKCS#1 or SEC1).
    ///
    /// # Security
    /// Whatever this sender calls and that asks for it sees the certificate: make one sender for each certificate, and another
    /// one for other servers. Copies of the key that the TLS library makes are not wiped.
    ///
    /// [RFC 8705 §2]: https://www.rfc-editor.org/rfc/rfc8705#section-2
    pub fn client_certificate_pem(mut self, chain: impl Into<Vec<u8>>, key: SecretBytes) -> Self {
        self.certificate = Some(Certificate::Pem { chain: chain.into(), key });
        self
    }

    /// The same in DER: each certificate, and the key as PKCS#8, PKCS#1 or SEC1.
    pub fn client_certificate_der(mut self, chain: Vec<Vec<u8>>, key: SecretBytes) -> Self {
        self.certificate = Some(Certificate::Der { chain, key });
        self
    }

    /// Goes through the proxy that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`). By
    /// default the environment is not asked.
    ///
    /// # Security
    /// Whoever sets the environment then sees which servers are called, and a loopback endpoint on plain http goes through
    /// the proxy in clear unless `NO_PROXY` names it.
    pub const fn environment_proxy(mut self) -> Self {
        self.environment_proxy = true;
        self
    }

    /// Connects to no other addresses than those that the function takes, whether a URL names them or a host name has them;
    /// a name with one that is not taken is not taken. [`is_public`](crate::is_public) is such a function. By default every
    /// address is taken.
    ///
    /// The connection goes to the very address that was judged: a name that has another one a moment later gains nothing.
    pub const fn only_addresses(mut self, take: fn(IpAddr) -> bool) -> Self {
        self.only_addresses = Some(take);
        self
    }

    /// How long a connection may take to come about, TLS included: [`CONNECT_TIMEOUT`] by default.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a request may take from its start to the last byte of its answer: [`TIMEOUT`] by default.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Judges what was collected. Nothing is connected.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`BuildError::Pem`], [`BuildError::Root`]: what shall be trusted is no certificate, or none that can be an anchor.
    /// - [`BuildError::ClientCertificate`], [`BuildError::ClientKey`]: the client's certificate, or its key, cannot be used.
    /// - [`BuildError::NoRoots`]: nobody is trusted.
    /// - [`BuildError::ProxyResolves`]: addresses are to be judged, and a proxy would look names up.
    /// - [`BuildError::Tls`], [`BuildError::Client`]: the libraries below refuse.
    pub fn build(self) -> Result<Sender, BuildError> {
        if self.environment_proxy && self.only_addresses.is_some() {
            return Err(BuildError::ProxyResolves);
        }
        let mut extra = Vec::new();
        for root in self.extra_roots {
            match root {
                Root::Der(der) => extra.push(CertificateDer::from(der)),
                Root::Pem(pem) => extra.append(&mut certificates(&pem).ok_or(BuildError::Pem)?),
            }
        }
        let certificate = self.certificate.map(|certificate| certificate.read().ok_or(BuildError::ClientCertificate));
        let config = tls::client_config(self.webpki_roots, extra, certificate.transpose()?)?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            // RFC 9700 §4.12: credentials do not follow.
            .redirect(reqwest::redirect::Policy::none())
            // A request holds a code or an assertion that is good for once.
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout);
        let builder = if self.environment_proxy { builder } else { builder.no_proxy() };
        let builder = match self.only_addresses {
            Some(take) => builder.dns_resolver(Arc::new(JudgingResolver(take))),
            None => builder,
        };
        match builder.build() {
            Ok(client) => Ok(Sender::new_with(client, self.only_addresses)),
            Err(error) => Err(BuildError::Client(error.without_url())),
        }
    }
}

impl fmt::Debug for SenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBuilder")
            .field("public_roots", &self.webpki_roots)
            .field("extra_roots", &self.extra_roots.len())
            .field("certificate", &self.certificate.is_some())
            .field("environment_proxy", &self.environment_proxy)
            .field("only_addresses", &self.only_addresses.is_some())
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl Certificate {
    fn read(&self) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        match self {
            Self::Der { chain, key } => {
                let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
                let key = PrivateKeyDer::try_from(key.expose()).ok()?.clone_key();
                (!chain.is_empty()).then_some((chain, key))
            }
            Self::Pem { chain, key } => Some((certificates(chain)?, PrivateKeyDer::from_pem_slice(key.expose()).ok()?)),
        }
    }
}

/// Every certificate of a PEM text, if there is one.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty())
}

const USER_AGENT: &str = concat!("symbolon/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &[u8] = include_bytes!("../tests/vectors/test-authority.pem");
    const CHAIN: &[u8] = include_bytes!("../tests/vectors/loopback.pem");
    const KEY: &[u8] = include_bytes!("../tests/vectors/loopback.key.pem");

    #[test]
    fn anchors_are_certificates_and_at_least_one() {
        assert!(Sender::builder().root_pem(AUTHORITY).build().is_ok());
        assert!(Sender::builder().root_pem(AUTHORITY).without_public_roots().build().is_ok());
        assert!(matches!(Sender::builder().without_public_roots().build(), Err(BuildError::NoRoots)));
        assert!(matches!(Sender::builder().root_pem(*b"no PEM").build(), Err(BuildError::Pem)));
        assert!(matches!(Sender::builder().root_pem(KEY).build(), Err(BuildError::Pem)));
        assert!(matches!(Sender::builder().root_der(*b"no DER").build(), Err(BuildError::Root(_))));
        let der = certificates(AUTHORITY).unwrap().remove(0);
        assert!(Sender::builder().root_der(der.to_vec()).without_public_roots().build().is_ok());
    }

    #[test]
    fn r61_a_certificate_is_pem_or_der_and_goes_with_its_key_alone() {
        let pem =
            |chain: &[u8], key: &[u8]| Sender::builder().client_certificate_pem(chain, SecretBytes::new(key)).build();
        assert!(pem(CHAIN, KEY).is_ok());
        assert!(pem(&[CHAIN, AUTHORITY].concat(), KEY).is_ok());
        assert!(matches!(pem(&[AUTHORITY, CHAIN].concat(), KEY), Err(BuildError::ClientKey(_))), "its own comes first");
        for (chain, key) in [(KEY, KEY), (CHAIN, CHAIN), (CHAIN, &b""[..]), (&b""[..], KEY)] {
            assert!(matches!(pem(chain, key), Err(BuildError::ClientCertificate)));
        }
        let chain: Vec<_> = certificates(CHAIN).unwrap().iter().map(|one| one.to_vec()).collect();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap().secret_der().to_vec();
        let der = |chain: &[Vec<u8>], key: &[u8]| {
            Sender::builder().client_certificate_der(chain.to_vec(), SecretBytes::new(key)).build()
        };
        assert!(der(&chain, &key).is_ok());
        assert!(matches!(der(&[], &key), Err(BuildError::ClientCertificate)));
        assert!(matches!(der(&chain, b"no DER"), Err(BuildError::ClientCertificate)));
        assert!(matches!(der(&[b"no DER".to_vec()], &key), Err(BuildError::ClientKey(_))));
        assert!(matches!(der(&[certificates(AUTHORITY).unwrap()[0].to_vec()], &key), Err(BuildError::ClientKey(_))));
    }
}
