use alloc::{boxed::Box, format, string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_token_request::ParamName;
use symbolon_token_response::DeviceAuthorizationResponse;
use symbolon_types::{GrantType, RequestParts, Rule, Scope, Secret};
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, AuthorizationDetails, Decided, Endpoint, Granted, Outcome, Poll, Reason, ReceivedRequest,
    Refusal, StoredDeferred, commit::Change, context::Purpose, deferred::UserCode,
};

impl Endpoint {
    /// Reads a device authorization request ([RFC 8628 §3.1]) as strictly as [`Self::receive`] reads a token request: the
    /// client authenticates in the same way. It ends in [`AuthenticatedRequest::into_device_authorization`].
    ///
    /// A DPoP proof is not judged here: nothing is issued yet that could be bound.
    ///
    /// # Errors
    /// As [`Self::receive`].
    ///
    /// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
    pub fn receive_device_authorization(&self, parts: RequestParts) -> Result<ReceivedRequest, Refusal> {
        self.receive_for(Purpose::DeviceAuthorization, parts)
    }

    /// The digest under which a store knows this device code.
    pub fn device_code_digest(&self, code: &Secret) -> symbolon_types::Digest {
        self.digest(b"device_code", code.expose())
    }
}

impl AuthenticatedRequest {
    /// Begins a device authorization ([RFC 8628 §3.2]): a device code of 256 bits and a user code of eight letters, good for as
    /// long as the policy says. The user types the code in at `verification_uri`; there it is looked up by
    /// [`Endpoint::user_code`] and ends in [`Endpoint::decide`].
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion:
    /// - `unsupported_grant_type`, `unauthorized_client`: endpoint or client do not use device codes.
    /// - `invalid_scope`: malformed, or wider than the client's.
    /// - `invalid_target`: a `resource` is no absolute URI, or has a fragment.
    /// - `invalid_authorization_details`: malformed, or of a type that the client did not register.
    /// - `server_error`: the request came by [`Endpoint::receive`].
    /// - when settled, `temporarily_unavailable`: another user has the same user code at the moment. Nothing is remembered.
    ///
    /// [RFC 8628 §3.2]: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
    pub fn into_device_authorization(self, verification_uri: &str, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let asked = match self.read_device_authorization() {
            Ok(asked) => asked,
            Err(reason) => return Err(self.context.refuse(reason)),
        };
        let Self { mut context, client, .. } = self;
        let endpoint = context.endpoint.clone();
        let policy = endpoint.policy().deferred;
        let device_code = Secret::new(URL_SAFE_NO_PAD.encode(context.entropy.token()));
        let user_code = UserCode::of(context.entropy.user_code());
        let deferred = StoredDeferred {
            id: endpoint.device_code_digest(&device_code),
            user_code: Some(endpoint.user_code_digest(&user_code.letters())),
            client_id: client.client_id().clone(),
            asked,
            binding_message: None,
            ping: None,
            expires: now.saturating_add(policy.lifetime),
            poll: Poll { interval: policy.interval, last: None },
            decided: Decided::NotYet,
        };
        context.defer(&client, deferred);

        let user_code = format!("{user_code}");
        let complete = with_parameter(verification_uri, &user_code);
        let mut response = DeviceAuthorizationResponse::new(device_code, user_code, verification_uri, policy.lifetime);
        response.verification_uri_complete = Some(complete);
        response.interval = policy.interval;
        Ok(Outcome::answered(context, response.into_response()))
    }

    fn read_device_authorization(&self) -> Result<Granted, Reason> {
        if self.context.purpose != Purpose::DeviceAuthorization {
            return Err(Rule::Embedder.into());
        }
        self.may_ask(&GrantType::DeviceCode)?;
        self.read_asked()
    }

    /// Whether endpoint and client use the grant that an authorization request is for.
    pub(crate) fn may_ask(&self, grant_type: &GrantType) -> Result<(), Rule> {
        if !self.context.endpoint.supports(grant_type) {
            return Err(Rule::GrantKnown);
        }
        if !self.client.may_use(grant_type) {
            return Err(Rule::GrantAllowed);
        }
        Ok(())
    }

    /// What an authorization request that comes from the client itself asks for.
    pub(crate) fn read_asked(&self) -> Result<Granted, Reason> {
        let scope = match self.form.get(ParamName::Scope) {
            // A scope of RFC 6749 that is malformed is `invalid_scope`.
            Some(scope) => Scope::parse(scope).map_err(|_| Rule::ScopeSyntax)?,
            None => self.client.scope().clone(),
        };
        let details = self.form.get(ParamName::AuthorizationDetails).map(AuthorizationDetails::parse).transpose()?;
        let details = details.unwrap_or_default();
        // D10: what is malformed is refused before what is too much.
        if !scope.is_subset_of(self.client.scope()) {
            return Err(Rule::ScopeNarrows.into());
        }
        let resources: Vec<String> = self.form.parameters("resource").map(String::from).collect();
        if !resources.iter().all(|resource| is_resource(resource)) {
            return Err(Rule::ResourceNarrows.into());
        }
        if details.of_types(self.client.authorization_details_types()) != details {
            return Err(Rule::AuthorizationDetailsNarrow.into());
        }
        Ok(Granted { resources, authorization_details: details, ..Granted::to_client(scope) })
    }
}

impl crate::context::Context {
    /// Guards what every deferred authorization needs: the ids, the client as it was read, a place of its own.
    pub(crate) fn defer(&mut self, client: &crate::RegisteredClient, deferred: StoredDeferred) {
        let remembered = self.commit.remembered();
        let active = Change::ClientActive { client_id: client.client_id().clone(), version: client.version() };
        self.commit.guard(Rule::GrantActive, active, remembered);
        // D8: 503 says that nothing was changed. Nothing is remembered: the same request may come again.
        self.commit.guard(Rule::DeferredUnique, Change::Defer(Box::new(deferred)), Vec::new());
    }
}

/// Whether a text has the form of an absolute URI without a fragment (RFC 8707 §2). Which resources there are is judged when
/// tokens are issued, of what is no URI nobody need be asked.
fn is_resource(text: &str) -> bool {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_of_scheme)
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
    })
}

/// `verification_uri_complete`. A user code has no character that must be encoded.
fn with_parameter(uri: &str, user_code: &str) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}user_code={user_code}")
}
