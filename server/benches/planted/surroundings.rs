//! What is around the program that a bench asks: the providers, and the service behind the gateway.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use kernel::{Clock, OsRandomness};
use simulators::{SimulatedProvider, SimulatorSettings, Simulators};
use url::Url;

/// Providers that tell the time of `clock`, before a program at `origin`.
pub async fn providers(origin: &str, clock: Arc<dyn Clock>) -> Simulators {
    let settings = SimulatorSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        redirect_base: Url::parse(origin).unwrap(),
        kakao_openid_connect: false,
    };
    Simulators::start(settings, clock, Arc::new(OsRandomness)).await.unwrap()
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
