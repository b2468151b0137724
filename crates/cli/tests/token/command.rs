use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// A folder of this test's own.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("token").join(test);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file in it, as a command-line argument.
pub(crate) fn file(test: &str, name: &str, text: &str) -> String {
    let path = folder(test).join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert_eq!(self.stdout.is_empty(), code != 0, "{}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in:\n{}", self.stderr);
        }
        self
    }

    #[track_caller]
    pub(crate) fn is_silent_about(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(!self.stderr.contains(text), "{text:?} is in:\n{}", self.stderr);
        }
        self
    }
}

/// Runs `symbolon token` with these options, and with a secret in the environment if one is given.
pub(crate) fn token_with(secret: Option<&str>, options: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_symbolon"));
    command.arg("token").args(options).env_remove("SYMBOLON_CLIENT_SECRET");
    if let Some(secret) = secret {
        command.env("SYMBOLON_CLIENT_SECRET", secret);
    }
    command.output().unwrap().into()
}

/// Runs `symbolon token` with these options.
pub(crate) fn token(options: &[&str]) -> Ended {
    token_with(None, options)
}
