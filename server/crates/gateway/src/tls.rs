//! Connections to upstreams, plain or by TLS.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};
use tower::Service;
use web::stall::StallGuard;

use crate::connection::Stream;
use crate::half_open::HalfOpen;
use crate::settings::Settings;

/// The TLS settings of all upstreams: certificates are judged as the machine judges them. Read when the first https
/// upstream needs it, since a machine without any certificate authority can serve plain ones.
#[derive(Default)]
pub(crate) struct Tls(OnceLock<ClientConfig>);

impl Tls {
    /// A connector for one upstream.
    pub(crate) fn connector(
        &self,
        scheme: &Scheme,
        http2: bool,
        settings: &Settings,
    ) -> Result<Connector, rustls::Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        tcp.set_keepalive(Some(settings.write_stall));
        let config = if *scheme == Scheme::HTTPS { self.machines()? } else { trusting_nobody()? };
        let builder = HttpsConnectorBuilder::new().with_tls_config(config);
        // An upstream that is named with https is never spoken to in the clear.
        let builder = if *scheme == Scheme::HTTPS { builder.https_only() } else { builder.https_or_http() };
        let inner = if http2 {
            builder.enable_http2().wrap_connector(tcp)
        } else {
            builder.enable_http1().wrap_connector(tcp)
        };
        Ok(Connector { inner, write_stall: settings.write_stall })
    }

    fn machines(&self) -> Result<ClientConfig, rustls::Error> {
        if let Some(config) = self.0.get() {
            return Ok(config.clone());
        }
        let config = builder()?.try_with_platform_verifier()?.with_no_client_auth();
        Ok(self.0.get_or_init(|| config).clone())
    }
}

/// For connectors that only make plain connections.
fn trusting_nobody() -> Result<ClientConfig, rustls::Error> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

/// Makes connections that give up on an upstream which has stopped to read.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: HttpsConnector<HttpConnector>,
    write_stall: Duration,
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(uri), self.write_stall);
        Box::pin(async move { Ok(StallGuard::new(HalfOpen::new(connecting.await?), limit)) })
    }
}
