//! The backchannel authentication endpoint ([OpenID CIBA §7](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_backchannel_endpoint)).
use alloc::{format, string::String, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_crypto::AEAD_TAG_BYTES;
use symbolon_token_response::BackchannelAuthenticationResponse;
use symbolon_types::{ClientId, Digest, GrantType, RequestParts, Rule, Scope, Secret};
use time::{Duration, UtcDateTime};

use crate::{
    AuthenticatedRequest, Decided, Endpoint, Granted, Outcome, Poll, Reason, ReceivedRequest, Refusal,
    RegisteredClient, StoredDeferred, context::Purpose,
};

/// Longest binding message, in characters: it is shown on a small screen and compared by a person.
pub const MAX_BINDING_MESSAGE_CHARS: usize = 128;

/// Longest notification token, in bytes ([OpenID CIBA §7.1]).
///
/// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
pub const MAX_NOTIFICATION_TOKEN_BYTES: usize = 1024;

/// Shortest notification token, in bytes without padding: 128 bits in base64url.
pub const MIN_NOTIFICATION_TOKEN_BYTES: usize = 22;

impl Endpoint {
    /// Reads a backchannel authentication request ([OpenID CIBA §7.1]) as strictly as [`Self::receive`] reads a token request:
    /// the client authenticates in the same way. It goes on with [`AuthenticatedRequest::into_backchannel`].
    ///
    /// A DPoP proof is not judged here: nothing is issued yet that could be bound.
    ///
    /// # Errors
    /// As [`Self::receive`].
    ///
    /// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
    pub fn receive_backchannel_authentication(&self, parts: RequestParts) -> Result<ReceivedRequest, Refusal> {
        self.receive_for(Purpose::BackchannelAuthentication, parts)
    }

    /// The digest under which a store knows this `auth_req_id`.
    pub fn auth_req_id_digest(&self, id: &Secret) -> Digest {
        self.digest(b"auth_req_id", id.expose())
    }

    /// What a client that wants to be told gets told once its user has decided ([OpenID CIBA §10.2]), to be sent to
    /// [`RegisteredClient::notification_endpoint`] by `POST`, without following redirects, to an address that is not of a
    /// private network (security decision D27). `None`: it polls, or the server key is gone under which this was kept.
    ///
    /// [OpenID CIBA §10.2]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback
    pub fn notification(&self, deferred: &StoredDeferred) -> Option<Notification> {
        let ping = deferred.ping.as_ref()?;
        let (nonce, sealed) = ping.sealed.split_first_chunk()?;
        let mut text = zeroize::Zeroizing::new(sealed.to_vec());
        let key = self.backchannel_key(&ping.server_key)?;
        key.open(nonce, &associated(&deferred.client_id, &deferred.id), &mut text).ok()?;
        let (auth_req_id, token) = str::from_utf8(&text).ok()?.split_once('\n')?;
        Some(Notification { auth_req_id: auth_req_id.into(), token: token.into() })
    }
}

/// What tells a client that its user has decided. `Debug` shows nothing of it.
///
/// ```
/// fn request(notification: &symbolon_server::Notification) -> (String, String) {
///     let header = format!("Bearer {}", notification.token().expose());
///     (header, notification.body().expose().into()) // application/json
/// }
/// ```
#[derive(Clone)]
pub struct Notification {
    auth_req_id: Secret,
    token: Secret,
}

impl Notification {
    /// The bearer token of the notification, for its `Authorization` header.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// The JSON body: `auth_req_id`.
    pub fn body(&self) -> Secret {
        // It has no character that JSON escapes: base64url.
        Secret::new(format!(r#"{{"auth_req_id":"{}"}}"#, self.auth_req_id.expose()))
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notification(..)")
    }
}

/// What is kept to tell a client that its user has decided: `auth_req_id` and the client's token, sealed under a server key.
///
/// ```
/// # fn columns(ping: &symbolon_server::StoredPing) -> (&str, &[u8]) {
/// (&ping.server_key, &ping.sealed)
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredPing {
    /// Which server key seals it.
    pub server_key: String,
    /// A nonce, and what is sealed with its tag.
    pub sealed: Vec<u8>,
}

fn associated(client_id: &ClientId, id: &Digest) -> Vec<u8> {
    [client_id.as_str().as_bytes(), b"\0", id.as_bytes().as_slice()].concat()
}

/// How a client names the user who is to be asked.
///
/// ```
/// use symbolon_server::Hint;
/// fn user(hint: &Hint) -> Option<&str> {
///     match hint {
///         Hint::Login(login) => Some(login),
///         // `id_token_hint` is an ID token that this server issued: verify it before you believe it.
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Hint {
    /// `login_hint`: a name that the client knows its user by.
    Login(String),
    /// `login_hint_token`: a token that names the user; who made it is to be verified.
    LoginToken(Secret),
    /// `id_token_hint`: an ID token that this server issued; that it did is to be verified.
    IdToken(Secret),
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login(_) => "Login(..)",
            Self::LoginToken(_) => "LoginToken(..)",
            Self::IdToken(_) => "IdToken(..)",
        })
    }
}

