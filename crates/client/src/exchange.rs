use alloc::boxed::Box;

use symbolon_client_auth::Applied;
use symbolon_id_token::Continuity;
use symbolon_token_request::{
    AuthorizationCodeRequest, CibaRequest, ClientCredentialsRequest, DeviceCodeRequest, ExtensionRequest, FormEncoder,
    RefreshTokenRequest, TokenExchangeRequest,
};
use symbolon_types::{GrantType, Scope, Secret};
use time::UtcDateTime;

use crate::{
    Client, ClientError, NeedsSignature, OutgoingRequest, PendingTokens, ProvidedNonce, Sending, authorization::Login,
    client::Authentication, jwt_bearer::JwtBearer, outcome::Spent, preparing::by_assertion, target::Target,
};

/// What is asked of the token endpoint, without what is fresh at each sending.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) client: Client,
    pub(crate) grant: Grant,
    /// What the tokens are for.
    pub(crate) target: Target,
    /// The scope that was asked for; `None` leaves it to the server.
    pub(crate) scope: Option<Scope>,
    pub(crate) identity: Identity,
    /// Whether this is the one time that it is sent again, with the nonce that the server gave.
    pub(crate) is_again: bool,
}

/// The grant's own parameters.
#[derive(Debug)]
pub(crate) enum Grant {
    AuthorizationCode(AuthorizationCodeRequest),
    RefreshToken(RefreshTokenRequest),
    ClientCredentials(ClientCredentialsRequest),
    DeviceCode(DeviceCodeRequest),
    Ciba(CibaRequest),
    JwtBearer(Box<JwtBearer>),
    TokenExchange(TokenExchangeRequest),
    Extension(ExtensionRequest),
}

impl Grant {
    fn encode(&self, form: &mut FormEncoder) {
        match self {
            Self::AuthorizationCode(request) => request.encode(form),
            Self::RefreshToken(request) => request.encode(form),
            Self::ClientCredentials(request) => request.encode(form),
            Self::DeviceCode(request) => request.encode(form),
            Self::Ciba(request) => request.encode(form),
            Self::JwtBearer(grant) => grant.request.encode(form),
            Self::TokenExchange(request) => request.encode(form),
            Self::Extension(request) => request.encode(form),
        }
    }

    pub(crate) fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::Ciba(_) => GrantType::Ciba,
            Self::JwtBearer(_) => GrantType::JwtBearer,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::Extension(request) => GrantType::parse(&request.grant_type),
        }
    }
}

/// What a key elsewhere signs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signed {
    /// The assertion that authenticates the client.
    Client,
    /// The assertion that is the grant.
    Grant,
}

/// Whether the answer must say who somebody is (security decision D31).
#[derive(Debug)]
pub(crate) enum Identity {
    /// It need not, and what it says is not listened to.
    None,
    /// A sign-in: an ID token that answers the authorization request, beside this code if there was one.
    Login { login: Login, code: Option<Secret> },
    /// A refresh: an ID token that is like the first one, or none.
    Refresh {
        first: Continuity,
        /// The last ID token, as it came.
        id_token_hint: Option<Secret>,
    },
}

impl Exchange {
    pub(crate) const fn new(client: Client, grant: Grant, scope: Option<Scope>, identity: Identity) -> Self {
        Self { client, grant, target: Target::NONE, scope, identity, is_again: false }
    }

    pub(crate) fn with(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// What the request spends.
    pub(crate) fn spent(&self) -> Spent {
        Spent::of(&self.grant.grant_type())
    }

    /// The nonce for the client's next proof.
    pub(crate) fn dpop_nonce(&self) -> Option<ProvidedNonce> {
        self.client.dpop_nonce().cloned()
    }

    /// Makes the request, with fresh assertions where the grant is one or the client authenticates with one, and a fresh proof
    /// where it has a key.
    pub(crate) fn send(mut self, now: UtcDateTime) -> Result<Sending, ClientError> {
        if let Grant::JwtBearer(grant) = &mut self.grant
            && let Some((key, input)) = grant.make(&self.client, now)?
        {
            return Ok(Sending::NeedsSignature(NeedsSignature::new(self, key, input, Signed::Grant)));
        }
        self.authenticate(now)
    }

    /// Goes on with the signature that it waited for.
    pub(crate) fn with_signed(
        mut self,
        signed: Signed,
        assertion: Secret,
        now: UtcDateTime,
    ) -> Result<Sending, ClientError> {
        match signed {
            Signed::Client => {
                let applied = by_assertion(&self.client, assertion);
                self.ready(applied, now)
            }
            Signed::Grant => {
                if let Grant::JwtBearer(grant) = &mut self.grant {
                    grant.request.assertion = assertion;
                }
                self.authenticate(now)
            }
        }
    }

    fn authenticate(self, now: UtcDateTime) -> Result<Sending, ClientError> {
        // RFC 7521 §4.1: the assertion says which client it is.
        if matches!(&self.grant, Grant::JwtBearer(grant) if grant.is_by_grant) {
            return self.ready(Applied::default(), now);
        }
        let (crypto, client_id) = (*self.client.crypto(), self.client.client_id());
        match self.client.authentication() {
            Authentication::Local(local) => {
                let applied = local.apply(&crypto, client_id, now)?;
                self.ready(applied, now)
            }
            Authentication::Remote(remote) => {
                let (input, key) = (remote.input(&crypto, client_id, now)?, remote.key().clone());
                Ok(Sending::NeedsSignature(NeedsSignature::new(self, key, input, Signed::Client)))
            }
        }
    }

    fn ready(self, applied: Applied, now: UtcDateTime) -> Result<Sending, ClientError> {
        let proof = self.client.proof(now)?;
        let mut form = FormEncoder::new();
        self.grant.encode(&mut form);
        self.target.encode(&mut form);
        for (name, value) in &applied.parameters {
            form.push_secret(name, value);
        }
        let mut headers = applied.headers;
        headers.extend(proof.map(|proof| ("dpop", proof)));
        let request = OutgoingRequest::new(self.client.token_endpoint().clone(), headers, form.finish());
        Ok(Sending::Ready(request, PendingTokens::new(self)))
    }
}
