use symbolon_token_response::{Answer, ErrorResponse, Reader, TokenResponse};
use symbolon_types::ErrorCode;
use time::UtcDateTime;

use crate::{
    Delivery, ErrorAnswer, FailedExchange, Failure, IncomingResponse, IssuedToken, Sending, UnverifiedTokens, WhatToDo,
    exchange::Exchange, outcome::Spent, token_exchange::no_access_token,
};

/// The half of a token request that waits for the answer. It holds every value that the answer is checked against, and what
/// the request was made of.
#[derive(Debug)]
#[must_use]
pub struct PendingTokens {
    exchange: Exchange,
}

impl PendingTokens {
    pub(crate) const fn new(exchange: Exchange) -> Self {
        Self { exchange }
    }

    /// Takes the answer ([RFC 6749 §5]). `now` is when it came: lifetimes count from there (R89).
    ///
    /// Status, `Content-Type`, form and `token_type` are judged; what the client's policy tolerates is told with the answer. Who
    /// signed in is not judged: see [`UnverifiedTokens`]. A scope wider than what was asked for is no error, and the tokens tell
    /// of it.
    ///
    /// Where the server asks for a nonce in the DPoP proof and gives it ([RFC 9449 §8]), the same request is made once more,
    /// with that nonce in a fresh proof, and with a fresh client assertion; once, and no third time. What the grant is made of
    /// comes again as it was: a code, a refresh token, and the `assertion` of a [`Client::extension`], or one that was given
    /// ([`GrantAssertion::given`](crate::GrantAssertion::given)), `jti` and all ([RFC 7523 §3]); one that the client makes is
    /// another one. A server that asks for its nonce before all else has used up none of them; one that has remembered that
    /// `jti` refuses it, and the caller begins again with a fresh assertion.
    ///
    /// # Errors
    /// Nobody hears a code. The pending half is used up; [`FailedExchange::outcome`] says what became of the grant.
    /// - [`Failure::Redirect`], [`Failure::TooLarge`], [`Failure::ContentType`], [`Failure::NotJson`], [`Failure::Malformed`]: not
    ///   an answer of the protocol.
    /// - [`Failure::TokenType`], [`Failure::DpopUnasked`]: tokens of another type than was asked for
    ///   ([RFC 9449 §5]). They are wiped.
    /// - [`Failure::IssuedTokenType`]: a token exchange gave nobody knows what, or another kind of token than was asked for
    ///   ([RFC 8693 §2.2.1]). It is wiped.
    /// - [`Failure::NextRequest`]: the server asks for a nonce, and the second request cannot be made.
    ///
    /// [`Client::extension`]: crate::Client::extension
    /// [RFC 6749 §5]: https://www.rfc-editor.org/rfc/rfc6749#section-5
    /// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
    /// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
    /// [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
    /// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<Received, FailedExchange> {
        let exchange = Exchange { client: self.exchange.client.after(response), ..self.exchange };
        let policy = exchange.client.policy();
        let reader = Reader { policy: &policy.response, limit: policy.limits.response_bytes };
        match reader.read(response.status(), response.media_type().as_deref(), response.body()) {
            Ok(Answer::Tokens(response)) => match no_access_token(&exchange, &response) {
                Ok(Some(kind)) => Ok(Received::Issued(IssuedToken::new(exchange, kind, response, now))),
                Ok(None) => tokens(exchange, response, now).map(Received::Tokens),
                Err(failure) => Err(discarded(&exchange, *failure, response.refresh_token.is_some())),
            },
            Ok(Answer::Error(error)) if asks_for_nonce(&exchange, &error, response) => {
                let (spent, nonce) = (exchange.spent(), exchange.dpop_nonce());
                let again = Exchange { is_again: true, ..exchange }.send(now);
                // Security decision D1: whoever asks for a nonce has remembered nothing.
                let outcome = Spent::untouched(WhatToDo::Unknown);
                let failed = |error| FailedExchange::new(Failure::NextRequest(error), outcome, spent, nonce);
                again.map(Received::SendAgain).map_err(failed)
            }
            Ok(Answer::Error(error)) => Ok(Received::Refused(ErrorAnswer::new(&exchange, error, response, now))),
            // A later kind of answer is none that this version asked for.
            Ok(_) => Err(discarded(&exchange, Failure::TokenType, true)),
            Err(source) => Err(FailedExchange::unreadable(&exchange, source, response, now)),
        }
    }

    /// Takes that no answer came, and says what became of the grant. Whoever sends calls it instead of dropping this half.
    ///
    /// ```
    /// use symbolon_client::{Delivery, Fate, PendingTokens};
    /// fn may_have_rotated(pending: PendingTokens) -> bool {
    ///     pending.lost(Delivery::Unknown).outcome().fate == Fate::MayBeUsed
    /// }
    /// ```
    pub fn lost(self, delivery: Delivery) -> FailedExchange {
        let spent = self.exchange.spent();
        FailedExchange::new(Failure::NoAnswer(delivery), spent.unanswered(delivery), spent, self.exchange.dpop_nonce())
    }
}

fn tokens(exchange: Exchange, response: TokenResponse, now: UtcDateTime) -> Result<UnverifiedTokens, FailedExchange> {
    let is_dpop = response.is_token_type("DPoP");
    let failure = match exchange.client.dpop() {
        // RFC 9449 §5: whoever needs the protection discards everything else.
        Some(_) if is_dpop => return Ok(UnverifiedTokens::new(exchange, response, now)),
        None if response.is_token_type("Bearer") => return Ok(UnverifiedTokens::new(exchange, response, now)),
        None if is_dpop => Failure::DpopUnasked,
        _ => Failure::TokenType,
    };
    Err(discarded(&exchange, failure, response.refresh_token.is_some()))
}

fn discarded(exchange: &Exchange, failure: Failure, has_refresh_token: bool) -> FailedExchange {
    let spent = exchange.spent();
    let outcome = spent.discarded(WhatToDo::Configuration, has_refresh_token);
    FailedExchange::new(failure, outcome, spent, exchange.dpop_nonce())
}

/// Whether the same request shall come again, with a nonce that the answer gives (RFC 9449 §8). The server has remembered
/// nothing of it then (security decision D1).
fn asks_for_nonce(exchange: &Exchange, error: &ErrorResponse, response: &IncomingResponse) -> bool {
    let had_proof = exchange.client.dpop().is_some();
    let asks = response.status() == 400 && error.error == ErrorCode::UseDpopNonce && response.dpop_nonce().is_some();
    had_proof && asks && !exchange.is_again
}

/// What the token endpoint answered.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Received {
    /// Tokens, not to be had before they are verified.
    Tokens(UnverifiedTokens),
    /// Of a token exchange, a token that is no access token.
    Issued(IssuedToken),
    /// The same request, to be sent again: the server wants its nonce in the DPoP proof ([RFC 9449 §8]). It comes at most once
    /// for each exchange.
    ///
    /// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
    SendAgain(Sending),
    /// A refusal.
    Refused(ErrorAnswer),
}
