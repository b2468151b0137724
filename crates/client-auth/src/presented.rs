use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_jose::{JwtError, OwnedUnverifiedJwt};
use symbolon_types::{Alg, AuthMethod, MAX_HEADER_VALUE_BYTES, PeerCertificate, Presentation, Secret};

use crate::{AssertionTypeFault, BasicSecret, Credentials, CredentialsError, basic};

/// `client_assertion_type` of a JWT ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
pub const CLIENT_ASSERTION_TYPE_JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client presented, and by exactly one mechanism ([RFC 6749 §2.3]): unproven.
///
/// Reading decides every conflict between mechanisms. It does not know any client: whether one of this id exists, and
/// whether the credentials are its own, is judged by [`Checks::check`](crate::Checks::check). `Debug` shows no value,
/// not even the client's id.
///
/// ```
/// use symbolon_client_auth::{Credentials, Extensions, PresentedCredentials, types::AuthMethod};
///
/// let basic: &[u8] = b"Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=";
/// let credentials = Credentials { authorization: &[basic], ..Credentials::default() };
/// let presented = PresentedCredentials::read(&credentials, &Extensions::NONE)?;
/// assert_eq!(presented.client_hint(), "test_rp_yt2");
/// assert_eq!(presented.method(), Some(AuthMethod::ClientSecretBasic));
///
/// // One mechanism per request: the same header beside a secret in the form is refused before either is looked at.
/// let credentials = Credentials { client_secret: Some("password"), ..credentials };
/// assert!(PresentedCredentials::read(&credentials, &Extensions::NONE).is_err());
/// # Ok::<(), symbolon_client_auth::CredentialsError>(())
/// ```
///
/// [RFC 6749 §2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum PresentedCredentials {
    /// Only `client_id`, on a connection without a certificate: a public client, if anything.
    #[non_exhaustive]
    None {
        /// `client_id` of the form.
        client_id: String,
    },
    /// Only `client_id`, on a connection with a certificate: `tls_client_auth`, `self_signed_tls_client_auth` or `none`, as
    /// the client registered ([RFC 8705 §2](https://www.rfc-editor.org/rfc/rfc8705#section-2)).
    #[non_exhaustive]
    Certificate {
        /// `client_id` of the form.
        client_id: String,
        /// The certificate that the TLS layer saw.
        certificate: PeerCertificate,
    },
    /// `client_secret_basic`.
    #[non_exhaustive]
    Basic {
        /// The id, form-decoded.
        client_id: String,
        /// The secret in the forms in which it can be read.
        secret: BasicSecret,
    },
    /// `client_secret_post`.
    #[non_exhaustive]
    Post {
        /// `client_id` of the form.
        client_id: String,
        /// `client_secret` of the form.
        secret: Secret,
    },
    /// A JWT of `private_key_jwt`, or of `client_secret_jwt` if its `alg` is a MAC.
    #[non_exhaustive]
    Assertion {
        /// `sub`, read before anything was proven; of one that is the grant `iss`.
        client_id: String,
        /// `alg`, which tells the method.
        alg: Alg,
        /// Whether it is the grant itself ([`PresentedCredentials::of_grant`]).
        is_grant: bool,
        /// The JWT: read once, to be verified as it came.
        assertion: OwnedUnverifiedJwt,
    },
    /// What only the embedding program knows ([`Extensions`]). It is judged there, and stated with
    /// [`Vouched`](crate::Vouched).
    #[non_exhaustive]
    Extension {
        /// `client_id` of the form.
        client_id: Option<String>,
        /// What carries it.
        credentials: ExtensionCredentials,
    },
}

