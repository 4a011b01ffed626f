//! Whether the proxy for calls to providers lets us through.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use providers::OutgoingProxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::config::{Config, Finding};
use crate::provider_settings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CURE: &str = "Start the proxy, correct its address, name or password, or let it pass to the providers";

/// Asks the proxy for a way to the first provider that is configured; one that speaks TLS itself is only connected to.
pub(super) async fn proxy(proxy: &OutgoingProxy, config: &Config) -> Option<Finding> {
    let provider = provider_settings::from(config).ok();
    let provider = provider.and_then(|settings| settings.enabled.into_iter().next());
    let provider = provider.map(|provider| provider.client.endpoints.token);
    let problem = match tokio::time::timeout(CONNECT_TIMEOUT, ask(proxy, provider.as_ref())).await {
        Ok(Ok(())) => return None,
        Ok(Err(why)) => why,
        Err(_) => "it does not answer in time".to_owned(),
    };
    Some(Finding::new("outgoing.proxy", format!("{proxy} cannot be used: {problem}"), CURE))
}

async fn ask(proxy: &OutgoingProxy, provider: Option<&Url>) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let place = proxy.place();
    let host = place.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = place.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host, port)).await.map_err(said)?;
    let (Some(provider), "http") = (provider, place.scheme()) else { return Ok(()) };
    let (host, port) =
        (provider.host_str().unwrap_or_default(), provider.port_or_known_default().unwrap_or(443));
    let login = proxy.credentials().map(|(name, password)| {
        format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{password}")))
    });
    let login = login.unwrap_or_default();
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(said)?;
    // The status line begins `HTTP/1.1 200`.
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.map_err(said)?;
    match String::from_utf8_lossy(&head).split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        Some(status) => Err(format!("it answers {status}")),
        None => Err("it does not speak HTTP".to_owned()),
    }
}
