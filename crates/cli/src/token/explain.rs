use symbolon::{
    client::{FailedExchange, Failure, MetadataError, VerifyError},
    id_token::IdTokenError,
    token_response::ResponseError,
    types::{Alg, ErrorCode, GrantType},
};
use symbolon_reqwest::{FetchError, SendError};

use super::{
    args::{Method, TokenArgs},
    error::TokenError,
};

/// What an error code says, for a developer who reads it for the first time.
pub(super) const fn meaning(code: &ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::InvalidRequest => "a parameter is missing, comes twice or is malformed (RFC 6749 §5.2)",
        ErrorCode::InvalidClient => {
            "the client is unknown, or did not authenticate as it is registered (RFC 6749 §5.2)"
        }
        ErrorCode::InvalidGrant => {
            "the code or refresh token is wrong, expired, used up or another client's, or verifier or redirect URI do not \
             belong to it (RFC 6749 §5.2, RFC 7636 §4.6)"
        }
        ErrorCode::UnauthorizedClient => "the client is not allowed to use this grant (RFC 6749 §5.2)",
        ErrorCode::UnsupportedGrantType => "the server does not know this grant (RFC 6749 §5.2)",
        ErrorCode::InvalidScope => "the scope is unknown, malformed or more than was granted (RFC 6749 §5.2)",
        ErrorCode::InvalidTarget => "the resource is unknown or malformed (RFC 8707 §2)",
        ErrorCode::InvalidDpopProof => "the DPoP proof is missing, malformed, old or for another request (RFC 9449 §5)",
        ErrorCode::UseDpopNonce => "the server wants a nonce of its own in the DPoP proof (RFC 9449 §8)",
        ErrorCode::ServerError => "the server failed (sent with 500)",
        ErrorCode::TemporarilyUnavailable => "the server is overloaded or under repair (sent with 503)",
        _ => return None,
    })
}

/// What people stumble over, as far as it fits what was done here.
pub(super) fn hints(args: &TokenArgs, error: &TokenError) -> Vec<&'static str> {
    match error {
        TokenError::Refused(answer) => refused(args, &answer.code),
        TokenError::Receive(failed) | TokenError::Verify(failed) => self::failed(args, failed),
        TokenError::Send { source, .. } => send(args, source),
        TokenError::Fetch { source: FetchError::Send(SendError::Connect(_)), .. } => vec![CA_FILE],
        TokenError::Fetch { source: FetchError::Metadata(MetadataError::ForeignEndpoint { .. }), .. } => {
            vec!["credentials go nowhere but to the issuer's host and those below it: --allow-host names another one"]
        }
        TokenError::Fetch { source: FetchError::Metadata(_), .. } => {
            vec!["the issuer is compared byte for byte: a slash at its end makes another one"]
        }
        TokenError::IdToken(error) => id_token(args, error),
        TokenError::NoIdToken => vec![ASK_FOR_OPENID],
        TokenError::NothingToVerifyWith => {
            vec!["give --issuer, so that it can be verified, or --ignore-id-token; the request was sent all the same"]
        }
        TokenError::NoKeys(cause) => hints(args, cause),
        _ => Vec::new(),
    }
}

fn failed(args: &TokenArgs, failed: &FailedExchange) -> Vec<&'static str> {
    match failed.failure() {
        Failure::DpopUnasked => vec!["the server binds the tokens of this client to a key: --dpop"],
        Failure::TokenType if args.dpop.is_some() => {
            vec!["a server that answers a proof with a bearer token does not do DPoP; what it gave is not taken"]
        }
        Failure::Redirect { .. } => {
            vec!["the redirect was not followed, because the credentials would go along; correct the token endpoint"]
        }
        Failure::NotJson { .. } | Failure::ContentType { .. } => {
            let mut hints =
                vec!["the token endpoint, or something before it, answered with no JSON: is it the right URL?"];
            if matches!(failed.failure(), Failure::ContentType { .. }) {
                hints.push("a server that writes JSON and calls it something else: --tolerate content_type");
            }
            hints
        }
        Failure::Malformed { source, .. } => malformed(source),
        Failure::NotVerified(VerifyError::IdToken(error)) => id_token(args, error),
        Failure::NotVerified(VerifyError::IdTokenMissing) => vec![ASK_FOR_OPENID],
        _ => Vec::new(),
    }
}

