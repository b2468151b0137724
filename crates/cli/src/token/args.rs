use core::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use symbolon::types::{Alg, ClientId, GrantType, Issuer, Scope, Secret};

/// Asks a token endpoint for tokens, as one registered client does: sends one request, judges the answer, verifies the ID
/// token, and prints the answer as JSON.
///
/// Who is asked is --issuer, whose metadata is fetched, or --token-endpoint, or both. The client's secret or key is read from a
/// file or from SYMBOLON_CLIENT_SECRET, never from the command line. Other users of the machine can read command lines while they
/// run, and shells keep them: what grants access is better given as a file.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct TokenArgs {
    /// The issuer, exactly as its metadata writes it. ID tokens are verified against its keys.
    #[arg(long, value_name = "URL", value_parser = issuer, required_unless_present_any = ["token_endpoint", "assertion_only"])]
    pub(super) issuer: Option<Issuer>,
    /// The token endpoint. Metadata is then not asked for it.
    #[arg(long, value_name = "URL")]
    pub(super) token_endpoint: Option<String>,
    /// Where the issuer's keys are. By default its metadata says so.
    #[arg(long, value_name = "URL", requires = "issuer")]
    pub(super) jwks_uri: Option<String>,
    /// A host beside the issuer's and those below it at which the metadata may have endpoints. May be repeated. Where one is
    /// elsewhere and not allowed, nothing is sent.
    #[arg(long, value_name = "HOST", requires = "issuer")]
    pub(super) allow_host: Vec<String>,

    /// The client.
    #[arg(long, value_name = "ID", value_parser = client_id)]
    pub(super) client_id: ClientId,
    /// How the client authenticates. Default: tls_client_auth with --cert and without --cert-key, private_key_jwt with --key,
    /// client_secret_basic with a secret, else none.
    #[arg(long, value_enum, help_heading = AUTHENTICATION)]
    pub(super) auth_method: Option<Method>,
    /// A file with the client's secret; a line break at its end is cut off. Without it: SYMBOLON_CLIENT_SECRET.
    #[arg(long, value_name = "FILE", help_heading = AUTHENTICATION, conflicts_with = "key")]
    pub(super) client_secret_file: Option<PathBuf>,
    /// Leaves the form-encoding of client_secret_basic out (RFC 6749 §2.3.1), for servers that do not decode: ID-porten.
    #[arg(long, help_heading = AUTHENTICATION)]
    pub(super) basic_raw: bool,
    /// The private key of private_key_jwt: PEM (PKCS#8, PKCS#1 or SEC1), or a JWK. With tls_client_auth and
    /// self_signed_tls_client_auth: the key of --cert, in PEM.
    #[arg(long, value_name = "FILE", help_heading = AUTHENTICATION)]
    pub(super) key: Option<PathBuf>,
    /// The key's `kid`. A JWK brings its own.
    #[arg(long, requires = "key", help_heading = AUTHENTICATION)]
    pub(super) kid: Option<String>,
    /// The key's certificates in PEM, its own first, for servers that know a business certificate instead of a kid. The
    /// first must be the key's; whether it is valid, or trusted, is not checked.
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "kid", help_heading = AUTHENTICATION)]
    pub(super) x5c: Option<PathBuf>,
    /// The client's certificate in PEM, then those of its authorities: that of tls_client_auth and self_signed_tls_client_auth,
    /// with its --key; or, with its --cert-key, one that tokens are bound to beside another method (RFC 8705 §3). It is for the
    /// token endpoint alone, over https: that for mutual TLS, if metadata names one, or else --token-endpoint.
    #[arg(long, value_name = "FILE", conflicts_with = "assertion_only", help_heading = AUTHENTICATION)]
    pub(super) cert: Option<PathBuf>,
    /// The private key of --cert in PEM, where another method authenticates the client.
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = AUTHENTICATION)]
    pub(super) cert_key: Option<PathBuf>,
    /// Binds the tokens to a key by DPoP (RFC 9449): PEM, or a JWK. Without a file the key is a fresh one on P-256, for this run
    /// alone: what is bound to it is of no use afterwards.
    #[arg(long, value_name = "KEYFILE", num_args = 0..=1, conflicts_with = "assertion_only", help_heading = AUTHENTICATION)]
    #[expect(clippy::option_option, reason = "an option whose value may be left out, as clap has it")]
    pub(super) dpop: Option<Option<PathBuf>>,
    /// The algorithm that the client registered for its key, or for the secret of client_secret_jwt. Default: RS256, ES256,
    /// ES384 or Ed25519, as the key is; HS256 for a secret.
    #[arg(long, value_name = "ALG", help_heading = AUTHENTICATION)]
    pub(super) key_alg: Option<Alg>,
    /// `aud` of the assertion. Default: the issuer, byte for byte.
    #[arg(long, value_name = "TEXT", help_heading = AUTHENTICATION)]
    pub(super) audience: Option<String>,
    /// `exp - iat` of the assertion, in seconds. Default: 60.
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(1..=3600),
        help_heading = AUTHENTICATION
    )]
    pub(super) assertion_lifetime: Option<u32>,
    /// `typ` of the assertion. Default: client-authentication+jwt; of --grant-assertion-for oauth-id-jag+jwt.
    #[arg(long, value_enum, help_heading = AUTHENTICATION)]
    pub(super) assertion_typ: Option<AssertionTyp>,

    /// authorization_code, refresh_token, client_credentials, or the URI of another grant.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = grant_type,
        required_unless_present = "assertion_only",
        help_heading = GRANT
    )]
    pub(super) grant_type: Option<GrantType>,
    /// The scope to ask for. With authorization_code it is not sent: it says what the authorization request asked for. With
    /// `openid` in it an ID token must come, unless the grant is refresh_token or client_credentials.
    #[arg(long, value_parser = scope, help_heading = GRANT)]
    pub(super) scope: Option<Scope>,
    /// The code, good for once. A file is better: other users can read command lines.
    #[arg(long, value_parser = secret, conflicts_with = "code_file", help_heading = GRANT)]
    pub(super) code: Option<Secret>,
    /// A file with the code; a line break at its end is cut off.
    #[arg(long, value_name = "FILE", help_heading = GRANT)]
    pub(super) code_file: Option<PathBuf>,
    /// The code verifier whose challenge the authorization request had. A file is better: other users can read command lines.
    #[arg(
        long,
        value_name = "VERIFIER",
        value_parser = secret,
        conflicts_with = "code_verifier_file",
        help_heading = GRANT
    )]
    pub(super) code_verifier: Option<Secret>,
    /// A file with the code verifier; a line break at its end is cut off.
    #[arg(long, value_name = "FILE", help_heading = GRANT)]
    pub(super) code_verifier_file: Option<PathBuf>,
    /// The redirect URI of the authorization request.
    #[arg(long, value_name = "URI", help_heading = GRANT)]
    pub(super) redirect_uri: Option<String>,
    /// The nonce that the authorization request had; the ID token must have it.
    #[arg(long, value_parser = secret, help_heading = GRANT)]
    pub(super) nonce: Option<Secret>,
    /// The refresh token. A file is better: other users can read command lines.
    #[arg(long, value_name = "TOKEN", value_parser = secret, conflicts_with = "refresh_token_file", help_heading = GRANT)]
    pub(super) refresh_token: Option<Secret>,
    /// A file with the refresh token; a line break at its end is cut off.
    #[arg(long, value_name = "FILE", help_heading = GRANT)]
    pub(super) refresh_token_file: Option<PathBuf>,
    /// A parameter of another grant. May be repeated. A secret is better in a file: other users can read command lines.
    #[arg(long, value_name = "NAME=VALUE", value_parser = secret, help_heading = GRANT)]
    pub(super) param: Vec<Secret>,
    /// A parameter of another grant whose value is in a file, such as an assertion. May be repeated.
    #[arg(long, value_name = "NAME=FILE", help_heading = GRANT)]
    pub(super) param_file: Vec<String>,

    /// An algorithm that the client registered for its ID tokens. May be repeated. Default: RS256.
    #[arg(long, value_name = "ALG", help_heading = JUDGEMENT)]
    pub(super) id_token_alg: Vec<Alg>,
    /// Takes an answer that is not as it must be in this one thing, and says so. May be repeated.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = JUDGEMENT)]
    pub(super) tolerate: Vec<Tolerate>,
    /// Takes an ID token as bytes that say nothing about anybody, and verifies none.
    #[arg(long, help_heading = JUDGEMENT, conflicts_with_all = ["nonce", "jwks_uri", "show_claims"])]
    pub(super) ignore_id_token: bool,

    /// Certificates in PEM that are trusted beside the public ones.
    #[arg(long, value_name = "FILE", help_heading = CONNECTION)]
    pub(super) ca_file: Option<PathBuf>,
    /// How long the request may take, in seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=600),
        help_heading = CONNECTION
    )]
    pub(super) timeout: u32,
    /// Goes through the proxy that the environment names.
    #[arg(long, help_heading = CONNECTION)]
    pub(super) environment_proxy: bool,

    /// Prints a fresh client assertion on standard output and asks nobody anything: for another program, or for curl. Needs
    /// --key, or a secret with client_secret_jwt, and --issuer or --audience; what says what to ask for is not looked at.
    #[arg(long, help_heading = REPORT)]
    pub(super) assertion_only: bool,
    /// Makes of --assertion-only an assertion that is a grant, for trying out a server that takes them (RFC 7523 §2.1): what an
    /// identity provider says of this subject to --client-id. --key and --kid are the provider's then, and --scope is the most that
    /// it grants. `typ` is by default that of an ID-JAG, oauth-id-jag+jwt.
    #[arg(
        long,
        value_name = "SUBJECT",
        requires_all = ["assertion_only", "grant_assertion_issuer", "key"],
        help_heading = REPORT
    )]
    pub(super) grant_assertion_for: Option<String>,
    /// `iss` of --grant-assertion-for: the identity provider.
    #[arg(long, value_name = "URL", requires = "grant_assertion_for", help_heading = REPORT)]
    pub(super) grant_assertion_issuer: Option<String>,
    /// Shows the request on standard error, secrets shortened.
    #[arg(long, help_heading = REPORT)]
    pub(super) show: bool,
    /// Shows the claims of the verified ID token on standard error: who signed in.
    #[arg(long, help_heading = REPORT)]
    pub(super) show_claims: bool,
}

