use symbolon_crypto::CryptoProvider;
use symbolon_jose::VerifyingKeys;
use symbolon_policy::AssertionPolicy;
use symbolon_types::{Field, Issuer, Judge, Rule, Trace};
use symbolon_x509::ValidatedChain;
use time::UtcDateTime;

use crate::{AttemptKind, AuthError, PresentedCredentials, ProvenClient, RegisteredCredentials, secret::Readings};

/// Judges presented credentials against a registration: client authentication of [RFC 6749 §3.2.1] by `none`,
/// `client_secret_basic`, `client_secret_post`, `client_secret_jwt`, `private_key_jwt`, `tls_client_auth` and
/// `self_signed_tls_client_auth`.
///
/// Whether an assertion was used before is not judged here; see [`ProvenClient::once`].
///
/// ```
/// use symbolon_client_auth::{
///     Checks, Credentials, Evidence, Extensions, PresentedCredentials, RegisteredCredentials, RegisteredSecret,
///     policy::Policy,
///     types::{AuthMethod, ClientId, Issuer, Trace},
/// };
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// let checks = Checks {
///     crypto: &PROVIDER,
///     policy: &Policy::OAUTH_2_1.assertion,
///     issuer: &Issuer::parse("https://idporten.no")?,
///     token_endpoint: "https://idporten.no/token",
/// };
/// let client = RegisteredCredentials::new(ClientId::parse("test_rp_yt2")?, AuthMethod::ClientSecretBasic)
///     .with_secret(RegisteredSecret::Plain("password".into()));
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
///
/// let right: &[u8] = b"Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=";
/// let credentials = Credentials { authorization: &[right], ..Credentials::default() };
/// let presented = PresentedCredentials::read(&credentials, &Extensions::NONE)?;
/// let trace = &mut Trace::stop_at_first();
/// let proven = checks.check(&presented, Some(&client), &Evidence::default(), trace, now)?;
/// assert_eq!(proven.client_id().as_str(), "test_rp_yt2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §3.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1
#[derive(Clone, Copy, Debug)]
pub struct Checks<'a> {
    /// The provider; its SHA-256 and its MACs are used, public keys bring their own verifier.
    pub crypto: &'a CryptoProvider,
    /// What an assertion must be.
    pub policy: &'a AssertionPolicy,
    /// This server's issuer identifier: the one audience, and the tenant of replay ids.
    pub issuer: &'a Issuer,
    /// This server's token endpoint, for policies that still take it as an audience.
    pub token_endpoint: &'a str,
}

impl Checks<'_> {
    /// Judges what was presented. `registered` is the client found under
    /// [`client_hint`](PresentedCredentials::client_hint); one whose id is spelled in another way counts as unknown.
    ///
    /// # Errors
    /// All are `invalid_client`.
    /// - [`AuthError::Throttled`]: [`Evidence::throttled`] and a shared secret or its MAC; nothing was compared.
    /// - [`AuthError::UnknownClient`], [`AuthError::MethodNotRegistered`], [`AuthError::WrongSecret`],
    ///   [`AuthError::SecretExpired`]: as they say; for a shared secret the four make the same calls of the provider, and each
    ///   is an attempt to count. A wrong MAC is [`AuthError::AssertionMac`].
    /// - [`AuthError::BasicSyntax`]: no reading of the Basic header that the registration allows; it costs and counts the same.
    /// - [`AuthError::VerdictMissing`], [`AuthError::KeysMissing`], [`AuthError::NotVouched`]: the embedding program left
    ///   out what only it can bring.
    /// - `AuthError::Certificate…`: the certificate of the connection breaks the rule of that name.
    /// - [`AuthError::SecretTooShort`], [`AuthError::NoMacKey`]: no live secret can be the key of the assertion's MAC.
    /// - `AuthError::Assertion…`: the assertion breaks the rule of that name.
    ///
    /// # Security
    /// Count [`AuthError::attempt`], and bring `throttled` when there were too many
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    pub fn check(
        &self,
        presented: &PresentedCredentials,
        registered: Option<&RegisteredCredentials>,
        evidence: &Evidence<'_>,
        trace: &mut Trace,
        now: UtcDateTime,
    ) -> Result<ProvenClient, AuthError> {
        // A look-up that folds case or trims finds clients that the peer did not name.
        let registered = registered.filter(|client| client.client_id.as_str() == presented.client_hint());
        let judge = Judge::new(trace);
        match presented {
            PresentedCredentials::None { .. } => self.check_certificate(None, registered, evidence, judge),
            PresentedCredentials::Certificate { certificate, .. } => {
                self.check_certificate(Some(certificate), registered, evidence, judge)
            }
            PresentedCredentials::Basic { secret, .. } => {
                let lenient = registered.is_some_and(|client| client.lenient_basic);
                self.check_secret(presented, Readings::of(secret, lenient), registered, evidence, judge, now)
            }
            PresentedCredentials::Post { secret, .. } => {
                self.check_secret(presented, Readings::one(secret), registered, evidence, judge, now)
            }
            PresentedCredentials::Assertion { assertion, .. } => {
                self.check_assertion(presented, assertion, registered, evidence, judge, now)
            }
            PresentedCredentials::Extension { .. } => stop(judge, AuthError::NotVouched),
        }
    }
}