impl PresentedCredentials {
    /// Reads what came. `extensions` are the mechanisms that the embedding program judges itself.
    ///
    /// A certificate beside other credentials is no second mechanism: whether it is one is the registered method's word.
    ///
    /// # Errors
    /// - [`CredentialsError::HeaderRepeated`], [`CredentialsError::HeaderTooLong`]: not one `Authorization` value of a
    ///   sane length (`invalid_request`).
    /// - [`CredentialsError::OneMechanism`]: a header and a secret in the form (`invalid_request`).
    /// - [`CredentialsError::OneMechanismWithAssertion`]: an assertion beside anything else (`invalid_client`).
    /// - [`CredentialsError::NotIdentified`]: no credentials, or a secret without its `client_id` (`invalid_client`).
    /// - [`CredentialsError::AuthorizationScheme`]: another scheme than Basic and those of extensions (`invalid_client`).
    /// - [`CredentialsError::BasicSyntax`]: Basic that has no reading at all (`invalid_client`).
    /// - [`CredentialsError::AssertionType`]: assertion and known type do not come together (`invalid_client`).
    /// - [`CredentialsError::AssertionSyntax`], [`CredentialsError::AssertionSub`]: the assertion is no JWT, or says not
    ///   whose it is (`invalid_client`).
    /// - [`CredentialsError::ClientIdDiffers`]: from the Basic id (`invalid_request`).
    /// - [`CredentialsError::ClientIdDiffersFromAssertion`]: from the assertion's `sub` (`invalid_client`).
    pub fn read(credentials: &Credentials<'_>, extensions: &Extensions) -> Result<Self, CredentialsError> {
        use CredentialsError as E;
        use Presentation::{AuthorizationHeader, Form, Nothing};

        // RFC 6749 §3.2: parameters without a value are as if they were omitted.
        let [assertion_type, assertion, secret, client_id] = [
            credentials.client_assertion_type,
            credentials.client_assertion,
            credentials.client_secret,
            credentials.client_id,
        ]
        .map(|value| value.filter(|value| !value.is_empty()));

        match (credentials.authorization, assertion_type, assertion, secret, client_id) {
            // Framing comes before conflicts (D10).
            ([_, _, ..], ..) => Err(E::HeaderRepeated),
            ([value], ..) if value.len() > MAX_HEADER_VALUE_BYTES => {
                Err(E::HeaderTooLong { length: value.len(), limit: MAX_HEADER_VALUE_BYTES })
            }
            // RFC 7521 §4.2.1: with an assertion among the mechanisms, invalid_client.
            ([_], Some(_), ..) | ([_], None, Some(_), ..) => {
                Err(E::OneMechanismWithAssertion { presentation: AuthorizationHeader })
            }
            ([], Some(_), _, Some(_), _) | ([], None, Some(_), Some(_), _) => {
                Err(E::OneMechanismWithAssertion { presentation: Form })
            }
            // RFC 6749 §2.3, §5.2: else invalid_request. The header counts as used, whatever is in it.
            ([_], None, None, Some(_), _) => Err(E::OneMechanism),
            // Exactly one mechanism.
            ([value], None, None, None, client_id) => Self::read_authorization(value, client_id, extensions),
            ([], Some(assertion_type), Some(assertion), None, client_id) => {
                if assertion_type == CLIENT_ASSERTION_TYPE_JWT_BEARER {
                    Self::read_assertion(assertion, client_id)
                } else if extensions.assertion_types.iter().any(|known| known == assertion_type) {
                    let credentials = ExtensionCredentials::Assertion {
                        assertion_type: assertion_type.into(),
                        assertion: assertion.into(),
                    };
                    Ok(Self::Extension { client_id: client_id.map(String::from), credentials })
                } else {
                    Err(E::AssertionType { fault: AssertionTypeFault::Unknown })
                }
            }
            // RFC 7521 §4.2: the two parameters come together.
            ([], Some(_), None, None, _) => Err(E::AssertionType { fault: AssertionTypeFault::WithoutAssertion }),
            ([], None, Some(_), None, _) => Err(E::AssertionType { fault: AssertionTypeFault::Missing }),
            ([], None, None, Some(secret), Some(client_id)) => {
                Ok(Self::Post { client_id: client_id.into(), secret: secret.into() })
            }
            ([], None, None, Some(_), None) => Err(E::NotIdentified { presentation: Form }),
            ([], None, None, None, Some(client_id)) => Ok(match credentials.peer_certificate {
                Some(certificate) => {
                    Self::Certificate { client_id: client_id.into(), certificate: certificate.clone() }
                }
                None => Self::None { client_id: client_id.into() },
            }),
            ([], None, None, None, None) => Err(E::NotIdentified { presentation: Nothing }),
        }
    }

