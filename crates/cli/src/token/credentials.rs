use std::{env, path::Path};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use symbolon::{
    client_auth::{AssertionSigner, ClientAuthentication},
    jose::SigningKey,
    ring::PROVIDER,
    types::{Issuer, Secret},
};
use time::Duration;

use super::{
    args::{Method, TokenArgs},
    certificate,
    error::TokenError,
    file,
};

/// How the client authenticates, as the options say: one method, no fallback.
pub(super) fn read(args: &TokenArgs) -> Result<ClientAuthentication, TokenError> {
    let method = match args.auth_method {
        Some(method) => method,
        None if args.key.is_some() => Method::PrivateKeyJwt,
        None if args.client_secret_file.is_some() || from_environment().is_some() => Method::ClientSecretBasic,
        None => Method::None,
    };
    if args.basic_raw && method != Method::ClientSecretBasic {
        return Err(TokenError::Usage("--basic-raw is a form of client_secret_basic"));
    }
    if args.key.is_some() && method != Method::PrivateKeyJwt {
        return Err(TokenError::Usage("--key is for private_key_jwt"));
    }
    if args.client_secret_file.is_some() && matches!(method, Method::PrivateKeyJwt | Method::None) {
        return Err(TokenError::Usage("--client-secret-file is for client_secret_basic and client_secret_post"));
    }
    match method {
        Method::None => Ok(ClientAuthentication::None),
        Method::ClientSecretBasic if args.basic_raw => secret(args).map(ClientAuthentication::BasicRaw),
        Method::ClientSecretBasic => secret(args).map(ClientAuthentication::Basic),
        Method::ClientSecretPost => secret(args).map(ClientAuthentication::Post),
        Method::PrivateKeyJwt => signer(args).map(ClientAuthentication::PrivateKeyJwt),
    }
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
    let path = args.key.as_deref().ok_or(TokenError::Usage("private_key_jwt needs --key"))?;
    let mut key = key(args, path)?;
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
    // Security decision D16: what the client was told, never what metadata says.
    let audience = args.audience.as_deref().or_else(|| args.issuer.as_ref().map(Issuer::as_str));
    let audience = audience.ok_or(TokenError::Usage("private_key_jwt needs --audience where there is no --issuer"))?;
    // The signer is made for an issuer; the audience that it writes may be any text.
    let issuer = Issuer::parse("https://issuer.invalid").map_err(TokenError::Issuer)?;
    Ok(AssertionSigner::new(key, args.issuer.as_ref().unwrap_or(&issuer))
        .with_audience(audience)
        .with_lifetime(Duration::seconds(args.assertion_lifetime.into()))
        .with_typ(args.assertion_typ.as_typ()))
}

fn key(args: &TokenArgs, path: &Path) -> Result<SigningKey, TokenError> {
    let text = file::read_text(path)?;
    let text = text.expose().trim();
    let key = if text.starts_with('{') {
        SigningKey::from_jwk(&PROVIDER, text.as_bytes(), args.key_alg)
    } else {
        SigningKey::from_pem(&PROVIDER, text, args.key_alg)
    };
    key.map_err(|source| TokenError::Key { path: path.into(), source })
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, TokenError> {
    let pem = file::read(path)?;
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|one| one.map(|der| der.to_vec())).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| TokenError::Certificate { path: path.into() })
}
