//! `symbolon demo`: a server on a free loopback port, and a client that walks through it over HTTP.
//!
//! Between the two stands a [`wire::Wire`]: it shows each exchange, secrets shortened, and spoils one of them if `--tamper`
//! asks for it. Mutual TLS goes past it, to the server itself. The demo succeeds only if every step held; a tampered one must fail
//! at the step that its name promises.

mod browser;
mod business;
mod ciba;
mod dpop;
mod exchange;
mod grants;
mod mutual_tls;
mod steps;
mod tamper;
mod wire;

use std::process::ExitCode;

use tamper::Tamper;

/// Plays token exchanges through both halves over HTTP on loopback; exit status 0 only if every check held.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Spoil one exchange: the demo must then fail, at the step that notices.
    #[arg(long, value_name = "NAME")]
    tamper: Option<String>,
    /// List the names that `--tamper` takes, one per line.
    #[arg(long)]
    list_tampers: bool,
}

/// Exit status when everything held: 0. When a step failed where it should: 1. When the demo itself went wrong (a tamper
/// that went unnoticed or was noticed elsewhere, a name that is none): 2.
pub(crate) async fn run(args: DemoArgs) -> ExitCode {
    if args.list_tampers {
        for tamper in Tamper::ALL {
            println!("{}", tamper.name());
        }
        return ExitCode::SUCCESS;
    }
    let tamper = match args.tamper.as_deref().map(Tamper::parse) {
        None => None,
        Some(Some(tamper)) => Some(tamper),
        Some(None) => {
            eprintln!("no such tamper; `demo --list-tampers` names them");
            return ExitCode::from(2);
        }
    };
    if let Some(tamper) = tamper {
        println!("tampering: {} ({})\n", tamper.name(), tamper.what());
    }
    match (steps::walk(tamper).await, tamper) {
        (Ok(checked), None) => {
            println!("\nall held:");
            for line in checked {
                println!("  {line}");
            }
            ExitCode::SUCCESS
        }
        (Ok(_), Some(tamper)) => {
            println!("\nunnoticed: {} should have failed at: {}", tamper.name(), tamper.fails_at());
            ExitCode::from(2)
        }
        (Err(failure), None) => {
            println!("\nfailed at: {}\n  {}", failure.step, failure.why);
            ExitCode::FAILURE
        }
        (Err(failure), Some(tamper))
            if failure.step == tamper.fails_at() && failure.why.contains(tamper.noticed_as()) =>
        {
            println!("\nfailed at: {}\n  {}\n  as it must: {}", failure.step, failure.why, tamper.what());
            ExitCode::FAILURE
        }
        (Err(failure), Some(tamper)) => {
            println!("\nnoticed elsewhere: {} failed at `{}`: {}", tamper.name(), failure.step, failure.why);
            println!("it should have failed at `{}` with {}", tamper.fails_at(), tamper.noticed_as());
            ExitCode::from(2)
        }
    }
}

/// Where the walk ended, and why.
#[derive(Debug)]
struct Failure {
    step: &'static str,
    why: String,
}

impl Failure {
    fn at(step: &'static str, why: impl core::fmt::Display) -> Self {
        Self { step, why: why.to_string() }
    }
}