impl AuthenticatedRequest {
    /// Reads a backchannel authentication request ([OpenID CIBA §7.1]). Say who is meant, then [`BackchannelRequest::accept`].
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion:
    /// - `unsupported_grant_type`, `unauthorized_client`: endpoint or client do not use CIBA, or the client is public.
    /// - `invalid_request`: no hint or more than one, a signed request (`request`), a malformed `requested_expiry`, a
    ///   `client_notification_token` that is missing where the client wants to be told, too short, too long or no token.
    /// - `invalid_scope`: none, without `openid`, malformed, or wider than the client's.
    /// - `invalid_binding_message`: too long, or of characters that cannot be shown.
    /// - `invalid_authorization_details`: malformed, or of a type that the client did not register.
    /// - `server_error`: the request came to another endpoint.
    ///
    /// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
    pub fn into_backchannel(self) -> Result<BackchannelRequest, Refusal> {
        match self.read_backchannel() {
            Ok(read) => Ok(BackchannelRequest { request: self, read }),
            Err(reason) => Err(self.context.refuse(reason)),
        }
    }

    fn read_backchannel(&self) -> Result<Read, Reason> {
        if self.context.purpose != Purpose::BackchannelAuthentication {
            return Err(Rule::Embedder.into());
        }
        self.may_ask(&GrantType::Ciba)?;
        let parameter = |name: &str| self.form.parameter(name);
        // What is signed would have to be verified, and is not.
        if parameter("request").is_some() {
            return Err(Rule::BackchannelRequest.into());
        }
        let hint = match (parameter("login_hint"), parameter("login_hint_token"), parameter("id_token_hint")) {
            (Some(login), None, None) => Hint::Login(login.into()),
            (None, Some(token), None) => Hint::LoginToken(token.into()),
            (None, None, Some(token)) => Hint::IdToken(token.into()),
            _ => return Err(Rule::BackchannelHint.into()),
        };
        let binding_message = parameter("binding_message");
        if binding_message.is_some_and(|message| !can_be_shown(message)) {
            return Err(Rule::BackchannelMessage.into());
        }
        let requested_expiry = match parameter("requested_expiry") {
            Some(text) => Some(seconds(text).ok_or(Rule::BackchannelRequest)?),
            None => None,
        };
        let token = parameter("client_notification_token");
        let is_pinged = self.client.notification_endpoint().is_some();
        let token = match token {
            Some(token) if is_pinged && is_notification_token(token) => Some(Secret::from(token)),
            // OpenID CIBA §7.1: required where the client registered to be told. Else nobody needs it.
            Some(_) | None if is_pinged => return Err(Rule::BackchannelToken.into()),
            _ => None,
        };
        // D10: scope and resource come last.
        let asked = self.read_asked()?;
        // Required here, and there is no default.
        if parameter("scope").is_none() || !asked.scope.contains("openid") {
            return Err(Rule::BackchannelScope.into());
        }
        Ok(Read {
            asked,
            hint,
            binding_message: binding_message.map(String::from),
            acr_values: parameter("acr_values").map(String::from),
            user_code: parameter("user_code").map(Secret::from),
            requested_expiry,
            token,
        })
    }
}

struct Read {
    asked: Granted,
    hint: Hint,
    binding_message: Option<String>,
    acr_values: Option<String>,
    user_code: Option<Secret>,
    requested_expiry: Option<Duration>,
    token: Option<Secret>,
}

