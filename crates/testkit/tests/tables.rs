//! The tables name every requirement, attack, decision and rule once, and none without a test, an issue or a reason; a rule
//! that is done has a test in which it does not hold and one in which it does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests, on std, stop at the first thing that is not as they say"
)]

use std::{collections::BTreeSet, fs};

use symbolon_testkit::table::{self, Columns, Row, Status};
use symbolon_types::Rule;

fn rows(name: &str, columns: Columns, ids: &[String]) -> Vec<Row> {
    let text = fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    table::read(&text, columns, ids).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
}

fn all() -> Vec<Row> {
    let mut all = rows("requirements.tsv", Columns::Halves, &table::requirement_ids());
    all.extend(rows("attacks.tsv", Columns::Halves, &table::attack_ids()));
    all.extend(rows("decisions.tsv", Columns::Halves, &table::decision_ids()));
    all.extend(rows("rules.tsv", Columns::Judgements, &table::rule_ids()));
    all
}

#[test]
fn every_requirement_attack_decision_and_rule_has_its_row() {
    assert_eq!(all().len(), 131 + 141 + 36 + Rule::ALL.len());
}

/// `SYMBOLON_PASSED` names the list of the tests that passed, a name a line. CI sets it; without it there is no list yet.
#[test]
fn every_test_of_a_row_passed() {
    let Some(list) = std::env::var_os("SYMBOLON_PASSED") else { return };
    let list = fs::read_to_string(list).unwrap();
    let passed: BTreeSet<&str> = list.lines().map(str::trim).collect();
    let mut missing = Vec::new();
    for row in all() {
        missing.extend(row.tests().filter(|test| !passed.contains(test)).map(|test| format!("{} {test}", row.id)));
    }
    assert!(missing.is_empty(), "rows name tests that did not pass:\n{}", missing.join("\n"));
}

#[test]
fn an_attack_is_named_by_its_test() {
    for row in rows("attacks.tsv", Columns::Halves, &table::attack_ids()) {
        if row.status == Status::Done {
            let id = row.id.to_lowercase();
            assert!(row.tests().any(|test| test.contains(&id)), "{}: no test carries the id", row.id);
        }
    }
}
