use alloc::{string::String, vec::Vec};

use symbolon_types::{Alg, ClientId, Issuer, Secret};
use time::Duration;

use crate::Continuity;

/// What an ID token is compared with: what the client knows of itself, of the issuer, and of what it asked for.
///
/// Whoever writes all fields down is told by the compiler when a later version compares with more; [`Self::new`] sets
/// all but the two that are always known to "nothing was asked for". Nothing there means the strict answer: without
/// `nonce` a token that has one is refused, without `access_token` one with `at_hash`.
///
/// ```
/// use symbolon_id_token::{Expected, types::{ClientId, Issuer, Secret}};
/// use time::Duration;
///
/// let issuer = Issuer::parse("https://test.idporten.no")?;
/// let client_id = ClientId::parse("democlient_idporten_test")?;
/// let expected = Expected {
///     nonce: Some(Secret::new("min_fine_nonce_verdi")),
///     max_age: Some(Duration::hours(1)),
///     ..Expected::new(&issuer, &client_id)
/// };
/// assert!(!format!("{expected:?}").contains("min_fine_nonce_verdi"));
/// # Ok::<(), symbolon_id_token::types::IdentifierError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The issuer, as its metadata writes it: compared byte for byte, a trailing slash included.
    pub issuer: &'a Issuer,
    /// The client.
    pub client_id: &'a ClientId,
    /// The `nonce` that was sent in the authorization request.
    pub nonce: Option<Secret>,
    /// The `max_age` that was sent, or is demanded all the same (`default_max_age`, `require_auth_time`).
    pub max_age: Option<Duration>,
    /// The values of `acr` that are good enough. Empty: any, and none, will do.
    pub acr_values: &'a [String],
    /// The values of `acr` in order, the lowest level first; the values of one level say the same. One of the level of a
    /// demanded value, or of a higher one, is good enough too (R114). Empty: the policy's order.
    pub acr_levels: &'a [Vec<String>],
    /// Which audiences may stand beside the client. Empty: none.
    pub trusted_audiences: &'a [String],
    /// The algorithms that the client registered (`id_token_signed_response_alg`), by the names that a header may
    /// have. Empty: the policy's default.
    pub algorithms: &'a [Alg],
    /// The access token that came with the ID token.
    pub access_token: Option<&'a Secret>,
    /// The authorization code that came with the ID token, or was exchanged for it.
    pub code: Option<&'a Secret>,
    /// At a refresh: what the first ID token said.
    pub previous: Option<Continuity>,
}

impl<'a> Expected<'a> {
    /// A client that asked this issuer for nothing in particular.
    pub const fn new(issuer: &'a Issuer, client_id: &'a ClientId) -> Self {
        Self {
            issuer,
            client_id,
            nonce: None,
            max_age: None,
            acr_values: &[],
            acr_levels: &[],
            trusted_audiences: &[],
            algorithms: &[],
            access_token: None,
            code: None,
            previous: None,
        }
    }
}
