//! What is around the program that is counted: the providers, the service behind the gateway, and the process itself.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kernel::OsRandomness;
use simulators::{SimulatedProvider, SimulatorSettings, Simulators};
use testkit::HandClock;
use url::Url;

use crate::serve::said;

/// Where callgrind writes what it counted, with a number for each path.
const COUNTS: &str = "counts";
/// The function at which counting begins and ends.
const COUNTED: &str = "instructions::serve::what_callgrind_counts";

/// Providers whose time stands still as the program's does.
pub async fn providers() -> Simulators {
    let settings = SimulatorSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        redirect_base: Url::parse("http://localhost:3000").unwrap(),
        kakao_openid_connect: false,
    };
    Simulators::start(settings, Arc::new(HandClock::default()), Arc::new(OsRandomness)).await.unwrap()
}

/// Google's part of a configuration.
pub fn google(simulators: &Simulators) -> String {
    let at = simulators.endpoints(SimulatedProvider::Google);
    format!(
        "[providers.google]\nclient_id = \"{}\"\nclient_secret = \"{}\"\nissuer = \"{}\"\nauthorize_url = \"{}\"\n\
         token_url = \"{}\"\nuserinfo_url = \"{}\"\njwks_url = \"{}\"\nrevoke_url = \"{}\"\n",
        at.client_id,
        at.client_secret,
        at.issuer,
        at.authorize_url,
        at.token_url,
        at.userinfo_url,
        at.jwks_url,
        at.unlink_url
    )
}

/// A service that answers each request with a kilobyte; gives its port.
pub fn service() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || answer_all(connection.unwrap()));
        }
    });
    port
}

fn answer_all(mut connection: TcpStream) {
    let body = "a".repeat(1024);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 18 Jan 2026 12:34:56 GMT\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\nConnection: keep-alive\r\n\r\n{body}",
        body.len()
    );
    let (mut read, mut piece) = (Vec::new(), [0; 8192]);
    while let Ok(size @ 1..) = connection.read(&mut piece) {
        read.extend_from_slice(&piece[..size]);
        // Requests without a body, one at a time.
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            connection.write_all(answer.as_bytes()).unwrap();
        }
    }
}

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
