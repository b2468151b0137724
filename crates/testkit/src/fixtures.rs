//! The files of `fixtures/`, and the originals of the files that hold personal data, where a machine has them.
//!
//! A file that had to be replaced has a twin of the same shape; [`variants`] gives the file or its twin, and the original
//! beside it if the variable [`SEEDS_VARIABLE`] names a folder of originals. One test body thus reads both.

use std::{fs, path::PathBuf};

use crate::{RawRequest, RawResponse};

/// The environment variable that names a folder with the originals.
pub const SEEDS_VARIABLE: &str = "SYMBOLON_SEEDS";

/// The content of a file of `fixtures/`.
///
/// # Panics
/// If there is no such file.
pub fn load(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("fixture {name}: {error}"))
}

/// The content of a file of `fixtures/` that is text.
///
/// # Panics
/// If there is no such file, or it is not UTF-8.
pub fn text(name: &str) -> String {
    String::from_utf8(load(name)).unwrap_or_else(|error| panic!("fixture {name}: {error}"))
}

/// A raw request of `fixtures/`.
///
/// # Panics
/// If there is no such file, or it is no request of the strict form of [`RawRequest::parse`].
pub fn request(name: &str) -> RawRequest {
    RawRequest::parse(&load(name)).unwrap_or_else(|error| panic!("fixture {name}: {error:?}"))
}

/// A raw response of `fixtures/`.
///
/// # Panics
/// If there is no such file, or it is no response of the strict form of [`RawResponse::parse`].
pub fn response(name: &str) -> RawResponse {
    RawResponse::parse(&load(name)).unwrap_or_else(|error| panic!("fixture {name}: {error:?}"))
}

/// The names of the files of `fixtures/`, sorted, the README aside.
///
/// # Panics
/// If the folder cannot be read.
pub fn names() -> Vec<String> {
    listing(&folder()).into_iter().filter(|name| name != "README.md").collect()
}

/// The name of the file whose twin this is; any other name as it is.
///
/// ```
/// use symbolon_testkit::fixtures::original_name;
/// assert_eq!(original_name("idporten-token.response.twin.json"), "idporten-token.response.json");
/// ```
pub fn original_name(name: &str) -> String {
    name.replace(".twin.", ".")
}

/// The originals, sorted by name, if [`SEEDS_VARIABLE`] is set. Descriptions of the folder are left out.
///
/// # Panics
/// If the variable is set and the folder cannot be read: a check that could not run is a failure.
pub fn originals() -> Option<impl Iterator<Item = (String, Vec<u8>)>> {
    let folder = PathBuf::from(std::env::var_os(SEEDS_VARIABLE)?);
    let names = listing(&folder).into_iter().filter(|name| !matches!(name.as_str(), "MANIFEST.md" | "SHA256SUMS"));
    Some(names.map(move |name| {
        let content = fs::read(folder.join(&name)).unwrap_or_else(|error| panic!("original {name}: {error}"));
        (name, content)
    }))
}

/// The file of this original name as it stands in `fixtures/` (itself or its twin) and, if there is one, the original.
///
/// # Panics
/// If neither the file nor a twin stands in `fixtures/`.
pub fn variants(name: &str) -> Vec<(String, Vec<u8>)> {
    let here = names().into_iter().find(|known| original_name(known) == name);
    let here = here.unwrap_or_else(|| panic!("fixture {name}: neither it nor a twin"));
    let content = load(&here);
    let mut found = vec![(here, content)];
    found.extend(
        originals().into_iter().flatten().filter(|(known, _)| known == name).map(|(n, c)| (format!("original {n}"), c)),
    );
    found
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn listing(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder entry").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    names
}
