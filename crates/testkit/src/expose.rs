//! Where secret text is exposed: each file that calls `expose` outside of its tests is listed in `expose.txt`, a path
//! from the workspace's root, a tab and the reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Every source file below `crates/*/src` that exposes a secret outside of its tests, as a path from `root`.
///
/// # Panics
/// If a folder or file cannot be read.
pub fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for krate in entries(&root.join("crates")) {
        let src = krate.join("src");
        if src.is_dir() {
            collect(root, &src, &mut found);
        }
    }
    found
}

/// Reads the list: path and reason.
///
/// # Errors
/// The first line that has no path, no reason, another order than that of the paths, or a path that stood before.
pub fn listed(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut list = BTreeMap::new();
    for line in text.lines() {
        let (path, reason) = line.split_once('\t').ok_or(line)?;
        let in_order = list.last_key_value().is_none_or(|(last, _): (&String, _)| last.as_str() < path);
        if path.is_empty() || reason.trim().is_empty() || !in_order {
            return Err(line.into());
        }
        list.insert(path.into(), reason.into());
    }
    Ok(list)
}

/// Whether a source text calls `expose`, or names it as a function, outside of comments and of its test module.
///
/// ```
/// use symbolon_testkit::expose::exposes;
/// assert!(exposes("let text = secret\n    .expose();"));
/// assert!(exposes("secrets.iter().map(Secret::expose)"));
/// assert!(!exposes("/// see [`Secret::expose`]\npub fn exposed() {}"));
/// assert!(!exposes("#[cfg(test)]\nmod tests {\n    fn f() { secret.expose(); }\n}"));
/// ```
pub fn exposes(source: &str) -> bool {
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let opens_tests =
            line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if opens_tests {
            // The test module is the last item of a file (style): it ends at the first line that is its brace.
            for skipped in lines.by_ref() {
                if skipped == "}" {
                    break;
                }
            }
            continue;
        }
        if names_expose(without_comment(line)) {
            return true;
        }
    }
    false
}

/// The line up to a comment: `//` at its start or after a space, so that a URL in a text is none.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split(" //").next().unwrap_or_default()
}

fn names_expose(code: &str) -> bool {
    code.match_indices("expose").any(|(at, word)| {
        let before = code.get(..at).unwrap_or_default().trim_end();
        let after = code.get(at.saturating_add(word.len())..).unwrap_or_default();
        let is_word = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_') && !after.starts_with("::");
        is_word && (before.ends_with('.') || before.ends_with("::"))
    })
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(root, &path, found);
            continue;
        }
        let is_source =
            path.extension().is_some_and(|ext| ext == "rs") && path.file_name().is_some_and(|n| n != "tests.rs");
        if is_source && exposes(&fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))) {
            let relative = path.strip_prefix(root).expect("a path below the root");
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(parts.join("/"));
        }
    }
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a folder entry").path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_and_their_twins_are_not() {
        assert!(exposes("fn f() { use_it(secret.expose()) }"));
        assert!(exposes("fn f() { use_it(secret. expose ()) }"));
        assert!(exposes("#[cfg(test)]\nmod tests {\n}\nfn f() { secret.expose() }"));
        assert!(exposes("let url = format!(\"https://a.example/{}\", secret.expose());"));
        assert!(!exposes("pub fn expose(&self) -> &str {"));
        assert!(!exposes("let x = secret.exposed();"));
        assert!(!exposes("x(); // not secret.expose()"));
        assert!(!exposes("use symbolon_testkit::expose::files;"));
    }

    #[test]
    fn the_list_is_ordered_and_each_file_has_its_reason() {
        assert_eq!(listed("a\tx\nb\ty\n").unwrap().len(), 2);
        for wrong in ["a", "a\t ", "\tx", "b\tx\na\ty", "a\tx\na\ty"] {
            assert!(listed(wrong).is_err(), "{wrong:?}");
        }
    }
}
