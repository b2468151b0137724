use symbolon_types::{ErrorCode, GrantType};

/// The fixed sentence for a code and a grant (security decision D10).
///
/// Never one per reason: unknown, foreign, expired and redeemed codes read the same. `None` for codes that only an
/// extension knows.
pub(crate) const fn description(code: &ErrorCode, grant_type: Option<&GrantType>) -> Option<&'static str> {
    Some(match code {
        ErrorCode::InvalidRequest => match grant_type {
            Some(GrantType::AuthorizationCode) => {
                "The request is malformed, repeats a parameter or lacks one that the authorization_code grant needs."
            }
            Some(GrantType::RefreshToken) => {
                "The request is malformed, repeats a parameter or lacks one that the refresh_token grant needs."
            }
            // RFC 8693 §2.2.2: the code for tokens that are not valid or not welcome, too.
            Some(GrantType::TokenExchange) => {
                "The request is malformed, repeats a parameter or lacks one, or a token cannot be exchanged here."
            }
            _ => "The request is malformed, repeats a parameter or lacks one.",
        },
        ErrorCode::InvalidClient => "Client authentication failed.",
        ErrorCode::InvalidGrant => match grant_type {
            Some(GrantType::AuthorizationCode) => {
                "The authorization code is not valid here, or code_verifier or redirect_uri does not fit it."
            }
            Some(GrantType::RefreshToken) => "The refresh token is not valid here.",
            Some(GrantType::JwtBearer) => "The assertion is not valid here.",
            Some(GrantType::DeviceCode) => "The device code is not valid here.",
            Some(GrantType::Ciba) => "The authentication request is not valid here.",
            _ => "The grant is not valid here.",
        },
        ErrorCode::UnauthorizedClient => "The client may not use this grant type.",
        ErrorCode::UnsupportedGrantType => "The grant type is not supported.",
        ErrorCode::InvalidScope => match grant_type {
            Some(GrantType::RefreshToken) => "The scope is malformed or wider than what was granted.",
            _ => "The scope is malformed, unknown or wider than what the client may have.",
        },
        ErrorCode::InvalidTarget => "The resource is malformed, unknown or wider than what was granted.",
        ErrorCode::InvalidDpopProof => "The DPoP proof is missing or not valid.",
        ErrorCode::UseDpopNonce => "The DPoP proof must carry the nonce that this response brings.",
        ErrorCode::UseAttestationChallenge => {
            "The proof of the client attestation must carry the challenge of the server."
        }
        ErrorCode::UseFreshAttestation => "The client attestation is not fresh enough.",
        ErrorCode::InvalidToken => "The access token is missing or not valid.",
        ErrorCode::InsufficientScope => "The scope of the access token is not enough.",
        ErrorCode::InvalidAuthorizationDetails => {
            "The authorization details are malformed, unknown or wider than what was granted."
        }
        ErrorCode::AuthorizationPending => "The user has not decided yet.",
        ErrorCode::SlowDown => {
            "The user has not decided yet. From now on wait five seconds longer between two requests."
        }
        ErrorCode::ExpiredToken => "The time to decide is over.",
        ErrorCode::UnknownUserId => "The user is not known here.",
        ErrorCode::ExpiredLoginHintToken => "The login_hint_token is over.",
        ErrorCode::MissingUserCode => "The user's code is missing.",
        ErrorCode::InvalidUserCode => "The user's code is not right.",
        ErrorCode::InvalidBindingMessage => "The binding_message is too long or has a character that cannot be shown.",
        ErrorCode::AccessDenied => "Access was denied.",
        ErrorCode::UnsupportedResponseType => "The response type is not supported.",
        ErrorCode::LoginRequired => "The user must sign in.",
        ErrorCode::ServerError => "The server failed.",
        ErrorCode::TemporarilyUnavailable => "The server cannot answer at the moment. Nothing was changed.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use symbolon_types::Rule;

    use super::*;
    use crate::grammar::{is_nqschar, is_one_or_more};

    #[test]
    fn a098_every_sentence_is_in_the_grammar_of_error_description() {
        let grants = [
            None,
            Some(GrantType::AuthorizationCode),
            Some(GrantType::RefreshToken),
            Some(GrantType::ClientCredentials),
            Some(GrantType::JwtBearer),
            Some(GrantType::DeviceCode),
            Some(GrantType::TokenExchange),
            Some(GrantType::Ciba),
            Some(GrantType::Other("urn:example:voucher".into())),
        ];
        for code in Rule::ALL.iter().filter_map(|rule| rule.code()) {
            for grant in &grants {
                let sentence = description(&code, grant.as_ref()).unwrap();
                assert!(is_one_or_more(sentence, is_nqschar), "{sentence}");
            }
        }
        assert_eq!(description(&ErrorCode::Other("forbidden".into()), None), None);
    }
}
