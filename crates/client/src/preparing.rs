use alloc::{boxed::Box, vec::Vec};

use symbolon_client_auth::{Applied, CLIENT_ASSERTION_TYPE_JWT_BEARER};
use symbolon_jose::{RemoteKey, SigningInput};
use symbolon_token_request::FormEncoder;
use symbolon_types::Secret;
use time::UtcDateTime;

use crate::{Client, ClientError, EndpointUrl, OutgoingRequest, client::Authentication};

/// A request to a neighbour of the token endpoint, at which the client authenticates in the same way ([RFC 9126 §2],
/// [RFC 8628 §3.1], [OpenID CIBA §7.1]): ready, or in need of the signature of a key elsewhere first.
///
/// ```
/// use symbolon_client::{ClientError, OutgoingRequest, Preparing};
///
/// fn with_an_hsm(preparing: Preparing, hsm: &dyn Fn(&[u8]) -> Vec<u8>) -> Result<OutgoingRequest, ClientError> {
///     match preparing {
///         Preparing::NeedsSignature(job) => {
///             let signature = hsm(job.bytes());
///             job.signed(&signature)
///         }
///         ready => ready.ready(),
///     }
/// }
/// ```
///
/// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
/// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
/// [RFC 9126 §2]: https://www.rfc-editor.org/rfc/rfc9126#section-2
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Preparing {
    /// Send this.
    Ready(OutgoingRequest),
    /// A key elsewhere must sign first.
    NeedsSignature(NeedsAssertion),
}

impl Preparing {
    /// The request. With a secret or a key that is here it never stops.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::NeedsSignature`]: a key elsewhere must sign first.
    pub fn ready(self) -> Result<OutgoingRequest, ClientError> {
        match self {
            Self::Ready(request) => Ok(request),
            Self::NeedsSignature(_) => Err(ClientError::NeedsSignature),
        }
    }
}

/// A signature that is needed from a key elsewhere, over the client's assertion. `Debug` does not show the request.
#[must_use]
pub struct NeedsAssertion(Box<Job>);

struct Job {
    form: Form,
    client: Client,
    key: RemoteKey,
    input: SigningInput,
}

impl core::fmt::Debug for NeedsAssertion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NeedsAssertion").field("key", &self.0.key).field("input", &self.0.input).finish_non_exhaustive()
    }
}

impl NeedsAssertion {
    /// The key that must sign.
    pub fn key(&self) -> &RemoteKey {
        &self.0.key
    }

    /// What it must sign.
    pub fn bytes(&self) -> &[u8] {
        self.0.input.bytes()
    }

    /// Goes on with the signature, in the form of JWS. It is verified with the public key before it is used.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::Assertion`]: the signature does not verify.
    pub fn signed(self, signature: &[u8]) -> Result<OutgoingRequest, ClientError> {
        let Job { form, client, input, .. } = *self.0;
        let applied = by_assertion(&client, Secret::new(input.finish(signature)?));
        Ok(form.with(&applied))
    }
}

/// What the client presents with an assertion of its own.
pub(crate) fn by_assertion(client: &Client, assertion: Secret) -> Applied {
    let parameters = [
        ("client_id", client.client_id().as_str().into()),
        ("client_assertion_type", CLIENT_ASSERTION_TYPE_JWT_BEARER.into()),
        ("client_assertion", assertion),
    ];
    Applied { headers: Vec::new(), parameters: parameters.into() }
}

/// What is asked for, and where.
pub(crate) struct Form {
    pub(crate) to: EndpointUrl,
    pub(crate) parameters: FormEncoder,
    /// Whether `client_id` is among them already: no parameter comes twice.
    pub(crate) has_client_id: bool,
}

impl Form {
    /// Adds what authenticates the client.
    pub(crate) fn prepare(self, client: &Client, now: UtcDateTime) -> Result<Preparing, ClientError> {
        match client.authentication() {
            Authentication::Local(local) => {
                let applied = local.apply(client.crypto(), client.client_id(), now)?;
                Ok(Preparing::Ready(self.with(&applied)))
            }
            Authentication::Remote(remote) => {
                let (input, key) = (remote.input(client.crypto(), client.client_id(), now)?, remote.key().clone());
                let job = Job { form: self, client: client.clone(), key, input };
                Ok(Preparing::NeedsSignature(NeedsAssertion(Box::new(job))))
            }
        }
    }

    fn with(mut self, applied: &Applied) -> OutgoingRequest {
        for (name, value) in &applied.parameters {
            if !(self.has_client_id && *name == "client_id") {
                self.parameters.push_secret(name, value);
            }
        }
        OutgoingRequest::new(self.to, applied.headers.clone(), self.parameters.finish())
    }
}
