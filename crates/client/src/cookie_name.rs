use alloc::string::String;
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_token_request::TokenRequest;
use symbolon_types::Secret;

use crate::Client;

/// The name of the cookie that keeps the pending half of one authorization request (security decision D30): `__Host-` and a
/// hash of `state`, so that two sign-ins of one browser do not overwrite each other, and nobody but the host itself sets it
/// ([RFC 6265bis §4.1.3.2]).
///
/// The callback's `state` tells which cookie to look for and proves nothing:
/// [`PendingAuthorization::receive`](crate::PendingAuthorization::receive) compares it with the one inside.
///
/// ```
/// use symbolon_client::{Client, types::{ClientId, Issuer}};
/// use symbolon_crypto_ring::PROVIDER;
/// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
///     .token_endpoint("https://as.example/token")
///     .build()?;
/// let name = client.cookie_name("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz").ok_or("no state")?;
/// let cookies = format!("theme=dark; {name}=sealed");
/// assert_eq!(name.find(&cookies), Some("sealed".into()));
/// assert!(name.removal().ends_with("=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
/// assert_eq!(client.cookie_name("code=SplxlOBeZQQYbYS6WxSbIA"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6265bis §4.1.3.2]: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CookieName(String);

impl CookieName {
    pub(crate) fn of(client: &Client, state: &Secret) -> Self {
        let hash = client.crypto().sha256.digest(&[LABEL, state.expose().as_bytes()]);
        let (half, _) = hash.split_at(HASH_OCTETS);
        Self([PREFIX, &URL_SAFE_NO_PAD.encode(half)].concat())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of this cookie in a `Cookie` header, if it is there once.
    ///
    /// A browser has one cookie of a name with the prefix `__Host-`: of two, one was put there by somebody else.
    pub fn find(&self, cookies: &str) -> Option<Secret> {
        let pairs = cookies.split(';').filter_map(|pair| pair.trim_matches(' ').split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.0).map(|(_, value)| value);
        let value = values.next()?;
        values.next().is_none().then(|| Secret::new(value))
    }

    /// The value of the `Set-Cookie` header that deletes the cookie. It goes into every answer to a callback, whatever
    /// comes of it.
    pub fn removal(&self) -> String {
        [&self.0, "=", ATTRIBUTES, "; Max-Age=0"].concat()
    }
}

impl fmt::Display for CookieName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// The name of the cookie in which the pending half of this callback is, if it was sealed: from the query of the
    /// redirect URI as the browser brought it, without `?`. `None` if there is no `state`, or no well-formed query.
    pub fn cookie_name(&self, query: &str) -> Option<CookieName> {
        let form = TokenRequest::parse(query.as_bytes().to_vec()).ok()?;
        form.parameter("state").map(|state| CookieName::of(self, &Secret::new(state)))
    }
}

/// What `__Host-` asks for (RFC 6265bis §4.1.3.2): `Secure`, `Path=/`, no `Domain`. `HttpOnly` keeps scripts away. The
/// callback is a navigation from another site: `SameSite=Strict` would keep the cookie back, `Lax` does not.
pub(crate) const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax";
const PREFIX: &str = "__Host-";
const LABEL: &[u8] = b"symbolon client cookie name v1\0";
/// 128 bits: no two states of one browser have one name.
const HASH_OCTETS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CookieName {
        CookieName(text.into())
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for cookies in ["__Host-a=v", "x=1; __Host-a=v; y=2", "__Host-a=v;x=1", "x;__Host-a=v"] {
            assert_eq!(name("__Host-a").find(cookies), Some(Secret::new("v")), "{cookies}");
        }
        for cookies in ["", "__Host-a", "__Host-ab=v", "__host-a=v", "x=__Host-a=v", "a=v"] {
            assert_eq!(name("__Host-a").find(cookies), None, "{cookies}");
        }
        assert_eq!(name("__Host-a").find("__Host-a=v=w"), Some(Secret::new("v=w")), "the first `=` ends the name");
    }

    #[test]
    fn a_cookie_that_comes_twice_is_nobodys() {
        assert_eq!(name("__Host-a").find("__Host-a=v; __Host-a=w"), None);
        assert_eq!(name("__Host-a").find("__Host-a=v; __Host-b=w"), Some(Secret::new("v")));
    }
}
