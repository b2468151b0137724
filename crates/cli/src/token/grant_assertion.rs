use symbolon::{client::GrantClaims, id_token::Personal, ring::PROVIDER, types::Secret};
use time::UtcDateTime;

use super::{
    args::{AssertionTyp, TokenArgs},
    credentials,
    error::TokenError,
};

/// An assertion that is a grant ([RFC 7523 §3]): what an identity provider would say of this subject now. What is wrong with it
/// is for the server to say.
///
/// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
pub(super) fn make(args: &TokenArgs, subject: &str, now: UtcDateTime) -> Result<Secret, TokenError> {
    let issuer = args.grant_assertion_issuer.clone();
    let issuer = issuer.ok_or(TokenError::Usage("--grant-assertion-for needs --grant-assertion-issuer"))?;
    let mut claims = GrantClaims::new(&credentials::issuer(args)?);
    claims.issuer = Some(issuer);
    claims.subject = Some(Personal::new(subject));
    claims.audience = credentials::audience(args)?.into();
    claims.lifetime = credentials::lifetime(args);
    claims.typ = args.assertion_typ.unwrap_or(AssertionTyp::IdJag).as_typ();
    claims.scope.clone_from(&args.scope);
    claims.other.insert("client_id".into(), args.client_id.as_str().into());
    let signed = claims.sign(&PROVIDER, &credentials::signing_key(args)?, &args.client_id, now);
    signed.map_err(TokenError::Request)
}
