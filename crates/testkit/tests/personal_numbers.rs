//! No personal number stands in the repository, in clear or inside of a run of base64url (security decision D33).
#![expect(clippy::unwrap_used, reason = "tests may stop at the first thing that is not as they say")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use symbolon_testkit::{fixtures, personal};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_symlink() || matches!(name, "target" | ".git" | "node_modules" | ".venv" | "artifacts" | "coverage")
        {
            continue;
        }
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_file_of_the_repository_holds_a_personal_number() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    files(&root, &mut found);
    assert!(found.len() > 100, "the scan found {} files only", found.len());
    let bad: Vec<_> = found.iter().filter(|path| personal::numbers(&fs::read(path).unwrap()) > 0).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// The twin that must be refused: the originals that stay out of the repository are found by the same scan.
#[test]
fn originals_with_personal_numbers_are_recognised() {
    let Some(originals) = fixtures::originals() else { return };
    let here = fixtures::names();
    let mut found = 0_usize;
    for (name, content) in originals {
        if personal::numbers(&content) > 0 {
            found = found.saturating_add(1);
            assert!(!here.contains(&name), "{name} holds a personal number and stands in fixtures/");
        }
    }
    assert!(found > 0, "no original was recognised");
}
