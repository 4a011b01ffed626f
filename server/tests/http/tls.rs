//! Every connection that leaves the program by TLS: a server is spoken to only when its certificate is from an authority
//! that this machine trusts, and for the name that it was called by (S-KEY-6). Mail has its own test in `notifications`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use db::{Database, DatabaseUrl};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use testkit::TestDatabase;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::echo::Echo;
use crate::process::{Place, callback, foreign_providers};

const PASSWORD: &str = "the-database-password";
/// How servers are called here.
const NAME: &str = "localhost";

/// Somebody who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// TLS with a certificate for `name`.
    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            );
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

/// Three ways to show oneself, of which the first is right.
fn certificates(trusted: &Authority) -> [(&'static str, TlsAcceptor); 3] {
    [
        ("right", trusted.acceptor(NAME)),
        ("another name", trusted.acceptor("other.example")),
        ("another authority", Authority::new().acceptor(NAME)),
    ]
}

/// TLS before a port of this machine.
struct Front {
    port: u16,
    asked: Arc<AtomicUsize>,
    passed: Arc<AtomicUsize>,
}

impl Front {
    async fn before(target: u16, tls: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, passed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&asked), Arc::clone(&passed));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                counts.0.fetch_add(1, Ordering::SeqCst);
                let (tls, passed) = (tls.clone(), Arc::clone(&counts.1));
                tokio::spawn(async move {
                    let Ok(mut near) = tls.accept(near).await else { return };
                    let mut first = [0; 1];
                    // A client that turns away after the server's certificate sends nothing.
                    if near.read_exact(&mut first).await.is_err() {
                        return;
                    }
                    passed.fetch_add(1, Ordering::SeqCst);
                    let mut far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    far.write_all(&first).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, asked, passed }
    }

    /// How many connections there were, and how many of them said anything by TLS.
    fn counts(&self) -> (bool, bool) {
        (self.asked.load(Ordering::SeqCst) > 0, self.passed.load(Ordering::SeqCst) > 0)
    }
}

fn trusting(place: &mut Place, authority: &Authority) {
    let file = place.path("authority.pem");
    std::fs::write(&file, authority.0.pem()).unwrap();
    place.set("SSL_CERT_FILE", file.display());
}

#[tokio::test]
async fn s_key_6_a_service_behind_the_gateway_is_asked_only_under_its_right_certificate() {
    let (authority, echo) = (Authority::new(), Echo::start().await);
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    trusting(&mut place, &authority);
    let (mut fronts, mut routes) = (Vec::new(), String::new());
    for (index, (kind, tls)) in certificates(&authority).into_iter().enumerate() {
        let front = Front::before(echo.address.port(), tls).await;
        let _ = write!(
            routes,
            "[[gateway.routes]]\npath = \"/service-{index}/{{*rest}}\"\nupstream = [\"https://{NAME}:{}\"]\n\
             methods = [\"GET\"]\npublic = true\n",
            front.port
        );
        fronts.push((kind, front));
    }
    std::fs::write(place.path("daemun.toml"), routes).unwrap();
    let process = place.start().await;
    for (index, (kind, front)) in fronts.iter().enumerate() {
        let answer = place.browser().fetch(&format!("/service-{index}/x")).await;
        let right = *kind == "right";
        assert_eq!(answer.status.as_u16(), if right { 200 } else { 502 }, "{kind}: {}", answer.body);
        assert_eq!(front.counts(), (true, right), "{kind}");
    }
    assert_eq!(echo.hits(), 1);
    process.stop().await;
}

#[tokio::test]
async fn s_key_6_a_provider_is_asked_only_under_its_right_certificate() {
    let authority = Authority::new();
    for (kind, tls) in certificates(&authority) {
        let mut place = Place::new();
        trusting(&mut place, &authority);
        let (simulators, actor) = foreign_providers(&mut place).await;
        let front = Front::before(simulators.base_url().port().unwrap(), tls).await;
        let endpoint = simulators.endpoints(simulators::SimulatedProvider::Google).token_url;
        let mut behind = url::Url::parse(endpoint.as_ref()).unwrap();
        behind.set_scheme("https").unwrap();
        behind.set_host(Some(NAME)).unwrap();
        behind.set_port(Some(front.port)).unwrap();
        place.set("DAEMUN_PROVIDERS__GOOGLE__TOKEN_URL", behind);
        let process = place.start().await;
        let browser = place.browser();
        let answer = browser.visit(&callback(&browser, &actor, "google").await).await;
        let right = kind == "right";
        let expected = if right { "/me" } else { "/oauth/login?error=provider_unavailable&return_to=%2Fme" };
        assert_eq!((answer.status.as_u16(), answer.location()), (303, expected), "{kind}");
        assert_eq!(front.counts(), (true, right), "{kind}: neither code nor secret is sent to a stranger");
        process.stop().await;
    }
}

