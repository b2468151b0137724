use std::{env, path::Path};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use symbolon::{
    client_auth::{AssertionSigner, ClientAuthentication, SecretAssertionSigner},
    jose::SigningKey,
    ring::PROVIDER,
    types::{Alg, Digest, Issuer, Secret, SecretBytes},
};
use time::Duration;

use super::{
    args::{AssertionTyp, Method, TokenArgs},
    certificate,
    error::TokenError,
    file,
};

/// How the client authenticates, as the options say: one method, no fallback.
pub(super) fn read(args: &TokenArgs) -> Result<ClientAuthentication, TokenError> {
    let method = method(args);
    if args.basic_raw && method != Method::ClientSecretBasic {
        return Err(TokenError::Usage("--basic-raw is a form of client_secret_basic"));
    }
    if args.key.is_some() && method != Method::PrivateKeyJwt && !is_mutual_tls(method) {
        return Err(TokenError::Usage("--key is for private_key_jwt, tls_client_auth and self_signed_tls_client_auth"));
    }
    judge_certificate(args, method)?;
    let has_secret = matches!(method, Method::ClientSecretBasic | Method::ClientSecretPost | Method::ClientSecretJwt);
    if args.client_secret_file.is_some() && !has_secret {
        return Err(TokenError::Usage(
            "--client-secret-file is for client_secret_basic, client_secret_post and client_secret_jwt",
        ));
    }
    let has_assertion = matches!(method, Method::PrivateKeyJwt | Method::ClientSecretJwt);
    let asks_for_assertion = args.audience.is_some()
        || args.key_alg.is_some()
        || args.assertion_lifetime.is_some()
        || args.assertion_typ.is_some()
        || args.assertion_only;
    if asks_for_assertion && !has_assertion {
        return Err(TokenError::Usage(
            "an assertion is for private_key_jwt, which --key is for, and for client_secret_jwt",
        ));
    }
    match method {
        Method::None => Ok(ClientAuthentication::None),
        Method::ClientSecretBasic if args.basic_raw => secret(args).map(ClientAuthentication::BasicRaw),
        Method::ClientSecretBasic => secret(args).map(ClientAuthentication::Basic),
        Method::ClientSecretPost => secret(args).map(ClientAuthentication::Post),
        Method::ClientSecretJwt => secret_signer(args).map(ClientAuthentication::SecretJwt),
        Method::PrivateKeyJwt => signer(args).map(ClientAuthentication::PrivateKeyJwt),
        Method::TlsClientAuth => Ok(ClientAuthentication::TlsClientAuth),
        Method::SelfSignedTlsClientAuth => Ok(ClientAuthentication::SelfSignedTlsClientAuth),
    }
}

/// The method that is said, or the one that the options are for.
fn method(args: &TokenArgs) -> Method {
    match args.auth_method {
        Some(method) => method,
        None if args.cert.is_some() && args.cert_key.is_none() => Method::TlsClientAuth,
        None if args.key.is_some() => Method::PrivateKeyJwt,
        None if args.client_secret_file.is_some() || from_environment().is_some() => Method::ClientSecretBasic,
        None => Method::None,
    }
}

const fn is_mutual_tls(method: Method) -> bool {
    matches!(method, Method::TlsClientAuth | Method::SelfSignedTlsClientAuth)
}

/// The certificate of the connection is the authentication (RFC 8705 §2), or what tokens are bound to beside one (§3).
fn judge_certificate(args: &TokenArgs, method: Method) -> Result<(), TokenError> {
    let problem = if !is_mutual_tls(method) {
        if args.cert.is_none() || args.cert_key.is_some() {
            return Ok(());
        }
        "--cert beside another method than tls_client_auth and self_signed_tls_client_auth needs --cert-key"
    } else if args.cert.is_none() || args.key.is_none() || args.cert_key.is_some() {
        "tls_client_auth and self_signed_tls_client_auth need --cert and its --key"
    } else if args.kid.is_some() || args.x5c.is_some() {
        "--kid and --x5c are for private_key_jwt"
    } else {
        return Ok(());
    };
    Err(TokenError::Usage(problem))
}

/// The certificate of the connection and its key, as they are in the files.
pub(super) fn client_certificate(args: &TokenArgs) -> Result<Option<(Vec<u8>, SecretBytes)>, TokenError> {
    match (&args.cert, args.cert_key.as_ref().or(args.key.as_ref())) {
        (Some(chain), Some(key)) => Ok(Some((file::read(chain)?, SecretBytes::new(file::read(key)?)))),
        _ => Ok(None),
    }
}

