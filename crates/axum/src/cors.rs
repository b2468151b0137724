use core::fmt;

use axum::{http::HeaderName, routing::MethodRouter};
use http::{HeaderValue, Method, Uri, header};
use thiserror::Error;
use time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// An origin whose scripts may read the answers ([Fetch §3.2], security decision D27): scheme, host and a port that is not the
/// usual one, as a browser sends it. There is no wildcard, and `null` is none.
///
/// ```
/// use symbolon_axum::Origin;
/// let origin = Origin::parse("https://app.example")?;
/// assert_eq!(origin.to_string(), "https://app.example");
/// for other in ["*", "null", "https://app.example/", "https://App.example", "https://app.example:443", "app.example"] {
///     assert!(Origin::parse(other).is_err(), "{other}");
/// }
/// # Ok::<(), symbolon_axum::OriginError>(())
/// ```
///
/// [Fetch §3.2]: https://fetch.spec.whatwg.org/#origin-header
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin(HeaderValue);

/// Why a text is no origin of scripts that may read the answers. Nobody hears a code.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no origin as a browser sends it: scheme, host in lower case, and a port that is not the usual one")]
pub struct OriginError;

impl Origin {
    /// Reads an origin: `https`, or `http` for trying things out.
    ///
    /// # Errors
    /// - [`OriginError`]: it is none, or not in the one form that a browser sends.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let (scheme, authority) = (uri.scheme_str().ok_or(OriginError)?, uri.authority().ok_or(OriginError)?);
        let usual = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return Err(OriginError),
        };
        // Without userinfo, an empty port, zeros before it, or anything behind it.
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let written = format!("{scheme}://{}{port}", authority.host());
        let is_one = authority.as_str().bytes().all(|byte| !byte.is_ascii_uppercase() && !matches!(byte, b'@' | b'*'))
            && !authority.host().is_empty()
            && authority.port_u16() != Some(usual)
            && text == written;
        if is_one { HeaderValue::from_str(text).map(Self).map_err(|_| OriginError) } else { Err(OriginError) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// The route, with answers that scripts of these origins may read; as it is if there are none. Credentials of the browser are
/// never asked for: what authenticates a client stands in the request.
pub(crate) fn readable<S: Clone + Send + Sync + 'static>(
    route: MethodRouter<S>,
    origins: &[Origin],
    methods: &[Method],
) -> MethodRouter<S> {
    if origins.is_empty() {
        return route;
    }
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())))
        .allow_methods(methods.to_vec())
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, DPOP])
        // RFC 9449 §8: a script must see the nonce, and why it was refused.
        .expose_headers([DPOP_NONCE, header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_LIFETIME.unsigned_abs());
    route.layer(cors)
}

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// How long a browser may keep what it was told beforehand: an origin that is taken off the list is out soon.
const PREFLIGHT_LIFETIME: Duration = Duration::minutes(10);
