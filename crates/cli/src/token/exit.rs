use std::process::ExitCode;

/// How the command ends. The help text and the README say the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    /// What was asked for is printed: tokens, and an ID token among them was verified or is to be ignored; or an assertion.
    Done,
    /// Options are wrong or missing.
    Usage,
    /// The server refused.
    Refused,
    /// There is no valid answer.
    NoAnswer,
    /// The ID token does not verify, cannot be verified, or is not there.
    NotVerified,
    /// A local file, key or secret is no good.
    Local,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Usage => 1,
            Exit::Refused => 2,
            Exit::NoAnswer => 3,
            Exit::NotVerified => 4,
            Exit::Local => 5,
        })
    }
}