/// A backchannel authentication request of an authenticated client: find out who is meant, and ask.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::{RegisteredCredentials, RegisteredSecret}, symbolon_policy::{GrantSet, Policy}};
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let mut policy = Policy::OAUTH_2_1;
/// # policy.grants = policy.grants.and(GrantSet::CIBA);
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).policy(policy).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = Arc::new(RegisteredClient::new(credentials, GrantSet::CIBA, Scope::parse("openid")?));
/// # let parts = RequestParts::post(b"scope=openid&login_hint=alice&binding_message=W4SCT".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// let received = endpoint.receive_backchannel_authentication(parts)?;
/// let request = received.authenticate(Found::client(Some(client)), now)?.into_backchannel()?;
/// assert_eq!(request.hint(), &Hint::Login("alice".into())); // who is that?
/// assert_eq!(request.binding_message(), Some("W4SCT"));
/// let outcome = request.accept("alice", now)?; // asked on a device of her own
/// # let answer = outcome.commit().applied();
/// # assert_eq!(outcome.settle(answer).status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct BackchannelRequest {
    request: AuthenticatedRequest,
    read: Read,
}

/// Why nobody is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BackchannelRefusal {
    /// The hint names nobody (`unknown_user_id`).
    UnknownUser,
    /// The `login_hint_token` is too old (`expired_login_hint_token`).
    ExpiredHint,
    /// The user has a code of her own, and it is missing (`missing_user_code`).
    MissingUserCode,
    /// It is not right (`invalid_user_code`).
    InvalidUserCode,
    /// The client may not ask this user (`access_denied`, 403).
    AccessDenied,
}

impl BackchannelRequest {
    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// Who is meant, unproven.
    pub const fn hint(&self) -> &Hint {
        &self.read.hint
    }

    /// What is asked for, within what the client registered.
    pub const fn scope(&self) -> &Scope {
        &self.read.asked.scope
    }

    /// What the client wants to be shown to the user, as text.
    pub fn binding_message(&self) -> Option<&str> {
        self.read.binding_message.as_deref()
    }

    /// `acr_values`, as it came.
    pub fn acr_values(&self) -> Option<&str> {
        self.read.acr_values.as_deref()
    }

    /// The code that keeps others from asking this user: a secret of the user's, to be compared in constant time and counted.
    pub const fn user_code(&self) -> Option<&Secret> {
        self.read.user_code.as_ref()
    }

    /// Begins the authentication of this user, whom the embedding program asks: `auth_req_id` has 256 bits and is good as long
    /// as the client asked and the policy allows. Only this user can decide it ([`Endpoint::decide`]).
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion: `server_error` if the account cannot be told in tokens.
    pub fn accept(self, account: impl Into<String>, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let Self { request, read } = self;
        let AuthenticatedRequest { mut context, client, .. } = request;
        let Read { asked, binding_message, requested_expiry, token, .. } = read;
        let asked = Granted { subject: Some(account.into()), ..asked };
        let endpoint = context.endpoint.clone();
        if !asked.is_tellable() || endpoint.pairwise_subject(&client, asked.subject.as_deref()).is_err() {
            return Err(context.refuse(Rule::Embedder));
        }
        let policy = endpoint.policy().deferred;
        let lifetime = requested_expiry.map_or(policy.lifetime, |asked| asked.min(policy.lifetime));
        let auth_req_id = Secret::new(URL_SAFE_NO_PAD.encode(context.entropy.token()));
        let id = endpoint.auth_req_id_digest(&auth_req_id);
        let ping = match token.map(|token| {
            let nonce = context.entropy.seal_nonce();
            let server_key = endpoint.current_key_id();
            let key = endpoint.backchannel_key(server_key)?;
            let length = auth_req_id.len().saturating_add(token.len()).saturating_add(AEAD_TAG_BYTES).saturating_add(1);
            let mut text = Vec::with_capacity(length);
            for part in [auth_req_id.expose(), "\n", token.expose()] {
                text.extend_from_slice(part.as_bytes());
            }
            key.seal(&nonce, &associated(client.client_id(), &id), &mut text);
            Some(StoredPing { server_key: server_key.into(), sealed: [nonce.as_slice(), &text].concat() })
        }) {
            Some(Some(ping)) => Some(ping),
            Some(None) => return Err(context.refuse(Rule::Embedder)),
            None => None,
        };
        let deferred = StoredDeferred {
            id,
            user_code: None,
            client_id: client.client_id().clone(),
            asked,
            binding_message,
            ping,
            expires: now.saturating_add(lifetime),
            poll: Poll { interval: policy.interval, last: None },
            decided: Decided::NotYet,
        };
        context.defer(&client, deferred);
        let mut response = BackchannelAuthenticationResponse::new(auth_req_id, lifetime);
        response.interval = policy.interval;
        Ok(Outcome::answered(context, response.into_response()))
    }

