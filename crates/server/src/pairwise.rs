use alloc::{
    borrow::{Cow, ToOwned as _},
    string::String,
    vec::Vec,
};
use core::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_dpop::TargetUri;
use symbolon_jose::parse_json;
use symbolon_types::Rule;

use crate::{Endpoint, RegisteredClient, SectorError};

/// Longest document behind a `sector_identifier_uri` that is read, in bytes: hundreds of redirect URIs.
pub const MAX_SECTOR_DOCUMENT_BYTES: usize = 64 * 1024;

/// The sector of a client that gets pairwise subject identifiers ([OIDC Core §8.1]): a host. Clients of one sector are told one
/// `sub` for one account, and clients of two sectors two.
///
/// ```
/// use symbolon_server::{SectorError, SectorIdentifier};
/// let one = ["https://App.example/cb".into(), "https://app.example:8443/other".into()];
/// assert_eq!(SectorIdentifier::of_redirect_uris(&one)?.as_str(), "app.example");
///
/// let two = ["https://app.example/cb".into(), "https://other.example/cb".into()];
/// assert_eq!(SectorIdentifier::of_redirect_uris(&two), Err(SectorError::SeveralHosts));
/// // So the client must register a `sector_identifier_uri`, whose document has both:
/// let document = br#"["https://app.example/cb","https://other.example/cb"]"#;
/// let sector = SectorIdentifier::of_document("https://sector.example/uris.json", document, &two)?;
/// assert_eq!(sector.as_str(), "sector.example");
/// # Ok::<(), SectorError>(())
/// ```
///
/// # Security
/// Whoever can put a client into another's sector can compare what the two know of their accounts. That the host serves the
/// client's redirect URIs, or lists them, is the only proof that it belongs there: make a sector of nothing else.
///
/// [OIDC Core §8.1]: https://openid.net/specs/openid-connect-core-1_0.html#PairwiseAlg
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SectorIdentifier(String);

impl SectorIdentifier {
    /// The host of a client's redirect URIs, where it registered no `sector_identifier_uri`.
    ///
    /// # Errors
    /// No peer of the token endpoint hears of them; at registration they are `invalid_client_metadata` ([RFC 7591 §3.2.2]).
    /// - [`SectorError::SeveralHosts`]: the URIs have more than one.
    /// - [`SectorError::NoHost`]: there is no URI, or one is no http or https URI.
    /// - [`SectorError::Loopback`]: the host is everybody's own machine. The specification does not speak of it; but clients
    ///   that have nothing in common would be of one sector.
    ///
    /// [RFC 7591 §3.2.2]: https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2
    pub fn of_redirect_uris(redirect_uris: &[String]) -> Result<Self, SectorError> {
        let (first, others) = redirect_uris.split_first().ok_or(SectorError::NoHost)?;
        let sector = Self::of_uri(first)?;
        for uri in others {
            if host(uri)? != sector.0 {
                return Err(SectorError::SeveralHosts);
            }
        }
        Ok(sector)
    }

    /// The host of a registered `sector_identifier_uri`, whose document the caller has fetched: an array with every redirect
    /// URI of the client ([OIDC Registration §5]).
    ///
    /// # Errors
    /// As [`Self::of_redirect_uris`] for the host, and:
    /// - [`SectorError::NotHttps`]: the URI is http.
    /// - [`SectorError::Document`]: the document is longer than [`MAX_SECTOR_DOCUMENT_BYTES`], or no JSON array of strings.
    /// - [`SectorError::NotListed`]: a redirect URI is not in it, byte for byte.
    ///
    /// # Security
    /// The URI is the client's: fetch it as security decision D27 says, without redirects and from no private address.
    ///
    /// [OIDC Registration §5]: https://openid.net/specs/openid-connect-registration-1_0.html#SectorIdentifierValidation
    pub fn of_document(uri: &str, document: &[u8], redirect_uris: &[String]) -> Result<Self, SectorError> {
        let sector = Self::of_uri(uri)?;
        if !uri.get(..HTTPS.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(HTTPS)) {
            return Err(SectorError::NotHttps);
        }
        if document.len() > MAX_SECTOR_DOCUMENT_BYTES {
            return Err(SectorError::Document);
        }
        let listed: Vec<String> = parse_json(document).map_err(|_| SectorError::Document)?;
        if redirect_uris.iter().all(|uri| listed.contains(uri)) { Ok(sector) } else { Err(SectorError::NotListed) }
    }

