use alloc::{
    string::{String, ToString as _},
    sync::Arc,
    vec::Vec,
};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_crypto::{AEAD_NONCE_BYTES, AEAD_TAG_BYTES, AeadKey, CryptoProvider, OpenFailed, RandomFailed};
use symbolon_pkce::CodeVerifier;
use symbolon_policy::MAX_LEEWAY;
use symbolon_types::{Digest, Rule, Scope, Secret, SecretBytes};
use thiserror::Error;
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use crate::{
    Client, CookieName, PendingAuthorization,
    authorization::{Asked, Login},
    cookie_name::ATTRIBUTES,
};

/// Seals pending halves, so that the browser itself can keep them in a cookie (security decision D30).
///
/// ```
/// use symbolon_client::types::SecretBytes;
/// use symbolon_client::{SealError, SealingKey};
/// use symbolon_crypto_ring::PROVIDER;
/// let key = SealingKey::new(&PROVIDER, &SecretBytes::new([7; 32]))?; // random, from where the other secrets are
/// assert_eq!(SealingKey::new(&PROVIDER, &SecretBytes::new([7; 31])).err(), Some(SealError::Key));
/// # Ok::<(), SealError>(())
/// ```
///
/// # Security
/// The key is at least 32 random octets, the same in every process that answers callbacks, and no other key's. One key is
/// good for about four thousand million sign-ins. With another key, sign-ins that are under way begin anew.
#[derive(Clone)]
pub struct SealingKey(Arc<dyn AeadKey>);

impl SealingKey {
    /// Shortest key, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// Seals under this key.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`SealError::Key`]: it is shorter than [`Self::MIN_BYTES`].
    pub fn new(crypto: &CryptoProvider, key: &SecretBytes) -> Result<Self, SealError> {
        if key.expose().len() < Self::MIN_BYTES {
            return Err(SealError::Key);
        }
        let derived = Zeroizing::new(crypto.hmac_sha256.load(key.expose()).sign(&[LABEL]));
        Ok(Self(crypto.aead.load(&derived)))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

/// A sealed [`PendingAuthorization`]: the name and the value of a cookie.
///
/// It is made by [`PendingAuthorization::seal`] and opened by [`Client::open`].
///
/// ```
/// use symbolon_client::types::{ClientId, Issuer, Scope, SecretBytes};
/// use symbolon_client::{AuthorizationPlan, Client, SealingKey};
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
///     .authorization_endpoint("https://as.example/authorize")
///     .token_endpoint("https://as.example/token")
///     .redirect_uri("https://app.example/cb")
///     .build()?;
/// let key = SealingKey::new(&PROVIDER, &SecretBytes::new([7; 32]))?;
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
///
/// // The answer that sends the browser away: a redirect with a cookie.
/// let (request, pending) = client.authorize(AuthorizationPlan::new(Scope::parse("openid")?))?;
/// let state = pending.state().expose().to_owned();
/// let sealed = pending.seal(&key, now)?;
/// let set_cookie = sealed.set_cookie();
/// assert!(set_cookie.expose().starts_with("__Host-"));
/// assert!(set_cookie.expose().ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"));
///
/// // The browser comes back, with its cookies.
/// let query = format!("code=SplxlOBeZQQYbYS6WxSbIA&state={state}");
/// let cookies = format!("{}={}", sealed.cookie_name(), sealed.value().expose());
/// let name = client.cookie_name(&query).ok_or("no state")?;
/// let value = name.find(&cookies).ok_or("not the browser that was sent away")?;
/// let code = client.open(&value, &key, now)?.receive(&query, now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct SealedAuthorization {
    name: CookieName,
    value: Secret,
}

impl SealedAuthorization {
    /// The name of the cookie.
    pub const fn cookie_name(&self) -> &CookieName {
        &self.name
    }

    /// The value of the cookie: base64url, no more than [`MAX_SEALED_BYTES`].
    pub const fn value(&self) -> &Secret {
        &self.value
    }

