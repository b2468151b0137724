//! `RULES.md` is the rule table in words.
#![expect(clippy::expect_used, reason = "a test stops at the first thing that is not as it says, in its helpers too")]

use core::fmt::Write as _;

use symbolon_types::Rule;

/// The page as it must be.
fn page() -> String {
    let mut page = String::from(HEAD);
    for rule in Rule::ALL {
        let code = rule.code().map_or_else(String::new, |code| format!("`{}`", code.as_str()));
        writeln!(page, "| `{}` | {} | {} | {code} |", rule.id(), rule.sentence(), rule.section())
            .expect("a String takes everything");
    }
    page
}

const HEAD: &str = "\
# The rules

Everything that is judged, in the order of the table in `src/rule.rs`. The id stands in traces and logs and does not change; the
section is the one that demands it, `D` a security decision of this project; the code is what the peer hears. Without a code nobody
hears of it: it is judged by clients and libraries.

Each rule has tests in which it alone does not hold, and tests in which it does and all else is the same. By its id they are in
[`rules.tsv`](https://github.com/symbolon-rs/symbolon/blob/main/crates/testkit/rules.tsv), which is checked against the tests that
passed.

| id | what must hold | section | code |
|---|---|---|---|
";

#[test]
fn the_page_says_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/RULES.md");
    let told = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("SYMBOLON_WRITE_RULES").is_some() {
        std::fs::write(path, page()).expect("the page is written");
    }
    assert!(told == page(), "RULES.md is not the table: run this test once with SYMBOLON_WRITE_RULES=1");
}

#[test]
fn a_sentence_begins_with_a_capital_or_a_name_and_ends() {
    for rule in Rule::ALL {
        let sentence = rule.sentence();
        let first = sentence.chars().next();
        assert!(first.is_some_and(|first| first.is_uppercase() || first == '`'), "{sentence}");
        assert!(sentence.ends_with(['.', ')']) && !sentence.contains("  ") && !sentence.contains('|'), "{sentence}");
    }
}
