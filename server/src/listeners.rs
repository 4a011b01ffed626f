//! Where a program listens by its configuration. One that serves tells it at `/listeners` of `ops_listen`, so that `daemun check` knows
//! the ports that are taken by the program that it checks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::config::Config;

/// Where it is told, on the listener for operators.
pub const PATH: &str = "/listeners";

const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// More than any of our answers has.
const MAX_ANSWER_BYTES: u64 = 16 * 1024;
const PROCESS: &str = "process ";

/// The keys with their addresses, and the public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listeners {
    public_url: String,
    ops_listen: SocketAddr,
    /// Each key with its address.
    pub addresses: Vec<(&'static str, SocketAddr)>,
}

/// A program that serves by the same configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The number of its process.
    pub process: u32,
}

impl Listeners {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        let mut addresses = vec![("listen", config.listen), ("ops_listen", config.ops_listen)];
        if config.simulators.enabled && config.providers.any_without_client() {
            addresses.push(("simulators.listen", config.simulators.listen));
        }
        Self { public_url: config.public_url.to_string(), ops_listen: config.ops_listen, addresses }
    }

    /// What this process tells.
    pub fn told(&self) -> String {
        format!("{PROCESS}{}\n{self}", std::process::id())
    }

    /// The program that listens at all of these addresses already, and says so.
    pub async fn serving(&self) -> Option<Serving> {
        let answer =
            tokio::time::timeout(REQUEST_TIMEOUT, ask(reachable(self.ops_listen))).await.ok()?.ok()?;
        self.is_told_by(&answer)
    }

    fn is_told_by(&self, answer: &str) -> Option<Serving> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let (process, listeners) = body.strip_prefix(PROCESS)?.split_once('\n')?;
        let is_ours = head.starts_with("HTTP/1.1 200 ") && listeners == self.to_string();
        if is_ours { Some(Serving { process: process.parse().ok()? }) } else { None }
    }
}

impl fmt::Display for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "public_url {}", self.public_url)?;
        self.addresses.iter().try_for_each(|(key, address)| writeln!(f, "{key} {address}"))
    }
}

/// Where one connects to, to get to a listener on all addresses.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listeners() -> Listeners {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Listeners {
            public_url: "https://login.example/".to_owned(),
            ops_listen: at(9000),
            addresses: vec![("listen", at(3000)), ("ops_listen", at(9000))],
        }
    }

    #[test]
    fn only_a_program_of_this_configuration_is_known_as_ours() {
        let ours = listeners();
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n{body}");
        let process = std::process::id();
        assert_eq!(ours.is_told_by(&answer(&ours.told())), Some(Serving { process }));
        for other in [
            ours.told().replace(":3000", ":3001"),
            ours.told().replace("login.example", "other.example"),
            format!("{}simulators.listen 127.0.0.1:3010\n", ours.told()),
            ours.to_string(),
            ours.told().replace(&process.to_string(), "x"),
            "live\n".to_owned(),
        ] {
            assert_eq!(ours.is_told_by(&answer(&other)), None, "{other}");
        }
        assert_eq!(ours.is_told_by(&answer(&ours.told()).replace("200 OK", "404 Not Found")), None);
        assert_eq!(ours.is_told_by("SSH-2.0-OpenSSH\r\n"), None);
    }

    #[test]
    fn a_listener_on_all_addresses_is_asked_on_this_machine() {
        for (listens, asked) in [
            ("0.0.0.0:9000", "127.0.0.1:9000"),
            ("[::]:9000", "[::1]:9000"),
            ("10.0.0.5:9000", "10.0.0.5:9000"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
