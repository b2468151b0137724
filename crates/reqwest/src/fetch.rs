use symbolon_client::{EndpointUrl, IncomingResponse, MAX_METADATA_BYTES, Metadata, ProtectedResourceMetadata};
use symbolon_jose::{JwkSet, MAX_JWK_SET_BYTES};
use symbolon_types::Issuer;

use crate::{FetchError, Sender};

impl Sender {
    /// Fetches the metadata of an issuer: from `/.well-known/openid-configuration` after the issuer
    /// ([OIDC Discovery §4.1]), and where there is none (a status from 400 to 499) from
    /// `/.well-known/oauth-authorization-server` between its host and its path ([RFC 8414 §3.1]).
    ///
    /// Its `issuer` is this one, byte for byte; a document of another issuer ends the search.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`FetchError::Url`]: the issuer is neither https nor http on a loopback host.
    /// - [`FetchError::Send`]: no answer, or more than [`MAX_METADATA_BYTES`].
    /// - [`FetchError::UnexpectedStatus`]: there is none in either place, or a redirect.
    /// - [`FetchError::Metadata`]: not the metadata of this issuer, or an endpoint in it is at a foreign host.
    ///
    /// [OIDC Discovery §4.1]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
    /// [RFC 8414 §3.1]: https://www.rfc-editor.org/rfc/rfc8414#section-3.1
    pub async fn metadata(&self, issuer: &Issuer) -> Result<Metadata, FetchError> {
        self.metadata_with_hosts(issuer, &[]).await
    }

    /// The same for an issuer that has endpoints at other hosts too, which the caller names from its configuration
    /// ([`Metadata::parse_with_hosts`]).
    ///
    /// # Errors
    /// As [`Self::metadata`].
    pub async fn metadata_with_hosts(&self, issuer: &Issuer, foreign_hosts: &[&str]) -> Result<Metadata, FetchError> {
        let [openid, oauth] = Metadata::urls(issuer);
        let mut answer = self.get(EndpointUrl::parse(&openid)?.as_str(), MAX_METADATA_BYTES).await?;
        if matches!(answer.status(), 400..=499) {
            answer = self.get(EndpointUrl::parse(&oauth)?.as_str(), MAX_METADATA_BYTES).await?;
        }
        Ok(Metadata::parse_with_hosts(document(&answer)?, issuer, foreign_hosts)?)
    }

    /// Fetches the metadata of a protected resource: from `/.well-known/oauth-protected-resource` between its host and its
    /// path and query ([RFC 9728 §3.1]). Its `resource` is this one, byte for byte.
    ///
    /// ```no_run
    /// # async fn fetch() -> Result<(), Box<dyn std::error::Error>> {
    /// use symbolon_reqwest::{Sender, client::EndpointUrl};
    ///
    /// let metadata = Sender::new()?.protected_resource_metadata(&EndpointUrl::parse("https://rs.example/things")?).await?;
    /// assert!(metadata.authorization_servers.iter().any(|issuer| issuer.as_str() == "https://as.example"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`FetchError::Send`]: no answer, or more than [`MAX_METADATA_BYTES`].
    /// - [`FetchError::UnexpectedStatus`]: not 200; a redirect is one of these.
    /// - [`FetchError::Metadata`]: not the metadata of this resource, or its keys are at a foreign host.
    ///
    /// [RFC 9728 §3.1]: https://www.rfc-editor.org/rfc/rfc9728#section-3.1
    pub async fn protected_resource_metadata(
        &self,
        resource: &EndpointUrl,
    ) -> Result<ProtectedResourceMetadata, FetchError> {
        self.protected_resource_metadata_with_hosts(resource, &[]).await
    }

    /// The same for a resource whose keys are at another host, which the caller names from its configuration
    /// ([`ProtectedResourceMetadata::parse_with_hosts`]).
    ///
    /// # Errors
    /// As [`Self::protected_resource_metadata`].
    pub async fn protected_resource_metadata_with_hosts(
        &self,
        resource: &EndpointUrl,
        foreign_hosts: &[&str],
    ) -> Result<ProtectedResourceMetadata, FetchError> {
        let answer = self.get(&ProtectedResourceMetadata::url(resource), MAX_METADATA_BYTES).await?;
        Ok(ProtectedResourceMetadata::parse_with_hosts(document(&answer)?, resource, foreign_hosts)?)
    }

    /// Fetches a JWK set ([RFC 7517 §5]). Load it with the client's algorithms:
    /// `VerifyingKeys::load(crypto, &set, client.id_token_algorithms())`.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`FetchError::Send`]: no answer, or more than [`MAX_JWK_SET_BYTES`].
    /// - [`FetchError::UnexpectedStatus`]: not 200; a redirect is one of these.
    /// - [`FetchError::JwkSet`]: not a JWK set.
    ///
    /// [RFC 7517 §5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
    pub async fn jwks(&self, uri: &EndpointUrl) -> Result<JwkSet, FetchError> {
        let answer = self.get(uri.as_str(), MAX_JWK_SET_BYTES).await?;
        Ok(JwkSet::parse(document(&answer)?)?)
    }
}

fn document(answer: &IncomingResponse) -> Result<&[u8], FetchError> {
    match answer.status() {
        200 => Ok(answer.body()),
        status => Err(FetchError::UnexpectedStatus { status }),
    }
}
