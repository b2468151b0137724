//! What the files at the root of the workspace promise about the dependencies and to whoever reports (D34, D35).
#![expect(clippy::unwrap_used, reason = "tests may stop at the first thing that is not as they say")]

use std::{fs, path::Path};

fn root(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

fn has_package(lock: &str, name: &str) -> bool {
    lock.contains(&format!("\nname = \"{name}\"\n"))
}

#[test]
fn a139_no_lock_file_has_the_rsa_crate_and_ring_signs() {
    for lock in [root("Cargo.lock"), root("fuzz/Cargo.lock")] {
        assert!(has_package(&lock, "ring"), "the scan finds what is there");
        assert!(!has_package(&lock, "rsa"), "RUSTSEC-2023-0071");
    }
    assert!(root("deny.toml").contains("{ crate = \"rsa\","));
}

#[test]
fn d34_sources_are_one_registry_and_what_is_banned_is_not_there() {
    let deny = root("deny.toml");
    for line in [
        "unknown-registry = \"deny\"",
        "unknown-git = \"deny\"",
        "wildcards = \"deny\"",
        "{ crate = \"openssl\",",
        "{ crate = \"native-tls\",",
        "allow-build-scripts = [",
        "[advisories]",
    ] {
        assert!(deny.contains(line), "{line}");
    }
    assert!(!deny.contains("allow-registry") && !deny.contains("allow-git"), "no host is written down");
    for lock in [root("Cargo.lock"), root("fuzz/Cargo.lock")] {
        let sources: Vec<&str> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
        assert!(sources.len() > 20, "the scan finds what is there");
        let first = sources.first().unwrap();
        assert!(first.starts_with("source = \"registry+"), "{first}");
        assert!(sources.iter().all(|source| source == first), "one registry, no git");
        for name in ["openssl", "openssl-sys", "native-tls", "boring", "aws-lc-fips-sys", "jsonwebtoken"] {
            assert!(!has_package(&lock, name), "{name}");
        }
    }
    // The second backend stands behind its provider and a feature: fuzz targets and the binary do without it.
    assert!(has_package(&root("Cargo.lock"), "aws-lc-rs") && !has_package(&root("fuzz/Cargo.lock"), "aws-lc-rs"));
    assert!(deny.contains("wrappers = [\"symbolon-crypto-aws-lc-rs\"]"));
}

#[test]
fn d35_security_md_says_what_counts_and_what_the_embedder_owes() {
    let text = root("SECURITY.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "## How to report",
        "## Supported versions",
        "## What counts",
        "## What does not",
        "Accepting what must be refused",
        "A second acceptance",
        "A secret, or a person's number, in output",
        "A panic",
        "A timing difference on secrets",
        "A revocation that is missing",
        "`apply` is atomic and durable",
        "The clock is within bounds",
        "**TLS.**",
        "**A trusted proxy.**",
        "**Randomness.**",
        "The timing of unknown clients is best effort",
        "Client ids are public",
        "only secrets are promised",
        "PostgreSQL with `synchronous_commit`",
        "SQLite with `synchronous=FULL`",
    ] {
        assert!(text.contains(said), "{said}");
    }
}
