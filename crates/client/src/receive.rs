use symbolon_token_response::{Answer, TokenResponse, read};
use symbolon_types::{GrantType, Scope, Secret};
use time::UtcDateTime;

use crate::{Client, ErrorAnswer, IncomingResponse, ReceiveError, UnverifiedTokens, exchange::Identity};

/// The half of a token request that waits for the answer. It holds every value that the answer is checked against.
#[derive(Debug)]
#[must_use]
pub struct PendingTokens {
    pub(crate) client: Client,
    pub(crate) grant_type: GrantType,
    pub(crate) scope: Option<Scope>,
    pub(crate) identity: Identity,
    /// The refresh token that was sent, and is good until a new one comes.
    pub(crate) refresh_token: Option<Secret>,
}

impl PendingTokens {
    /// Takes the answer ([RFC 6749 §5]). `now` is when it came: lifetimes count from there (R89).
    ///
    /// Status, form and `token_type` are judged. Who signed in is not: see [`UnverifiedTokens`]. A scope wider than what
    /// was asked for is no error, and the tokens tell of it.
    ///
    /// # Errors
    /// Nobody hears a code. The pending half is used up, and so may be the grant.
    /// - [`ReceiveError::Response`]: a redirect, HTML, too long, or not an answer of the protocol.
    /// - [`ReceiveError::TokenType`], [`ReceiveError::DpopUnasked`]: tokens of another type than was asked for
    ///   ([RFC 9449 §5]). They are wiped.
    ///
    /// [RFC 6749 §5]: https://www.rfc-editor.org/rfc/rfc6749#section-5
    /// [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<Received, ReceiveError> {
        let limit = self.client.policy().limits.response_bytes;
        let status = response.status();
        match read(status, response.body(), limit).map_err(|source| ReceiveError::Response { status, source })? {
            Answer::Tokens(tokens) => self.tokens(tokens, now).map(Received::Tokens),
            Answer::Error(error) => {
                let retry_after = response.retry_after();
                Ok(Received::Refused(ErrorAnswer::new(status, error, &self.grant_type, retry_after)))
            }
            // A later kind of answer is none that this version asked for.
            _ => Err(ReceiveError::TokenType),
        }
    }

    fn tokens(self, response: TokenResponse, now: UtcDateTime) -> Result<UnverifiedTokens, ReceiveError> {
        if response.is_token_type("DPoP") {
            return Err(ReceiveError::DpopUnasked);
        }
        if !response.is_token_type("Bearer") {
            return Err(ReceiveError::TokenType);
        }
        let Self { client, scope, identity, refresh_token, .. } = self;
        Ok(UnverifiedTokens::new(client, response, scope, identity, refresh_token, now))
    }
}

/// What the token endpoint answered. A later version adds a request that is to be sent again, with the nonce that a
/// server wants in a DPoP proof.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "one at a time, and consumed at once")]
pub enum Received {
    /// Tokens, not to be had before they are verified.
    Tokens(UnverifiedTokens),
    /// A refusal.
    Refused(ErrorAnswer),
}
