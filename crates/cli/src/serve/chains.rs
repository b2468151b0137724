use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, pem::PemObject as _};
use symbolon::x509::{
    ChainChecks, ChainError, ChainPolicy, ExtendedKeyUsage, KeyUsage, SIGNATURE_ALGORITHMS, UntrustedChain,
    ValidatedChain,
};
use time::UtcDateTime;

use super::{
    ServeConfig, ServeError,
    config::{KeyUsageName, X5cConfig},
    keys, tls,
};
use crate::ca::TestCa;

/// Validates the chains in the `x5c` of client assertions (security decision D13).
#[derive(Debug)]
pub(super) struct Chains {
    rules: X5cConfig,
    anchors: Vec<CertificateDer<'static>>,
    lists: RwLock<Arc<[List]>>,
}

type List = CertificateRevocationListDer<'static>;

impl Chains {
    /// Reads what is configured. In development without such a configuration the [`TestCa`] is the authority, of which
    /// [`issue`] gives certificates. `None`: nothing is said, and no chain is right.
    pub(super) fn load(
        config: &ServeConfig,
        ca: Option<&TestCa>,
        now: UtcDateTime,
    ) -> Result<Option<Self>, ServeError> {
        let chains = match (&config.x5c, ca) {
            (Some(rules), _) => {
                let anchors: Result<Vec<_>, _> = rules.ca.iter().map(|path| anchors(path)).collect();
                let chains = Self { rules: rules.clone(), anchors: anchors?.concat(), lists: RwLock::default() };
                chains.judge_rules(now)?;
                let lists =
                    chains.rules.crl.iter().map(|path| chains.read_list(path, now)).collect::<Result<_, _>>()?;
                Self { lists: RwLock::new(lists), ..chains }
            }
            (None, Some(ca)) if config.clients.iter().any(|client| client.organization_number.is_some()) => {
                let rules = X5cConfig::default();
                let issuer = |problem| ServeError::Certificate { path: tls::CA_FILE.into(), problem };
                let anchors = tls::certificates(ca.certificate_pem().as_bytes()).map_err(issuer)?;
                let lists = Arc::from([ca.revocation_list(&[]).map_err(ServeError::TestCa)?.into()]);
                Self { rules, anchors, lists: RwLock::new(lists) }
            }
            (None, _) => return Ok(None),
        };
        Ok(Some(chains))
    }

    /// # Errors
    /// As [`ChainChecks::check`] says.
    pub(super) fn judge(&self, chain: UntrustedChain, now: UtcDateTime) -> Result<ValidatedChain, ChainError> {
        self.check(chain, &self.lists(), now)
    }

    /// Reads the lists of revoked certificates anew. One that cannot be read stays as it is, until it is over by itself.
    pub(super) fn read_lists_again(&self, now: UtcDateTime) {
        // The authority of development has a list and no file.
        if self.rules.crl.is_empty() {
            return;
        }
        let old = self.lists();
        let read = |(path, old): (&PathBuf, &List)| {
            self.read_list(path, now).unwrap_or_else(|error| {
                tracing::warn!("a list of revoked certificates stays as it was: {error}");
                old.clone()
            })
        };
        let lists = self.rules.crl.iter().zip(&*old).map(read).collect();
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = lists;
    }

    fn lists(&self) -> Arc<[List]> {
        Arc::clone(&self.lists.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn check(&self, chain: UntrustedChain, lists: &[List], now: UtcDateTime) -> Result<ValidatedChain, ChainError> {
        let X5cConfig { key_usage, extended_key_usage, certificate_policies, legacy_unknown_revocation, .. } =
            &self.rules;
        let policies: Vec<&str> = certificate_policies.iter().map(String::as_str).collect();
        let mut policy = ChainPolicy::STRICT;
        policy.key_usage = match key_usage {
            KeyUsageName::DigitalSignature => KeyUsage::DigitalSignature,
            KeyUsageName::ContentCommitment => KeyUsage::ContentCommitment,
            KeyUsageName::Any => KeyUsage::Any,
        };
        match extended_key_usage.as_deref() {
            None => {}
            Some("any") => policy.extended_key_usage = ExtendedKeyUsage::Any,
            Some(purpose) => policy.extended_key_usage = ExtendedKeyUsage::Required(purpose),
        }
        policy.certificate_policies = &policies;
        policy.legacy_unknown_revocation = *legacy_unknown_revocation;
        let anchors: Vec<&[u8]> = self.anchors.iter().map(AsRef::as_ref).collect();
        let lists: Vec<&[u8]> = lists.iter().map(AsRef::as_ref).collect();
        let checks = ChainChecks {
            signature_algorithms: SIGNATURE_ALGORITHMS,
            policy: &policy,
            anchors: &anchors,
            revocation_lists: &lists,
        };
        checks.check(chain, now)
    }

    fn read_list(&self, path: &Path, now: UtcDateTime) -> Result<List, ServeError> {
        let list = list(path)?;
        if self.is_usable(core::slice::from_ref(&list), now) {
            return Ok(list);
        }
        Err(ServeError::Certificate { path: path.into(), problem: NO_LIST })
    }

    fn judge_rules(&self, now: UtcDateTime) -> Result<(), ServeError> {
        Err(ServeError::Contradiction(if self.anchors.is_empty() {
            "`x5c` needs `ca`, the authorities of business certificates"
        } else if !self.is_usable(&[], now) {
            "`extended_key_usage` under `x5c` is `any` or an object identifier"
        } else {
            return Ok(());
        }))
    }

    /// What is wrong with rules and lists is said of any chain: here of an authority's own certificate.
    fn is_usable(&self, lists: &[List], now: UtcDateTime) -> bool {
        let own = self.anchors.first().map(|anchor| anchor.to_vec());
        let chain = UntrustedChain::from_x5c(own.as_slice());
        chain.and_then(|chain| self.check(chain, lists, now)) != Err(ChainError::Embedder)
    }
}

/// Writes a certificate for each of these organisations, which clients registered, into the folder of the keys.
pub(super) fn issue(folder: &Path, ca: &TestCa, numbers: &BTreeSet<String>) -> Result<(), ServeError> {
    for number in numbers {
        let business = ca.issue_business(number).map_err(ServeError::TestCa)?;
        let (file, key) = (format!("business-{number}.pem"), format!("business-{number}.key.pem"));
        keys::replace(&folder.join(&file), business.certificate_pem().as_bytes())?;
        keys::replace(&folder.join(&key), business.key_pem().expose())?;
        tracing::info!(folder = %folder.display(), "made {file} and {key} for clients");
    }
    Ok(())
}

fn anchors(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let unusable = |problem| ServeError::Certificate { path: path.into(), problem };
    let found = tls::certificates(&tls::read(path)?).map_err(unusable)?;
    tls::roots(&found).map_err(unusable)?;
    Ok(found)
}

/// A list in PEM, or in DER as issuers publish it.
fn list(path: &Path) -> Result<List, ServeError> {
    let octets = tls::read(path)?;
    if octets.starts_with(&[SEQUENCE]) {
        return Ok(octets.into());
    }
    List::from_pem_slice(&octets).map_err(|_| ServeError::Certificate { path: path.into(), problem: NO_LIST })
}

/// With what a DER file begins, and no text does.
const SEQUENCE: u8 = 0x30;
const NO_LIST: &str = "is no list of revoked certificates";

#[cfg(test)]
mod tests;
