use symbolon::{
    dpop::ProofSigner,
    jose::{KeyError, SigningKey},
    ring::PROVIDER,
    types::Alg,
};

use super::{args::TokenArgs, credentials, error::TokenError};

/// The key that the tokens are to be bound to, if `--dpop` is given: that of a file, or a fresh one for this run.
pub(super) fn signer(args: &TokenArgs) -> Result<Option<ProofSigner>, TokenError> {
    let Some(file) = &args.dpop else { return Ok(None) };
    let signer = |key| ProofSigner::new(&PROVIDER, key);
    let signer = match file {
        None => fresh().and_then(signer).map_err(TokenError::FreshKey)?,
        Some(path) => {
            let key = credentials::key(path, None)?;
            signer(key).map_err(|source| TokenError::Key { path: path.clone(), source })?
        }
    };
    Ok(Some(signer))
}

fn fresh() -> Result<SigningKey, KeyError> {
    SigningKey::generate(&PROVIDER, Alg::Es256).map(|(key, _)| key)
}
