use symbolon_types::Alg;
use time::Duration;

/// Longest leeway for `exp`, `nbf` and `iat` that any policy may ask for (D19).
pub const MAX_LEEWAY: Duration = Duration::seconds(60);
/// Longest grace of a rotated refresh token that any policy may ask for (D6).
pub const MAX_GRACE: Duration = Duration::seconds(120);
/// Longest token response that a client reads, in bytes (D19).
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// Which profile of OAuth 2.0 a policy claims to be. A policy that is not does not build: [`Policy::check`](crate::Policy::check).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// OAuth 2.1 with the recommendations of RFC 9700.
    OAuth21,
    /// OpenID Connect Core beside OAuth 2.1.
    OpenIdConnect,
    /// The [FAPI 2.0 Security Profile](https://openid.net/specs/fapi-security-profile-2_0-final.html).
    Fapi2,
}

/// Whether access tokens are bound to a key that their holder proves ([RFC 9700 §2.2.1]): by DPoP (RFC 9449) or by a client
/// certificate (RFC 8705).
///
/// [RFC 9700 §2.2.1]: https://www.rfc-editor.org/rfc/rfc9700#section-2.2.1
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a bearer token is issued, or none is")]
pub enum SenderConstraint {
    /// Where the client shows a key. Else they are bearer tokens.
    Optional,
    /// Always: no bearer token is issued or taken.
    Required,
}

/// What a client assertion must be ([RFC 7523 §3], security decision D16).
///
/// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AssertionPolicy {
    /// Which `aud` is welcome.
    pub audience: AssertionAudience,
    /// Longest `exp - now`, and `exp - iat` where there is an `iat`; the leeway is added, the bound is inclusive.
    pub max_lifetime: Duration,
    /// How long after `exp` an assertion is still taken. At most [`MAX_LEEWAY`].
    pub exp_leeway: Duration,
    /// How far in the future `iat` and `nbf` may be. At most [`MAX_LEEWAY`].
    pub future_leeway: Duration,
    /// Algorithms that are welcome for `private_key_jwt`, in order of preference. What the provider lacks is neither
    /// announced nor taken.
    pub algorithms: &'static [Alg],
    /// Algorithms that are welcome for `client_secret_jwt`, in order of preference. None only where that method is not welcome
    /// ([`Policy::auth_methods`](crate::Policy::auth_methods)).
    pub mac_algorithms: &'static [Alg],
    /// Whether a client of `private_key_jwt` may be known by its grant alone: an assertion that it signed itself, with no other
    /// credentials, as Maskinporten has it ([RFC 7521 §4.1](https://www.rfc-editor.org/rfc/rfc7521#section-4.1)).
    pub by_grant: bool,
    /// Values of `typ` that are welcome beside none, `JWT` and `client-authentication+jwt`; compared as media types.
    pub legacy_types: &'static [&'static str],
    /// Whether `kid` and `x5c` may stand in one header. The registered key decides either way.
    pub legacy_kid_beside_x5c: bool,
    /// Longest `jti`, in bytes.
    pub max_jti_bytes: usize,
}

/// Which `aud` a client assertion may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AssertionAudience {
    /// The issuer, as a string (FAPI 2.0).
    IssuerString,
    /// The issuer, as a string or an array of exactly that one.
    Issuer,
    /// The issuer or the token endpoint, one value. For named providers that still ask for it.
    LegacyIssuerOrTokenEndpoint,
}

/// What a DPoP proof must be ([RFC 9449 §4.3], security decision D18).
///
/// [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DpopPolicy {
    /// Whether proofs carry a nonce of the server's. A client's registration may say otherwise for itself.
    pub nonce: DpopNonce,
    /// How long a nonce is good: the window of a proof where nonces are required.
    pub nonce_lifetime: Duration,
    /// How old a proof may be where no nonce is required, by its `iat`; the bound is inclusive.
    pub max_age: Duration,
    /// How far in the future `iat` may be. At most [`MAX_LEEWAY`].
    pub future_leeway: Duration,
    /// Algorithms that are welcome, in order of preference. What the provider lacks is neither announced nor taken.
    pub algorithms: &'static [Alg],
    /// Longest `jti`, in bytes.
    pub max_jti_bytes: usize,
    /// Longest proof, in bytes.
    pub max_proof_bytes: usize,
    /// Whether a request may bind its tokens to the key of a proof and to that of a certificate at once.
    pub legacy_beside_mutual_tls: bool,
}

/// Whether DPoP proofs carry a nonce of the server's ([RFC 9449 §8]). There is nothing between: a server that takes
/// proofs with and without one has the protection of neither.
///
/// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "D18: nothing between the two")]
pub enum DpopNonce {
    /// None is ever sent, and a proof that carries one is refused. The proof's age is its `iat`.
    Off,
    /// Every proof carries one. The nonce's age is the window, and `iat` is not judged.
    Required,
}

/// What PKCE must be ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PkcePolicy {
    /// Whether a confidential client may go without. A public client never may.
    pub legacy_optional_for_confidential_clients: bool,
    /// Whether an authorization request may use the method `plain`, or name none, which means the same. It shows the verifier
    /// to whoever sees the request.
    pub legacy_plain: bool,
}