/// What an answer may be, where it must not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Tolerate {
    /// A lifetime is a string of digits.
    NumericStrings,
    /// There is no `token_type`: the tokens are bearer tokens then.
    MissingTokenType,
    /// `scope` is an array.
    ScopeArray,
    /// The status of tokens is 201.
    Created,
    /// The `Content-Type` is not JSON, or there is none.
    ContentType,
}

/// A method of client authentication that the command has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Method {
    #[value(name = "client_secret_basic")]
    ClientSecretBasic,
    #[value(name = "client_secret_post")]
    ClientSecretPost,
    #[value(name = "client_secret_jwt")]
    ClientSecretJwt,
    #[value(name = "private_key_jwt")]
    PrivateKeyJwt,
    #[value(name = "tls_client_auth")]
    TlsClientAuth,
    #[value(name = "self_signed_tls_client_auth")]
    SelfSignedTlsClientAuth,
    #[value(name = "none")]
    None,
}

/// What `typ` an assertion has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum AssertionTyp {
    /// RFC 7523bis, RFC 8725 §3.11.
    #[value(name = "client-authentication+jwt")]
    Registered,
    /// draft-ietf-oauth-identity-assertion-authz-grant.
    #[value(name = "oauth-id-jag+jwt")]
    IdJag,
    #[value(name = "JWT")]
    Jwt,
    /// No `typ` at all.
    #[value(name = "none")]
    None,
}