    /// Refuses: nobody is asked.
    pub fn refuse(self, refusal: BackchannelRefusal) -> Refusal {
        self.request.context.refuse(match refusal {
            BackchannelRefusal::UnknownUser => Rule::BackchannelUser,
            BackchannelRefusal::ExpiredHint => Rule::BackchannelHintFresh,
            BackchannelRefusal::MissingUserCode => Rule::BackchannelUserCode,
            BackchannelRefusal::InvalidUserCode => Rule::BackchannelUserCodeRight,
            BackchannelRefusal::AccessDenied => Rule::BackchannelAllowed,
        })
    }
}

impl fmt::Debug for BackchannelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelRequest").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}

/// Whether a text can be shown as it is: nothing that is not seen, or that turns the direction of what is.
fn can_be_shown(message: &str) -> bool {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
            || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
            // Letters without a shape, and copies of ASCII that are not drawn at all.
            || matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
    };
    message.chars().count() <= MAX_BINDING_MESSAGE_CHARS && !message.chars().any(is_hidden)
}

/// A positive number of seconds.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|seconds| is_number && *seconds > 0)?;
    Some(Duration::seconds(seconds))
}

/// Whether it is a bearer token ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)) of a sane length.
fn is_notification_token(token: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    // What pads it is known to everybody, so that it counts for nothing.
    let unpadded = token.trim_end_matches('=');
    token.len() <= MAX_NOTIFICATION_TOKEN_BYTES
        && unpadded.len() >= MIN_NOTIFICATION_TOKEN_BYTES
        && unpadded.bytes().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_hidden_or_too_long_is_not_shown() {
        for good in ["W4SCT", "Betal 12,50 kr til Ærlig Ås", &"x".repeat(128)] {
            assert!(can_be_shown(good), "{good}");
        }
        for bad in ["a\nb", "a\tb", "a\u{202e}b", "a\u{200b}b", "a\u{2066}b", &"x".repeat(129)] {
            assert!(!can_be_shown(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_message_has_no_letter_that_is_not_drawn_or_turns_the_others() {
        // Soft hyphen, grapheme joiner, the mark of Arabic, a Mongolian separator, annotation, Hangul fillers, tags.
        for hidden in ['\u{ad}', '\u{34f}', '\u{61c}', '\u{180e}', '\u{fff9}', '\u{3164}', '\u{1160}', '\u{e0041}'] {
            assert!(!can_be_shown(&format!("W4{hidden}SCT")), "{:x}", u32::from(hidden));
        }
        assert!(can_be_shown("W4ØSCT"));
    }

    #[test]
    fn an_expiry_is_a_positive_number() {
        assert_eq!(seconds("120"), Some(Duration::seconds(120)));
        for bad in ["", "0", "-1", "+1", "1.5", "1e3", " 1", "1000000000"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_notification_token_is_a_bearer_token_that_nobody_guesses() {
        let good = "8d67dc78-7faa-4d41-aabd-67707b374255";
        assert!(is_notification_token(good) && is_notification_token(&format!("{good}==")));
        for bad in ["8d67dc78-7faa-4d41-aa", "8d67dc78 7faa 4d41 aabd 67707b374255"] {
            assert!(!is_notification_token(bad), "{bad}");
        }
        // RFC 6750 §2.1: a b64token has at least one character that is no padding.
        for padded in ["=".repeat(30), format!("x{}", "=".repeat(30)), format!("{good}=x")] {
            assert!(!is_notification_token(&padded), "{padded}");
        }
        assert!(is_notification_token(&"x".repeat(1024)) && !is_notification_token(&"x".repeat(1025)));
    }
}
