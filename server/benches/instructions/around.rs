//! The process of the program that is counted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::serve::said;

/// Where callgrind writes what it counted, with a number for each path.
const COUNTS: &str = "counts";
/// The function at which counting begins and ends.
const COUNTED: &str = "instructions::serve::what_callgrind_counts";

/// The program, in a process that is counted or not.
pub struct Program {
    child: Child,
    control: TcpStream,
    folder: PathBuf,
    /// Where people come.
    pub port: u16,
    /// Where the trivial answer is.
    pub live: u16,
    counts: u32,
}

impl Program {
    pub fn start(folder: &Path, is_counted: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let this = std::env::current_exe().unwrap();
        let mut command = if is_counted {
            let mut valgrind = Command::new("valgrind");
            let out = folder.join(COUNTS).display().to_string();
            valgrind.arg("--tool=callgrind").arg(format!("--callgrind-out-file={out}"));
            valgrind.arg(format!("--zero-before={COUNTED}")).arg(format!("--dump-after={COUNTED}"));
            valgrind.arg(this);
            valgrind
        } else {
            Command::new(this)
        };
        let log = std::fs::File::create(folder.join("log")).unwrap();
        command.arg("serve").arg(folder).arg(address).stderr(log).stdout(Stdio::null());
        let mut child = command.spawn().expect("valgrind starts: scripts/setup bench brings it");
        listener.set_nonblocking(true).unwrap();
        let mut control = loop {
            if let Ok((control, _)) = listener.accept() {
                break control;
            }
            let said = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(child.try_wait().unwrap().is_none(), "the program ended: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        };
        control.set_nonblocking(false).unwrap();
        let mut port = || {
            let mut bytes = [0; 2];
            control.read_exact(&mut bytes).unwrap();
            u16::from_be_bytes(bytes)
        };
        let (public, live) = (port(), port());
        Self { child, control, folder: folder.to_owned(), port: public, live, counts: 0 }
    }

    /// Counts what the program does for `ask`; gives what callgrind wrote.
    pub fn counted(&mut self, ask: impl FnOnce()) -> PathBuf {
        self.control.write_all(&[said::COUNT]).unwrap();
        let mut answer = [0];
        self.control.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [said::COUNTS]);
        ask();
        self.control.write_all(&[said::ENOUGH]).unwrap();
        self.counts += 1;
        self.folder.join(format!("{COUNTS}.{}", self.counts))
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it, so that all is written.
    pub fn end(mut self) {
        self.control.write_all(&[said::END]).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}
