use std::process::ExitCode;

/// How the command ends. The help text and the README say the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    /// Tokens were received, and an ID token among them was verified.
    Verified,
    /// Options are wrong or missing.
    Usage,
    /// The server refused.
    Refused,
    /// There is no valid answer.
    NoAnswer,
    /// The ID token does not verify.
    NotVerified,
    /// A local file, key or secret is no good.
    Local,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Verified => 0,
            Exit::Usage => 1,
            Exit::Refused => 2,
            Exit::NoAnswer => 3,
            Exit::NotVerified => 4,
            Exit::Local => 5,
        })
    }
}
