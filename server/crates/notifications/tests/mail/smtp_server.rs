//! A mail server (RFC 5321) that keeps what it gets and refuses what it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::CertifiedKey;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub recipient: String,
    pub data: String,
    pub encrypted: bool,
    pub signed_in: bool,
}

impl Taken {
    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.data.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
    }
}

/// What the server does.
#[derive(Default)]
pub struct Manners {
    /// Offers STARTTLS.
    pub starttls: bool,
    /// Wants this `AUTH PLAIN` argument before it takes a mail.
    pub password: Option<&'static str>,
    /// Answers to the next recipients; 250 when there is none left.
    pub answers: VecDeque<u16>,
    /// What is between such an answer's code and the recipient, such as an enhanced code.
    pub saying: &'static str,
    /// What it greets with; 220 by default.
    pub greeting: Option<u16>,
    /// What it answers to a sender; 250 by default.
    pub sender: Option<u16>,
    /// Takes a mail and then says nothing more.
    pub falls_silent: bool,
}

pub struct SmtpServer {
    pub address: SocketAddr,
    /// Its own certificate, PEM.
    pub authority: String,
    inner: Arc<Inner>,
}

struct Inner {
    manners: Mutex<Manners>,
    taken: Mutex<Vec<Taken>>,
    commands: Mutex<Vec<String>>,
    took: Notify,
    tls: TlsAcceptor,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl SmtpServer {
    /// A server whose certificate is for `name`.
    pub async fn start(name: &str, manners: Manners) -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            manners: Mutex::new(manners),
            taken: Mutex::default(),
            commands: Mutex::default(),
            took: Notify::new(),
            tls: TlsAcceptor::from(Arc::new(config)),
        });
        let serving = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let inner = Arc::clone(&serving);
                tokio::spawn(async move { inner.serve(socket).await });
            }
        });
        Self { address, authority: cert.pem(), inner }
    }

    /// In the clear, since it is on this machine.
    pub fn plain_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.address.port())
    }

    /// With STARTTLS.
    pub fn starttls_url(&self, user: &str) -> String {
        format!("smtp://{user}localhost:{}?tls=required", self.address.port())
    }

    pub fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.inner.manners.lock().unwrap());
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.inner.taken.lock().unwrap().clone()
    }

    pub fn heard(&self, command: &str) -> bool {
        self.inner.commands.lock().unwrap().iter().any(|line| line.starts_with(command))
    }

    /// Waits until one more mail was taken.
    pub async fn took(&self) {
        self.inner.took.notified().await;
    }
}

impl Inner {
    async fn serve(&self, socket: TcpStream) {
        let mut session = Session { encrypted: false, signed_in: false, recipient: String::new() };
        let mut stream: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(socket));
        let greeting = self.manners.lock().unwrap().greeting.unwrap_or(220);
        say(&mut stream, &format!("{greeting} test")).await;
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            self.commands.lock().unwrap().push(line.trim_end().to_owned());
            if line.starts_with("STARTTLS") {
                say(&mut stream, "220 go on").await;
                let Ok(safe) = self.tls.accept(stream.into_inner()).await else { return };
                stream = BufReader::new(Box::new(safe));
                session.encrypted = true;
            } else if line.starts_with("DATA") {
                say(&mut stream, "354 go on").await;
                let data = self.data(&mut stream).await;
                let Session { recipient, encrypted, signed_in } = session.clone();
                self.taken.lock().unwrap().push(Taken { recipient, data, encrypted, signed_in });
                self.took.notify_one();
                if self.manners.lock().unwrap().falls_silent {
                    return std::future::pending().await;
                }
                say(&mut stream, "250 taken").await;
            } else {
                let answer = self.answer(&line, &mut session);
                say(&mut stream, &answer).await;
            }
        }
    }

    async fn data(&self, stream: &mut BufReader<Box<dyn Stream>>) -> String {
        let (mut data, mut line) = (String::new(), String::new());
        while stream.read_line(&mut line).await.unwrap_or(0) > 0 && line != ".\r\n" {
            data.push_str(&line);
            line.clear();
        }
        data
    }

    fn answer(&self, line: &str, session: &mut Session) -> String {
        let mut manners = self.manners.lock().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0].to_ascii_uppercase().as_str() {
            "EHLO" => {
                let starttls = if manners.starttls && !session.encrypted { "250-STARTTLS\r\n" } else { "" };
                let auth = if manners.password.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
                format!("250-test\r\n{starttls}{auth}250 8BITMIME")
            }
            "AUTH" if manners.password == words.get(2).copied() => {
                session.signed_in = true;
                "235 welcome".to_owned()
            }
            "AUTH" => "535 no".to_owned(),
            "RCPT" => {
                line.trim_end().trim_start_matches("RCPT TO:").clone_into(&mut session.recipient);
                let code = manners.answers.pop_front().unwrap_or(250);
                format!("{code} {}{}", manners.saying, session.recipient)
            }
            "MAIL" => format!("{} {}", manners.sender.unwrap_or(250), words[1]),
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        }
    }
}

#[derive(Clone)]
struct Session {
    encrypted: bool,
    signed_in: bool,
    recipient: String,
}

async fn say(stream: &mut BufReader<Box<dyn Stream>>, line: &str) {
    let _ = stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await;
    let _ = stream.get_mut().flush().await;
}
