use alloc::boxed::Box;

use symbolon_jose::{RemoteKey, SigningInput};
use symbolon_types::Secret;
use time::UtcDateTime;

use crate::{
    ClientError, OutgoingRequest, PendingTokens,
    exchange::{Exchange, Signed},
};

/// A token request that is ready, or that needs the signature of a key elsewhere first.
///
/// ```
/// use symbolon_client::{ClientError, OutgoingRequest, PendingTokens, Sending};
/// use time::UtcDateTime;
///
/// fn with_local_keys(sending: Sending) -> Result<(OutgoingRequest, PendingTokens), ClientError> {
///     sending.ready()
/// }
///
/// type Hsm<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
///
/// fn with_an_hsm(mut sending: Sending, hsm: Hsm<'_>, clock: fn() -> UtcDateTime) -> Result<(), ClientError> {
///     while let Sending::NeedsSignature(job) = sending {
///         let signature = hsm(job.bytes());
///         sending = job.signed(&signature, clock())?;
///     }
///     sending.ready().map(|_| ())
/// }
/// ```
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Sending {
    /// Send this; the other half waits for the answer.
    Ready(OutgoingRequest, PendingTokens),
    /// A key elsewhere must sign first.
    NeedsSignature(NeedsSignature),
}

impl Sending {
    /// The request and the half that waits for the answer. With a secret or a key that is here it never stops.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::NeedsSignature`]: a key elsewhere must sign first.
    pub fn ready(self) -> Result<(OutgoingRequest, PendingTokens), ClientError> {
        match self {
            Self::Ready(request, pending) => Ok((request, pending)),
            Self::NeedsSignature(_) => Err(ClientError::NeedsSignature),
        }
    }
}

/// A signature that is needed from a key elsewhere, over the client's assertion, or over one that is the grant
/// ([`Client::jwt_bearer`](crate::Client::jwt_bearer)). Where both sign elsewhere, the grant comes first.
#[derive(Debug)]
#[must_use]
pub struct NeedsSignature {
    exchange: Exchange,
    job: Box<Job>,
}

#[derive(Debug)]
struct Job {
    key: RemoteKey,
    input: SigningInput,
    over: Signed,
}

impl NeedsSignature {
    pub(crate) fn new(exchange: Exchange, key: RemoteKey, input: SigningInput, over: Signed) -> Self {
        Self { exchange, job: Box::new(Job { key, input, over }) }
    }

    /// The key that must sign.
    pub fn key(&self) -> &RemoteKey {
        &self.job.key
    }

    /// What it must sign.
    pub fn bytes(&self) -> &[u8] {
        self.job.input.bytes()
    }

    /// Goes on with the signature, in the form of JWS. It is verified with the public key before it is used.
    ///
    /// `now` is when it came: a DPoP proof is made now, because a server takes none that is a minute old
    /// ([RFC 9449 §11.1]), and a signature may take its time.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::Assertion`]: the signature does not verify.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 9449 §11.1]: https://www.rfc-editor.org/rfc/rfc9449#section-11.1
    pub fn signed(self, signature: &[u8], now: UtcDateTime) -> Result<Sending, ClientError> {
        let Job { input, over, .. } = *self.job;
        self.exchange.with_signed(over, Secret::new(input.finish(signature)?), now)
    }
}