/// What a client of the MySQL protocol sent before it left.
#[derive(Default)]
struct Heard {
    clear: Vec<u8>,
    encrypted: Vec<u8>,
}

/// A server of the MySQL protocol up to the point where a client would send its password.
async fn mysql(tls: Option<TlsAcceptor>) -> (u16, Arc<Mutex<Heard>>) {
    const SSL: u32 = 1 << 11;
    const TLS_REQUEST: usize = 36;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Heard::default()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let capabilities = 0x000f_a20d | if tls.is_some() { SSL } else { 0 };
            let mut greeting = b"\x0a8.0.40\0\x01\0\0\0abcdefgh\0".to_vec();
            greeting.extend_from_slice(&capabilities.to_le_bytes()[..2]);
            greeting.extend_from_slice(b"\x2d\x02\0");
            greeting.extend_from_slice(&capabilities.to_le_bytes()[2..]);
            greeting.push(21);
            greeting.extend_from_slice(&[0; 10]);
            greeting.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
            let length = u32::try_from(greeting.len()).unwrap().to_le_bytes();
            let packet = [&length[..3], &[0], &greeting[..]].concat();
            if socket.write_all(&packet).await.is_err() {
                continue;
            }
            let mut bytes = [0; 1024];
            // A request for TLS is 36 bytes, and the first bytes of TLS may come with it in one
            // read: they belong to TLS. A log-in in the clear is longer.
            if socket.read_exact(&mut bytes[..TLS_REQUEST]).await.is_err() {
                continue;
            }
            let mut said = bytes[..TLS_REQUEST].to_vec();
            let asks_for_tls = usize::from(bytes[0]) + 4 == TLS_REQUEST;
            if !asks_for_tls {
                let read = socket.read(&mut bytes).await.unwrap_or(0);
                said.extend_from_slice(&bytes[..read]);
            }
            kept.lock().unwrap().clear.extend_from_slice(&said);
            let (Some(tls), true) = (&tls, asks_for_tls) else { continue };
            if let Ok(mut stream) = tls.accept(socket).await {
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                kept.lock().unwrap().encrypted.extend_from_slice(&bytes[..read]);
                // Refused in so many words, since a connection that breaks is tried again.
                let refusal = b"\xff\x15\x04#28000Access denied";
                let length = u8::try_from(refusal.len()).unwrap();
                let _ = stream.write_all(&[&[length, 0, 0, 3], &refusal[..]].concat()).await;
                let _ = stream.read(&mut bytes).await;
            }
        }
    });
    (port, heard)
}

fn names_somebody(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"daemun\0")
}

#[tokio::test]
async fn s_key_6_a_database_is_told_who_asks_only_under_its_right_certificate() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, authority.0.pem()).unwrap();
    let servers = certificates(&authority).map(|(kind, tls)| (kind, Some(tls)));
    for (kind, tls) in servers.into_iter().chain([("no TLS at all", None)]) {
        let (port, heard) = mysql(tls).await;
        let url = format!(
            "mysql://daemun:{PASSWORD}@{NAME}:{port}/daemun?ssl-mode=VERIFY_IDENTITY&ssl-ca={}",
            file.display()
        );
        let opened = Database::connect(&DatabaseUrl::parse(&url).unwrap()).await;
        let error = opened.expect_err("this server knows nobody").to_string();
        assert!(!error.contains(PASSWORD));
        let heard = heard.lock().unwrap();
        assert!(!names_somebody(&heard.clear), "{kind}: nothing is said in the clear");
        assert_eq!(names_somebody(&heard.encrypted), kind == "right", "{kind}: {error}");
    }
}

#[tokio::test]
async fn s_key_6_the_test_servers_own_certificate_is_not_believed_either() {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let database = database.expose();
    let url = |query: &str| DatabaseUrl::parse(&format!("{database}{query}")).unwrap();
    Database::connect(&url("")).await.unwrap().close().await;
    for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
        let refused = Database::connect(&url(&format!("?ssl-mode={mode}"))).await;
        assert!(refused.is_err(), "{mode}: its certificate, if it has one, is signed by nobody known");
    }
}
