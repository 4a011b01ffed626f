//! The output and exit codes of commands.

use std::io::{self, Write as _};
use std::process::ExitCode;

/// The exit code after writing to standard output. A reader that has closed the pipe, such as `head`, is not a failure.
pub(super) fn written(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints on standard error why it failed.
pub(super) fn failure(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "daemun: {message}");
    ExitCode::FAILURE
}

/// The same where the command was not written as it has to be.
pub(super) fn bad_usage(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "daemun: {message}");
    ExitCode::from(2)
}

/// An error with all its causes, in one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
