//! Secret text is exposed only where `expose.txt` says why.

use std::{fs, path::Path};

use symbolon_testkit::expose;

#[test]
fn the_files_that_expose_secrets_are_those_of_the_list() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = expose::listed(&fs::read_to_string(here.join("expose.txt")).unwrap()).unwrap();
    let found = expose::files(&here.join("../.."));
    let unlisted: Vec<_> = found.iter().filter(|path| !listed.contains_key(*path)).collect();
    assert!(unlisted.is_empty(), "expose secrets and are not in expose.txt: {unlisted:#?}");
    let gone: Vec<_> = listed.keys().filter(|path| !found.contains(*path)).collect();
    assert!(gone.is_empty(), "stand in expose.txt and expose nothing: {gone:#?}");
    assert!(!found.is_empty(), "the scan found nothing at all");
}
