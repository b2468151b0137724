use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use symbolon::{client::ClientError, ring::PROVIDER};
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
pub(super) fn make(args: &TokenArgs, subject: &str, now: UtcDateTime) -> Result<String, TokenError> {
    let issuer = args.grant_assertion_issuer.as_deref();
    let issuer = issuer.ok_or(TokenError::Usage("--grant-assertion-for needs --grant-assertion-issuer"))?;
    let mut jti = [0; 16];
    PROVIDER.random.fill(&mut jti).map_err(|error| TokenError::Request(ClientError::Random(error)))?;
    let mut claims = Map::new();
    let mut set = |name: &str, value: Value| claims.insert(name.into(), value);
    set("iss", json!(issuer));
    set("sub", json!(subject));
    set("aud", json!(credentials::audience(args)?));
    set("client_id", json!(args.client_id.as_str()));
    set("jti", json!(URL_SAFE_NO_PAD.encode(jti)));
    set("iat", json!(now.unix_timestamp()));
    set("exp", json!(now.saturating_add(credentials::lifetime(args)).unix_timestamp()));
    if let Some(scope) = &args.scope {
        set("scope", json!(scope.to_string()));
    }
    let typ = args.assertion_typ.unwrap_or(AssertionTyp::IdJag).as_typ();
    let signed = credentials::signing_key(args)?.sign(&PROVIDER, typ, &claims);
    signed.map_err(|error| TokenError::Request(ClientError::Assertion(error)))
}
