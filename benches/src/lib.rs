//! An interleaved measuring loop: every round runs a batch of each case, so that a disturbance meets all of them, and a
//! case is compared with its primitive within the same round. [`NULL`] takes the primitive out, [`NOTHING`] all of them.

mod keys;
mod null;

pub use keys::pkcs8_der;
pub use null::{NOTHING, NULL};

use core::time::Duration;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

/// Shortest batch: long enough that reading the clock is lost in it.
const BATCH: Duration = Duration::from_millis(1);
/// Rounds of each case. The median of so many is steady to about one percent on a machine that does nothing else.
const ROUNDS: usize = 101;
/// Runs whose instructions are counted. They do not move from run to run.
const COUNTED: u64 = 10;

/// Something to measure.
pub struct Case<'a> {
    name: String,
    primitive: Option<String>,
    target: Option<Target>,
    allocates: bool,
    instructions: bool,
    run: Box<dyn FnMut() + 'a>,
}

/// What must hold, and what is aimed at.
#[derive(Clone, Copy)]
enum Target {
    /// The ratio to the primitive.
    Ratio { gate: f64, aim: f64 },
    /// Nanoseconds above the primitive, or all of them where there is none.
    Nanoseconds { gate: f64, aim: f64 },
}

impl core::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("primitive", &self.primitive).finish_non_exhaustive()
    }
}

impl<'a> Case<'a> {
    /// One run of `run` is one operation. What it returns is kept from the optimiser.
    pub fn new<T>(name: impl Into<String>, mut run: impl FnMut() -> T + 'a) -> Self {
        let run = Box::new(move || {
            core::hint::black_box(run());
        });
        Self { name: name.into(), primitive: None, target: None, allocates: true, instructions: false, run }
    }

    /// Names the case that this one is compared with.
    #[must_use]
    pub fn above(mut self, primitive: impl Into<String>) -> Self {
        self.primitive = Some(primitive.into());
        self
    }

    /// The ratio that must hold, and the one that is aimed at.
    #[must_use]
    pub const fn target(mut self, gate: f64, aim: f64) -> Self {
        self.target = Some(Target::Ratio { gate, aim });
        self
    }

    /// The nanoseconds above what it is compared with that must suffice, and those that are aimed at; all of them, if it is
    /// compared with nothing.
    #[must_use]
    pub const fn within(mut self, gate: f64, aim: f64) -> Self {
        self.target = Some(Target::Nanoseconds { gate, aim });
        self
    }

    /// Must not allocate: [`measure`] counts before it times, and with `--test`.
    #[must_use]
    pub const fn without_allocations(mut self) -> Self {
        self.allocates = false;
        self
    }

    /// Counts its instructions too: it has no primitive in it that valgrind would run with other code.
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.instructions = true;
        self
    }

    fn batch(&mut self, operations: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..operations {
            (self.run)();
        }
        start.elapsed()
    }

    fn calibrate(&mut self) -> u32 {
        let mut operations = 1_u32;
        while self.batch(operations) < BATCH {
            operations = operations.saturating_mul(2);
        }
        operations
    }

    /// Allocations of one run, the allocations of C aside; `None` where nobody counts them.
    fn allocations(&mut self) -> Option<u64> {
        (self.run)();
        #[cfg(feature = "allocations")]
        let count = Some(allocation_counter::measure(|| (self.run)()).count_total);
        #[cfg(not(feature = "allocations"))]
        let count = None;
        count
    }
}

/// Measures the cases as the command line says: `--test` runs each once, `--raw` prints every round, `--instructions`
/// counts those of the cases that ask for it (it needs valgrind), `--case=` names a part of
/// the names that are wanted; what they are compared with comes along.
///
/// # Panics
/// If a case is compared with one that is not there, or allocates although it must not.
pub fn measure(title: &str, mut cases: Vec<Case<'_>>) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let wanted = arguments.iter().find_map(|argument| argument.strip_prefix("--case="));
    if let Some(name) = arguments.iter().find_map(|argument| argument.strip_prefix("--count=")) {
        cases.iter_mut().filter(|case| case.name == name).for_each(count);
        return;
    }
    if let Some(wanted) = wanted {
        let is_wanted = |case: &Case<'_>| case.name.contains(wanted);
        let beside: Vec<_> =
            cases.iter().filter(|case| is_wanted(case)).filter_map(|case| case.primitive.clone()).collect();
        cases.retain(|case| is_wanted(case) || beside.contains(&case.name));
    }
    let primitives: Vec<Option<usize>> = cases.iter().map(|case| primitive(case, &cases)).collect();
    for case in cases.iter_mut().filter(|case| !case.allocates) {
        assert!(case.allocations().is_none_or(|count| count == 0), "`{}` allocates", case.name);
    }
    if has("--test") {
        for case in &mut cases {
            (case.run)();
        }
        println!("{title}: {} cases ran once", cases.len());
        return;
    }

    println!("{title}, {}", machine());
    let operations: Vec<u32> = cases.iter_mut().map(Case::calibrate).collect();
    let mut rounds: Vec<Vec<f64>> = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for ((case, &operations), times) in cases.iter_mut().zip(&operations).zip(&mut rounds) {
            times.push(case.batch(operations).as_secs_f64() * 1e9 / f64::from(operations));
        }
    }
    let allocations: Vec<Option<u64>> = cases.iter_mut().map(Case::allocations).collect();

    println!(
        "{:<40} {:>11} {:>11} {:>9} {:>7} {:>7} {:>7}  target",
        "case", "median ns", "least ns", "above ns", "ratio", "alloc.", "instr."
    );
    for (index, (case, times)) in cases.iter().zip(&rounds).enumerate() {
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        let all = median(times.iter().copied());
        print!("{:<40} {all:>11.0} {least:>11.0}", case.name);
        let bare = primitives.get(index).copied().flatten().and_then(|bare| rounds.get(bare));
        let compared = bare.map(|bare| {
            let pairs = || times.iter().zip(bare);
            (median(pairs().map(|(t, b)| t - b)), median(pairs().map(|(t, b)| t / b)))
        });
        match compared {
            Some((above, ratio)) => print!(" {above:>9.0} {ratio:>7.3}"),
            None => print!(" {:>9} {:>7}", "", ""),
        }
        let count = allocations.get(index).copied().flatten().map(|count| count.to_string());
        print!(" {:>7}", count.unwrap_or_default());
        match (has("--instructions") && case.instructions).then(|| instructions(&case.name)) {
            Some(Some(count)) => print!(" {count:>7}"),
            Some(None) => print!(" {:>7}", "?"),
            None => print!(" {:>7}", ""),
        }
        println!("  {}", verdict(all, compared, case.target));
    }
    if has("--raw") {
        for (case, times) in cases.iter().zip(&rounds) {
            let times: Vec<String> = times.iter().map(|time| format!("{time:.0}")).collect();
            println!("raw {}: {}", case.name, times.join(" "));
        }
    }
}

