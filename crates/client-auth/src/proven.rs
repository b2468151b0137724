use alloc::string::String;

use symbolon_types::{AuthMethod, ClientId, Confirmation, Digest, Once, SecretBytes};

use crate::{AuthError, RegisteredCredentials};

/// Proof that a client is who it says, by its registered method. Only [`Checks::check`](crate::Checks::check) makes one,
/// or a caller who vouches ([`Vouched`]).
///
/// A client of method `none` proved nothing beyond knowing its id; [`Self::is_public`] says so. That the assertion was not
/// used before is *not* proven: the store decides that when it commits [`Self::once`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct ProvenClient {
    client_id: ClientId,
    method: AuthMethod,
    once: Option<Once>,
    confirmation: Confirmation,
    instance: Option<Digest>,
    grant: Option<SecretBytes>,
}

impl ProvenClient {
    pub(crate) fn new(registered: &RegisteredCredentials, once: Option<Once>) -> Self {
        Self {
            client_id: registered.client_id.clone(),
            method: registered.method.clone(),
            once,
            confirmation: Confirmation::NONE,
            instance: None,
            grant: None,
        }
    }

    pub(crate) fn with_grant(mut self, claims: &[u8]) -> Self {
        self.grant = Some(SecretBytes::new(claims));
        self
    }

    /// The claims of the assertion that is the grant itself ([`PresentedCredentials::of_grant`]), verified, as JSON.
    ///
    /// [`PresentedCredentials::of_grant`]: crate::PresentedCredentials::of_grant
    pub const fn grant(&self) -> Option<&SecretBytes> {
        self.grant.as_ref()
    }

    pub(crate) const fn with_confirmation(mut self, confirmation: Confirmation) -> Self {
        self.confirmation = confirmation;
        self
    }

    /// Its identifier.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Its identifier, taken out where nothing else of the proof is needed any more.
    pub fn into_client_id(self) -> ClientId {
        self.client_id
    }

    /// The method that it used, which is the one that it registered.
    pub const fn method(&self) -> &AuthMethod {
        &self.method
    }

    /// The replay id of its assertion.
    ///
    /// # Security
    /// It must be remembered, atomically with whatever the request changes; if it is remembered already, the answer is
    /// `invalid_client` ([`Rule::AssertionOnce`](symbolon_types::Rule::AssertionOnce)).
    pub const fn once(&self) -> Option<Once> {
        self.once
    }

    /// The keys that were shown beside the credentials: for the methods of RFC 8705 the certificate of the connection.
    pub const fn confirmation(&self) -> Confirmation {
        self.confirmation
    }

    /// The thumbprint of the key of the client's instance, where its method proves one: refresh tokens that are issued now are
    /// bound to it.
    pub const fn instance(&self) -> Option<Digest> {
        self.instance
    }

    /// Whether it is a public client ([RFC 6749 §2.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.1)).
    pub const fn is_public(&self) -> bool {
        self.method.is_public()
    }
}

/// A third party's own authentication method has succeeded: *you* state it. Search for this name in a review.
///
/// What carried it may be an assertion, an `Authorization` scheme ([`Extensions`](crate::Extensions)), a header of its own
/// or a certificate. The names of registered methods are never vouched for.
///
/// ```
/// use symbolon_client_auth::{RegisteredCredentials, Vouched, types::{AuthMethod, ClientId}};
///
/// let client = RegisteredCredentials::new(ClientId::parse("workload")?, AuthMethod::parse("spiffe_jwt"));
/// let proven = Vouched::by("spiffe_jwt").into_proven(&client)?;
/// assert_eq!(proven.client_id().as_str(), "workload");
/// assert!(Vouched::by("another_method").into_proven(&client).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// Everything that [`Checks::check`](crate::Checks::check) would have judged is the caller's duty: the signature, the
/// audience, the lifetime, that the credentials are this very client's, and that the request has no other mechanism than
/// this one: [`PresentedCredentials`](crate::PresentedCredentials) is then `Extension`, or, where the mechanism is carried
/// by something that is not read here, `None`, which is `Certificate` on a connection with a certificate. Say whose the
/// credentials are with [`Self::client_id`], so that they prove nobody else; give the replay id of anything that may be
/// used once to [`Self::once`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Vouched {
    client_id: Option<ClientId>,
    method: AuthMethod,
    once: Option<Once>,
    confirmation: Confirmation,
    instance: Option<Digest>,
}

impl Vouched {
    /// States that the method of this name has succeeded.
    pub fn by(method: impl Into<String>) -> Self {
        let method = AuthMethod::Other(method.into());
        Self { client_id: None, method, once: None, confirmation: Confirmation::NONE, instance: None }
    }

    /// Adds whose credentials they are: no other client is proven by them.
    pub fn client_id(mut self, client_id: ClientId) -> Self {
        self.client_id = Some(client_id);
        self
    }

    /// Adds the replay id of what was presented.
    pub const fn once(mut self, once: Once) -> Self {
        self.once = Some(once);
        self
    }

    /// Adds the keys that were shown beside it.
    pub const fn confirmation(mut self, confirmation: Confirmation) -> Self {
        self.confirmation = confirmation;
        self
    }

    /// Adds the thumbprint of the key of the client's instance, which its method proves: refresh tokens are bound to it.
    pub const fn instance(mut self, thumbprint: Digest) -> Self {
        self.instance = Some(thumbprint);
        self
    }

    /// The proof, for a client that registered this very method.
    ///
    /// # Errors
    /// - [`AuthError::UnknownClient`]: the credentials are another client's (`invalid_client`).
    /// - [`AuthError::MethodNotRegistered`]: the client registered another method, or one that this crate judges by
    ///   itself (`invalid_client`).
    pub fn into_proven(self, registered: &RegisteredCredentials) -> Result<ProvenClient, AuthError> {
        if self.client_id.is_some_and(|client_id| client_id != registered.client_id) {
            return Err(AuthError::UnknownClient { attempt: None });
        }
        // A registered name such as `private_key_jwt` is never `Other`, so it cannot be vouched for.
        if registered.method != self.method {
            return Err(AuthError::MethodNotRegistered { attempt: None });
        }
        Ok(ProvenClient {
            client_id: registered.client_id.clone(),
            method: self.method,
            once: self.once,
            confirmation: self.confirmation,
            instance: self.instance,
            grant: None,
        })
    }
}
