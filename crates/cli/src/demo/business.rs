//! The step with a business certificate: `private_key_jwt` whose key is named by a chain in `x5c` (RFC 7515 §4.1.6).

use core::{error::Error, str};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use symbolon::{client::Client, jose::SigningKey, ring::PROVIDER};

use super::{
    Failure,
    steps::{Demo, require, step},
    tamper::Tamper,
};
use crate::ca::{Issued, TestCa};

/// The organisation number in the registration of [`BUSINESS`].
pub(super) const ORGANIZATION_NUMBER: &str = "123456789";
/// The name of the client.
pub(super) const BUSINESS: &str = "demo-business";

/// One thing for each business certificate that comes.
pub(super) struct Businesses<T> {
    /// Of the registered organisation.
    pub(super) own: T,
    /// Of the same organisation, and revoked.
    pub(super) revoked: T,
    /// Of another organisation.
    pub(super) other: T,
    /// Of another authority with the same name.
    pub(super) foreign: T,
}

impl<T> Businesses<T> {
    pub(super) fn try_map<U, E>(self, mut map: impl FnMut(T) -> Result<U, E>) -> Result<Businesses<U>, E> {
        let Self { own, revoked, other, foreign } = self;
        Ok(Businesses { own: map(own)?, revoked: map(revoked)?, other: map(other)?, foreign: map(foreign)? })
    }
}

impl Businesses<Issued> {
    pub(super) fn issue(ca: &TestCa, namesake: &TestCa) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            own: ca.issue_business(ORGANIZATION_NUMBER)?,
            revoked: ca.issue_business(ORGANIZATION_NUMBER)?,
            other: ca.issue_business("987654321")?,
            foreign: namesake.issue_business(ORGANIZATION_NUMBER)?,
        })
    }
}

/// The key of a certificate, which it names by `x5c`.
pub(super) fn key(issued: &Issued) -> Result<SigningKey, Box<dyn Error>> {
    let certificate = CertificateDer::from_pem_slice(issued.certificate_pem().as_bytes())?;
    let key = SigningKey::from_pem(&PROVIDER, str::from_utf8(issued.key_pem().expose())?, None)?;
    Ok(key.with_x5c(vec![certificate.to_vec()])?)
}

impl Demo {
    /// RFC 7515 §4.1.6: a chain is a name until it is validated, and then it is that of the registered organisation (security
    /// decision D13).
    pub(super) async fn business(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::BUSINESS;
        println!("-- {HERE}");
        let Businesses { own, revoked, other, foreign } = &self.businesses;
        let client: &Client = match self.tamper {
            Some(Tamper::X5cRevoked) => revoked,
            Some(Tamper::X5cOrganization) => other,
            Some(Tamper::X5cAuthority) => foreign,
            _ => own,
        };
        self.client_credentials_by(HERE, client, &self.sender).await?;
        checked.push(format!("{HERE}: an access token for `read`, by the chain of the registered organisation"));
        for (client, what) in [
            (revoked, "a business certificate that is revoked"),
            (other, "a business certificate of another organisation"),
            (foreign, "a business certificate of another authority with the same name"),
        ] {
            let result = self.client_credentials_by(HERE, client, &self.sender).await;
            let is_refused = result.is_err_and(|failure| failure.why.starts_with("invalid_client"));
            require(HERE, is_refused, &format!("{what} is refused with invalid_client"))?;
            checked.push(format!("refused with invalid_client: {what}"));
        }
        Ok(())
    }
}
