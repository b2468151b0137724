/// How a client presented itself. With the error code it decides the status of `invalid_client`
/// ([RFC 6749 §5.2]: 401 with a challenge if the `Authorization` header was used).
///
/// It says what came, not that it held.
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Presentation {
    /// Not at all, or not known yet.
    #[default]
    Nothing,
    /// In the `Authorization` header, whatever its scheme.
    AuthorizationHeader,
    /// In the form: `client_id`, `client_secret` or an assertion.
    Form,
    /// By a client certificate and a `client_id` in the form.
    Certificate,
}

impl Presentation {
    /// Whether the `Authorization` header was used, so that a refused client gets a challenge.
    pub const fn used_authorization_header(self) -> bool {
        matches!(self, Self::AuthorizationHeader)
    }
}
