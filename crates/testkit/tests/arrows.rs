//! The arrows between the crates of this workspace are the ones in the README's table, and they point down only.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests, on std, stop at the first thing that is not as they say"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const BEGIN: &str = "<!-- arrows -->";
const END: &str = "<!-- /arrows -->";

/// A crate's short name to its level and its arrows, `name?` for an optional one.
type Arrows = BTreeMap<String, (u8, BTreeSet<String>)>;

#[test]
fn manifests_have_the_arrows_of_the_readme_and_no_others() {
    let table = table();
    let mut manifests = BTreeMap::new();
    for package in packages().iter().filter(|package| is_published(package)) {
        manifests.insert(short_name(package), arrows(package));
    }
    let written: BTreeMap<_, _> = table.iter().map(|(name, (_, arrows))| (name.clone(), arrows.clone())).collect();

    for (name, arrows) in &manifests {
        assert_eq!(written.get(name), Some(arrows), "README row of `{name}`: write {}", row(arrows));
    }
    assert_eq!(written.keys().collect::<Vec<_>>(), manifests.keys().collect::<Vec<_>>(), "rows and crates");
}

#[test]
fn arrows_point_down_never_sideways_or_up() {
    let table = table();
    assert_eq!(upward(&table), Vec::<String>::new());
}

#[test]
fn an_arrow_sideways_or_up_is_found() {
    let table = parse_table(
        "| level | crate | arrows |\n|---|---|---|\n| L1 | `a` | `b?` |\n| L1 | `b` | `c` |\n| L2 | `c` | |",
    );
    assert_eq!(upward(&table), ["`a` (L1) -> `b` (L1)", "`b` (L1) -> `c` (L2)"]);
}

#[test]
fn arrows_inside_the_workspace_bring_no_defaults() {
    for package in packages().iter().filter(|package| is_published(package)) {
        for dependency in internal_dependencies(package, &[Value::Null, "build".into()]) {
            assert_eq!(
                dependency["uses_default_features"], false,
                "`{}` takes the defaults of `{}`, which would bring ring to the bare targets",
                package["name"], dependency["name"]
            );
        }
    }
}

#[test]
fn no_published_crate_names_an_unpublished_one_outside_its_tests() {
    let packages = packages();
    let unpublished: BTreeSet<_> = packages.iter().filter(|package| !is_published(package)).map(short_name).collect();
    assert!(unpublished.contains("testkit"), "the list of packages is not read right: {unpublished:?}");
    for package in packages.iter().filter(|package| is_published(package)) {
        for dependency in internal_dependencies(package, &[Value::Null, "build".into()]) {
            assert!(!unpublished.contains(&short_name(dependency)), "{} -> {}", package["name"], dependency["name"]);
        }
    }
}

fn upward(table: &Arrows) -> Vec<String> {
    let mut found = Vec::new();
    for (name, (level, arrows)) in table {
        for target in arrows.iter().map(|arrow| arrow.trim_end_matches('?')) {
            let (below, _) = table.get(target).unwrap_or_else(|| panic!("`{name}` -> `{target}`: no such row"));
            if below >= level {
                found.push(format!("`{name}` (L{level}) -> `{target}` (L{below})"));
            }
        }
    }
    found
}

fn table() -> Arrows {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, rest) = readme.split_once(BEGIN).expect("the table's first marker");
    let (table, _) = rest.split_once(END).expect("the table's second marker");
    parse_table(table)
}

/// First column the level, second the crate, last the arrows; what stands between is for readers.
fn parse_table(text: &str) -> Arrows {
    let mut table = Arrows::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("| L")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [level, name, .., arrows] = cells.as_slice() else { panic!("too few columns: {line}") };
        let level = level.strip_prefix('L').and_then(|level| level.parse().ok()).expect("a level is `L0` to `L9`");
        let name = name.trim_matches('`').to_owned();
        let arrows = arrows.split(',').map(|arrow| arrow.trim().trim_matches('`').to_owned());
        let arrows = arrows.filter(|arrow| !arrow.is_empty()).collect();
        assert!(table.insert(name, (level, arrows)).is_none(), "two rows: {line}");
    }
    table
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn is_published(package: &Value) -> bool {
    // `publish = false` is an empty list of registries.
    package["publish"].is_null()
}

fn arrows(package: &Value) -> BTreeSet<String> {
    internal_dependencies(package, &[Value::Null, "build".into()])
        .map(|dependency| {
            let optional = if dependency["optional"] == true { "?" } else { "" };
            format!("{}{optional}", short_name(dependency))
        })
        .collect()
}

/// A dependency inside the workspace has a path; its kind is null for a normal one.
fn internal_dependencies<'a>(package: &'a Value, kinds: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    package["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        .filter(|dependency| dependency["path"].is_string() && kinds.contains(&dependency["kind"]))
}

fn short_name(package: &Value) -> String {
    let name = package["name"].as_str().expect("a name");
    name.strip_prefix("symbolon-").unwrap_or(name).to_owned()
}

fn row(arrows: &BTreeSet<String>) -> String {
    arrows.iter().map(|arrow| format!("`{arrow}`")).collect::<Vec<_>>().join(", ")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
