use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::{Map, Value};
use symbolon_jose::parse_json;
use symbolon_types::Issuer;
use url::Host;

use crate::{EndpointUrl, EndpointUrlError, MAX_METADATA_BYTES, MetadataError};

/// The members of a metadata document; those that have a field are taken out.
pub(crate) struct Members<'h> {
    members: Map<String, Value>,
    hosts: Hosts<'h>,
}

impl<'h> Members<'h> {
    pub(crate) fn read(json: &[u8], foreign_hosts: &'h [&'h str]) -> Result<Self, MetadataError> {
        if json.len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge { length: json.len(), limit: MAX_METADATA_BYTES });
        }
        Ok(Self { members: parse_json(json)?, hosts: Hosts { own: None, foreign: foreign_hosts } })
    }

    /// Says whose document it is. Before that every endpoint is a foreign one.
    pub(crate) fn at_home(&mut self, owner: &EndpointUrl) {
        self.hosts.own = owner.host();
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, MetadataError> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MetadataError::InvalidMember { name }),
        }
    }

    pub(crate) fn endpoint(&mut self, name: &'static str) -> Result<Option<EndpointUrl>, MetadataError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let url = EndpointUrl::parse(&text).map_err(|source| MetadataError::EndpointUrl { name, source })?;
        if self.hosts.have(&url) { Ok(Some(url)) } else { Err(MetadataError::ForeignEndpoint { name }) }
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, MetadataError> {
        let wrong = MetadataError::InvalidMember { name };
        let Some(value) = self.members.remove(name) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else { return Err(wrong) };
        let text = |value| if let Value::String(text) = value { Ok(text) } else { Err(wrong) };
        values.into_iter().map(text).collect()
    }

    /// Issuers of others: each where an issuer can be, and of any host.
    pub(crate) fn issuers(&mut self, name: &'static str) -> Result<Vec<Issuer>, MetadataError> {
        let issuer = |text: String| {
            let malformed = |source| MetadataError::EndpointUrl { name, source };
            // RFC 8414 §2: https, no query, no fragment.
            if EndpointUrl::parse(&text).map_err(malformed)?.query().is_some() {
                return Err(malformed(EndpointUrlError::Syntax));
            }
            Issuer::parse(text).map_err(|_| MetadataError::InvalidMember { name })
        };
        self.texts(name)?.into_iter().map(issuer).collect()
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, MetadataError> {
        match self.members.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(MetadataError::InvalidMember { name }),
        }
    }

    /// The members of a member, at the same hosts.
    pub(crate) fn object(&mut self, name: &'static str) -> Result<Option<Self>, MetadataError> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self { members, hosts: self.hosts.clone() })),
            Some(_) => Err(MetadataError::InvalidMember { name }),
        }
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.members
    }
}

/// The hosts at which endpoints may be.
#[derive(Clone)]
struct Hosts<'h> {
    own: Option<Host<String>>,
    foreign: &'h [&'h str],
}

impl Hosts<'_> {
    fn have(&self, url: &EndpointUrl) -> bool {
        let Some(host) = url.host() else { return false };
        self.own.as_ref().is_some_and(|own| is_at_or_below(&host, own)) || {
            let name = host.to_string();
            self.foreign.iter().any(|foreign| foreign.eq_ignore_ascii_case(&name))
        }
    }
}

/// Below is a matter of names: an address has nothing below it.
fn is_at_or_below(host: &Host<String>, own: &Host<String>) -> bool {
    match (host, own) {
        (Host::Domain(host), Host::Domain(own)) => {
            host.strip_suffix(own.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
        }
        (host, own) => host == own,
    }
}