    /// The value of the `Set-Cookie` header, with the attributes that D30 asks for: `Path=/`, `Secure`, `HttpOnly`,
    /// `SameSite=Lax`, and [`SEALED_LIFETIME`] as `Max-Age`.
    pub fn set_cookie(&self) -> Secret {
        let max_age = SEALED_LIFETIME.whole_seconds().to_string();
        Secret::new([self.name.as_str(), "=", self.value.expose(), ATTRIBUTES, "; Max-Age=", &max_age].concat())
    }
}

impl PendingAuthorization {
    /// Seals the pending half, for a cookie of the browser that is sent away (security decision D30). This is the only way in
    /// which it is written down.
    ///
    /// What is sealed opens for [`SEALED_LIFETIME`], for the same client of the same issuer with the same token endpoint and
    /// the same DPoP key. It says nothing about who brings it back.
    ///
    /// # Errors
    /// Nobody hears a code, and nobody is to be sent anywhere.
    /// - [`SealError::TooLong`]: scope, `redirect_uri`, `acr_values` and `acr_levels` are too long for a cookie.
    /// - [`SealError::Random`]: the source of randomness failed.
    ///
    /// # Security
    /// Give it to the browser that gets the [`AuthorizationRequest`](crate::AuthorizationRequest), and to no other.
    pub fn seal(self, key: &SealingKey, now: UtcDateTime) -> Result<SealedAuthorization, SealError> {
        let (client, state, asked) = self.into_parts();
        let mut text = write(now, &state, &asked)?;
        let mut nonce = [0; AEAD_NONCE_BYTES];
        client.crypto().random.fill(&mut nonce)?;
        key.0.seal(&nonce, &associated(&client), &mut text);
        let sealed = [&[VERSION], nonce.as_slice(), &text].concat();
        Ok(SealedAuthorization {
            name: CookieName::of(&client, &state),
            value: Secret::new(URL_SAFE_NO_PAD.encode(sealed)),
        })
    }
}

impl Client {
    /// Opens what [`PendingAuthorization::seal`] sealed: the value of the cookie that [`Self::cookie_name`] names, as the
    /// browser that calls back brought it.
    ///
    /// # Errors
    /// Nobody hears a code. The sign-in begins anew.
    /// - [`SealError::TooLong`]: longer than [`MAX_SEALED_BYTES`].
    /// - [`SealError::Version`]: sealed by another version of this library.
    /// - [`SealError::Open`]: sealed under another key, for another client, issuer, token endpoint or DPoP key, or changed.
    /// - [`SealError::Expired`]: [`SEALED_LIFETIME`] is over, or it was sealed in the future.
    ///
    /// # Security
    /// Delete the cookie ([`CookieName::removal`]) before the code is exchanged, whatever comes of it. Nothing here remembers
    /// what was opened: whoever copied the cookie can open it again in its time, and needs a code that was not used yet, of
    /// this very request ([RFC 6749 §4.1.2], [RFC 7636 §4.6]).
    ///
    /// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    /// [RFC 7636 §4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6
    pub fn open(&self, sealed: &Secret, key: &SealingKey, now: UtcDateTime) -> Result<PendingAuthorization, SealError> {
        if sealed.len() > MAX_SEALED_BYTES {
            return Err(SealError::TooLong);
        }
        let octets = URL_SAFE_NO_PAD.decode(sealed.expose()).map_err(|_| SealError::Open)?;
        let [version, rest @ ..] = octets.as_slice() else { return Err(SealError::Open) };
        if *version != VERSION {
            return Err(SealError::Version);
        }
        let (nonce, text) = rest.split_first_chunk().ok_or(SealError::Open)?;
        let mut text = Zeroizing::new(text.to_vec());
        key.0.open(nonce, &associated(self), &mut text)?;
        let (sealed_at, state, asked) = read(&text).ok_or(SealError::Open)?;

        let leeway = self.policy().id_token.future_leeway.clamp(Duration::ZERO, MAX_LEEWAY);
        let begun = sealed_at <= now.saturating_add(leeway);
        let over = now >= sealed_at.saturating_add(SEALED_LIFETIME);
        if !begun || over {
            return Err(SealError::Expired);
        }
        Ok(PendingAuthorization::new(self.clone(), state, asked))
    }
}

/// Why a pending half is not sealed or not opened. Holds no text of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// The key is too short.
    #[error("the key is shorter than 32 octets")]
    Key,
    /// The source of randomness failed.
    #[error("no randomness for the nonce")]
    Random,
    /// It does not fit into a cookie.
    #[error("the pending half is too long for a cookie")]
    TooLong,
    /// It was sealed by another version.
    #[error("the pending half was sealed by another version")]
    Version,
    /// It does not open.
    #[error("the pending half was sealed by another key, for another client or issuer, or changed")]
    Open,
    /// Its time is over, or has not come.
    #[error("the time of the pending half is over")]
    Expired,
}

