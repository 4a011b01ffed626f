//! What stays in memory: of a session that was read, of connections that nobody uses, and of WebSockets.

use std::time::Duration;

use db::Database;
use kernel::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::bench::{Server, note};
use crate::planted::{self, Person};
use crate::wire::{Wire, get};
use crate::{crowd, database, route, started};

const SESSIONS: usize = 15_000;
const CONNECTIONS: usize = 10_000;
const SOCKETS: usize = 2_000;
/// That connections stay, and that there may be so many.
const LIMITS: &str =
    "[limits]\nheader_time = \"10m\"\nconnections = 15000\nconnections_per_network = 15000\n";
/// So that the allocator has what it needs for any request.
const WARM_UP: usize = 2_000;

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    web_sockets(runtime.block_on(sockets()));
    let folder = tempfile::tempdir().unwrap();
    let server = started(folder.path(), LIMITS);
    let people: Vec<_> = std::iter::repeat_with(Person::new).take(WARM_UP + SESSIONS).collect();
    runtime.block_on(async {
        let db = Database::open(&database(folder.path())).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        planted::people(&mut tx, &people, SystemClock.now()).await;
        tx.commit().await.unwrap();
        db.close().await;
    });
    let read = |person: &Person| get("/api/auth/session", &[("Cookie", &person.cookie())]);
    let requests: Vec<_> = people.iter().map(read).collect();
    let (warm_up, sessions) = requests.split_at(WARM_UP);
    crowd::asks(&server, warm_up);
    line("an idle session in the cache", SESSIONS, &server, || {
        crowd::asks(&server, sessions);
    });
    let nobody = get("/api/auth/session", &[]);
    let idle = line("an idle connection", CONNECTIONS, &server, || open(&server, CONNECTIONS, &nobody, 200));
    let all = own_bytes(&server);
    drop(idle);
    println!("{:<50} {:>8.1} MB", "the program with 10,000 idle connections", float(all) / 1e6);
    note("the program with 10,000 idle connections", "bytes", float(all));
}

/// Of a program of their own: they would take what the connections before them gave back.
fn web_sockets(service: u16) {
    let folder = tempfile::tempdir().unwrap();
    let server = started(
        folder.path(),
        &(LIMITS.to_owned() + &route("/live", service, "public = true\nwebsocket = true")),
    );
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let upgrade = get("/live/1", &upgrade);
    drop(open(&server, SOCKETS / 10, &upgrade, 101));
    line("a WebSocket", SOCKETS, &server, || open(&server, SOCKETS, &upgrade, 101));
}

/// What `hold` leaves in memory, for each of so many; gives what keeps it there.
fn line<T>(name: &str, count: usize, server: &Server, hold: impl FnOnce() -> T) -> T {
    let before = own_bytes(server);
    let kept = hold();
    settle(server);
    let each = float(own_bytes(server).saturating_sub(before)) / float(count as u64);
    println!("{name:<50} {each:>8.0} bytes");
    note(name, "bytes", each);
    kept
}

/// Gives time to give back what requests needed: connections do that after a second, the allocator some seconds later and while it is
/// asked for memory, so somebody reads their session 20 times a second, as on any server that is used.
fn settle(server: &Server) {
    let mut other = Wire::to(server.port);
    let nobody = get("/api/auth/session", &[]);
    for _ in 0..400 {
        assert_eq!(other.ask(&nobody).status, 200);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Connections that asked once, and stay.
fn open(server: &Server, count: usize, request: &str, status: u16) -> Vec<Wire> {
    let asked = |_| {
        let mut wire = Wire::to(server.port);
        let reply = wire.ask(request);
        assert_eq!(reply.status, status, "{}", reply.head);
        wire
    };
    (0..count).map(asked).collect()
}

/// What a program holds itself, in bytes: not files, nor what the kernel keeps for its sockets.
pub fn own_bytes(server: &Server) -> u64 {
    let file = format!("/proc/{}/smaps_rollup", server.child.id());
    let said = std::fs::read_to_string(file).unwrap();
    let line = said.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// A service that agrees to every WebSocket and says nothing; gives its port.
async fn sockets() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let agreed =
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                               Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
                let mut piece = [0; 4096];
                if stream.read(&mut piece).await.is_ok() && stream.write_all(agreed).await.is_ok() {
                    while matches!(stream.read(&mut piece).await, Ok(1..)) {}
                }
            });
        }
    });
    port
}

#[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
const fn float(bytes: u64) -> f64 {
    bytes as f64
}
