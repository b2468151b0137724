use alloc::string::String;
use core::fmt;

/// An `error` value on the wire ([RFC 6749 §5.2] and its extensions).
///
/// ```
/// use symbolon_types::ErrorCode;
/// assert_eq!(ErrorCode::parse("invalid_grant"), ErrorCode::InvalidGrant);
/// assert_eq!(ErrorCode::parse("forbidden").as_str(), "forbidden");
/// ```
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_client`
    InvalidClient,
    /// `invalid_grant`
    InvalidGrant,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `invalid_scope`
    InvalidScope,
    /// `invalid_target` ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2))
    InvalidTarget,
    /// `invalid_dpop_proof` ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5))
    InvalidDpopProof,
    /// `use_dpop_nonce` ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8))
    UseDpopNonce,
    /// `invalid_token` ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1))
    InvalidToken,
    /// `insufficient_scope` ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1))
    InsufficientScope,
    /// `use_attestation_challenge` (draft-ietf-oauth-attestation-based-client-auth-10 §7.4)
    UseAttestationChallenge,
    /// `use_fresh_attestation` (draft-ietf-oauth-attestation-based-client-auth-10 §7.4)
    UseFreshAttestation,
    /// `invalid_authorization_details` ([RFC 9396 §5](https://www.rfc-editor.org/rfc/rfc9396#section-5))
    InvalidAuthorizationDetails,
    /// `authorization_pending` ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5))
    AuthorizationPending,
    /// `slow_down` ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5))
    SlowDown,
    /// `expired_token` ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5))
    ExpiredToken,
    /// `unknown_user_id` ([OpenID CIBA §13](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response))
    UnknownUserId,
    /// `expired_login_hint_token` ([OpenID CIBA §13](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response))
    ExpiredLoginHintToken,
    /// `missing_user_code` ([OpenID CIBA §13](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response))
    MissingUserCode,
    /// `invalid_user_code` ([OpenID CIBA §13](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response))
    InvalidUserCode,
    /// `invalid_binding_message` ([OpenID CIBA §13](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response))
    InvalidBindingMessage,
    /// `access_denied` ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1))
    AccessDenied,
    /// `unsupported_response_type` ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1))
    UnsupportedResponseType,
    /// `login_required` ([OIDC Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError))
    LoginRequired,
    /// `server_error` ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1); sent with 500)
    ServerError,
    /// `temporarily_unavailable` ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1); sent with 503)
    TemporarilyUnavailable,
    /// Any other value, kept as received; an extension's own.
    Other(String),
}

impl ErrorCode {
    /// Reads a value; an unknown one is kept. The character set is not checked here.
    pub fn parse(code: &str) -> Self {
        match code {
            "invalid_request" => Self::InvalidRequest,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "invalid_target" => Self::InvalidTarget,
            "invalid_dpop_proof" => Self::InvalidDpopProof,
            "use_dpop_nonce" => Self::UseDpopNonce,
            "invalid_token" => Self::InvalidToken,
            "insufficient_scope" => Self::InsufficientScope,
            "use_attestation_challenge" => Self::UseAttestationChallenge,
            "use_fresh_attestation" => Self::UseFreshAttestation,
            "invalid_authorization_details" => Self::InvalidAuthorizationDetails,
            "authorization_pending" => Self::AuthorizationPending,
            "slow_down" => Self::SlowDown,
            "expired_token" => Self::ExpiredToken,
            "unknown_user_id" => Self::UnknownUserId,
            "expired_login_hint_token" => Self::ExpiredLoginHintToken,
            "missing_user_code" => Self::MissingUserCode,
            "invalid_user_code" => Self::InvalidUserCode,
            "invalid_binding_message" => Self::InvalidBindingMessage,
            "access_denied" => Self::AccessDenied,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            "login_required" => Self::LoginRequired,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            other => Self::Other(other.into()),
        }
    }

    /// The value on the wire.
    pub const fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UseAttestationChallenge => "use_attestation_challenge",
            Self::UseFreshAttestation => "use_fresh_attestation",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UnknownUserId => "unknown_user_id",
            Self::ExpiredLoginHintToken => "expired_login_hint_token",
            Self::MissingUserCode => "missing_user_code",
            Self::InvalidUserCode => "invalid_user_code",
            Self::InvalidBindingMessage => "invalid_binding_message",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::LoginRequired => "login_required",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::Other(code) => code.as_str(),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_an_unknown_one_survives() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::InvalidClient,
            ErrorCode::InvalidGrant,
            ErrorCode::UnauthorizedClient,
            ErrorCode::UnsupportedGrantType,
            ErrorCode::InvalidScope,
            ErrorCode::InvalidTarget,
            ErrorCode::InvalidDpopProof,
            ErrorCode::UseAttestationChallenge,
            ErrorCode::UseFreshAttestation,
            ErrorCode::UseDpopNonce,
            ErrorCode::InvalidToken,
            ErrorCode::InsufficientScope,
            ErrorCode::InvalidAuthorizationDetails,
            ErrorCode::AuthorizationPending,
            ErrorCode::SlowDown,
            ErrorCode::ExpiredToken,
            ErrorCode::UnknownUserId,
            ErrorCode::ExpiredLoginHintToken,
            ErrorCode::MissingUserCode,
            ErrorCode::InvalidUserCode,
            ErrorCode::InvalidBindingMessage,
            ErrorCode::AccessDenied,
            ErrorCode::UnsupportedResponseType,
            ErrorCode::LoginRequired,
            ErrorCode::ServerError,
            ErrorCode::TemporarilyUnavailable,
            ErrorCode::Other("forbidden".into()),
        ] {
            assert_eq!(ErrorCode::parse(code.as_str()), code);
        }
        assert_eq!(ErrorCode::parse("Invalid_Grant"), ErrorCode::Other("Invalid_Grant".into()));
    }
}