    fn read_authorization(
        value: &[u8],
        client_id: Option<&str>,
        extensions: &Extensions,
    ) -> Result<Self, CredentialsError> {
        let (scheme, credentials) = basic::scheme_and_credentials(value);
        if scheme.eq_ignore_ascii_case(b"Basic") {
            return Self::read_basic(credentials, client_id);
        }
        let known = extensions.schemes.iter().find(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
        // RFC 9110 §11.4: a token68 or parameters, which is text.
        match (known, core::str::from_utf8(credentials)) {
            (Some(scheme), Ok(credentials)) => {
                let credentials =
                    ExtensionCredentials::Authorization { scheme: scheme.clone(), credentials: credentials.into() };
                Ok(Self::Extension { client_id: client_id.map(String::from), credentials })
            }
            _ => Err(CredentialsError::AuthorizationScheme),
        }
    }

    fn read_basic(token68: &[u8], form_client_id: Option<&str>) -> Result<Self, CredentialsError> {
        let (client_id, secret) = basic::read(token68)?;
        // RFC 6749 §3.2.1: never pick one of two silently.
        if form_client_id.is_some_and(|other| other != client_id) {
            return Err(CredentialsError::ClientIdDiffers);
        }
        Ok(Self::Basic { client_id, secret })
    }

    fn read_assertion(assertion: &str, form_client_id: Option<&str>) -> Result<Self, CredentialsError> {
        let assertion = parse(assertion)?;
        let jwt = assertion.as_ref();
        let sub = jwt.peek_claim("sub").filter(|sub| !sub.is_empty()).ok_or(CredentialsError::AssertionSub)?;
        // RFC 7521 §4.2: client_id must identify the same client as the subject.
        if form_client_id.is_some_and(|other| other != sub) {
            return Err(CredentialsError::ClientIdDiffersFromAssertion);
        }
        let (client_id, alg) = (sub.into_owned(), jwt.header().alg());
        Ok(Self::Assertion { client_id, alg, is_grant: false, assertion })
    }

    /// The credentials of a request that has none but its grant: an assertion that the client itself has signed, as Maskinporten
    /// has it ([RFC 7521 §4.1], [RFC 7523 §2.1]). It is judged as an assertion of `private_key_jwt` is, but that `sub` may be
    /// absent and that `typ` is none or `JWT`.
    ///
    /// # Errors
    /// - [`CredentialsError::AssertionSyntax`]: it is no JWT that could be looked at, or its `alg` is a MAC.
    /// - [`CredentialsError::AssertionSub`]: it has no readable `iss`.
    ///
    /// ```
    /// use symbolon_client_auth::PresentedCredentials;
    /// // {"alg":"ES256"} . {"iss":"maskin"}
    /// let presented = PresentedCredentials::of_grant("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJtYXNraW4ifQ.c2ln")?;
    /// assert_eq!(presented.client_hint(), "maskin");
    /// # Ok::<(), symbolon_client_auth::CredentialsError>(())
    /// ```
    ///
    /// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
    /// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
    pub fn of_grant(assertion: &str) -> Result<Self, CredentialsError> {
        let assertion = parse(assertion)?;
        let jwt = assertion.as_ref();
        let alg = jwt.header().alg();
        if alg.is_symmetric() {
            return Err(CredentialsError::AssertionSyntax { cause: JwtError::AlgNotAllowed });
        }
        let iss = jwt.peek_claim("iss").filter(|iss| !iss.is_empty()).ok_or(CredentialsError::AssertionSub)?;
        let client_id = iss.into_owned();
        Ok(Self::Assertion { client_id, alg, is_grant: true, assertion })
    }

    /// Whether it is the grant itself that tells who the client is.
    pub const fn is_grant(&self) -> bool {
        matches!(self, Self::Assertion { is_grant: true, .. })
    }

    /// Who the client says it is, unproven: what to look the client up by. Empty if an extension's credentials came
    /// without `client_id`.
    ///
    /// Look it up byte for byte; a finding under another spelling is refused as unknown.
    pub fn client_hint(&self) -> &str {
        match self {
            Self::None { client_id }
            | Self::Certificate { client_id, .. }
            | Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. } => client_id,
            Self::Extension { client_id, .. } => client_id.as_deref().unwrap_or_default(),
        }
    }

    /// Which method this is. `None` for an extension's, which only the embedding program can name, and for a certificate,
    /// whose method the registration says.
    pub const fn method(&self) -> Option<AuthMethod> {
        match self {
            Self::None { .. } => Some(AuthMethod::None),
            Self::Basic { .. } => Some(AuthMethod::ClientSecretBasic),
            Self::Post { .. } => Some(AuthMethod::ClientSecretPost),
            // OIDC Core §9: nothing else tells the two apart.
            Self::Assertion { alg, .. } if alg.is_symmetric() => Some(AuthMethod::ClientSecretJwt),
            Self::Assertion { .. } => Some(AuthMethod::PrivateKeyJwt),
            Self::Certificate { .. } | Self::Extension { .. } => None,
        }
    }

