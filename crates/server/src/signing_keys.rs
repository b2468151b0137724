use alloc::{sync::Arc, vec::Vec};

use symbolon_jose::{Jwk, JwkSet, MAX_JWK_SET_KEYS, MAX_KID_BYTES};
use symbolon_types::Alg;
use time::Duration;

use crate::{SigningKeysError, TokenSigner};

/// How long a key is published before it signs: as long as a reader may keep a JWK set without asking again (security
/// decision D19).
pub const MIN_KEY_PUBLICATION: Duration = Duration::hours(24);

/// Where a key stands in its life. Every one is published.
///
/// ```
/// use symbolon_server::{KeyState, SigningKeys, TokenSigner, PROVIDER, jose::SigningKey, types::Alg};
/// let key = |kid: &str| -> Result<_, symbolon_server::jose::KeyError> {
///     Ok(TokenSigner::Local(SigningKey::generate(&PROVIDER, Alg::Es256)?.0.with_kid(kid)))
/// };
/// let keys = SigningKeys::new([(KeyState::Current, key("2025")?), (KeyState::Next, key("2026")?)])?;
/// assert_eq!(keys.state("2026"), Some(KeyState::Next));
/// assert_eq!(keys.state("2024"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever keeps the states of its keys must know each")]
pub enum KeyState {
    /// It signs nothing yet. For at least [`MIN_KEY_PUBLICATION`], so that every reader has it before its first token.
    Next,
    /// It signs. At most one of each algorithm.
    Current,
    /// It signs no more. Until the last token that it signed has expired everywhere: the longest lifetime of access tokens
    /// and ID tokens since the last node stopped to sign with it, and a minute for the leeway of readers.
    Retiring,
}

/// The keys that an issuer signs with, and so its JWK set ([OIDC Core §10.1.1]).
///
/// A key is published, signs and retires, a move at a time; which moment is right for a move is the caller's clock and
/// [`KeyState`]. A value never changes: each move gives another one, so that a request sees one or the other. Nodes may make a
/// move at different moments, because a key that signs on one of them is published by all.
///
/// The one that signs is chosen by algorithm: for ID tokens that which the client registered
/// ([`TokenPlan::with_id_token_keys`](crate::TokenPlan::with_id_token_keys)), for access tokens that which the resources know
/// ([`Self::current`]). The two names of Ed25519 are two algorithms here, for a client compares the header with the name that
/// it registered: give the key once under each.
///
/// ```
/// use symbolon_server::{KeyState, PROVIDER, SigningKeys, TokenSigner, jose::SigningKey, types::Alg};
///
/// let key = |kid: &str| -> Result<_, symbolon_server::jose::KeyError> {
///     Ok(TokenSigner::Local(SigningKey::generate(&PROVIDER, Alg::Es256)?.0.with_kid(kid)))
/// };
/// let signs = |keys: &SigningKeys| keys.current(Alg::Es256).and_then(TokenSigner::kid).map(String::from);
///
/// let first = SigningKeys::new([(KeyState::Current, key("2025")?)])?;
/// let published = first.publish(key("2026")?)?;
/// assert_eq!(published.jwks().keys().len(), 2); // and a day later:
/// assert_eq!(signs(&published).as_deref(), Some("2025"));
///
/// let promoted = published.promote("2026")?;
/// assert_eq!(promoted.jwks(), published.jwks()); // and when the last token of the old key is over:
/// assert_eq!(signs(&promoted).as_deref(), Some("2026"));
///
/// let last = promoted.remove("2025")?;
/// assert_eq!(last.jwks().keys().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// A key that somebody else has is removed at once: promote another one, whoever does not know it yet, and remove the old one.
/// That its tokens are refused from then on is the aim.
///
/// [OIDC Core §10.1.1]: https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
#[derive(Clone, Debug)]
pub struct SigningKeys(Arc<[Entry]>);

#[derive(Clone, Debug)]
struct Entry {
    state: KeyState,
    signer: TokenSigner,
    jwk: Jwk,
}

impl Entry {
    fn has_kid(&self, kid: &str) -> bool {
        self.jwk.kid() == Some(kid)
    }
}

