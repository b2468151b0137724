use std::path::Path;

use symbolon::{
    client::{AuthorizationCode, AuthorizationPlan, Client, ClientError, RefreshPlan, Sending},
    pkce::CodeVerifier,
    token_request::ExtensionRequest,
    types::{GrantType, Scope, Secret},
};
use time::UtcDateTime;

use super::{args::TokenArgs, error::TokenError, file};

/// What is asked for, as the options say. Nothing was sent.
pub(super) enum Grant {
    Code { code: Secret, verifier: CodeVerifier, plan: AuthorizationPlan, nonce: Option<Secret> },
    Refresh(RefreshPlan),
    ClientCredentials(Option<Scope>),
    Extension(ExtensionRequest),
}

impl Grant {
    pub(super) fn read(args: &TokenArgs) -> Result<Self, TokenError> {
        let grant_type = args.grant_type.as_ref().ok_or(TokenError::Usage("--grant-type is needed"))?;
        let is = |grant: &GrantType| grant_type == grant;
        let code_options = args.code.is_some()
            || args.code_file.is_some()
            || args.code_verifier.is_some()
            || args.code_verifier_file.is_some()
            || args.redirect_uri.is_some();
        if code_options && !is(&GrantType::AuthorizationCode) {
            return Err(TokenError::Usage(
                "--code, --code-verifier, their files and --redirect-uri are for authorization_code",
            ));
        }
        let refresh_options = args.refresh_token.is_some() || args.refresh_token_file.is_some();
        if refresh_options && !is(&GrantType::RefreshToken) {
            return Err(TokenError::Usage("--refresh-token and --refresh-token-file are for refresh_token"));
        }
        let parameters = !args.param.is_empty() || !args.param_file.is_empty();
        if parameters && !grant_type.as_str().contains(':') {
            return Err(TokenError::Usage("--param and --param-file are for grants that are named by a URI"));
        }
        if args.nonce.as_ref().is_some_and(Secret::is_empty) {
            return Err(TokenError::Usage("--nonce has a text"));
        }
        let signs_in = is(&GrantType::AuthorizationCode) || is(&GrantType::RefreshToken);
        if args.nonce.is_some() && !signs_in {
            return Err(TokenError::Usage("--nonce is for authorization_code and refresh_token"));
        }
        let asks_for_one = grant_type.as_str().contains(':') && is_openid(args.scope.as_ref());
        if (signs_in || asks_for_one) && args.issuer.is_none() && !args.ignore_id_token {
            return Err(TokenError::Usage(
                "an ID token may come: give --issuer, so that it can be verified, or --ignore-id-token",
            ));
        }
        match grant_type {
            GrantType::AuthorizationCode => code(args),
            GrantType::RefreshToken => refresh(args),
            GrantType::ClientCredentials => Ok(Self::ClientCredentials(args.scope.clone())),
            other => extension(args, other.as_str()),
        }
    }

    /// Whether an ID token must come.
    pub(super) fn plans_sign_in(&self, args: &TokenArgs) -> bool {
        match self {
            Self::Code { plan, .. } => plan.is_openid(),
            // What is asked for is sent, ignored or not.
            Self::Extension(request) => !args.ignore_id_token && is_openid(request.scope.as_ref()),
            Self::Refresh(_) | Self::ClientCredentials(_) => false,
        }
    }

