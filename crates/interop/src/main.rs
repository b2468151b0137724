//! Interoperability of Symbolon with foreign libraries: they run beside it, each in a process of its own, and both sides do
//! each other's work.
//!
//! `cargo run -p symbolon-interop -- jose` signs here and verifies there, and back. See the README beside the manifest.

mod jose;
mod peer;
mod tally;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{peer::PeerError, tally::Tally};

const USAGE: &str = "usage: symbolon-interop jose";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["jose"] {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match install().and_then(|folder| jose::run(&folder)) {
        Ok(tally) => report(&tally),
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report(tally: &Tally) -> ExitCode {
    println!("{tally}");
    if tally.is_as_expected() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Installs what is missing of the peers, and says where.
fn install() -> Result<PathBuf, PeerError> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("../../target/interop");
    let status = Command::new(here.join("peers/install")).arg(&folder).status().map_err(PeerError::Install)?;
    if status.success() { Ok(folder) } else { Err(PeerError::NotInstalled(status)) }
}