fn malformed(error: &ResponseError) -> Vec<&'static str> {
    match error {
        ResponseError::WrongType { name: "expires_in" | "refresh_expires_in" | "refresh_token_expires_in" } => {
            vec!["a number in a string: --tolerate numeric_strings"]
        }
        ResponseError::WrongType { name: "scope" } => vec!["an array of strings: --tolerate scope_array"],
        ResponseError::MissingMember { name: "token_type" } => {
            vec!["bearer tokens of a server that leaves it out: --tolerate missing_token_type"]
        }
        ResponseError::Status { status: 201 } => vec!["tokens with status 201: --tolerate created"],
        _ => Vec::new(),
    }
}

fn send(args: &TokenArgs, error: &SendError) -> Vec<&'static str> {
    let (connect, broke_off) = (matches!(error, SendError::Connect(_)), matches!(error, SendError::BrokeOff(_)));
    let mut hints = Vec::new();
    if args.cert.is_some() && (connect || broke_off) {
        hints.push("a server that does not take the certificate may hang up: is its authority known there?");
    }
    if connect || (args.cert.is_some() && broke_off) {
        hints.push(CA_FILE);
    }
    let may_have_arrived = broke_off || matches!(error, SendError::Timeout);
    if may_have_arrived && args.grant_type == Some(GrantType::AuthorizationCode) {
        hints.push("the server may have taken the code: it is good for once");
    }
    hints
}

fn refused(args: &TokenArgs, code: &ErrorCode) -> Vec<&'static str> {
    let mut hints = Vec::new();
    if matches!(code, ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce) {
        if args.dpop.is_none() {
            hints.push(
                "a proof of a key: --dpop KEYFILE; a code or refresh token that is bound to one needs that very key",
            );
        } else {
            hints.push("the clock may be a few seconds off, and no more");
            hints.push(
                "`htu` is the token endpoint as it was called: a server behind a proxy may know itself by another URL",
            );
        }
    }
    if *code == ErrorCode::InvalidClient {
        if args.cert.is_some() && args.cert_key.is_none() {
            hints.push("the certificate is the registered one, or has the registered name, and the listener sees it");
            hints.push("mutual TLS may have an endpoint of its own: `mtls_endpoint_aliases` of the metadata, or --token-endpoint");
        } else if args.auth_method == Some(Method::ClientSecretJwt) {
            hints.push(
                "`aud` is the issuer byte for byte, slash or not; some servers want their token endpoint: --audience",
            );
            hints.push("the algorithm is the registered one: --key-alg HS256, HS384 or HS512");
        } else if args.key.is_some() {
            hints.push(
                "`aud` is the issuer byte for byte, slash or not; some servers want their token endpoint: --audience",
            );
            hints.push(
                "the header names the key as it is registered: --kid for an uploaded key, --x5c for a certificate",
            );
            hints.push("the clock may be at most 10 s fast, and some servers want an `exp` within 120 s");
            hints.push("a server may refuse the registered `typ`: --assertion-typ JWT, or none");
        } else if args.basic_raw {
            hints.push("with --basic-raw the secret is not form-encoded, as RFC 6749 §2.3.1 wants it");
        } else {
            hints.push("a secret with other characters than letters, digits and *-._ at a server that does not decode: --basic-raw");
            hints.push("the method is the registered one: --auth-method client_secret_basic or client_secret_post");
        }
    }
    if *code == ErrorCode::InvalidGrant && args.grant_type == Some(GrantType::AuthorizationCode) {
        hints.push("a code lives for a minute or so, and is good for once");
        hints.push("--redirect-uri is the one of the authorization request, byte for byte");
    }
    hints
}

fn id_token(args: &TokenArgs, error: &IdTokenError) -> Vec<&'static str> {
    match error {
        IdTokenError::AlgNotAllowed if args.id_token_alg.is_empty() => {
            vec!["RS256 is the default; another registered algorithm is named with --id-token-alg"]
        }
        IdTokenError::NonceUnexpected => match args.grant_type {
            Some(GrantType::AuthorizationCode | GrantType::RefreshToken) => {
                vec!["the authorization request had a nonce: --nonce"]
            }
            _ => vec!["this grant sends no nonce, so the ID token is an answer to something else"],
        },
        IdTokenError::IssuerMismatch => {
            vec!["the issuer is compared byte for byte: a slash at its end makes another one"]
        }
        IdTokenError::IssuedInFuture | IdTokenError::NotYetValid | IdTokenError::Expired => vec!["is the clock right?"],
        IdTokenError::AtHashMismatch if args.id_token_alg.contains(&Alg::EdDsa) => {
            vec!["with Ed25519 the hash is SHA-512"]
        }
        _ => Vec::new(),
    }
}

const ASK_FOR_OPENID: &str = "an ID token comes only if the authorization request asked for `openid`";
const CA_FILE: &str = "a server with certificates of your own authority: --ca-file; a proxy: --environment-proxy";
