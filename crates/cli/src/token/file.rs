use std::{fs, path::Path};

use symbolon::types::Secret;

use super::error::TokenError;

/// Reads a file that holds one secret; one line break at its end is not part of it.
pub(super) fn read_secret(path: &Path) -> Result<Secret, TokenError> {
    let text = read_text(path)?;
    let line = text.expose();
    let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Secret::new(line))
}

/// Reads a file of text that may be secret.
pub(super) fn read_text(path: &Path) -> Result<Secret, TokenError> {
    match String::from_utf8(read(path)?) {
        Ok(text) => Ok(Secret::new(text)),
        Err(_) => Err(TokenError::NotText { path: path.into() }),
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TokenError> {
    fs::read(path).map_err(|source| TokenError::File { path: path.into(), source })
}
