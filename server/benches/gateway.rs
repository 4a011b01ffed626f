//! The gateway alongside nginx: `scripts/bench gateway`.
//!
//! Both are before the same upstream and are asked by the same wrk. The one that is measured has the first core for
//! itself; upstream and wrk share the second. Both write a line for each request into a file. What nginx does is plain
//! proxying; the gateway checks a token on top of that, and so does a gateway on Node with jose, as teams write it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

mod bench;
#[expect(dead_code, reason = "the bench of the feed uses more of it")]
mod planted;
#[path = "../tests/http/token_actor.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod token_actor;

use std::path::Path;
use std::sync::Arc;

use bench::{AROUND, Figures, MEASURED, Server, free_port, middle, pinned, program, rounds, started};
use db::DatabaseUrl;
use kernel::SystemClock;
use token_actor::{MASTER_KEY, TokenActor};

/// Connections at once when the question is how much; one when it is how fast.
const BUSY: u32 = 64;

fn main() {
    let stage = Stage::open();
    let rounds = rounds();
    println!(
        "{:<26} {:>9} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "", "req/s", "of nginx", "µs CPU", "p50", "p99", "alone p99"
    );
    let mut nginx = 0.0;
    for case in Case::ALL {
        let busy = middle((0..rounds).map(|_| stage.run(case, BUSY)).collect());
        let alone = stage.run(case, 1);
        busy.note(case.name());
        if case == Case::Nginx {
            nginx = busy.rate;
        }
        println!(
            "{:<26} {:>9.0} {:>10.2} {:>10.1} {:>10} {:>10} {:>10}",
            case.name(),
            busy.rate,
            busy.rate / nginx,
            busy.cpu_micros,
            busy.median,
            busy.late,
            alone.late
        );
    }
    // Its connections go back to their pool, which needs a runtime.
    let runtime = stage.runtime.handle().clone();
    let _inside = runtime.enter();
    drop(stage);
}

/// What is asked of whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Nginx,
    Node,
    Bearer,
    Cookie,
    Public,
    NoToken,
    Malformed,
    Forged,
}

impl Case {
    const ALL: [Self; 8] = [
        Self::Nginx,
        Self::Node,
        Self::Bearer,
        Self::Cookie,
        Self::Public,
        Self::NoToken,
        Self::Malformed,
        Self::Forged,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx, plain proxy",
            Self::Node => "Node gateway with jose",
            Self::Bearer => "gateway, a token seen before",
            Self::Cookie => "gateway, a cookie seen before",
            Self::Public => "gateway, public route",
            Self::NoToken => "gateway, no token: 401",
            Self::Malformed => "gateway, malformed: 401",
            Self::Forged => "gateway, forged: 401",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Nginx | Self::Public => "/public/1",
            Self::Node | Self::Bearer | Self::Cookie | Self::NoToken | Self::Malformed | Self::Forged => {
                "/checked/1"
            }
        }
    }

    const fn passes(self) -> bool {
        matches!(self, Self::Nginx | Self::Node | Self::Bearer | Self::Cookie | Self::Public)
    }
}