    /// The shared secret, for a caller that judges it by itself ([`RegisteredSecret::JudgedByCaller`]). `None`: this is
    /// no shared secret, or it has no form-decoded reading.
    ///
    /// For a client with `lenient_basic` judge [`Self::raw_secret`] too, always both, and give one verdict.
    ///
    /// [`RegisteredSecret::JudgedByCaller`]: crate::RegisteredSecret::JudgedByCaller
    pub const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Basic { secret, .. } => secret.decoded(),
            Self::Post { secret, .. } => Some(secret),
            Self::None { .. } | Self::Certificate { .. } | Self::Assertion { .. } | Self::Extension { .. } => None,
        }
    }

    /// The secret of a Basic header before form-decoding; only a client with `lenient_basic` may be judged by it.
    pub const fn raw_secret(&self) -> Option<&Secret> {
        match self {
            Self::Basic { secret, .. } => secret.raw(),
            Self::None { .. }
            | Self::Certificate { .. }
            | Self::Post { .. }
            | Self::Assertion { .. }
            | Self::Extension { .. } => None,
        }
    }

    /// How the client presented itself.
    pub const fn presentation(&self) -> Presentation {
        match self {
            Self::Basic { .. } | Self::Extension { credentials: ExtensionCredentials::Authorization { .. }, .. } => {
                Presentation::AuthorizationHeader
            }
            Self::Certificate { .. } => Presentation::Certificate,
            Self::None { .. } | Self::Post { .. } | Self::Assertion { .. } | Self::Extension { .. } => {
                Presentation::Form
            }
        }
    }
}

/// The mechanisms of client authentication that the embedding program judges itself, by what carries them.
///
/// One that is carried by something that is not read here, a header of its own or a certificate, is in neither list: such
/// a request has `client_id` and nothing else, and until somebody vouches it is [`PresentedCredentials::None`], or on a
/// connection with a certificate [`PresentedCredentials::Certificate`].
///
/// ```
/// use symbolon_client_auth::{Credentials, ExtensionCredentials, Extensions, PresentedCredentials};
///
/// let own: &[u8] = b"Workload eyJhbGciOiJFUzI1NiJ9";
/// let credentials = Credentials { authorization: &[own], client_id: Some("job-7"), ..Credentials::default() };
/// let extensions = Extensions { schemes: vec!["Workload".into()], ..Extensions::NONE };
/// let presented = PresentedCredentials::read(&credentials, &extensions)?;
/// let PresentedCredentials::Extension { credentials: token, .. } = &presented else { unreachable!() };
/// assert!(matches!(token, ExtensionCredentials::Authorization { .. }));
/// assert_eq!(presented.client_hint(), "job-7");
/// // A scheme that nobody named is refused, never ignored.
/// assert!(PresentedCredentials::read(&credentials, &Extensions::NONE).is_err());
/// # Ok::<(), symbolon_client_auth::CredentialsError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extensions {
    /// Values of `client_assertion_type` beside [`CLIENT_ASSERTION_TYPE_JWT_BEARER`], which is always judged here.
    pub assertion_types: Vec<String>,
    /// `Authorization` schemes beside `Basic`, which is always judged here; compared without case.
    pub schemes: Vec<String>,
}

impl Extensions {
    /// None.
    pub const NONE: Self = Self { assertion_types: Vec::new(), schemes: Vec::new() };
}

/// What carries the credentials of an extension. `Debug` shows no credentials.
///
/// ```
/// use symbolon_client_auth::ExtensionCredentials;
/// let token = ExtensionCredentials::Authorization { scheme: "Workload".into(), credentials: "MARKER".into() };
/// assert!(!format!("{token:?}").contains("MARKER"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExtensionCredentials {
    /// `client_assertion` of a type of [`Extensions::assertion_types`].
    Assertion {
        /// `client_assertion_type` of the form.
        assertion_type: String,
        /// `client_assertion` of the form.
        assertion: Secret,
    },
    /// An `Authorization` value of a scheme of [`Extensions::schemes`].
    Authorization {
        /// The scheme, as [`Extensions`] spells it.
        scheme: String,
        /// What stands behind it.
        credentials: Secret,
    },
}

fn parse(assertion: &str) -> Result<OwnedUnverifiedJwt, CredentialsError> {
    OwnedUnverifiedJwt::parse(assertion).map_err(|cause| CredentialsError::AssertionSyntax { cause })
}

impl fmt::Debug for PresentedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None { .. } => "None(..)",
            Self::Certificate { .. } => "Certificate(..)",
            Self::Basic { .. } => "Basic(..)",
            Self::Post { .. } => "Post(..)",
            Self::Assertion { .. } => "Assertion(..)",
            Self::Extension { .. } => "Extension(..)",
        })
    }
}
