//! `symbolon token`: one token request, as a registered client makes it, and what is to be thought of the answer.
//!
//! Reads its options ([`args`], [`credentials`], [`grant`]), sends ([`symbolon_reqwest`]), has the client half judge the
//! answer, verifies the ID token ([`verify`]) and says what was checked ([`report`], [`explain`], [`exit`]).

mod args;
mod certificate;
mod credentials;
mod dpop;
mod error;
mod exit;
mod explain;
mod file;
mod grant;
mod grant_assertion;
mod json;
mod report;
mod show;
mod verify;

use core::time::Duration;
use std::{
    io::{self, Write as _},
    process::ExitCode,
};

pub(crate) use args::TokenArgs;
use symbolon::{
    client::{ApiMisuse, Client, EndpointUrl, IncomingResponse, KeyHint, Received, Sending, UnverifiedTokens},
    policy::Policy,
    ring::PROVIDER,
    types::{Digest, Issuer},
};
use symbolon_reqwest::{Sender, SenderBuilder};
use time::UtcDateTime;
use url::Url;

use self::{args::Tolerate, error::TokenError, exit::Exit, grant::Grant, verify::Judged};

/// Runs the command.
pub(crate) async fn run(args: TokenArgs) -> ExitCode {
    let exit = match ask(&args).await.and_then(|answered| answered.map_or(Ok(()), |answered| print(&args, &answered))) {
        Ok(()) => Exit::Done,
        Err(error) => {
            // Where nobody reads the report, the exit code says it.
            let _ = report::error(&mut io::stderr(), &args, &error);
            error.exit()
        }
    };
    exit.into()
}

/// An answer that was judged.
struct Answered {
    response: IncomingResponse,
    judged: Judged,
    key: Option<KeyHint>,
    certificate: Option<Digest>,
}

/// `None`: nothing was to be sent, and what was asked for is printed.
async fn ask(args: &TokenArgs) -> Result<Option<Answered>, TokenError> {
    if args.assertion_only {
        return print_assertion(args).map(|()| None);
    }
    if args.id_token_alg.iter().any(|alg| alg.is_symmetric()) {
        return Err(TokenError::Usage("--id-token-alg: this command has no secret to verify a MAC with"));
    }
    let grant = Grant::read(args)?;
    let authentication = credentials::read(args)?;
    let (dpop, certificate) = (dpop::signer(args)?, credentials::certificate_thumbprint(args)?);
    // The certificate is for the token endpoint: what anybody may read is fetched without it.
    let builder = sender(args)?;
    let fetcher = builder.clone().build().map_err(TokenError::Sender)?;
    let sender = match credentials::client_certificate(args)? {
        Some((chain, key)) => builder.client_certificate_pem(chain, key).build().map_err(TokenError::Sender)?,
        None => fetcher.clone(),
    };

    let builder = Client::builder(issuer(args)?, args.client_id.clone(), PROVIDER);
    let mut builder = match &args.token_endpoint {
        Some(url) => builder.token_endpoint(url),
        None => builder.metadata(&verify::metadata(args, &fetcher).await?),
    };
    if let Some(uri) = &args.jwks_uri {
        builder = builder.jwks_uri(uri);
    }
    if let Some(signer) = dpop {
        builder = builder.dpop(signer);
    }
    if args.cert.is_some() {
        builder = builder.certificate_bound_access_tokens();
    }
    let builder =
        builder.policy(policy(args)).authentication(authentication).id_token_algorithms(args.id_token_alg.clone());
    let client = builder.build().map_err(|error| misuse(args, error))?;
    if args.cert.is_some() && !is_https(client.token_endpoint()) {
        return Err(TokenError::Usage("--cert: the token endpoint is not https, so there is nobody to present it to"));
    }

    // Before the code is used up: without keys nobody would see the tokens.
    let keys = if grant.plans_sign_in(args) { Some(verify::keys(args, &client, &fetcher).await?) } else { None };

    let sending = grant.send(&client, UtcDateTime::now()).map_err(TokenError::Request)?;
    let (response, received) = send(args, &sender, sending).await?;
    let key = received.key_hint();
    let judged = verify::tokens(args, &grant, &client, &fetcher, keys, received).await?;
    Ok(Some(Answered { response, judged, key, certificate }))
}

/// The policy of every client, but for what is to be tolerated.
fn policy(args: &TokenArgs) -> Policy {
    let mut policy = Policy::OAUTH_2_1;
    let response = &mut policy.response;
    for tolerate in &args.tolerate {
        *match tolerate {
            Tolerate::NumericStrings => &mut response.legacy_numeric_strings,
            Tolerate::MissingTokenType => &mut response.legacy_missing_token_type,
            Tolerate::ScopeArray => &mut response.legacy_scope_array,
            Tolerate::Created => &mut response.legacy_created,
            Tolerate::ContentType => &mut response.legacy_content_type,
        } = true;
    }
    policy
}

