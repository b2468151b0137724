use alloc::{sync::Arc, vec::Vec};
use core::ops::Deref;

use symbolon_crypto::CryptoProvider;
use symbolon_types::Alg;

use crate::{Header, JwkSet, SelectError, SkippedKey, VerifyingKey};

/// Most keys with one `kid` that are tried. A rollover has two.
pub const MAX_KEYS_OF_ONE_KID: usize = 4;

/// The keys that a client registered or an issuer publishes, loaded once, with what was skipped. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct VerifyingKeys(Arc<Loaded>);

#[derive(Debug, Default)]
struct Loaded {
    keys: Vec<VerifyingKey>,
    skipped: Vec<SkippedKey>,
}

impl VerifyingKeys {
    /// Loads every key of a set that can be used ([`Jwk::verifying_key`](crate::Jwk::verifying_key)); `registered` are
    /// the algorithms of the registration, for keys that name none. The others are skipped and reported.
    pub fn load(crypto: &CryptoProvider, set: &JwkSet, registered: &[Alg]) -> Self {
        let mut loaded = Loaded { keys: Vec::new(), skipped: set.skipped().to_vec() };
        for (index, jwk) in set.placed_keys() {
            match jwk.verifying_key(crypto, registered) {
                Ok(key) => loaded.keys.push(key),
                Err(error) => loaded.skipped.push(SkippedKey::new(index, error)),
            }
        }
        loaded.skipped.sort_by_key(SkippedKey::index);
        Self(Arc::new(loaded))
    }

    /// These keys.
    pub fn new(keys: Vec<VerifyingKey>) -> Self {
        Self(Arc::new(Loaded { keys, skipped: Vec::new() }))
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.0.keys
    }

    /// What was skipped, and why, in the order of the set.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.0.skipped
    }

    /// Whether there is no usable key.
    pub fn is_empty(&self) -> bool {
        self.0.keys.is_empty()
    }

    /// The keys that a header means (security decision D12): those of its `kid` and `alg`; without `kid` the only one of
    /// its `alg`. The same answer in any order of the keys; never another key for an unknown `kid`.
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say, by what the JWT was for.
    /// - [`SelectError::NoUsableKey`]: there are no keys.
    /// - [`SelectError::UnknownKid`]: no key has the `kid`.
    /// - [`SelectError::NoneFits`]: no such key is for the `alg`.
    /// - [`SelectError::Ambiguous`]: no `kid`, and more than one key is for the `alg`.
    /// - [`SelectError::TooManyOfOneKid`]: more than [`MAX_KEYS_OF_ONE_KID`] keys fit.
    pub fn select(&self, header: Header<'_>) -> Result<SelectedKeys<'_>, SelectError> {
        self.select_by(header.has_kid(), |kid| header.is_kid(kid), header.alg())
    }

    /// Whether there is something to select, as far as `kid` and `alg` are known.
    pub(crate) fn would_select(&self, kid: Option<&str>, alg: Option<Alg>) -> Result<(), SelectError> {
        match alg {
            Some(alg) => self.select_by(kid.is_some(), |known| Some(known) == kid, alg).map(drop),
            None if self.is_empty() => Err(SelectError::NoUsableKey),
            None if kid.is_some() && self.keys().iter().all(|key| key.kid() != kid) => Err(SelectError::UnknownKid),
            None => Ok(()),
        }
    }

    /// `is_kid` compares with the `kid` that is asked for, if one is.
    fn select_by(
        &self,
        has_kid: bool,
        is_kid: impl Fn(&str) -> bool,
        alg: Alg,
    ) -> Result<SelectedKeys<'_>, SelectError> {
        let [first, ..] = self.keys() else { return Err(SelectError::NoUsableKey) };
        let is_meant = |key: &VerifyingKey| !has_kid || key.kid().is_some_and(&is_kid);
        let mut selected = SelectedKeys { keys: [first; MAX_KEYS_OF_ONE_KID], count: 0 };
        let (mut named, mut fitting) = (false, 0_usize);
        for key in self.keys().iter().filter(|key| is_meant(key)) {
            named = true;
            if key.alg().is_same_operation(alg) {
                if let Some(place) = selected.keys.get_mut(fitting) {
                    *place = key;
                }
                fitting = fitting.saturating_add(1);
            }
        }
        selected.count = fitting;
        match fitting {
            0 if !named => Err(SelectError::UnknownKid),
            0 => Err(SelectError::NoneFits),
            2.. if !has_kid => Err(SelectError::Ambiguous),
            1..=MAX_KEYS_OF_ONE_KID => Ok(selected),
            _ => Err(SelectError::TooManyOfOneKid { limit: MAX_KEYS_OF_ONE_KID }),
        }
    }
}

/// The keys that a header means, at least one and at most [`MAX_KEYS_OF_ONE_KID`]; for
/// [`UnverifiedJwt::verify_any`](crate::UnverifiedJwt::verify_any).
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{SelectError, SigningKey, UnverifiedJwt, VerifyingKeys};
/// use symbolon_types::{Alg, SecretBytes};
///
/// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?.with_kid("new");
/// let text = key.sign(&PROVIDER, None, &serde_json::json!({}))?;
/// let jwt = UnverifiedJwt::parse(&text)?;
/// let old = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER)?.with_kid("old")]);
/// assert_eq!(old.select(jwt.header()).err(), Some(SelectError::UnknownKid));
/// let fetched = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER)?]);
/// let selected = fetched.select(jwt.header())?;
/// assert_eq!(selected.len(), 1);
/// jwt.verify_any(&selected)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SelectedKeys<'k> {
    keys: [&'k VerifyingKey; MAX_KEYS_OF_ONE_KID],
    count: usize,
}

impl<'k> Deref for SelectedKeys<'k> {
    type Target = [&'k VerifyingKey];

    fn deref(&self) -> &Self::Target {
        self.keys.get(..self.count).unwrap_or_default()
    }
}
