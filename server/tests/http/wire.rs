//! A wire between the program and a server, which a test can cut.

use std::sync::Arc;

use db::DatabaseUrl;
use testkit::TestDatabase;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards a port of its own to another one on this machine.
pub struct Wire {
    pub port: u16,
    whole: Arc<watch::Sender<bool>>,
}

/// A database at the other end of a wire.
pub struct WiredDatabase {
    pub wire: Wire,
    /// Where it is found through the wire.
    pub url: DatabaseUrl,
    pub database: TestDatabase,
}

impl WiredDatabase {
    /// On MariaDB, since SQLite has no wire; `None` where the tests have no server.
    pub async fn new() -> Option<Self> {
        let database = TestDatabase::mysql().await?;
        let DatabaseUrl::Mysql(mut url) = database.url().clone() else { panic!("MariaDB expected") };
        let wire = Wire::to(url.port().unwrap()).await;
        url.set_port(Some(wire.port)).unwrap();
        Some(Self { wire, url: DatabaseUrl::Mysql(url), database })
    }
}

impl Wire {
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let whole = Arc::new(watch::Sender::new(true));
        let state = whole.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut state = state.clone();
                if !*state.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { port, whole }
    }

    /// Cuts all connections, and refuses new ones.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets new connections pass.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}
