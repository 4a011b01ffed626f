//! The way from the program to a database server, which a test can cut, or halt.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// Host and port.
type Server = (String, u16);

fn server(url: &str) -> Server {
    let url = Url::parse(url).unwrap();
    (url.host_str().unwrap().to_owned(), url.port().unwrap_or(3306))
}

/// A listener that passes on what it gets.
pub struct DatabaseLink {
    address: SocketAddr,
    /// Counts up: each change ends all connections.
    cuts: Arc<watch::Sender<u64>>,
    halted: Arc<watch::Sender<bool>>,
    server: Arc<Mutex<Server>>,
    task: JoinHandle<()>,
}

impl DatabaseLink {
    /// To the server of this URL.
    pub async fn to(url: &str) -> Self {
        let server = Arc::new(Mutex::new(server(url)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, halted) = (Arc::new(watch::Sender::new(0)), Arc::new(watch::Sender::new(false)));
        let (cut, halt, now) = (Arc::clone(&cuts), Arc::clone(&halted), Arc::clone(&server));
        let task = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { continue };
                let mut ended = cut.subscribe();
                let (server, halt) = (now.lock().unwrap().clone(), halt.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = ended.changed() => {}
                        () = join(client, &server, halt) => {}
                    }
                });
            }
        });
        Self { address, cuts, halted, server, task }
    }

    /// The URL by way of here.
    pub fn url(&self, of: &str) -> String {
        let mut url = Url::parse(of).unwrap();
        url.set_host(Some(&self.address.ip().to_string())).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    /// Leads to another server from now on.
    pub fn lead_to(&self, url: &str) {
        *self.server.lock().unwrap() = server(url);
        self.cut();
    }

    /// Ends every connection, wherever it is in a transaction.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Halts everything, or lets it go on.
    pub fn halt(&self, halted: bool) {
        self.halted.send_replace(halted);
    }
}

impl Drop for DatabaseLink {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn join(client: TcpStream, server: &(String, u16), halted: watch::Receiver<bool>) {
    let Ok(server) = TcpStream::connect((server.0.as_str(), server.1)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pass(from_client, to_server, halted.clone()) => {}
        () = pass(from_server, to_client, halted) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut halted: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if halted.wait_for(|halted| !halted).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
