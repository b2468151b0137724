//! The binary `symbolon`: a token endpoint to run, a token client, and a demo of both halves.

mod ca;
mod demo;
mod pem;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// OAuth 2.0 and OpenID Connect token endpoint, both halves.
#[derive(Debug, Parser)]
#[command(name = "symbolon", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Token(Box<token::TokenArgs>),
    Demo(demo::DemoArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // clap's own code for a wrong command line is 2, which `symbolon token` needs for "the server refused".
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Token(args) => token::run(*args).await,
        Command::Demo(args) => demo::run(args).await,
    }
}

/// The exit code of a wrong command line, whatever the command.
const USAGE: u8 = 1;