impl SigningKeys {
    /// These keys. They are published in this order.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SigningKeysError::Symmetric`]: the secret of a MAC, which is never published.
    /// - [`SigningKeysError::Kid`], [`SigningKeysError::DuplicateKid`]: a key has no `kid`, an empty one, one that is longer
    ///   than [`MAX_KID_BYTES`], or that of another.
    /// - [`SigningKeysError::TwoCurrent`]: two of one algorithm would sign.
    /// - [`SigningKeysError::TooMany`]: more than [`MAX_JWK_SET_KEYS`].
    pub fn new(keys: impl IntoIterator<Item = (KeyState, TokenSigner)>) -> Result<Self, SigningKeysError> {
        let mut entries: Vec<Entry> = Vec::new();
        for (state, signer) in keys {
            let jwk = signer.public_jwk().ok_or(SigningKeysError::Symmetric)?;
            let alg = signer.alg();
            let kid = jwk.kid().filter(|kid| (1..=MAX_KID_BYTES).contains(&kid.len())).ok_or(SigningKeysError::Kid)?;
            if entries.iter().any(|known| known.has_kid(kid)) {
                return Err(SigningKeysError::DuplicateKid);
            }
            let signs = |known: &Entry| known.state == KeyState::Current && known.signer.alg() == alg;
            if state == KeyState::Current && entries.iter().any(signs) {
                return Err(SigningKeysError::TwoCurrent { alg });
            }
            if entries.len() == MAX_JWK_SET_KEYS {
                return Err(SigningKeysError::TooMany);
            }
            entries.push(Entry { state, signer, jwk });
        }
        Ok(Self(entries.into()))
    }

    /// What is published: every key, each with `kid`, `alg` and `use`.
    pub fn jwks(&self) -> JwkSet {
        JwkSet::new(self.0.iter().map(|entry| entry.jwk.clone()).collect())
    }

    /// The one that signs with this very algorithm.
    pub fn current(&self, alg: Alg) -> Option<&TokenSigner> {
        self.signing().find(|signer| signer.alg() == alg)
    }

    /// The algorithms that are signed with, for
    /// [`MetadataUrls::id_token_algs`](crate::MetadataUrls::id_token_algs).
    pub fn algs(&self) -> impl Iterator<Item = Alg> {
        self.signing().map(TokenSigner::alg)
    }

    fn signing(&self) -> impl Iterator<Item = &TokenSigner> {
        self.0.iter().filter(|entry| entry.state == KeyState::Current).map(|entry| &entry.signer)
    }

    /// The state of the key with this `kid`.
    pub fn state(&self, kid: &str) -> Option<KeyState> {
        self.0.iter().find(|entry| entry.has_kid(kid)).map(|entry| entry.state)
    }

    /// Publishes a key that is to sign next.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn publish(&self, key: TokenSigner) -> Result<Self, SigningKeysError> {
        let known = self.0.iter().map(|entry| (entry.state, entry.signer.clone()));
        Self::new(known.chain([(KeyState::Next, key)]))
    }

    /// Lets a published key sign. The one that signed with its algorithm retires.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SigningKeysError::UnknownKid`]: no key has it.
    /// - [`SigningKeysError::State`]: it is not [`KeyState::Next`].
    pub fn promote(&self, kid: &str) -> Result<Self, SigningKeysError> {
        let alg = self.find(kid, &[KeyState::Next])?.signer.alg();
        Ok(self.with(|entry| match entry.state {
            _ if entry.has_kid(kid) => KeyState::Current,
            KeyState::Current if entry.signer.alg() == alg => KeyState::Retiring,
            state => state,
        }))
    }

    /// Lets a key sign no more that has no successor: its algorithm is given up.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SigningKeysError::UnknownKid`]: no key has it.
    /// - [`SigningKeysError::State`]: it is not [`KeyState::Current`].
    pub fn retire(&self, kid: &str) -> Result<Self, SigningKeysError> {
        self.find(kid, &[KeyState::Current])?;
        Ok(self.with(|entry| if entry.has_kid(kid) { KeyState::Retiring } else { entry.state }))
    }

    /// Takes away a key that signs no more, or one that is not to sign after all.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SigningKeysError::UnknownKid`]: no key has it.
    /// - [`SigningKeysError::State`]: it signs. Promote another one first, or retire it.
    pub fn remove(&self, kid: &str) -> Result<Self, SigningKeysError> {
        self.find(kid, &[KeyState::Retiring, KeyState::Next])?;
        Ok(Self(self.0.iter().filter(|entry| !entry.has_kid(kid)).cloned().collect()))
    }

    fn find(&self, kid: &str, states: &[KeyState]) -> Result<&Entry, SigningKeysError> {
        let entry = self.0.iter().find(|entry| entry.has_kid(kid)).ok_or(SigningKeysError::UnknownKid)?;
        if states.contains(&entry.state) { Ok(entry) } else { Err(SigningKeysError::State { state: entry.state }) }
    }

    fn with(&self, state: impl Fn(&Entry) -> KeyState) -> Self {
        Self(self.0.iter().map(|entry| Entry { state: state(entry), ..entry.clone() }).collect())
    }
}
