use core::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $wire:literal,)*) => {
        /// The name of a registered parameter of the token request.
        ///
        /// Names are compared byte for byte, after decoding. That a name is here does not say that any grant reads it:
        /// `password` is here to be found in a query, where it must never be.
        ///
        /// ```
        /// use symbolon_token_request::ParamName;
        /// assert_eq!(ParamName::parse("code_verifier"), Some(ParamName::CodeVerifier));
        /// assert_eq!(ParamName::parse("Code_Verifier"), None);
        /// assert_eq!(ParamName::ClientId.as_str(), "client_id");
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum ParamName { $($(#[$doc])* $name,)* }

        impl ParamName {
            /// Every name.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// Reads a name; `None` for a name that is not registered.
            pub fn parse(name: &str) -> Option<Self> {
                Self::of(name.as_bytes())
            }

            /// The name of these octets, which nobody has checked to be UTF-8.
            pub(crate) fn of(name: &[u8]) -> Option<Self> {
                $(if name == $wire.as_bytes() { return Some(Self::$name); })*
                None
            }
        }
    };
}

names! {
    /// `grant_type` ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3))
    GrantType = "grant_type",
    /// `client_id` ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1))
    ClientId = "client_id",
    /// `client_secret` ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1))
    ClientSecret = "client_secret",
    /// `client_assertion` ([RFC 7521 §4.2](https://www.rfc-editor.org/rfc/rfc7521#section-4.2))
    ClientAssertion = "client_assertion",
    /// `client_assertion_type` ([RFC 7521 §4.2](https://www.rfc-editor.org/rfc/rfc7521#section-4.2))
    ClientAssertionType = "client_assertion_type",
    /// `code` ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3))
    Code = "code",
    /// `code_verifier` ([RFC 7636 §4.5](https://www.rfc-editor.org/rfc/rfc7636#section-4.5))
    CodeVerifier = "code_verifier",
    /// `redirect_uri` ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3))
    RedirectUri = "redirect_uri",
    /// `refresh_token` ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6))
    RefreshToken = "refresh_token",
    /// `scope` ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3))
    Scope = "scope",
    /// `assertion` ([RFC 7521 §4.1](https://www.rfc-editor.org/rfc/rfc7521#section-4.1))
    Assertion = "assertion",
    /// `username` ([RFC 6749 §4.3.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2)); read by no grant here
    Username = "username",
    /// `password` ([RFC 6749 §4.3.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2)); read by no grant here
    Password = "password",
    /// `device_code` ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4))
    DeviceCode = "device_code",
    /// `auth_req_id` ([OpenID CIBA §10.1](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request))
    AuthReqId = "auth_req_id",
    /// `resource`, which may come more than once ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2))
    Resource = "resource",
    /// `audience`, which may come more than once ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    Audience = "audience",
    /// `subject_token` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    SubjectToken = "subject_token",
    /// `subject_token_type` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    SubjectTokenType = "subject_token_type",
    /// `actor_token` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    ActorToken = "actor_token",
    /// `actor_token_type` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    ActorTokenType = "actor_token_type",
    /// `requested_token_type` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    RequestedTokenType = "requested_token_type",
    /// `authorization_details` ([RFC 9396 §6](https://www.rfc-editor.org/rfc/rfc9396#section-6))
    AuthorizationDetails = "authorization_details",
}

impl ParamName {
    /// How many names there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Whether its specification lets it come more than once. RFC 6749 §3.2 forbids it for all others.
    pub const fn is_repeatable(self) -> bool {
        matches!(self, Self::Resource | Self::Audience)
    }

    /// Its place in [`Self::ALL`].
    #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum with a stated representation")]
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ParamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_has_its_place() {
        for (index, name) in ParamName::ALL.iter().enumerate() {
            assert_eq!(ParamName::parse(name.as_str()), Some(*name));
            assert_eq!(name.index(), index);
        }
        assert_eq!(ParamName::parse("nonce"), None);
        assert_eq!(ParamName::parse(""), None);
    }

    #[test]
    fn only_resource_and_audience_may_come_twice() {
        let repeatable: Vec<_> = ParamName::ALL.iter().filter(|name| name.is_repeatable()).collect();
        assert_eq!(repeatable, [&ParamName::Resource, &ParamName::Audience]);
    }
}
