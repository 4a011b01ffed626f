//! The log: lines on standard error, each written whole and in the order in which they came.
//!
//! What is told is written at once. The line about an answered request may wait a moment for others, since one call of
//! the system for each costs a busy gateway a tenth of its time. A line that is told takes along all that waits; so the
//! program's last one ("daemun is closed") leaves nothing behind, and only a killed process loses its last
//! [`MAX_DELAY`].

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use web::RequestId;

/// How long a line may wait.
const MAX_DELAY: Duration = Duration::from_millis(50);
/// So many bytes wait for nobody.
const BUFFER_BYTES: usize = 32 * 1024;

/// Libraries that write errors about what anybody can send them. What is refused is in the audit log.
const QUIET: [&str; 2] = ["webauthn_rs=off", "webauthn_rs_core=off"];

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, every value encoded (S-LOG-3).
    Json,
}

/// The lines of a log in JSON.
static JSON: OnceLock<Arc<Lines>> = OnceLock::new();

/// A panic is a line like any other, in the form of the log. What it says is left out unless it is written like that in the sources: a
/// message that was put together may hold what somebody sent (S-LOG-2).
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("not shown");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            event = "panic",
            place,
            said,
            "an internal error: the request it happened in gets 500"
        );
    }));
}

/// Begins to log to standard error. A second call changes nothing.
pub fn init(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = QUIET.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    let lines = Arc::new(Lines::default());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Told(Arc::clone(&lines)));
    let begun = match format {
        LogFormat::Text => {
            let log = log.with_target(false).with_ansi(colours()).compact();
            log.map_event_format(|inner| WithRequest { inner, format }).try_init()
        }
        LogFormat::Json => {
            let log = log.json().flatten_event(true).with_current_span(true).with_span_list(false);
            log.map_event_format(|inner| WithRequest { inner, format }).try_init()
        }
    };
    if begun.is_ok() {
        tell_of_panics();
    }
    if begun.is_ok() && format == LogFormat::Json {
        let written = Arc::clone(&lines);
        let writer = std::thread::Builder::new().name("log".to_owned()).spawn(move || written.keep_writing());
        if writer.is_ok() {
            let _ = JSON.set(lines);
        }
    }
}

/// Whether lines for people are coloured: on a terminal that knows colours, unless `NO_COLOR` says otherwise
/// (no-color.org). A file or a pipe is read by machines.
fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

/// The lines of the log, if they are JSON objects: for callers that have a line ready.
pub(crate) fn json() -> Option<&'static Lines> {
    JSON.get().map(|lines| &**lines)
}

/// Lines on their way to standard error.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    waiting: Mutex<Vec<u8>>,
    came: Condvar,
}

impl Lines {
    /// Adds what `write` appends, which must end with a line feed. It may wait.
    pub(crate) fn add(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut waiting = self.lock();
        let was_empty = waiting.is_empty();
        write(&mut waiting);
        if waiting.len() >= BUFFER_BYTES {
            put_out(&mut waiting);
        } else if was_empty {
            drop(waiting);
            self.came.notify_one();
        }
    }

    fn tell(&self, line: &[u8]) {
        let mut waiting = self.lock();
        waiting.extend_from_slice(line);
        put_out(&mut waiting);
    }

    fn keep_writing(&self) {
        loop {
            let waiting = self.came.wait_while(self.lock(), |waiting| waiting.is_empty());
            drop(waiting);
            std::thread::sleep(MAX_DELAY);
            put_out(&mut self.lock());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There is nobody to tell when standard error is gone.
fn put_out(waiting: &mut Vec<u8>) {
    let _ = io::stderr().write_all(waiting);
    waiting.clear();
}

/// For `tracing`, which hands over one whole line at a time.
struct Told(Arc<Lines>);

impl<'a> MakeWriter<'a> for Told {
    type Writer = &'a Lines;

    fn make_writer(&'a self) -> &'a Lines {
        &self.0
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.tell(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds the id of the request at hand to each line (S-LOG-4). A span around every request would do the same at a
/// multiple of the cost, and most requests log nothing on their way.
struct WithRequest<F> {
    inner: F,
    format: LogFormat,
}

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = RequestId::current() else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end_matches('\n');
        // An id is letters, digits, `-`, `_` and `.`: nothing to encode.
        match (self.format, line.strip_suffix('}')) {
            (LogFormat::Json, Some(open)) => writeln!(writer, "{open},\"request_id\":\"{}\"}}", id.as_str()),
            _ => writeln!(writer, "{line} request_id={}", id.as_str()),
        }
    }
}