/// `compared` is the time above the primitive and the ratio to it.
fn verdict(all: f64, compared: Option<(f64, f64)>, target: Option<Target>) -> String {
    let (found, gate, aim) = match (target, compared) {
        (Some(Target::Ratio { gate, aim }), Some((_, ratio))) => (ratio, gate, aim),
        (Some(Target::Nanoseconds { gate, aim }), compared) => (compared.map_or(all, |(above, _)| above), gate, aim),
        (Some(Target::Ratio { .. }), None) | (None, _) => return String::new(),
    };
    let said = if found <= aim {
        "aim reached"
    } else if found <= gate {
        "gate holds"
    } else {
        "GATE MISSED"
    };
    format!("{said} ({gate}; {aim})")
}

/// Runs a case under valgrind's eyes ([`instructions`]): once to fill what is filled once, then [`COUNTED`] times.
fn count(case: &mut Case<'_>) {
    (case.run)();
    counted_runs(case);
}

/// Valgrind counts while this runs; it knows it by its name.
#[inline(never)]
fn counted_runs(case: &mut Case<'_>) {
    for _ in 0..COUNTED {
        (case.run)();
    }
}

/// The instructions of one run of a case, as callgrind counts them in a process of its own.
fn instructions(name: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_runs*"])
        .arg(env::current_exe().ok()?)
        .arg(format!("--count={name}"))
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let total = text.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse::<u64>().ok()?;
    Some(total / COUNTED)
}

fn primitive(case: &Case<'_>, cases: &[Case<'_>]) -> Option<usize> {
    let name = case.primitive.as_ref()?;
    let found = cases.iter().position(|other| other.name == *name);
    assert!(found.is_some(), "`{}` is compared with `{name}`, which is not measured", case.name);
    found
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The commit, the processor and the compiler, as far as they can be learned.
fn machine() -> String {
    let ask = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
        output.map_or_else(|| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    format!(
        "commit {}, {}, {}",
        ask("git", &["describe", "--always", "--dirty"]),
        processor.unwrap_or_else(|| env::consts::ARCH.to_owned()),
        ask("rustc", &["--version"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()).to_bits(), 2.0_f64.to_bits());
        assert!(median(core::iter::empty()).is_nan());
    }

    #[test]
    fn a_case_is_compared_with_the_one_it_names() {
        let cases = [Case::new("a", || ()), Case::new("b", || ()).above("a")];
        let [a, b] = &cases;
        assert_eq!((primitive(a, &cases), primitive(b, &cases)), (None, Some(0)));
    }

    #[cfg(feature = "allocations")]
    #[test]
    fn allocations_are_counted() {
        assert_eq!(Case::new("none", || 1).allocations(), Some(0));
        assert_eq!(Case::new("one", || Box::new(1)).allocations(), Some(1));
    }

    #[test]
    fn a_target_is_a_ratio_or_nanoseconds_and_either_can_be_missed() {
        let (ratio, time) = (Target::Ratio { gate: 0.5, aim: 0.25 }, Target::Nanoseconds { gate: 3000.0, aim: 1200.0 });
        assert_eq!(verdict(9.0, Some((1.0, 0.2)), Some(ratio)), "aim reached (0.5; 0.25)");
        assert_eq!(verdict(9.0, Some((1.0, 0.6)), Some(ratio)), "GATE MISSED (0.5; 0.25)");
        assert_eq!(verdict(9000.0, Some((2000.0, 9.0)), Some(time)), "gate holds (3000; 1200)");
        assert_eq!(verdict(9000.0, None, Some(time)), "GATE MISSED (3000; 1200)");
        assert_eq!(verdict(9.0, None, Some(ratio)), "", "compared with nothing");
    }

    #[test]
    #[should_panic(expected = "which is not measured")]
    fn a_case_compared_with_none_panics() {
        let cases = [Case::new("a", || ()).above("b")];
        let [a] = &cases;
        primitive(a, &cases);
    }
}
