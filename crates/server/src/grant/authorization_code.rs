use alloc::boxed::Box;

use symbolon_pkce::CodeVerifier;
use symbolon_token_request::AuthorizationCodeRequest;
use symbolon_types::{Confirmation, Digest, Judge, Rule};
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, Refusal, RegisteredClient, StoredCode, ValidatedGrant, Write, context::Context, issue::Source,
};

/// An `authorization_code` grant ([RFC 6749 §4.1.3]): look up [`Self::code`], then [`Self::redeem`].
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{*, types::*};
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
/// # let pending = endpoint.authorize(new, now)?;
/// # let [Write::Code(stored)] = pending.commit().writes() else { unreachable!() };
/// # let (stored, answer) = (stored.clone(), pending.commit().applied());
/// # let code = pending.settle(&answer).ok_or("the client is gone")?;
/// # let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// # let form = format!("grant_type=authorization_code&client_id=app&code={}&code_verifier={verifier}", code.expose());
/// # let form = format!("{form}&redirect_uri=https://app.example/cb");
/// # let parts = RequestParts::post(form.into()).content_type(b"application/x-www-form-urlencoded");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(client)), now)?;
/// let Grant::AuthorizationCode(grant) = request.into_grant()? else { unreachable!() };
/// assert_eq!(grant.code(), &stored.code); // look it up
/// let granted = grant.redeem(Some(stored), now)?;
/// assert_eq!(granted.granted().subject.as_deref(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
#[must_use]
pub struct AuthorizationCodeGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: AuthorizationCodeRequest,
    code: Digest,
}

impl AuthorizationCodeGrant {
    pub(crate) fn new(request: AuthenticatedRequest, parameters: AuthorizationCodeRequest) -> Self {
        let code = request.context.endpoint.code_digest(&parameters.code);
        Self { request, parameters, code }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// What to look up: the code's digest. The text of the code never reaches a store.
    pub const fn code(&self) -> &Digest {
        &self.code
    }

    /// Judges the code that was found, in the order of security decision D10: known, the client's own, verifier,
    /// `redirect_uri`, bound key, redeemed before, family active, expiry.
    ///
    /// Nothing is consumed here: the code is redeemed by the commit of the issued tokens.
    ///
    /// # Errors
    /// A [`Refusal`], always `invalid_grant` in one sentence, that remembers the assertion and leaves the code
    /// untouched. If the code was redeemed before and everything else held, its family is revoked (RFC 6749 §4.1.2,
    /// security decision D4).
    pub fn redeem(self, found: Option<StoredCode>, now: UtcDateTime) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, parameters, code } = self;
        let found = found.filter(|stored| stored.code == code);
        let Some(stored) = found else { return Err(request.context.refuse(Rule::CodeKnown)) };
        if stored.family.client_id == *request.client.client_id() {
            request.context.remember_proof();
        }
        let AuthenticatedRequest { context, client, confirmation, .. } = &mut request;
        if let Err(rule) = judge(context, client, confirmation, &parameters, &stored, now) {
            if rule == Rule::CodeOnce {
                context.commit.write(Write::RevokeFamily(stored.family.id));
            }
            return Err(request.context.refuse(rule));
        }
        // A registration that was narrowed since narrows what is issued under it.
        let granted = stored.family.granted.narrowed(stored.family.granted.scope.intersection(request.client.scope()));
        let source = Source::Code { code, family: Box::new(stored.family), once: Rule::CodeOnce };
        Ok(ValidatedGrant::new(request, granted, source))
    }
}

fn judge(
    context: &mut Context,
    client: &RegisteredClient,
    confirmation: &Confirmation,
    parameters: &AuthorizationCodeRequest,
    stored: &StoredCode,
    now: UtcDateTime,
) -> Result<(), Rule> {
    let sha256 = context.endpoint.crypto().sha256;
    let pkce = context.policy().pkce;
    let mut judge = Judge::new(&mut context.facts.trace);
    let mut that = |rule: Rule, holds: bool| judge.that(rule, holds, || rule);
    that(Rule::CodeKnown, true)?;
    that(Rule::CodeClient, stored.family.client_id == *client.client_id())?;
    // RFC 9700 §4.8.2: a verifier for a code without challenge is a downgrade, and the other way round.
    let may_go_without = pkce.legacy_optional_for_confidential_clients && !client.is_public();
    let presence = match (&stored.challenge, &parameters.code_verifier) {
        (Some(_), Some(_)) => true,
        (None, None) => may_go_without,
        _ => false,
    };
    that(Rule::CodeVerifierPresence, presence)?;
    if let (Some(challenge), Some(verifier)) = (&stored.challenge, &parameters.code_verifier) {
        let verifier = CodeVerifier::parse(verifier.expose());
        that(Rule::CodeVerifierSyntax, verifier.is_ok())?;
        that(Rule::CodeVerifier, verifier.is_ok_and(|verifier| challenge.matches(&verifier, sha256)))?;
    }
    // RFC 6749 §4.1.3: required if it was in the authorization request, and identical.
    that(Rule::CodeRedirectUri, parameters.redirect_uri == stored.redirect_uri)?;
    // D20: another key is `invalid_grant`, no proof at all is `invalid_dpop_proof`.
    that(Rule::DpopPresent, stored.confirmation.jkt.is_none() || confirmation.jkt.is_some())?;
    that(Rule::CodeBinding, confirmation.satisfies(&stored.confirmation))?;
    // D4: expiry does not count for a replay, so that it is judged first.
    that(Rule::CodeOnce, !stored.redeemed)?;
    that(Rule::GrantActive, !stored.family.revoked)?;
    that(Rule::CodeFresh, now < stored.expires)?;
    judge.finish()
}

impl core::fmt::Debug for AuthorizationCodeGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("AuthorizationCodeGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