    /// The code that an ID token may be bound to.
    pub(super) const fn code(&self) -> Option<&Secret> {
        match self {
            Self::Code { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(super) fn send(&self, client: &Client, now: UtcDateTime) -> Result<Sending, ClientError> {
        match self {
            Self::Code { code, verifier, plan, nonce } => {
                // The user of a command line is the program that took the authorization response.
                let (plan, code, verifier) = (plan.clone(), code.clone(), verifier.clone());
                let code = AuthorizationCode::assume_received(client, plan, code, verifier, nonce.clone(), now)?;
                client.exchange(code, now)
            }
            Self::Refresh(plan) => client.refresh(plan.clone(), now),
            Self::ClientCredentials(scope) => client.client_credentials(scope.clone(), now),
            Self::Extension(request) => client.extension(request.clone(), now),
        }
    }
}

fn code(args: &TokenArgs) -> Result<Grant, TokenError> {
    let code = given(args.code.as_ref(), args.code_file.as_deref())?
        .ok_or(TokenError::Usage("authorization_code needs --code-file or --code"))?;
    if code.is_empty() {
        return Err(TokenError::Usage("the code has no text"));
    }
    let verifier = given(args.code_verifier.as_ref(), args.code_verifier_file.as_deref())?
        .ok_or(TokenError::Usage("authorization_code needs --code-verifier-file or --code-verifier"))?;
    let verifier = CodeVerifier::parse(verifier.expose()).map_err(|_| {
        TokenError::Usage("the code verifier (--code-verifier) is not 43 to 128 letters, digits and -._~")
    })?;
    if args.redirect_uri.is_none() {
        return Err(TokenError::Usage("authorization_code needs --redirect-uri"));
    }
    let mut asked = args.scope.clone().unwrap_or_default();
    if args.ignore_id_token {
        asked = without_openid(&asked);
    } else if args.nonce.is_some() && !asked.contains("openid") {
        // Who sent a nonce asked somebody to sign in.
        asked = Scope::parse(format!("openid {asked}").trim_end()).unwrap_or(asked);
    }
    let mut plan = AuthorizationPlan::new(asked);
    plan.redirect_uri.clone_from(&args.redirect_uri);
    Ok(Grant::Code { code, verifier, plan, nonce: args.nonce.clone() })
}

/// What stands on the command line or in a file.
fn given(text: Option<&Secret>, path: Option<&Path>) -> Result<Option<Secret>, TokenError> {
    text.map_or_else(|| path.map(file::read_secret).transpose(), |text| Ok(Some(text.clone())))
}

fn is_openid(scope: Option<&Scope>) -> bool {
    scope.is_some_and(|scope| scope.contains("openid"))
}

/// A plan without sign-in.
fn without_openid(scope: &Scope) -> Scope {
    let others: Vec<_> = scope.tokens().filter(|token| *token != "openid").collect();
    Scope::parse(&others.join(" ")).unwrap_or_default()
}

fn refresh(args: &TokenArgs) -> Result<Grant, TokenError> {
    let token = given(args.refresh_token.as_ref(), args.refresh_token_file.as_deref())?
        .ok_or(TokenError::Usage("refresh_token needs --refresh-token-file or --refresh-token"))?;
    let mut plan = RefreshPlan::new(token);
    plan.scope.clone_from(&args.scope);
    Ok(Grant::Refresh(plan))
}

fn extension(args: &TokenArgs, grant_type: &str) -> Result<Grant, TokenError> {
    let mut request = ExtensionRequest::new(grant_type);
    request.scope.clone_from(&args.scope);
    for param in &args.param {
        let (name, value) = param.expose().split_once('=').ok_or(TokenError::Usage("--param is NAME=VALUE"))?;
        push(&mut request, name, value.into())?;
    }
    for param in &args.param_file {
        let (name, path) = param.split_once('=').ok_or(TokenError::Usage("--param-file is NAME=FILE"))?;
        push(&mut request, name, file::read_secret(Path::new(path))?)?;
    }
    Ok(Grant::Extension(request))
}

fn push(request: &mut ExtensionRequest, name: &str, value: Secret) -> Result<(), TokenError> {
    let repeatable = matches!(name, "resource" | "audience");
    if name.is_empty() || OPTIONS.contains(&name) {
        return Err(TokenError::Usage("a parameter has no name, or one that another option writes"));
    }
    if !repeatable && request.parameters.iter().any(|(other, _)| other == name) {
        // RFC 6749 §3.2: MUST NOT be included more than once.
        return Err(TokenError::Usage("a parameter is given twice"));
    }
    request.parameters.push((name.into(), value));
    Ok(())
}

/// Parameters that have an option of their own.
const OPTIONS: &[&str] =
    &["grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type"];