impl AssertionTyp {
    pub(super) const fn as_typ(self) -> Option<&'static str> {
        match self {
            Self::Registered => Some("client-authentication+jwt"),
            Self::IdJag => Some("oauth-id-jag+jwt"),
            Self::Jwt => Some("JWT"),
            Self::None => None,
        }
    }
}

fn issuer(text: &str) -> Result<Issuer, symbolon::types::IdentifierError> {
    Issuer::parse(text)
}

fn client_id(text: &str) -> Result<ClientId, symbolon::types::IdentifierError> {
    ClientId::parse(text)
}

fn scope(text: &str) -> Result<Scope, symbolon::types::ScopeError> {
    Scope::parse(text)
}

fn grant_type(text: &str) -> Result<GrantType, &'static str> {
    match GrantType::parse(text) {
        // RFC 6749 §4.5: an absolute URI.
        GrantType::Other(name) if !name.contains(':') => Err("neither a known grant nor a URI"),
        known => Ok(known),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a value parser")]
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

const AUTHENTICATION: &str = "Client authentication";
const GRANT: &str = "Grant";
const JUDGEMENT: &str = "Judgement";
const CONNECTION: &str = "Connection";
const REPORT: &str = "Report";

/// What the exit codes mean.
const EXIT_CODES: &str = "\
Exit codes:
  0  tokens were received, and an ID token among them was verified;
     with --ignore-id-token: not verified; with --assertion-only: the
     assertion was printed
  1  usage: options that are wrong or missing; nothing was sent
  2  the server refused the request, with an error of the protocol
  3  no valid answer: connection, certificate, status, JSON, metadata
     without a token endpoint that can be called
  4  the ID token does not verify, or nothing is there to verify it
     with, or it is not there; no token is printed
  5  a local problem: a key, secret or certificate file, or the output

The answer goes to standard output in full, the report to standard error without secrets.";
