use symbolon::{
    client::{Client, EndpointUrl, Metadata, Tokens, UnverifiedTokens},
    id_token::{Checks, Expected, IdTokenClaims},
    jose::{UnverifiedJwt, VerifyingKeys},
    types::{Secret, Trace},
};
use symbolon_reqwest::Sender;
use time::UtcDateTime;

use super::{args::TokenArgs, error::TokenError, grant::Grant};

/// What was received, and what is known of who signed in.
pub(super) struct Judged {
    pub(super) tokens: Tokens,
    pub(super) id_token: IdToken,
}

/// What is known of the ID token.
pub(super) enum IdToken {
    /// None came.
    Absent,
    /// One came, and it says nothing about anybody.
    Ignored,
    /// It was verified with a key of that set.
    Verified { claims: Box<IdTokenClaims>, jwks_uri: String },
}

/// The keys that an issuer publishes, and where.
pub(super) struct IssuerKeys {
    uri: String,
    keys: VerifyingKeys,
}

/// Verifies what came, whatever the grant; an ID token that nobody planned for has its keys fetched now.
pub(super) async fn tokens(
    args: &TokenArgs,
    grant: &Grant,
    client: &Client,
    sender: &Sender,
    fetched: Option<IssuerKeys>,
    received: UnverifiedTokens,
) -> Result<Judged, TokenError> {
    if received.is_openid()
        && let Some(IssuerKeys { uri: jwks_uri, keys }) = fetched
    {
        // A sign-in that was planned: the client knows what it asked for.
        let verified = received.verify(&keys, UtcDateTime::now()).map_err(TokenError::Verify)?;
        let claims = verified.id_token().cloned().map(Box::new);
        let id_token = claims.map_or(IdToken::Absent, |claims| IdToken::Verified { claims, jwks_uri });
        return Ok(Judged { tokens: verified.tokens().clone(), id_token });
    }
    let tokens = received.without_id_token().map_err(TokenError::Verify)?;
    let id_token = match tokens.response().id_token.as_ref() {
        // A sign-in that was planned with a grant of which the client half knows no sign-in.
        None if fetched.is_some() => return Err(TokenError::NoIdToken),
        None => IdToken::Absent,
        Some(_) if args.ignore_id_token => IdToken::Ignored,
        // The issuer that the client half has is then made of the token endpoint.
        Some(_) if args.issuer.is_none() => return Err(TokenError::NothingToVerifyWith),
        Some(id_token) => {
            let IssuerKeys { uri: jwks_uri, keys } = match fetched {
                Some(fetched) => fetched,
                // The request is answered already: what is missing is the verification.
                None => keys(args, client, sender).await.map_err(|error| TokenError::NoKeys(Box::new(error)))?,
            };
            let claims = unplanned(args, grant, client, &tokens, id_token, &keys)?;
            IdToken::Verified { claims: Box::new(claims), jwks_uri }
        }
    };
    Ok(Judged { tokens, id_token })
}

/// An ID token that nobody said would come, or one of a refresh whose first ID token is not at hand: all is checked that
/// the options tell.
fn unplanned(
    args: &TokenArgs,
    grant: &Grant,
    client: &Client,
    tokens: &Tokens,
    id_token: &Secret,
    keys: &VerifyingKeys,
) -> Result<IdTokenClaims, TokenError> {
    // OIDC Core §12.2: the ID token of a refresh need not have the nonce.
    let may_lack_nonce = matches!(grant, Grant::Refresh(_));
    let lacks_nonce = || UnverifiedJwt::parse(id_token.expose()).is_ok_and(|jwt| jwt.peek_claim("nonce").is_none());
    let nonce = args.nonce.clone().filter(|_| !(may_lack_nonce && lacks_nonce()));
    let expected = Expected {
        nonce,
        algorithms: client.id_token_algorithms(),
        access_token: Some(tokens.access_token()),
        code: grant.code(),
        ..Expected::new(client.issuer(), client.client_id())
    };
    let checks = Checks { crypto: client.crypto(), policy: &client.policy().id_token };
    let checked = checks.check(id_token.expose(), keys, &expected, &mut Trace::stop_at_first(), UtcDateTime::now());
    checked.map_err(TokenError::IdToken)
}

/// Fetches the issuer's keys.
pub(super) async fn keys(args: &TokenArgs, client: &Client, sender: &Sender) -> Result<IssuerKeys, TokenError> {
    let uri = match client.jwks_uri() {
        Some(uri) => uri.clone(),
        // With --token-endpoint nobody has asked for metadata yet.
        None => jwks_uri_of_issuer(&metadata(args, sender).await?)?,
    };
    let set = sender.jwks(&uri).await.map_err(|source| TokenError::Fetch { what: "the issuer's key set", source })?;
    let keys = VerifyingKeys::load(client.crypto(), &set, client.id_token_algorithms());
    Ok(IssuerKeys { uri: uri.as_str().to_owned(), keys })
}

fn jwks_uri_of_issuer(metadata: &Metadata) -> Result<EndpointUrl, TokenError> {
    metadata.jwks_uri.clone().ok_or(TokenError::NotInMetadata("jwks_uri"))
}

/// Fetches the issuer's metadata.
pub(super) async fn metadata(args: &TokenArgs, sender: &Sender) -> Result<Metadata, TokenError> {
    let issuer = args.issuer.as_ref().ok_or(TokenError::Usage("--issuer is needed"))?;
    let hosts: Vec<&str> = args.allow_host.iter().map(String::as_str).collect();
    let metadata = sender.metadata_with_hosts(issuer, &hosts).await;
    metadata.map_err(|source| TokenError::Fetch { what: "the issuer's metadata", source })
}
