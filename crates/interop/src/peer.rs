//! A foreign library in a process of its own, spoken to in lines of JSON.

use core::time::Duration;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
};

use serde_json::{Map, Value, json};
use thiserror::Error;

/// The most that a peer may take for one answer. Making an RSA key is the slowest: some tenths of a second.
const DEADLINE: Duration = Duration::from_secs(60);

/// A peer cannot be used, or said what it must not. Each of these ends the run.
#[derive(Debug, Error)]
pub(crate) enum PeerError {
    /// The script that installs cannot be run.
    #[error("peers/install: {0}")]
    Install(std::io::Error),
    /// It ran, and failed.
    #[error("peers/install: {0}")]
    NotInstalled(ExitStatus),
    /// The process cannot be started.
    #[error("{name} does not start: {source}")]
    Start {
        /// Whose.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The process ended, or closed its pipes.
    #[error("{name} is gone")]
    Gone {
        /// Whose.
        name: &'static str,
    },
    /// No answer within [`DEADLINE`].
    #[error("{name} did not answer `{op}` in time")]
    Late {
        /// Whose.
        name: &'static str,
        /// The question.
        op: String,
    },
    /// The answer is not of the form agreed on, or an error of the peer's own.
    #[error("{name} answered `{op}` with {answer}")]
    Answer {
        /// Whose.
        name: &'static str,
        /// The question.
        op: String,
        /// The line.
        answer: String,
    },
}

/// A peer did not do what was asked, and said so properly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// A check was not passed: `signature`, `kid`, `key`.
    Refused(String),
    /// The library lacks the algorithm.
    NotOffered,
}

impl Refusal {
    pub(crate) fn of(check: &str) -> Self {
        Self::Refused(check.to_owned())
    }
}

/// A running peer.
#[derive(Debug)]
pub(crate) struct Peer {
    /// As it is called in lists.
    pub(crate) name: &'static str,
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    asked: u64,
}

impl Peer {
    /// Starts the process. What it writes to standard error is shown.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self, PeerError> {
        let start = |source| PeerError::Start { name, source };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(start)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PeerError::Gone { name });
        };
        let (send, lines) = sync_channel(1);
        // Ends with the process, whose output ends then.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { name, child, input, lines, asked: 0 })
    }

    /// Asks for one operation. Outer errors end the run, inner ones are answers.
    pub(crate) fn ask(&mut self, op: &str, request: Value) -> Result<Result<Map<String, Value>, Refusal>, PeerError> {
        let name = self.name;
        self.asked = self.asked.saturating_add(1);
        let mut members = match request {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        members.insert("id".to_owned(), json!(self.asked));
        members.insert("op".to_owned(), json!(op));
        let line = Value::Object(members).to_string();
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).map_err(|_| PeerError::Gone { name })?;

        let answer = self.lines.recv_timeout(DEADLINE).map_err(|error| match error {
            RecvTimeoutError::Timeout => PeerError::Late { name, op: op.to_owned() },
            RecvTimeoutError::Disconnected => PeerError::Gone { name },
        })?;
        let told = serde_json::from_str(&answer).ok().and_then(|answer| read(answer, self.asked));
        told.ok_or_else(|| PeerError::Answer { name, op: op.to_owned(), answer })
    }
}

fn read(answer: Value, asked: u64) -> Option<Result<Map<String, Value>, Refusal>> {
    let Value::Object(mut members) = answer else { return None };
    if members.remove("id")?.as_u64()? != asked {
        return None;
    }
    match (members.remove("ok"), members.remove("refused"), members.remove("not_offered")) {
        (Some(Value::Object(told)), None, None) => Some(Ok(told)),
        (None, Some(Value::String(check)), None) => Some(Err(Refusal::Refused(check))),
        (None, None, Some(_)) => Some(Err(Refusal::NotOffered)),
        _ => None,
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It keeps nothing that would be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
