use alloc::{string::String, sync::Arc, vec::Vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_pkce::CodeChallenge;
use symbolon_types::{Confirmation, Digest, GrantType, Rule, Secret, SecretBytes};
use time::UtcDateTime;

use crate::{
    Answer, CodeError, Commit, Endpoint, Granted, RefreshBinding, RegisteredClient, Rotation, StoredCode, StoredFamily,
    Write,
    commit::Change,
    context::{Entropy, FamilyEntropy},
};

/// What an authorization endpoint has decided, to be turned into a code by [`Endpoint::authorize`].
///
/// That the resource owner signed in and consented is the embedding program's word.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// use symbolon_pkce::CodeChallenge;
/// use symbolon_server::{CodeError, Granted, NewCode};
///
/// let granted = Granted::to_user("alice", Scope::parse("openid")?).with_nonce("n-0S6_WzA2Mj");
/// let new = NewCode::new(client, granted).with_redirect_uri("https://app.example/cb");
/// assert_eq!(endpoint.authorize(new.clone(), now).err(), Some(CodeError::ChallengeMissing));
///
/// // The challenge of RFC 7636 Appendix B.
/// let new = new.with_challenge(CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?);
/// let pending = endpoint.authorize(new, now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewCode {
    /// The client.
    pub client: Arc<RegisteredClient>,
    /// `redirect_uri` of the authorization request, byte for byte; `None` if it had none.
    pub redirect_uri: Option<String>,
    /// The code challenge, as [`CodeChallenge::requested`] reads it.
    pub challenge: Option<CodeChallenge>,
    /// `dpop_jkt` of the authorization request, if it had one: the thumbprint of the key that must be proven when the code
    /// is redeemed ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub dpop_jkt: Option<Digest>,
    /// What was granted.
    pub granted: Granted,
}

impl NewCode {
    /// A code for this client.
    pub const fn new(client: Arc<RegisteredClient>, granted: Granted) -> Self {
        Self { client, redirect_uri: None, challenge: None, dpop_jkt: None, granted }
    }

    /// With the `redirect_uri` of the authorization request.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// With the code challenge of the authorization request.
    #[must_use]
    pub fn with_challenge(mut self, challenge: CodeChallenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Sets the thumbprint of the key that must be proven.
    #[must_use]
    pub const fn with_dpop_jkt(mut self, jkt: Digest) -> Self {
        self.dpop_jkt = Some(jkt);
        self
    }
}

impl Endpoint {
    /// Makes an authorization code and the family that it begins ([RFC 6749 §4.1.2]). The code is not to be had before
    /// the store has applied the commit.
    ///
    /// # Errors
    /// - [`CodeError::RedirectUri`]: not registered, or left out where it may not be. Do not redirect.
    /// - [`CodeError::Granted`]: no resource owner, or what is said of it cannot be told in tokens, or the client has a sector
    ///   and the endpoint no key for pairwise subject identifiers (`server_error`).
    /// - [`CodeError::GrantAllowed`]: endpoint or client do not use codes (`unauthorized_client`).
    /// - [`CodeError::ChallengeMissing`]: the policy demands PKCE, or the client is public (`invalid_request`).
    /// - [`CodeError::Scope`]: wider than the client's (`invalid_scope`).
    /// - [`CodeError::AuthorizationDetails`]: of a type that the client did not register (`invalid_authorization_details`).
    /// - [`CodeError::Random`]: no randomness (`server_error`).
    ///
    /// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    pub fn authorize(&self, new: NewCode, now: UtcDateTime) -> Result<PendingCode, CodeError> {
        let NewCode { client, redirect_uri, challenge, dpop_jkt, granted } = new;
        let is_right = match &redirect_uri {
            Some(uri) => client.has_redirect_uri(uri),
            // RFC 6749 §3.1.2.3: it may be left out where exactly one is registered; OIDC Core §3.1.2.1: never.
            None => client.redirect_uris().len() == 1 && !granted.scope.contains("openid"),
        };
        if !is_right {
            return Err(CodeError::RedirectUri);
        }
        let is_tellable = granted.is_tellable() && self.pairwise_subject(&client, granted.subject.as_deref()).is_ok();
        if granted.subject.is_none() || !is_tellable {
            return Err(CodeError::Granted);
        }
        let grant_type = GrantType::AuthorizationCode;
        if !self.supports(&grant_type) || !client.may_use(&grant_type) {
            return Err(CodeError::GrantAllowed);
        }
        let policy = self.policy();
        let may_go_without = policy.pkce.legacy_optional_for_confidential_clients && !client.is_public();
        if challenge.is_none() && !may_go_without {
            return Err(CodeError::ChallengeMissing);
        }
        if !granted.scope.is_subset_of(client.scope()) {
            return Err(CodeError::Scope);
        }
        let details = &granted.authorization_details;
        if details.of_types(client.authorization_details_types()) != *details {
            return Err(CodeError::AuthorizationDetails);
        }
        let (entropy, of_family) = Entropy::draw_with_family(self.crypto().random).ok_or(CodeError::Random)?;
        let text = Secret::new(URL_SAFE_NO_PAD.encode(entropy.token()));
        let expires = now.saturating_add(policy.code.lifetime);
        let family = self.new_family(&of_family, &client, granted, RefreshBinding::NONE, now);
        let code = self.code_digest(&text);
        let mut commit = Commit::new(entropy.commit_id());
        let active = Change::ClientActive { client_id: client.client_id().clone(), version: client.version() };
        commit.guard(Rule::GrantActive, active, Vec::new());
        let confirmation = Confirmation { jkt: dpop_jkt, ..Confirmation::NONE };
        let code = StoredCode { code, family, redirect_uri, challenge, confirmation, expires, redeemed: false };
        commit.write(Write::Code(code));
        Ok(PendingCode { commit, code: text })
    }

    pub(crate) fn new_family(
        &self,
        entropy: &FamilyEntropy,
        client: &RegisteredClient,
        granted: Granted,
        binding: RefreshBinding,
        now: UtcDateTime,
    ) -> StoredFamily {
        let policy = self.policy();
        StoredFamily {
            id: entropy.family_id(),
            client_id: client.client_id().clone(),
            granted,
            binding,
            tag_secret: SecretBytes::new(entropy.tag_secret()),
            server_key: self.current_key_id().into(),
            rotation: Rotation::none(now),
            ends: now.saturating_add(policy.refresh.max_lifetime),
            keep_until: now.saturating_add(policy.code.lifetime),
            revoked: false,
        }
    }
}

/// A code that waits for the store.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// let (pending, other) = (endpoint.authorize(new.clone(), now)?, endpoint.authorize(new, now)?);
/// let answer = pending.commit().applied(); // here a store writes it, atomically
/// assert!(pending.settle(&answer).is_some());
/// // The answer to another commit hands out nothing:
/// assert!(other.settle(&answer).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct PendingCode {
    commit: Commit,
    code: Secret,
}

impl PendingCode {
    /// What a store must apply before the code is sent.
    pub const fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The code, if the store applied this very commit. `None`: the client is gone or changed since it was read.
    pub fn settle(self, answer: &Answer) -> Option<Secret> {
        (answer.commit == self.commit.id() && answer.failed.is_none()).then_some(self.code)
    }
}
