//! Streams through the gateway that are open for longer than their token lives.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{App, ORIGIN};
use crate::echo::{ENDLESS, Echo};
use crate::token_actor::{MASTER_KEY, TokenActor};

const DAY: Duration = Duration::from_hours(24);
/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A stream that was begun with this field.
async fn begin(app: &App, field: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let request = format!("GET /api/orders{ENDLESS} HTTP/1.1\r\nHost: localhost:3000\r\n{field}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("data: first") {
        assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "{}", String::from_utf8_lossy(&seen));
    }
    stream
}

#[tokio::test]
async fn s_cookie_8_no_stream_outlives_the_absolute_end_of_its_sign_in() {
    let echo = Echo::start().await;
    let toml = format!(
        "master_keys = [\"{MASTER_KEY}\"]\n[[gateway.routes]]\npath = \"/api/orders/{{*rest}}\"\n\
         upstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\nidle_timeout = \"1h\"\n",
        echo.url()
    );
    let app = App::configured(&toml).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let cookie = browser.cookie("daemun").unwrap();
    let tokens = TokenActor::new(app.database.url(), ORIGIN, app.clock.clone()).await;
    let bearer = tokens.sign_in("read").await.bearer;
    let streams = [
        begin(&app, &format!("Cookie: daemun={cookie}")).await,
        begin(&app, &format!("Authorization: {bearer}")).await,
    ];
    app.advance(DAY * 31);
    for mut stream in streams {
        let mut rest = Vec::new();
        // It is cut, and does not look whole.
        let _ = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut rest)).await.unwrap();
        assert!(!rest.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    }
}
