use alloc::string::{String, ToString};

use crate::{ApiMisuse, EndpointUrl, logout::end_session_endpoint};

/// The endpoints of a server beside those for tokens and for browsers, as they were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) userinfo: Place,
    pub(crate) pushed_authorization_request: Place,
    pub(crate) device_authorization: Place,
    pub(crate) backchannel_authentication: Place,
    pub(crate) end_session: Place,
    /// Whether authorization requests are pushed.
    pub(crate) must_push: bool,
}

/// Where an endpoint is, and where for mutual TLS ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5)).
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    usual: Option<String>,
    for_mtls: Option<String>,
}

impl Place {
    /// Takes what a document tells, and keeps what it does not.
    pub(crate) fn take(&mut self, usual: Option<&EndpointUrl>, for_mtls: Option<&EndpointUrl>) {
        self.usual = usual.map(ToString::to_string).or_else(|| self.usual.take());
        self.for_mtls = for_mtls.map(ToString::to_string).or_else(|| self.for_mtls.take());
    }

    /// The endpoint whatever the client does.
    pub(crate) fn set(&mut self, url: impl Into<String>) {
        *self = Self { usual: Some(url.into()), for_mtls: None };
    }

    fn judge(self, name: &'static str, does_mutual_tls: bool) -> Result<Option<EndpointUrl>, ApiMisuse> {
        let (usual, for_mtls) = (endpoint(name, self.usual)?, endpoint(name, self.for_mtls)?);
        Ok(for_mtls.filter(|_| does_mutual_tls).or(usual))
    }
}

/// The same, each at the one place that the client sends to.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) userinfo: Option<EndpointUrl>,
    pub(crate) pushed_authorization_request: Option<EndpointUrl>,
    pub(crate) device_authorization: Option<EndpointUrl>,
    pub(crate) backchannel_authentication: Option<EndpointUrl>,
    pub(crate) end_session: Option<EndpointUrl>,
    pub(crate) must_push: bool,
}

impl Told {
    pub(crate) fn judge(self, does_mutual_tls: bool) -> Result<Endpoints, ApiMisuse> {
        let Self {
            userinfo,
            pushed_authorization_request,
            device_authorization,
            backchannel_authentication,
            end_session,
            must_push,
        } = self;
        Ok(Endpoints {
            userinfo: userinfo.judge("userinfo_endpoint", does_mutual_tls)?,
            pushed_authorization_request: pushed_authorization_request
                .judge("pushed_authorization_request_endpoint", does_mutual_tls)?,
            device_authorization: device_authorization.judge("device_authorization_endpoint", does_mutual_tls)?,
            backchannel_authentication: backchannel_authentication
                .judge("backchannel_authentication_endpoint", does_mutual_tls)?,
            end_session: end_session_endpoint(end_session.judge("end_session_endpoint", false)?)?,
            must_push,
        })
    }
}

pub(crate) fn endpoint(name: &'static str, url: Option<String>) -> Result<Option<EndpointUrl>, ApiMisuse> {
    let url = url.map(|text| EndpointUrl::parse(&text)).transpose();
    url.map_err(|source| ApiMisuse::EndpointUrl { endpoint: name, source })
}