/// What the caller found out for one request. Later needs become further fields: end it with `..default()`.
///
/// ```
/// use symbolon_client_auth::{Evidence, Verdict};
/// let evidence = Evidence { verdict: Some(Verdict::Right), ..Evidence::default() };
/// assert!(!evidence.throttled);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The keys at the client's `jwks_uri`. Ignored for a client that registered its keys inline.
    pub keys: Option<&'a VerifyingKeys>,
    /// The chain of the assertion's `x5c` ([`PresentedCredentials::untrusted_chain`]), validated by the caller at this time.
    /// Only the key of this chain is used, and only for a client that registered its organisation number or certificate.
    pub chain: Option<&'a ValidatedChain>,
    /// The caller's judgement of the presented secret. Ignored for a client whose secrets can be judged here.
    pub verdict: Option<Verdict>,
    /// Too many refused attempts came from there (security decision D15). It concerns shared secrets only.
    pub throttled: bool,
}

/// The caller's judgement of a presented secret (security decision D11).
///
/// # Security
/// Judge in constant time, and do the same work for a client that is not known.
///
/// ```
/// use symbolon_client_auth::Verdict;
/// assert_eq!(Verdict::of(true), Verdict::Right);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a judgement has two outcomes")]
pub enum Verdict {
    /// It is one of the client's live secrets.
    Right,
    /// It is not.
    Wrong,
}

impl Verdict {
    /// `Right` if it is.
    pub const fn of(right: bool) -> Self {
        if right { Self::Right } else { Self::Wrong }
    }
}

/// Ends a run of checks that cannot go on: the first error wins, which need not be this one.
pub(crate) fn stop<T>(judge: Judge<'_, AuthError>, error: AuthError) -> Result<T, AuthError> {
    Err(judge.stop(error.rule(), error))
}

/// The client, if it is registered.
pub(crate) fn known<'t, 'c>(
    mut judge: Judge<'t, AuthError>,
    registered: Option<&'c RegisteredCredentials>,
    attempt: Option<AttemptKind>,
) -> Result<(Judge<'t, AuthError>, &'c RegisteredCredentials), AuthError> {
    let Some(client) = registered else {
        return stop(judge, AuthError::UnknownClient { attempt });
    };
    judge.trace().held(Rule::ClientKnown);
    judge.trace().note(Rule::MethodRegistered, Field::Method, client.method.as_str());
    Ok((judge, client))
}

/// The client, if it is registered and with the method that was used: a secret of another method is compared with nothing,
/// so that there is nothing more to judge.
pub(crate) fn known_by_method<'t, 'c>(
    judge: Judge<'t, AuthError>,
    presented: &PresentedCredentials,
    registered: Option<&'c RegisteredCredentials>,
    attempt: Option<AttemptKind>,
) -> Result<(Judge<'t, AuthError>, &'c RegisteredCredentials), AuthError> {
    let (mut judge, client) = known(judge, registered, attempt)?;
    // OIDC Registration §2: the registered method is the only one that is taken.
    if presented.method().as_ref() != Some(&client.method) {
        return stop(judge, AuthError::MethodNotRegistered { attempt });
    }
    judge.trace().held(Rule::MethodRegistered);
    Ok((judge, client))
}

/// OIDC Registration §2: the registered method is the only one that is taken. With another one the header can still be
/// judged.
pub(crate) fn check_method(
    presented: &PresentedCredentials,
    client: &RegisteredCredentials,
    attempt: Option<AttemptKind>,
    judge: &mut Judge<'_, AuthError>,
) -> Result<(), AuthError> {
    let registered = presented.method().as_ref() == Some(&client.method);
    judge.that(Rule::MethodRegistered, registered, || AuthError::MethodNotRegistered { attempt })
}