impl SealError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Key | Self::TooLong => Rule::Embedder,
            Self::Random => Rule::RandomAnswers,
            // The callback is not known to be of the browser that was sent away.
            Self::Version | Self::Open | Self::Expired => Rule::CallbackState,
        }
    }
}

impl From<RandomFailed> for SealError {
    fn from(RandomFailed: RandomFailed) -> Self {
        Self::Random
    }
}

impl From<OpenFailed> for SealError {
    fn from(OpenFailed: OpenFailed) -> Self {
        Self::Open
    }
}

/// Whom it is sealed for (D29). None of the four has an octet 0.
fn associated(client: &Client) -> Vec<u8> {
    let jkt = client.jkt().as_ref().map(Digest::to_base64url).unwrap_or_default();
    let parts = [client.issuer().as_str(), client.client_id().as_str(), client.token_endpoint().as_str(), &jkt];
    [LABEL, parts.join("\0").as_bytes()].concat()
}

/// The clear text: fields, each after its length in two octets.
fn write(now: UtcDateTime, state: &Secret, asked: &Asked) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let Asked { scope, redirect_uri, verifier, login } = asked;
    let mut fields = Writer::new();
    fields.put(&now.unix_timestamp().to_be_bytes())?;
    fields.put(state.expose().as_bytes())?;
    fields.put(verifier.expose().as_bytes())?;
    fields.put(scope.as_str().as_bytes())?;
    fields.put(redirect_uri.as_bytes())?;
    if let Some(Login { nonce, max_age, acr_values, acr_levels, may_lack_id_token }) = login {
        fields.put(&[u8::from(*may_lack_id_token)])?;
        fields.put(nonce.as_ref().map_or("", Secret::expose).as_bytes())?;
        let octets =
            |age: Duration| [&age.whole_seconds().to_be_bytes()[..], &age.subsec_nanoseconds().to_be_bytes()].concat();
        fields.put(&max_age.map(octets).unwrap_or_default())?;
        fields.put_all(acr_values)?;
        for level in acr_levels {
            fields.put_all(level)?;
        }
    }
    Ok(fields.0)
}

fn read(text: &[u8]) -> Option<(UtcDateTime, Secret, Asked)> {
    let mut fields = Reader(text);
    let sealed_at = UtcDateTime::from_unix_timestamp(i64::from_be_bytes(fields.octets()?.try_into().ok()?)).ok()?;
    let state = Secret::new(fields.text()?);
    let verifier = CodeVerifier::parse(fields.text()?).ok()?;
    let scope = Scope::parse(fields.text()?).ok()?;
    let redirect_uri = String::from(fields.text()?);
    let login = if fields.is_empty() { None } else { Some(fields.login()?) };
    Some((sealed_at, state, Asked { scope, redirect_uri, verifier, login }))
}

struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// With room for all that fits, the tag included: no clear text is left behind in memory that was too small.
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(MAX_CLEAR_BYTES.saturating_add(AEAD_TAG_BYTES))))
    }

    fn put(&mut self, field: &[u8]) -> Result<(), SealError> {
        let length = u16::try_from(field.len()).map_err(|_| SealError::TooLong)?.to_be_bytes();
        let room = MAX_CLEAR_BYTES.saturating_sub(self.0.len());
        if room < field.len().saturating_add(length.len()) {
            return Err(SealError::TooLong);
        }
        self.0.extend_from_slice(&length);
        self.0.extend_from_slice(field);
        Ok(())
    }

    /// A list, after a field with its length.
    fn put_all(&mut self, list: &[String]) -> Result<(), SealError> {
        let length = u16::try_from(list.len()).map_err(|_| SealError::TooLong)?;
        self.put(&length.to_be_bytes())?;
        list.iter().try_for_each(|text| self.put(text.as_bytes()))
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn octets(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (field, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        self.0 = rest;
        Some(field)
    }

    fn text(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.octets()?).ok()
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        let length = u16::from_be_bytes(self.octets()?.try_into().ok()?);
        (0..length).map(|_| self.text().map(String::from)).collect()
    }

    fn login(&mut self) -> Option<Login> {
        let may_lack_id_token = match self.octets()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let nonce = Some(self.text()?).filter(|nonce| !nonce.is_empty()).map(Secret::new);
        let max_age = match self.octets()? {
            [] => None,
            octets => {
                let (seconds, nanoseconds) = octets.split_first_chunk()?;
                let nanoseconds = i32::from_be_bytes(nanoseconds.try_into().ok()?);
                Some(Duration::new(i64::from_be_bytes(*seconds), nanoseconds))
            }
        };
        let acr_values = self.texts()?;
        let mut acr_levels = Vec::new();
        while !self.is_empty() {
            acr_levels.push(self.texts()?);
        }
        Some(Login { nonce, max_age, acr_values, acr_levels, may_lack_id_token })
    }
}

/// How long a sealed pending half opens: long enough to sign in with a second factor, and no longer (D30).
pub const SEALED_LIFETIME: Duration = Duration::minutes(10);

/// Longest sealed half, in bytes. Browsers keep cookies of 4096 bytes ([RFC 6265 §6.1]), and that is name, value and
/// attributes.
///
/// [RFC 6265 §6.1]: https://www.rfc-editor.org/rfc/rfc6265#section-6.1
pub const MAX_SEALED_BYTES: usize = 3_800;

/// What has room in it: three quarters, in base64url, of which version, nonce and tag take their part.
const MAX_CLEAR_BYTES: usize = MAX_SEALED_BYTES / 4 * 3 - 1 - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;

const LABEL: &[u8] = b"symbolon pending authorization v1\0";
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_longer_than_the_rest_or_of_another_form_is_not_read() {
        let octets = |text| Reader(text).octets();
        assert_eq!(octets(&[0, 2, 7, 8, 9]), Some(&[7, 8][..]));
        assert_eq!(octets(&[0, 3, 7, 8]), None);
        assert_eq!(octets(&[0]), None);
        // Whether an ID token may lack, no nonce, no maximum age; then lists.
        let login = |text: &[u8]| Reader(text).login().map(|login| (login.may_lack_id_token, login.acr_values.len()));
        let begun = |flag: u8, rest: &[u8]| login(&[&[0, 1, flag, 0, 0, 0, 0], rest].concat());
        assert_eq!(begun(1, &[0, 2, 0, 0]), Some((true, 0)));
        assert_eq!(
            begun(0, &[0, 2, 0, 1, 0, 1, b'2', 0, 2, 0, 0]),
            Some((false, 1)),
            "a value, and a level without one"
        );
        assert_eq!(begun(2, &[0, 2, 0, 0]), None, "neither yes nor no");
        assert_eq!(begun(1, &[]), None, "no list");
        assert_eq!(begun(1, &[0, 2, 0, 2, 0, 1, b'2']), None, "one value of two");
        assert_eq!(begun(1, &[0, 1, 0]), None, "a length of one octet");
        assert_eq!(begun(1, &[0, 2, 0, 0, 0]), None, "an octet too many");
        assert_eq!(login(&[0, 1, 1, 0, 0, 0, 1, 0, 0, 2, 0, 0]), None, "a maximum age of one octet");
    }

    #[test]
    fn a_whole_cookie_is_within_what_browsers_keep() {
        let longest = SealedAuthorization {
            name: CookieName::of(&client(), &Secret::new("state")),
            value: Secret::new("A".repeat(MAX_SEALED_BYTES)),
        };
        assert!(longest.set_cookie().len() <= 4096);
    }

    fn client() -> Client {
        let issuer = symbolon_types::Issuer::parse("https://as.example").unwrap();
        let client_id = symbolon_types::ClientId::parse("app").unwrap();
        let builder = Client::builder(issuer, client_id, symbolon_crypto_ring::PROVIDER);
        builder.token_endpoint("https://as.example/token").build().unwrap()
    }
}
