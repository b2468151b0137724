use symbolon_token_response::{Answer, ErrorResponse, TokenResponse, read};
use symbolon_types::ErrorCode;
use time::UtcDateTime;

use crate::{ErrorAnswer, IncomingResponse, ReceiveError, Sending, UnverifiedTokens, exchange::Exchange};

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
    /// Status, form and `token_type` are judged. Who signed in is not: see [`UnverifiedTokens`]. A scope wider than what
    /// was asked for is no error, and the tokens tell of it.
    ///
    /// Where the server asks for a nonce in the DPoP proof and gives it ([RFC 9449 §8]), the same request is made once more,
    /// with that nonce in a fresh proof, and with a fresh client assertion; once, and no third time. What the grant is made of
    /// comes again as it was: a code, a refresh token, and the `assertion` of a [`Client::extension`], `jti` and all
    /// ([RFC 7523 §3]). A server that asks for its nonce before all else has used up none of them; one that has remembered that
    /// `jti` refuses it, and the caller begins again with a fresh assertion.
    ///
    /// # Errors
    /// Nobody hears a code. The pending half is used up, and so may be the grant.
    /// - [`ReceiveError::Response`]: a redirect, HTML, too long, or not an answer of the protocol.
    /// - [`ReceiveError::TokenType`], [`ReceiveError::DpopUnasked`]: tokens of another type than was asked for
    ///   ([RFC 9449 §5]). They are wiped.
    /// - [`ReceiveError::SendAgain`]: the server asks for a nonce, and the second request cannot be made.
    ///
    /// [`Client::extension`]: crate::Client::extension
    /// [RFC 6749 §5]: https://www.rfc-editor.org/rfc/rfc6749#section-5
    /// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
    /// [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
    /// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<Received, ReceiveError> {
        let client = self.exchange.client.after(response);
        let (limit, status) = (client.policy().limits.response_bytes, response.status());
        let exchange = Exchange { client, ..self.exchange };
        match read(status, response.body(), limit).map_err(|source| ReceiveError::Response { status, source })? {
            Answer::Tokens(response) => tokens(exchange, response, now).map(Received::Tokens),
            Answer::Error(error) if asks_for_nonce(&exchange, &error, response) => {
                let again = Exchange { is_again: true, ..exchange }.send(now);
                again.map(Received::SendAgain).map_err(ReceiveError::SendAgain)
            }
            Answer::Error(error) => Ok(Received::Refused(ErrorAnswer::new(&exchange, error, response))),
            // A later kind of answer is none that this version asked for.
            _ => Err(ReceiveError::TokenType),
        }
    }
}

fn tokens(exchange: Exchange, response: TokenResponse, now: UtcDateTime) -> Result<UnverifiedTokens, ReceiveError> {
    let is_dpop = response.is_token_type("DPoP");
    let is_asked_for = match exchange.client.dpop() {
        // RFC 9449 §5: whoever needs the protection discards everything else.
        Some(_) => is_dpop,
        None if is_dpop => return Err(ReceiveError::DpopUnasked),
        None => response.is_token_type("Bearer"),
    };
    if is_asked_for { Ok(UnverifiedTokens::new(exchange, response, now)) } else { Err(ReceiveError::TokenType) }
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
    /// The same request, to be sent again: the server wants its nonce in the DPoP proof ([RFC 9449 §8]). It comes at most once
    /// for each exchange.
    ///
    /// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
    SendAgain(Sending),
    /// A refusal.
    Refused(ErrorAnswer),
}
