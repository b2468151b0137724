//! The tables beside this crate's manifest: `requirements.tsv`, `attacks.tsv`, `decisions.tsv`, `rules.tsv`.
//!
//! Five columns, separated by one tab, under a line with their names: `id`, two of tests, `status`, `note`. Which two it
//! is, [`Columns`] says. Tests are named as the list of passed tests names them, several separated by a space. A row is
//! `done` (it names its tests), `open` (the note is the title of the issue that will do it) or `not applicable` (the note
//! is the reason).

use core::str::FromStr;
use std::collections::BTreeSet;

use symbolon_types::Rule;

/// The two columns of tests that a table has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Columns {
    /// `server_test` and `client_test`: tests of the server's half and of the client's. A row that is done has one test.
    Halves,
    /// `refused` and `held`: tests in which exactly this does not hold, and tests in which it does and all else is the
    /// same. A row that is done has one of each.
    Judgements,
}

impl Columns {
    /// The first line of such a table.
    pub const fn head(self) -> &'static str {
        match self {
            Self::Halves => "id\tserver_test\tclient_test\tstatus\tnote",
            Self::Judgements => "id\trefused\theld\tstatus\tnote",
        }
    }

    /// What a row that is done lacks.
    fn lacks(self, row: &Row) -> Option<Fault> {
        let id = || row.id.clone();
        match (self, row.columns.each_ref().map(Vec::is_empty)) {
            (Self::Halves, [true, true]) => Some(Fault::NoTest { id: id() }),
            (Self::Judgements, [true, _]) => Some(Fault::NeverRefused { id: id() }),
            (Self::Judgements, [_, true]) => Some(Fault::NeverHeld { id: id() }),
            _ => None,
        }
    }
}

/// One row.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// What the row is about: `R1`, `A001`, `D1`, `code.verifier`.
    pub id: String,
    /// The tests of both columns, in the order of the head.
    pub columns: [Vec<String>; 2],
    /// How far it is.
    pub status: Status,
    /// The issue that will do it, or the reason why nobody will, or a remark.
    pub note: String,
}

impl Row {
    /// Every test that the row names.
    pub fn tests(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().flatten().map(String::as_str)
    }
}

/// How far a row is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// Tests prove it.
    Done,
    /// An issue will do it.
    Open,
    /// There is nothing to prove here.
    NotApplicable,
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "done" => Ok(Self::Done),
            "open" => Ok(Self::Open),
            "not applicable" => Ok(Self::NotApplicable),
            _ => Err(()),
        }
    }
}

/// What is wrong with a table.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The first line is not the names of the columns.
    Head,
    /// A line has not five columns.
    Columns {
        /// The line's number.
        line: usize,
    },
    /// The status of a row is none that is known.
    Status {
        /// The row.
        id: String,
    },
    /// No such row belongs into the table.
    Unknown {
        /// The row.
        id: String,
    },
    /// A row stands twice.
    Doubled {
        /// The row.
        id: String,
    },
    /// A row is missing.
    Lost {
        /// The row.
        id: String,
    },
    /// A row that is open or not applicable does not say why.
    NoReason {
        /// The row.
        id: String,
    },
    /// A row that is done names no test.
    NoTest {
        /// The row.
        id: String,
    },
    /// A row that is done names no test in which it does not hold.
    NeverRefused {
        /// The row.
        id: String,
    },
    /// A row that is done names no test in which it holds.
    NeverHeld {
        /// The row.
        id: String,
    },
    /// A row that is not applicable names a test.
    NeedlessTest {
        /// The row.
        id: String,
    },
    /// A row names the same test twice in one column.
    TestTwice {
        /// The row.
        id: String,
    },
}