    /// Reads the text that [`Self::as_str`] gave when the client was registered.
    ///
    /// # Errors
    /// - [`SectorError::NoHost`]: it is no host, or not in its normal form.
    /// - [`SectorError::Loopback`]: as [`Self::of_redirect_uris`].
    pub fn parse(text: &str) -> Result<Self, SectorError> {
        let sector = Self::of_uri(&alloc::format!("{HTTPS}{text}"))?;
        if sector.0 == text { Ok(sector) } else { Err(SectorError::NoHost) }
    }

    /// The host, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_uri(uri: &str) -> Result<Self, SectorError> {
        let host = host(uri)?;
        if is_loopback(&host) { Err(SectorError::Loopback) } else { Ok(Self(host)) }
    }
}

const HTTPS: &str = "https://";

/// The host of an http or https URI, in its normal form.
fn host(uri: &str) -> Result<String, SectorError> {
    let uri = TargetUri::parse(uri).map_err(|_| SectorError::NoHost)?;
    let (_, rest) = uri.as_str().split_once("://").ok_or(SectorError::NoHost)?;
    let authority = rest.split('/').next().unwrap_or_default();
    // An address of IPv6 has colons, and ends with a bracket.
    let host = match authority.split_once(']') {
        Some((address, _)) => alloc::format!("{address}]"),
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    };
    if host.is_empty() { Err(SectorError::NoHost) } else { Ok(host) }
}

/// RFC 6761 §6.3 and the loopback addresses.
fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || v6.and_then(|address| address.parse::<Ipv6Addr>().ok()).is_some_and(|address| address.is_loopback())
}