/// The upstream and the two before it.
struct Stage {
    runtime: tokio::runtime::Runtime,
    tokens: TokenActor,
    cookie: String,
    gateway: Server,
    nginx: Server,
    node: Server,
    _upstream: Server,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let body = "a".repeat(1024);
        let answer = format!("return 200 \"{body}\";");
        let upstream = nginx(at, "upstream", AROUND, |_| ("access_log off;".to_owned(), answer));
        let behind = upstream.port;
        let nginx = nginx(at, "proxy", MEASURED, |log| {
            let http = format!(
                "access_log {log};\nupstream service {{ server 127.0.0.1:{behind}; keepalive 128; }}"
            );
            let proxy =
                "proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection \"\";";
            (http, proxy.to_owned())
        });
        let gateway = daemun(at, behind);
        let node = node(at, gateway.port, behind);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = DatabaseUrl::parse(&format!("sqlite:{}/data/daemun.db", at.display())).unwrap();
        let issuer = format!("http://localhost:{}", gateway.port);
        let tokens = runtime.block_on(TokenActor::new(&database, &issuer, Arc::new(SystemClock)));
        let cookie = runtime.block_on(planted::signed_in(&database));
        Self { runtime, tokens, cookie, gateway, nginx, node, _upstream: upstream, _folder: folder }
    }

    fn run(&self, case: Case, connections: u32) -> Figures {
        let server = match case {
            Case::Nginx => &self.nginx,
            Case::Node => &self.node,
            _ => &self.gateway,
        };
        let token = self.runtime.block_on(self.tokens.sign_in("read")).bearer;
        let (head, signature) = token.rsplit_once('.').unwrap();
        let field = match case {
            Case::Nginx | Case::Public | Case::NoToken => None,
            Case::Node | Case::Bearer => Some(format!("Authorization: {token}")),
            Case::Cookie => Some(format!("Cookie: {}", self.cookie)),
            Case::Malformed => Some("Authorization: Bearer a.b.c".to_owned()),
            Case::Forged => {
                Some(format!("Authorization: {head}.{}", signature.chars().rev().collect::<String>()))
            }
        };
        let fields: Vec<_> = field.into_iter().collect();
        let figures = server.measure(server.port, case.path(), &fields, connections);
        assert!(figures.refused != case.passes(), "{}", case.name());
        figures
    }
}

/// An nginx in one process; `say` gives what is in `http` and in `location /`.
fn nginx(folder: &Path, name: &str, core: &str, say: impl FnOnce(&str) -> (String, String)) -> Server {
    let (port, log) = (free_port(), folder.join(format!("{name}.log")));
    let (http, location) = say(log.to_str().unwrap());
    let config = format!(
        "daemon off;\nmaster_process off;\npid {folder}/{name}.pid;\nerror_log {folder}/{name}.err;\n\
         events {{ worker_connections 1024; }}\nhttp {{\nclient_body_temp_path {folder}/body;\n\
         proxy_temp_path {folder}/proxy;\nfastcgi_temp_path {folder}/f;\nuwsgi_temp_path {folder}/u;\n\
         scgi_temp_path {folder}/s;\nkeepalive_requests 100000000;\n{http}\nserver {{ listen 127.0.0.1:{port};\n\
         location / {{ {location} }} }}\n}}\n",
        folder = folder.display()
    );
    let file = folder.join(format!("{name}.conf"));
    std::fs::write(&file, config).unwrap();
    let mut command = pinned(core, "nginx");
    let errors = folder.join(format!("{name}.err"));
    command.arg("-c").arg(&file).arg("-e").arg(&errors);
    started(command, port, &errors)
}

/// A gateway on Node that takes its keys from the program at port `issuer`.
fn node(folder: &Path, issuer: u16, behind: u16) -> Server {
    let (port, log) = (free_port(), folder.join("node.log"));
    let mut command = pinned(MEASURED, "node");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bench/gateway.mjs"))
        .env("PORT", port.to_string())
        .env("ISSUER", format!("http://localhost:{issuer}"))
        .env("UPSTREAM_PORT", behind.to_string())
        .env("LOG", &log);
    started(command, port, &log)
}

/// The program with a route for tokens and one for everybody.
fn daemun(folder: &Path, behind: u16) -> Server {
    let route = |path: &str, access: &str| {
        format!(
            "[[gateway.routes]]\npath = \"{path}/{{*rest}}\"\nupstream = [\"http://127.0.0.1:{behind}\"]\n\
             methods = [\"GET\"]\n{access}\n"
        )
    };
    let routes = route("/checked", "scope = \"read\"") + &route("/public", "public = true");
    std::fs::write(folder.join("daemun.toml"), routes).unwrap();
    let command = pinned(MEASURED, program());
    bench::daemun(command, folder, free_port(), &[("DAEMUN_MASTER_KEYS", MASTER_KEY)])
}
