use std::sync::Arc;

/// Which listener of the program a request came by: a request extension that becomes
/// [`RequestParts::endpoint`](symbolon_types::RequestParts::endpoint). Without it the program has one listener.
///
/// ```
/// use axum::{Extension, Router};
/// use symbolon_axum::ListenerId;
/// let mutual_tls: Router = Router::new().layer(Extension(ListenerId::new("mtls")));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListenerId(Arc<str>);

impl ListenerId {
    /// A listener of this name.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