/// `x5t#S256` of the certificate of the connection (RFC 8705 §3.1): what tokens that are bound to it have in `cnf`.
pub(super) fn certificate_thumbprint(args: &TokenArgs) -> Result<Option<Digest>, TokenError> {
    let Some(path) = &args.cert else { return Ok(None) };
    Ok(certificates(path)?.first().map(|own| Digest::from_bytes(PROVIDER.sha256.digest(&[own]))))
}

fn secret(args: &TokenArgs) -> Result<Secret, TokenError> {
    match &args.client_secret_file {
        Some(path) => file::read_secret(path),
        None => from_environment()
            .ok_or(TokenError::Usage("no secret: give --client-secret-file or SYMBOLON_CLIENT_SECRET")),
    }
}

/// The variable, if it has a text.
fn from_environment() -> Option<Secret> {
    env::var("SYMBOLON_CLIENT_SECRET").ok().filter(|text| !text.is_empty()).map(Secret::new)
}

fn signer(args: &TokenArgs) -> Result<AssertionSigner, TokenError> {
    let audience = audience(args)?;
    Ok(AssertionSigner::new(signing_key(args)?, &issuer(args)?)
        .with_audience(audience)
        .with_lifetime(lifetime(args))
        .with_typ(typ(args)))
}

/// The key of an assertion, as the options name it.
pub(super) fn signing_key(args: &TokenArgs) -> Result<SigningKey, TokenError> {
    let path = args.key.as_deref().ok_or(TokenError::Usage("private_key_jwt needs --key"))?;
    let mut key = key(path, args.key_alg)?;
    if let Some(kid) = &args.kid {
        key = key.with_kid(kid);
    }
    if let Some(path) = &args.x5c {
        let chain = certificates(path)?;
        if let (Some(first), Some(public)) = (chain.first(), key.public_jwk())
            && certificate::is_of(first, &public.public_key()) == Some(false)
        {
            return Err(TokenError::CertificateOfAnotherKey { path: path.clone() });
        }
        key = key.with_x5c(chain).map_err(|source| TokenError::Key { path: path.clone(), source })?;
    }
    Ok(key)
}

fn secret_signer(args: &TokenArgs) -> Result<SecretAssertionSigner, TokenError> {
    let alg = args.key_alg.unwrap_or(Alg::Hs256);
    let signer = SecretAssertionSigner::new(&PROVIDER, alg, &secret(args)?, &issuer(args)?);
    Ok(signer
        .map_err(TokenError::Secret)?
        .with_audience(audience(args)?)
        .with_lifetime(lifetime(args))
        .with_typ(typ(args)))
}

/// Security decision D16: what the client was told, never what metadata says.
pub(super) fn audience(args: &TokenArgs) -> Result<&str, TokenError> {
    let audience = args.audience.as_deref().or_else(|| args.issuer.as_ref().map(Issuer::as_str));
    audience.ok_or(TokenError::Usage("an assertion needs --audience where there is no --issuer"))
}

/// A signer is made for an issuer; the audience that it writes may be any text.
pub(super) fn issuer(args: &TokenArgs) -> Result<Issuer, TokenError> {
    args.issuer.clone().map_or_else(|| Issuer::parse("https://issuer.invalid").map_err(TokenError::Issuer), Ok)
}

pub(super) fn lifetime(args: &TokenArgs) -> Duration {
    args.assertion_lifetime.map_or(AssertionSigner::LIFETIME, |seconds| Duration::seconds(seconds.into()))
}

fn typ(args: &TokenArgs) -> Option<&'static str> {
    args.assertion_typ.unwrap_or(AssertionTyp::Registered).as_typ()
}

/// Loads a private key: PEM, or a JWK.
pub(super) fn key(path: &Path, alg: Option<Alg>) -> Result<SigningKey, TokenError> {
    let text = file::read_text(path)?;
    let text = text.expose().trim();
    let key = if text.starts_with('{') {
        SigningKey::from_jwk(&PROVIDER, text.as_bytes(), alg)
    } else {
        SigningKey::from_pem(&PROVIDER, text, alg)
    };
    key.map_err(|source| TokenError::Key { path: path.into(), source })
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, TokenError> {
    let pem = file::read(path)?;
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|one| one.map(|der| der.to_vec())).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| TokenError::Certificate { path: path.into() })
}
