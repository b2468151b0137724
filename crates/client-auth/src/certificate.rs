//! The certificate of the connection: `tls_client_auth` and `self_signed_tls_client_auth` ([RFC 8705 §2], security decision
//! D14).
//!
//! [RFC 8705 §2]: https://www.rfc-editor.org/rfc/rfc8705#section-2
use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use symbolon_crypto::CryptoProvider;
use symbolon_jose::JwkSet;
use symbolon_types::{AuthMethod, CertificateChain, Confirmation, Judge, PeerCertificate, Rule};
use symbolon_x509::{Certificate, SubjectName, thumbprint};

use crate::{
    AuthError, Checks, ClientKeys, Evidence, ProvenClient, RegisteredCredentials,
    check::{known, stop},
};

/// What is registered of a client's certificate. `Debug` shows the form only: a certificate may name people.
///
/// ```
/// use symbolon_client_auth::{ClientCertificates, x509::SubjectName};
/// let certificates = ClientCertificates::named(SubjectName::san_dns("client.example")?, ["Partner CA"]);
/// assert!(matches!(certificates, ClientCertificates::Named { .. }));
/// # Ok::<(), symbolon_client_auth::x509::SubjectNameError>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum ClientCertificates {
    /// Nothing.
    #[default]
    None,
    /// For `tls_client_auth` ([RFC 8705 §2.1](https://www.rfc-editor.org/rfc/rfc8705#section-2.1)): any certificate of this
    /// name that was validated to one of these anchors.
    #[non_exhaustive]
    Named {
        /// Its one name.
        name: SubjectName,
        /// Names of trust anchors, as the TLS layer says them ([`CertificateChain::ValidatedTo`]). Without any, no
        /// certificate is right.
        anchors: Vec<Arc<str>>,
    },
    /// These very certificates, in DER: for `self_signed_tls_client_auth`
    /// ([RFC 8705 §2.2](https://www.rfc-editor.org/rfc/rfc8705#section-2.2)), and for `private_key_jwt` with `x5c`.
    Registered(Vec<Arc<[u8]>>),
}

impl ClientCertificates {
    /// Any certificate of this name that was validated to one of these anchors.
    pub fn named(name: SubjectName, anchors: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        Self::Named { name, anchors: anchors.into_iter().map(Into::into).collect() }
    }

    /// The certificates of a client's `jwks`: the first of each `x5c`
    /// ([RFC 8705 §2.2.2](https://www.rfc-editor.org/rfc/rfc8705#section-2.2.2)). A key without one adds nothing.
    pub fn of_jwk_set(set: &JwkSet) -> Self {
        Self::Registered(
            set.keys().iter().filter_map(|key| key.x5c().first()).map(|der| der.as_slice().into()).collect(),
        )
    }
}

impl fmt::Debug for ClientCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Named { .. } => "Named(..)",
            Self::Registered(_) => "Registered(..)",
        })
    }
}

/// What binds a token to the certificate of the connection: `x5t#S256`
/// ([RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)).
///
/// The methods of RFC 8705 put it into [`ProvenClient::confirmation`] by themselves. Beside any other method the certificate
/// is no credential; whether it binds tokens is the server's to say, with this.
///
/// ```
/// use symbolon_client_auth::{certificate_confirmation, types::{CertificateChain, PeerCertificate}};
/// use symbolon_crypto_ring::PROVIDER;
/// let certificate = PeerCertificate::new(&b"\x30\x00"[..], CertificateChain::NotValidated);
/// assert!(certificate_confirmation(&PROVIDER, &certificate).x5t_s256.is_some());
/// ```
pub fn certificate_confirmation(crypto: &CryptoProvider, certificate: &PeerCertificate) -> Confirmation {
    Confirmation { x5t_s256: Some(thumbprint(crypto.sha256, &certificate.der)), ..Confirmation::NONE }
}

impl Checks<'_> {
    /// Judges a request that has `client_id` and no credentials in it: the registration says whether it is a public client's,
    /// or whether the certificate of the connection is to prove it.
    pub(crate) fn check_certificate(
        &self,
        certificate: Option<&PeerCertificate>,
        registered: Option<&RegisteredCredentials>,
        evidence: &Evidence<'_>,
        judge: Judge<'_, AuthError>,
    ) -> Result<ProvenClient, AuthError> {
        let (mut judge, client) = known(judge, registered, None)?;
        if !matches!(client.method, AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
        {
            return stop(judge, AuthError::MethodNotRegistered { attempt: None });
        }
        judge.trace().held(Rule::MethodRegistered);
        if client.method.is_public() {
            judge.finish()?;
            return Ok(ProvenClient::new(client, None));
        }
        let Some(certificate) = certificate else {
            return stop(judge, AuthError::CertificateMissing);
        };
        judge.trace().held(Rule::CertificatePresent);
        if client.method == AuthMethod::TlsClientAuth {
            check_name(certificate, &client.certificates, &mut judge)?;
        } else {
            let keys = match (&client.keys, evidence.keys) {
                (ClientKeys::Inline(keys), _) | (ClientKeys::Uri(_), Some(keys)) => keys.keys(),
                (ClientKeys::Uri(_), None) => return stop(judge, AuthError::KeysMissing),
                (ClientKeys::None, _) => &[],
            };
            // RFC 8705 §2.2: the chain is not validated, and so neither is the time.
            let is_registered = client.has_registered(&certificate.der)
                || keys.iter().any(|key| key.certificate() == Some(&*certificate.der));
            judge.that(Rule::CertificateRegistered, is_registered, || AuthError::CertificateNotRegistered)?;
        }
        judge.finish()?;
        Ok(ProvenClient::new(client, None).with_confirmation(certificate_confirmation(self.crypto, certificate)))
    }
}

fn check_name(
    certificate: &PeerCertificate,
    registered: &ClientCertificates,
    judge: &mut Judge<'_, AuthError>,
) -> Result<(), AuthError> {
    let (name, anchors) = match registered {
        ClientCertificates::Named { name, anchors } => (Some(name), anchors.as_slice()),
        ClientCertificates::None | ClientCertificates::Registered(_) => (None, &[][..]),
    };
    // D14: names in a certificate that nobody validated, or that somebody else validated, mean nothing.
    let anchored = matches!(&certificate.chain, CertificateChain::ValidatedTo(anchor) if anchors.contains(anchor));
    judge.that(Rule::CertificateAnchor, anchored, || AuthError::CertificateAnchor)?;
    // RFC 8705 §2.1.2: exactly one name, and it is in the certificate.
    let named = name.is_some_and(|name| Certificate::parse(&certificate.der).is_ok_and(|read| name.matches(&read)));
    judge.that(Rule::CertificateName, named, || AuthError::CertificateName)
}

impl RegisteredCredentials {
    /// Whether this very certificate, in DER, is registered.
    pub(crate) fn has_registered(&self, der: &[u8]) -> bool {
        matches!(&self.certificates, ClientCertificates::Registered(all) if all.iter().any(|known| **known == *der))
    }
}
