use core::fmt;

use symbolon_types::PeerCertificate;

/// Where a client may have put its credentials, as it arrived: the values of the `Authorization` header, the four
/// parameters of the form, the certificate of the connection.
///
/// It is a plain struct so that anybody can fill it. Nothing is checked here. A parameter without a value counts as
/// absent ([RFC 6749 §3.2]).
///
/// # Security
/// Hand over *all* `Authorization` values: two of them can only be refused if both arrive. A form has room for one value
/// per name here; a parameter that came twice must have been refused by whoever parsed the form (`symbolon-token-request`
/// does). A parser that keeps the first or the last leaves duplicates unseen, and nothing here can notice.
///
/// ```
/// use symbolon_client_auth::Credentials;
/// let credentials = Credentials {
///     authorization: &[b"Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ="],
///     client_id: Some("test_rp_yt2"),
///     ..Credentials::default()
/// };
/// assert!(!format!("{credentials:?}").contains("dGVzd"));
/// ```
///
/// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// Every value of the `Authorization` header, in order.
    pub authorization: &'a [&'a [u8]],
    /// `client_id` of the form.
    pub client_id: Option<&'a str>,
    /// `client_secret` of the form.
    pub client_secret: Option<&'a str>,
    /// `client_assertion_type` of the form.
    pub client_assertion_type: Option<&'a str>,
    /// `client_assertion` of the form.
    pub client_assertion: Option<&'a str>,
    /// The certificate that the TLS layer saw. It authenticates where there are no other credentials; beside others it is none.
    pub peer_certificate: Option<&'a PeerCertificate>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("authorization", &self.authorization.len())
            .field("client_id", &self.client_id.is_some())
            .field("client_secret", &self.client_secret.is_some())
            .field("client_assertion_type", &self.client_assertion_type.is_some())
            .field("client_assertion", &self.client_assertion.is_some())
            .field("peer_certificate", &self.peer_certificate.is_some())
            .finish()
    }
}