/// Reads a table with these columns, which must have exactly one row for each of `ids`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str, columns: Columns, ids: &[String]) -> Result<Vec<Row>, Vec<Fault>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut lines = text.lines();
    if lines.next() != Some(columns.head()) {
        faults.push(Fault::Head);
    }
    for (index, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, first, second, status, note] = cells.as_slice() else {
            faults.push(Fault::Columns { line: index.saturating_add(2) });
            continue;
        };
        let id = String::from(*id);
        if !ids.contains(&id) {
            faults.push(Fault::Unknown { id: id.clone() });
        }
        if !seen.insert(id.clone()) {
            faults.push(Fault::Doubled { id: id.clone() });
        }
        let Ok(status) = status.parse() else {
            faults.push(Fault::Status { id });
            continue;
        };
        let row = Row { id, columns: [words(first), words(second)], status, note: note.trim().into() };
        faults.extend(judge(columns, &row));
        rows.push(row);
    }
    faults.extend(ids.iter().filter(|id| !seen.contains(*id)).map(|id| Fault::Lost { id: id.clone() }));
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn judge(columns: Columns, row: &Row) -> Option<Fault> {
    let id = row.id.clone();
    let has_test = row.tests().next().is_some();
    let repeats = |tests: &Vec<String>| tests.iter().collect::<BTreeSet<_>>().len() != tests.len();
    let lack = columns.lacks(row);
    match row.status {
        Status::Done if lack.is_some() => lack,
        Status::Open | Status::NotApplicable if row.note.is_empty() => Some(Fault::NoReason { id }),
        Status::NotApplicable if has_test => Some(Fault::NeedlessTest { id }),
        _ if row.columns.iter().any(repeats) => Some(Fault::TestTwice { id }),
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

/// The requirements R1 to R131.
pub fn requirement_ids() -> Vec<String> {
    (1..=131).map(|n| format!("R{n}")).collect()
}

/// The 141 rows of the catalogue of attacks: A001 to A145 without the four numbers that were never given.
pub fn attack_ids() -> Vec<String> {
    (1..=145).filter(|n| !NEVER_GIVEN.contains(n)).map(|n| format!("A{n:03}")).collect()
}

const NEVER_GIVEN: [u32; 4] = [123, 137, 143, 144];

/// The security decisions D1 to D36.
pub fn decision_ids() -> Vec<String> {
    (1..=36).map(|n| format!("D{n}")).collect()
}

/// The ids of every rule of `symbolon-types`.
pub fn rule_ids() -> Vec<String> {
    Rule::ALL.iter().map(|rule| rule.id().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<String> {
        vec!["R1".into(), "R2".into()]
    }

    fn table(rows: &[&str]) -> Result<Vec<Row>, Vec<Fault>> {
        table_of(Columns::Halves, rows)
    }

    fn table_of(columns: Columns, rows: &[&str]) -> Result<Vec<Row>, Vec<Fault>> {
        let mut text = format!("{}\n", columns.head());
        for row in rows {
            text.push_str(row);
            text.push('\n');
        }
        read(&text, columns, &ids())
    }

    #[test]
    fn a_whole_table_is_read() {
        let rows = table(&["R1\ta b\tc\tdone\t", "R2\t\t\tnot applicable\tno"]).unwrap();
        assert_eq!(rows[0].tests().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((rows[1].status, rows[1].note.as_str()), (Status::NotApplicable, "no"));
        assert!(table(&["R1\t\t\topen\tlater", "R2\ta\t\topen\tclient's half later"]).is_ok());
    }

    #[test]
    fn a_lost_doubled_or_unknown_row_is_a_fault() {
        let fault = |rows: &[&str]| table(rows).unwrap_err();
        assert_eq!(fault(&["R1\ta\t\tdone\t"]), [Fault::Lost { id: "R2".into() }]);
        assert_eq!(
            fault(&["R1\ta\t\tdone\t", "R2\ta\t\tdone\t", "R1\ta\t\tdone\t"]),
            [Fault::Doubled { id: "R1".into() }]
        );
        assert_eq!(
            fault(&["R1\ta\t\tdone\t", "R2\ta\t\tdone\t", "R3\ta\t\tdone\t"]),
            [Fault::Unknown { id: "R3".into() }]
        );
    }

    #[test]
    fn a_row_without_reason_or_test_is_a_fault() {
        let fault = |row: &str| table(&[row, "R2\ta\t\tdone\t"]).unwrap_err();
        assert_eq!(fault("R1\t\t\tdone\tsurely"), [Fault::NoTest { id: "R1".into() }]);
        assert_eq!(fault("R1\t\t\topen\t "), [Fault::NoReason { id: "R1".into() }]);
        assert_eq!(fault("R1\t\t\tnot applicable\t"), [Fault::NoReason { id: "R1".into() }]);
        assert_eq!(fault("R1\ta\t\tnot applicable\tno"), [Fault::NeedlessTest { id: "R1".into() }]);
        assert_eq!(fault("R1\ta a\t\tdone\t"), [Fault::TestTwice { id: "R1".into() }]);
        assert_eq!(fault("R1\ta\t\tfinished\t"), [Fault::Status { id: "R1".into() }]);
        assert_eq!(fault("R1\ta\tdone\t"), [Fault::Columns { line: 2 }, Fault::Lost { id: "R1".into() }]);
        assert_eq!(read("id\n", Columns::Halves, &[]).unwrap_err(), [Fault::Head]);
    }

    #[test]
    fn a_row_of_judgements_has_a_test_of_each_kind_and_one_of_halves_has_one() {
        let faults = |row: &str| table_of(Columns::Judgements, &[row, "R2\ta\ta b\tdone\t"]);
        let rows = faults("R1\ta\tb\tdone\t").unwrap();
        assert_eq!(rows[0].columns, [vec![String::from("a")], vec!["b".into()]]);
        assert_eq!(faults("R1\t\tb\tdone\twhy").unwrap_err(), [Fault::NeverRefused { id: "R1".into() }]);
        assert_eq!(faults("R1\ta\t\tdone\twhy").unwrap_err(), [Fault::NeverHeld { id: "R1".into() }]);
        assert_eq!(faults("R1\t\t\tdone\t").unwrap_err(), [Fault::NeverRefused { id: "R1".into() }]);
        assert_eq!(faults("R1\ta\tb b\tdone\t").unwrap_err(), [Fault::TestTwice { id: "R1".into() }]);
        assert!(faults("R1\ta\t\topen\tthe accepted one later").is_ok());
        assert!(table(&["R1\ta\t\tdone\t", "R2\t\tb\tdone\t"]).is_ok());
    }

    #[test]
    fn a_table_has_the_columns_of_its_kind() {
        for (head, columns) in [(Columns::Halves, Columns::Judgements), (Columns::Judgements, Columns::Halves)] {
            assert_eq!(read(head.head(), columns, &[]).unwrap_err(), [Fault::Head]);
            assert_eq!(read(head.head(), head, &[]), Ok(Vec::new()));
        }
    }

    #[test]
    fn the_ids_are_as_many_as_the_sources_say() {
        assert_eq!((requirement_ids().len(), attack_ids().len(), decision_ids().len()), (131, 141, 36));
    }
}