fn is_https(url: &EndpointUrl) -> bool {
    Url::parse(url.as_str()).is_ok_and(|url| url.scheme() == "https")
}

/// Sends the request, and says so where it is sent a second time: the client asks for that at most once.
async fn send(
    args: &TokenArgs,
    sender: &Sender,
    mut sending: Sending,
) -> Result<(IncomingResponse, UnverifiedTokens), TokenError> {
    loop {
        let (request, pending) = sending.ready().map_err(TokenError::Request)?;
        if args.show {
            let _ = show::request(&mut io::stderr(), &request);
        }
        let response = match sender.send(request).await {
            Ok(response) => response,
            Err(source) => return Err(TokenError::Send { failed: pending.lost(source.delivery()), source }),
        };
        match pending.receive(&response, UtcDateTime::now()).map_err(TokenError::Receive)? {
            Received::Tokens(tokens) => return Ok((response, tokens)),
            Received::SendAgain(again) => {
                let _ = report::again(&mut io::stderr());
                sending = again;
            }
            Received::Refused(answer) => return Err(TokenError::Refused(Box::new(answer))),
            _ => return Err(TokenError::UnknownAnswer),
        }
    }
}

/// Nobody is asked anything: no metadata, no token endpoint.
fn print_assertion(args: &TokenArgs) -> Result<(), TokenError> {
    if let Some(subject) = &args.grant_assertion_for {
        let assertion = grant_assertion::make(args, subject, UtcDateTime::now())?;
        return writeln!(io::stdout(), "{}", assertion.expose()).map_err(TokenError::Output);
    }
    let applied = credentials::read(args)?.apply(&PROVIDER, &args.client_id, UtcDateTime::now());
    let applied = applied.map_err(|error| TokenError::Request(error.into()))?;
    let assertion = applied.parameters.iter().find(|(name, _)| *name == "client_assertion");
    let (_, assertion) = assertion.ok_or(TokenError::Usage("--assertion-only: the method has no assertion"))?;
    writeln!(io::stdout(), "{}", assertion.expose()).map_err(TokenError::Output)
}

/// Whose fault it is that there is no client: the options', or the metadata's.
fn misuse(args: &TokenArgs, error: ApiMisuse) -> TokenError {
    match error {
        ApiMisuse::TokenEndpointMissing => TokenError::NotInMetadata("token_endpoint"),
        ApiMisuse::EndpointUrl { endpoint, .. } | ApiMisuse::EndpointQuery { endpoint } => match endpoint {
            "token_endpoint" if args.token_endpoint.is_some() => TokenError::Client(error),
            "jwks_uri" if args.jwks_uri.is_some() => TokenError::Client(error),
            _ => TokenError::Metadata(error),
        },
        // A URL that no proof can name.
        ApiMisuse::DpopTarget if args.token_endpoint.is_none() => TokenError::Metadata(error),
        ApiMisuse::MetadataIssuer => TokenError::Metadata(error),
        _ => TokenError::Client(error),
    }
}

fn print(args: &TokenArgs, answered: &Answered) -> Result<(), TokenError> {
    report::answer(&mut io::stdout(), &answered.response).map_err(TokenError::Output)?;
    let _ = report::checked(&mut io::stderr(), args, answered);
    Ok(())
}

fn sender(args: &TokenArgs) -> Result<SenderBuilder, TokenError> {
    let mut builder = Sender::builder().timeout(Duration::from_secs(args.timeout.into()));
    if let Some(path) = &args.ca_file {
        builder = builder.root_pem(file::read(path)?);
    }
    if args.environment_proxy {
        builder = builder.environment_proxy();
    }
    Ok(builder)
}

/// The issuer; where only the token endpoint is known, its origin, which nothing is then compared with.
fn issuer(args: &TokenArgs) -> Result<Issuer, TokenError> {
    if let Some(issuer) = &args.issuer {
        return Ok(issuer.clone());
    }
    let url = args.token_endpoint.as_deref().ok_or(TokenError::Usage("--issuer or --token-endpoint is needed"))?;
    let url = EndpointUrl::parse(url).map_err(|source| TokenError::Url { option: "--token-endpoint", source })?;
    let origin = Url::parse(url.as_str()).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    Issuer::parse(origin).map_err(TokenError::Issuer)
}