impl Endpoint {
    /// The `sub` by which this client knows an account ([OIDC Core §8]): in ID token, JWT access token and userinfo, and
    /// wherever the embedding program names the account to the client, such as in a logout token. Records keep the account.
    ///
    /// It is the account itself, or for a client with a sector an HMAC over sector and account (security decision D27): the
    /// same on every node and for as long as [`EndpointBuilder::pairwise_key`] is the same, whatever becomes of server keys.
    /// `None`: the client has a sector and the endpoint has no such key.
    ///
    /// ```
    /// use symbolon_client_auth::RegisteredCredentials;
    /// use symbolon_policy::GrantSet;
    /// use symbolon_server::{Endpoint, PROVIDER, RegisteredClient, SectorIdentifier, ServerKey, types::*};
    ///
    /// let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
    /// let builder = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key);
    /// let endpoint = builder.clone().pairwise_key(SecretBytes::new([8; 32])).build()?;
    /// let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
    /// let public = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
    /// assert_eq!(endpoint.subject(&public, "alice").as_deref(), Some("alice"));
    ///
    /// let pairwise = public.with_pairwise_subject(SectorIdentifier::parse("app.example")?);
    /// let sub = endpoint.subject(&pairwise, "alice").ok_or("there is a key")?;
    /// assert_eq!(sub.len(), 43);
    /// assert_eq!(builder.build()?.subject(&pairwise, "alice"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`EndpointBuilder::pairwise_key`]: crate::EndpointBuilder::pairwise_key
    /// [OIDC Core §8]: https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes
    pub fn subject<'a>(&self, client: &RegisteredClient, account: &'a str) -> Option<Cow<'a, str>> {
        match self.pairwise_subject(client, Some(account)) {
            Ok(Some(sub)) => Some(Cow::Owned(sub)),
            Ok(None) => Some(Cow::Borrowed(account)),
            Err(_) => None,
        }
    }

    /// The pairwise `sub` of an account; `None` for a client that is told accounts, and where there is no account.
    pub(crate) fn pairwise_subject(
        &self,
        client: &RegisteredClient,
        account: Option<&str>,
    ) -> Result<Option<String>, Rule> {
        let (Some(sector), Some(account)) = (client.sector_identifier(), account) else { return Ok(None) };
        let key = self.pairwise_mac().ok_or(Rule::Embedder)?;
        // A host has no NUL: no two pairs are one text.
        let tag = key.sign(&[sector.as_str().as_bytes(), b"\0", account.as_bytes()]);
        Ok(Some(URL_SAFE_NO_PAD.encode(tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uris: &[&str]) -> Result<String, SectorError> {
        let uris: Vec<String> = uris.iter().map(|uri| String::from(*uri)).collect();
        SectorIdentifier::of_redirect_uris(&uris).map(|sector| sector.0)
    }

    #[test]
    fn the_sector_is_the_one_host_of_all_redirect_uris() {
        for (uris, host) in [
            (&["https://app.example/cb"][..], "app.example"),
            (&["HTTPS://APP.Example:8443/cb?a=b", "http://app.example/"], "app.example"),
            (&["https://[2001:db8::1]:8443/cb", "https://[2001:DB8::1]/"], "[2001:db8::1]"),
            (&["https://192.0.2.1/cb"], "192.0.2.1"),
            (&["https://notlocalhost/cb"], "notlocalhost"),
        ] {
            assert_eq!(of(uris).as_deref(), Ok(host), "{uris:?}");
            assert_eq!(SectorIdentifier::parse(host).unwrap().as_str(), host);
        }
        for (uris, error) in [
            (&[][..], SectorError::NoHost),
            (&["https://app.example/cb", "https://app.example./cb"], SectorError::SeveralHosts),
            (&["https://app.example/cb", "https://sub.app.example/cb"], SectorError::SeveralHosts),
            (&["https://app.example/cb", "https://app.example/cb", "https://b.example/"], SectorError::SeveralHosts),
            (&["com.example.app:/cb"], SectorError::NoHost),
            (&["myapp://app.example/cb"], SectorError::NoHost),
            (&["https://app.example/cb", "com.example.app:/cb"], SectorError::NoHost),
            (&["https://app.example@evil.example/cb"], SectorError::NoHost),
            (&["https:///cb"], SectorError::NoHost),
            (&["https://app.example\\.evil.example/cb"], SectorError::NoHost),
        ] {
            assert_eq!(of(uris), Err(error), "{uris:?}");
        }
    }

    #[test]
    fn everybodys_own_machine_is_no_sector() {
        for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[0::1]"]
        {
            assert_eq!(of(&[&alloc::format!("http://{host}:49152/cb")]), Err(SectorError::Loopback), "{host}");
        }
        assert!(of(&["http://128.0.0.1/cb"]).is_ok());
    }

    #[test]
    fn a_stored_sector_is_a_host_in_its_normal_form() {
        assert!(SectorIdentifier::parse("app.example").is_ok());
        for text in
            ["", "App.example", "app.example/", "app.example:8443", "a@app.example", "app.example?a", "ä", "a\0b"]
        {
            assert_eq!(SectorIdentifier::parse(text), Err(SectorError::NoHost), "{text:?}");
        }
        assert_eq!(SectorIdentifier::parse("localhost"), Err(SectorError::Loopback));
    }

    #[test]
    fn a_sector_identifier_uri_is_https_and_lists_every_redirect_uri_byte_for_byte() {
        let uris = ["https://a.example/cb".into(), "com.example.app:/cb".into()];
        let of = |uri: &str, document: &str| {
            SectorIdentifier::of_document(uri, document.as_bytes(), &uris).map(|sector| sector.0)
        };
        let right = r#"["https://other.example/","com.example.app:/cb","https://a.example/cb"]"#;
        assert_eq!(of("https://sector.example/list.json", right).as_deref(), Ok("sector.example"));
        assert_eq!(of("http://sector.example/list.json", right), Err(SectorError::NotHttps));
        assert_eq!(of("https://localhost/list.json", right), Err(SectorError::Loopback));
        assert_eq!(of("sector.example", right), Err(SectorError::NoHost));
        for document in [
            "[]",
            r#"["https://a.example/cb"]"#,
            r#"["com.example.app:/cb","https://a.example/cb/"]"#,
            r#"["com.example.app:/cb","https://A.example/cb"]"#,
        ] {
            assert_eq!(of("https://sector.example/", document), Err(SectorError::NotListed), "{document}");
        }
        for document in ["", "{}", "null", r#"["https://a.example/cb",1]"#, r#"{"redirect_uris":[]}"#, "<html>"] {
            assert_eq!(of("https://sector.example/", document), Err(SectorError::Document), "{document}");
        }
        let padded = |length: usize| alloc::format!("{right}{}", " ".repeat(length.saturating_sub(right.len())));
        assert!(of("https://sector.example/", &padded(MAX_SECTOR_DOCUMENT_BYTES)).is_ok());
        let long = padded(MAX_SECTOR_DOCUMENT_BYTES + 1);
        assert_eq!(of("https://sector.example/", &long), Err(SectorError::Document));
    }
}
