use alloc::{format, string::String};

use symbolon_crypto::Sha256;

use crate::Jwk;

impl Jwk {
    /// The thumbprint as a URI ([RFC 9278 §3]): `urn:ietf:params:oauth:jwk-thumbprint:sha-256:` and [`Self::thumbprint`].
    ///
    /// There is none for symmetric keys, here or in [`Self::thumbprint`], though [RFC 7638 §3.2] defines it: the digest
    /// of a secret lets anyone test guesses of it, and [RFC 7638 §7] warns of that.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::Jwk;
    /// let jwk = Jwk::parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// assert_eq!(
    ///     jwk.thumbprint_uri(PROVIDER.sha256),
    ///     "urn:ietf:params:oauth:jwk-thumbprint:sha-256:kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    /// );
    /// # Ok::<(), symbolon_jose::KeyError>(())
    /// ```
    ///
    /// [RFC 7638 §3.2]: https://www.rfc-editor.org/rfc/rfc7638#section-3.2
    /// [RFC 7638 §7]: https://www.rfc-editor.org/rfc/rfc7638#section-7
    /// [RFC 9278 §3]: https://www.rfc-editor.org/rfc/rfc9278#section-3
    pub fn thumbprint_uri(&self, sha256: &dyn Sha256) -> String {
        // RFC 9278 §4: the name is the one of the registry of named information hash algorithms.
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", self.thumbprint(sha256).to_base64url())
    }
}
