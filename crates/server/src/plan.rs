use alloc::{string::String, vec::Vec};

use symbolon_jose::{RemoteKey, SigningKey};
use time::Duration;

/// What the tokens of a response shall be. Owned and cheap to clone, so that issuing can run on another thread.
///
/// ```
/// use symbolon_server::{AccessToken, TokenPlan};
/// use time::Duration;
/// let plan = TokenPlan::new(AccessToken::Opaque).with_lifetime(Duration::seconds(120)).without_refresh_token();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenPlan {
    pub(crate) access_token: AccessToken,
    pub(crate) lifetime: Duration,
    pub(crate) audience: Vec<String>,
    pub(crate) refresh_token: bool,
    pub(crate) id_token: Option<TokenSigner>,
}

impl TokenPlan {
    /// Access tokens of this kind for 10 minutes, a refresh token where grant, client and policy allow one, and no ID
    /// token.
    pub const fn new(access_token: AccessToken) -> Self {
        Self { access_token, lifetime: DEFAULT_LIFETIME, audience: Vec::new(), refresh_token: true, id_token: None }
    }

    /// How long an access token lives.
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// For which resources an access token is good: `aud`. Without any it is the issuer itself.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// No refresh token.
    pub const fn without_refresh_token(mut self) -> Self {
        self.refresh_token = false;
        self
    }

    /// An ID token where the scope has `openid` and there is a resource owner.
    pub fn with_id_token(mut self, signer: TokenSigner) -> Self {
        self.id_token = Some(signer);
        self
    }
}

/// How long an access token lives where the plan says nothing else: long enough for a page, short enough to be lost.
const DEFAULT_LIFETIME: Duration = Duration::minutes(10);

/// The form of an access token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AccessToken {
    /// 256 random bits; a store knows its digest.
    Opaque,
    /// A JWT ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
    Jwt(TokenSigner),
}

/// Who signs a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenSigner {
    /// A key at hand.
    Local(SigningKey),
    /// A key elsewhere (KMS, HSM): only [`ValidatedGrant::issue_in_steps`](crate::ValidatedGrant::issue_in_steps) can
    /// use it.
    Remote(RemoteKey),
}
