use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use serde_json::Value;
use symbolon_crypto::Sha256;
use symbolon_types::{Digest, GrantType, Scope};

use crate::Client;

/// Under what a token is kept for the next request ([RFC 6749 §1.4]): equal exactly if everything is equal that the token hangs
/// on. Of two requests with one key the second may use the token of the first.
///
/// In it are the issuer, the token endpoint, the client, how it authenticates, the key that its tokens are bound to, the grant,
/// and what [`CacheKeyBuilder`] is told. It is a SHA-256: nobody reads out of it for whom the token is.
///
/// ```
/// use symbolon_client::client_auth::ClientAuthentication;
/// use symbolon_client::types::{ClientId, GrantType, Issuer, Scope};
/// use symbolon_client::{CacheKey, Client};
/// use symbolon_crypto_ring::PROVIDER;
///
/// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
///     .token_endpoint("https://as.example/token")
///     .authentication(ClientAuthentication::Basic("mysecret".into()))
///     .build()?;
/// let of = |scope: &str, org: &str| {
///     let key = CacheKey::builder(&client, &GrantType::JwtBearer).scope(&Scope::parse(scope)?);
///     Ok::<_, Box<dyn std::error::Error>>(key.parameter("consumer_org", org).build())
/// };
/// assert_eq!(of("read write", "0192:991825827")?, of("write read", "0192:991825827")?);
/// assert_ne!(of("read write", "0192:991825827")?, of("read write", "0192:974761076")?);
/// assert_ne!(of("read write", "0192:991825827")?, of("read", "0192:991825827")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §1.4]: https://www.rfc-editor.org/rfc/rfc6749#section-1.4
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct CacheKey(Digest);

impl CacheKey {
    /// Begins with the client and the grant.
    pub fn builder(client: &Client, grant_type: &GrantType) -> CacheKeyBuilder {
        let mut parts = Vec::new();
        let jkt = client.jkt().map(|jkt| jkt.to_base64url());
        for (name, value) in [
            ("issuer", client.issuer().as_str()),
            ("token_endpoint", client.token_endpoint().as_str()),
            ("client_id", client.client_id().as_str()),
            ("method", client.authentication().method().as_str()),
            ("grant_type", grant_type.as_str()),
        ] {
            parts.push((name.to_string(), value.to_string()));
        }
        parts.extend(jkt.map(|jkt| ("jkt".to_string(), jkt)));
        CacheKeyBuilder { sha256: client.crypto().sha256, parts }
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheKey(..)")
    }
}

/// Collects what a token hangs on. The order of the calls does not count.
#[must_use]
pub struct CacheKeyBuilder {
    sha256: &'static dyn Sha256,
    parts: Vec<(String, String)>,
}

impl CacheKeyBuilder {
    /// `scope`, in any order.
    pub fn scope(mut self, scope: &Scope) -> Self {
        let mut tokens: Vec<&str> = scope.tokens().collect();
        tokens.sort_unstable();
        self.parts.push(("scope".into(), tokens.join(" ")));
        self
    }

    /// One `resource` of several, in any order.
    pub fn resource(self, resource: &str) -> Self {
        self.own("resource", resource)
    }

    /// One `audience` of several, in any order.
    pub fn audience(self, audience: &str) -> Self {
        self.own("audience", audience)
    }

    /// `authorization_details`: the members of an object in any order, the elements of an array in this one.
    pub fn authorization_details(self, details: &Value) -> Self {
        let text = canonical(details).to_string();
        self.own("authorization_details", &text)
    }

    /// For whom it is, where one program keeps tokens of several users.
    pub fn subject(self, subject: &str) -> Self {
        self.own("subject", subject)
    }

    /// The certificate that the tokens are bound to, as its thumbprint (`x5t#S256`).
    pub fn certificate(self, thumbprint: &Digest) -> Self {
        self.own("x5t#S256", &thumbprint.to_base64url())
    }

    /// Anything else that is sent and changes what the token is good for: `consumer_org`, `pid`.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        // Under a name that none of ours begins with.
        self.parts.push((["parameter ", name].concat(), value.into()));
        self
    }

    fn own(mut self, name: &str, value: &str) -> Self {
        self.parts.push((name.into(), value.into()));
        self
    }

    /// The key.
    pub fn build(mut self) -> CacheKey {
        self.parts.sort_unstable();
        let mut text = LABEL.to_vec();
        for part in self.parts.iter().flat_map(|(name, value)| [name, value]) {
            // With its length before each: no two lists read the same.
            text.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        CacheKey(Digest::from_bytes(self.sha256.digest(&[&text])))
    }
}

/// The names may be of people: they are counted.
impl fmt::Debug for CacheKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheKeyBuilder").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

/// The same with the members of every object in the order of their names.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(canonical).collect()),
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), canonical(value))).collect())
        }
        other => other.clone(),
    }
}

const LABEL: &[u8] = b"symbolon token cache v1\0";