/// What happens around authorization codes ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CodePolicy {
    /// How long a code lives.
    pub lifetime: Duration,
    /// Whether `client_id` must stand in the form even beside other credentials (R5). A public client always sends it.
    pub client_id_required: bool,
    /// What the loser of two concurrent redemptions does to the winner.
    pub concurrent_redemption: ConcurrentRedemption,
}

/// What the loser of two concurrent redemptions does to the winner (D2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConcurrentRedemption {
    /// It is judged as the replay that it is: the family is revoked.
    Revoke,
    /// It is refused and nothing else.
    RefuseOnly,
}

/// What happens around refresh tokens (D6, D7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefreshPolicy {
    /// How they rotate.
    pub mode: RefreshMode,
    /// What one looks like.
    pub form: RefreshForm,
    /// How long one lives without being used.
    pub idle_lifetime: Duration,
    /// How long a family lives, from the grant on.
    pub max_lifetime: Duration,
    /// Whether a public client may refresh at all (R16).
    pub public_clients: bool,
    /// Gives the grace of [`RefreshMode::SingleSuccessor`] to public clients whose tokens are bound to no key, too: whoever
    /// stole one shares up to two further ones with its rightful holder.
    pub legacy_grace_without_binding: bool,
}

/// What a refresh token looks like. To a client it is opaque either way; a server reads both, whichever it writes (D7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshForm {
    /// Three short parts with a MAC. It says nothing about anybody.
    Tagged,
    /// A JWT with the claims that Keycloak gives it (R81, R90): whoever has it reads `sub`, `azp` and `scope`. It is signed
    /// with a key that is the server's alone, so that nobody else can verify it.
    Jwt,
}

/// How refresh tokens rotate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshMode {
    /// Every refresh rotates; a superseded token revokes its family.
    FamilyStrict,
    /// Every refresh rotates; for as long as `grace` after that the token before may come again, from a client that did not
    /// hear the answer, and gets the same successor. At most [`MAX_GRACE`]; where nodes' clocks differ, up to
    /// [`MAX_NODE_CLOCK_DIFFERENCE`](crate::MAX_NODE_CLOCK_DIFFERENCE) longer. Any other superseded token revokes its family, and
    /// so does this one once the successor was used, and for good in a family where it happens too often.
    SingleSuccessor {
        /// How long.
        grace: Duration,
    },
    /// A refresh token stays until it expires, as FAPI 2.0 asks of clients that authenticate
    /// ([FAPI 2.0 Security Profile §5.3.2.1](https://openid.net/specs/fapi-security-profile-2_0-final.html)). Not where public
    /// clients may refresh.
    Stable,
}

/// Longest time to decide on another device that any policy may give (D26).
pub const MAX_DEFERRED_LIFETIME: Duration = Duration::minutes(10);

/// What happens around authorizations that are decided on another device ([RFC 8628], [OpenID CIBA]).
///
/// [OpenID CIBA]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html
/// [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeferredPolicy {
    /// How long the user has to decide and the client to fetch the tokens. At most [`MAX_DEFERRED_LIFETIME`].
    pub lifetime: Duration,
    /// How long the client waits between two token requests, at least a second.
    pub interval: Duration,
}

/// What a token response looks like where papers and providers differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, and has a line of its own in the report"
)]
pub struct ResponsePolicy {
    /// The member that tells the refresh token's lifetime; `None`: not told.
    pub refresh_expiry_member: Option<&'static str>,
    /// How the bearer `token_type` is spelled.
    pub bearer: &'static str,
    /// A client takes a lifetime that is a string of digits.
    pub legacy_numeric_strings: bool,
    /// A client takes tokens without `token_type` as bearer tokens; not where it asked with DPoP.
    pub legacy_missing_token_type: bool,
    /// A client takes a `scope` that is an array of strings.
    pub legacy_scope_array: bool,
    /// A client takes tokens with status 201.
    pub legacy_created: bool,
    /// A client takes JSON whatever the `Content-Type` says, or without one.
    pub legacy_content_type: bool,
}

/// What an ID token must be ([OIDC Core §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct IdTokenPolicy {
    /// How long after `exp` an ID token is still taken. At most [`MAX_LEEWAY`].
    pub exp_leeway: Duration,
    /// How far in the future `iat` and `nbf` may be. At most [`MAX_LEEWAY`].
    pub future_leeway: Duration,
    /// The algorithm where the client registered none.
    pub default_algorithm: Alg,
    /// How long an issued ID token lives.
    pub lifetime: Duration,
    /// The values of `acr` in order, the lowest level first; the values of one level say the same. Where a client demands a
    /// value, another one of its level or of a higher one will do (R114). Empty: no value stands for another.
    ///
    /// No value is empty, stands in two levels, or twice in one.
    pub acr_levels: &'static [&'static [&'static str]],
}

/// Sizes (D19). Each is the most that is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Keys of one client.
    pub keys_per_client: usize,
    /// A JWT, in bytes.
    pub jwt_bytes: usize,
    /// A JWK set, in bytes.
    pub jwk_set_bytes: usize,
    /// A token response that a client reads, in bytes.
    pub response_bytes: usize,
}
