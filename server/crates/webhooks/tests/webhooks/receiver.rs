//! A receiver: what it got, and how it answers.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Got {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn member(&self) -> String {
        self.value()["payload"]["uuid"].as_str().unwrap_or_default().to_owned()
    }

    /// By what the stage tells events apart.
    pub fn note(&self) -> String {
        self.value()["payload"]["userAgent"].as_str().unwrap_or_default().to_owned()
    }
}

/// How it answers.
#[derive(Debug, Default)]
struct Manner {
    got: Vec<Got>,
    /// Instead of 204.
    answer: Option<String>,
    /// Refuses events with these notes by 400.
    refuses: HashSet<String>,
    /// Never answers these.
    hangs: HashSet<String>,
}

/// Ends with the test.
#[derive(Debug)]
pub struct TestReceiver {
    pub address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    serving: JoinHandle<()>,
}

impl Drop for TestReceiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl TestReceiver {
    pub async fn start() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Arc::<Mutex<Manner>>::default();
        let theirs = Arc::clone(&manner);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&theirs)));
            }
        });
        Self { address, manner, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn got(&self) -> Vec<Got> {
        self.manner.lock().unwrap().got.clone()
    }

    pub fn answers(&self, answer: &str) {
        self.manner.lock().unwrap().answer = Some(answer.to_owned());
    }

    pub fn refuses(&self, note: &str, refuses: bool) {
        let notes = &mut self.manner.lock().unwrap().refuses;
        if refuses {
            notes.insert(note.to_owned());
        } else {
            notes.remove(note);
        }
    }

    pub fn hangs(&self, note: &str) {
        self.manner.lock().unwrap().hangs.insert(note.to_owned());
    }

    /// What came about each member, in its order.
    pub fn by_member(&self) -> BTreeMap<String, Vec<String>> {
        let mut members: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for got in self.got() {
            members.entry(got.member()).or_default().push(got.note());
        }
        members
    }
}

async fn serve(stream: TcpStream, manner: Arc<Mutex<Manner>>) {
    let mut stream = BufReader::new(stream);
    while let Some(got) = read(&mut stream).await {
        let note = got.note();
        let answer = {
            let mut manner = manner.lock().unwrap();
            manner.got.push(got);
            match &manner.answer {
                _ if manner.hangs.contains(&note) => None,
                _ if manner.refuses.contains(&note) => Some("400 Bad Request".to_owned()),
                Some(answer) => Some(answer.clone()),
                None => Some("204 No Content".to_owned()),
            }
        };
        let Some(answer) = answer else { return std::future::pending().await };
        let line = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Got> {
    let (mut headers, mut line) = (BTreeMap::new(), String::new());
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    assert!(line.starts_with("POST "), "{line}");
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some(Got { headers, body: String::from_utf8(body).unwrap() })
}
