//! A connection that is taken from hyper between two requests.

use std::future::poll_fn;
use std::task::Context;

use tokio::io::AsyncRead;

use super::*;

const HEAD: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const ANSWER: &str = "answered";
/// For what happens at once, on a busy machine.
const SOON: Duration = Duration::from_secs(5);

fn answers() -> Router {
    Router::new().fallback(async || ANSWER)
}

/// A connection that the test polls, and its client.
async fn connection() -> (Connection<impl connection::Requests>, Arc<Traffic>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let (stream, address) = accepted.unwrap();
    let places = Places::new(1, 1, TrustedProxies::default());
    let place = places.take(places.one_of_all().await.unwrap(), address.ip()).unwrap();
    let traffic = Arc::new(Traffic::new(place));
    let requests = requests(answers(), Arc::clone(&traffic), address);
    let socket = socket(stream, &traffic, &LIMITS);
    let protocols = Arc::new(Protocols::new(&LIMITS));
    (Connection::new(protocols, Arc::clone(&traffic), socket, requests), traffic, client.unwrap())
}

/// Serves `connection` until the client has read one answer.
async fn answered<S: connection::Requests>(connection: &mut Connection<S>, client: &mut TcpStream) {
    let serving = poll_fn(|context: &mut Context<'_>| connection.poll(context));
    tokio::select! {
        closed = serving => panic!("closed: {closed:?}"),
        () = one_answer(client) => {}
        () = tokio::time::sleep(SOON) => panic!("no answer"),
    }
}

async fn one_answer(client: &mut (impl AsyncRead + Unpin)) {
    let mut said = Vec::new();
    while !said.ends_with(ANSWER.as_bytes()) {
        said.push(client.read_u8().await.unwrap());
    }
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200") && !said.contains("connection: close"), "{said}");
}

async fn take_back<S: connection::Requests>(connection: &mut Connection<S>) {
    poll_fn(|context| {
        assert!(connection.take_back(context).is_pending(), "it is closed");
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn it_answers_the_next_request_as_before() {
    let (mut connection, traffic, mut client) = connection().await;
    for _ in 0..3 {
        client.write_all(HEAD).await.unwrap();
        answered(&mut connection, &mut client).await;
        assert!(connection.is_held() && traffic.may_rest());
        take_back(&mut connection).await;
        assert!(!connection.is_held());
    }
}

#[tokio::test]
async fn what_hyper_has_read_of_the_next_request_comes_back_with_it() {
    let (mut connection, traffic, mut client) = connection().await;
    let (begun, rest) = HEAD.split_at(10);
    client.write_all(&[HEAD, begun].concat()).await.unwrap();
    answered(&mut connection, &mut client).await;
    take_back(&mut connection).await;
    assert!(connection.is_held() && !traffic.may_rest(), "a request has begun");
    client.write_all(rest).await.unwrap();
    answered(&mut connection, &mut client).await;
    client.write_all(HEAD).await.unwrap();
    answered(&mut connection, &mut client).await;
}

#[tokio::test]
async fn no_request_of_many_at_once_is_lost() {
    const COUNT: usize = 200;
    let limits = ConnectionLimits { header_time: Duration::from_secs(1), ..LIMITS };
    let (address, _end) = opened_with(answers(), limits).await;
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let all = HEAD.repeat(COUNT);
    let writing = async {
        // More than hyper answers in one go, then with pauses about as long as it keeps an idle connection, and never whole requests.
        let (first, others) = all.split_at(HEAD.len() * 100 + 5);
        writer.write_all(first).await.unwrap();
        for some in others.chunks(HEAD.len() * 10 + 1) {
            tokio::time::sleep(limits.header_time / 4).await;
            writer.write_all(some).await.unwrap();
        }
    };
    let reading = async {
        for _ in 0..COUNT {
            one_answer(&mut reader).await;
        }
    };
    tokio::time::timeout(SOON * 3, async { tokio::join!(writing, reading) }).await.unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_meanwhile_is_noticed() {
    let (mut connection, _, mut client) = connection().await;
    client.write_all(HEAD).await.unwrap();
    answered(&mut connection, &mut client).await;
    take_back(&mut connection).await;
    drop(client);
    let closed = poll_fn(|context| connection.poll(context));
    tokio::time::timeout(SOON, closed).await.unwrap().unwrap();
}

#[tokio::test]
async fn many_idle_connections_answer_again_and_the_end_closes_them_at_once() {
    let limits = ConnectionLimits {
        header_time: Duration::from_secs(20),
        connections: 300,
        connections_per_network: 300,
        ..LIMITS
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, end) = (listener.local_addr().unwrap(), CancellationToken::new());
    let served = tokio::spawn(serve(listener, answers(), limits, TrustedProxies::default(), end.clone()));
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(TcpStream::connect(address).await.unwrap());
    }
    for _ in 0..2 {
        for client in &mut clients {
            client.write_all(HEAD).await.unwrap();
            one_answer(client).await;
        }
        // Longer than hyper keeps an idle connection.
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
    // Taken back, never used, and with half a request.
    clients.push(TcpStream::connect(address).await.unwrap());
    clients[0].write_all(b"GET / HT").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    end.cancel();
    tokio::time::timeout(SOON, async {
        for client in &mut clients {
            assert_eq!(client.read(&mut [0; 1]).await.unwrap_or(0), 0);
        }
        drop(clients);
        served.await.unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn s_rate_6_half_a_head_after_a_while_has_the_time_of_any_head() {
    let limits = ConnectionLimits { header_time: Duration::from_secs(2), ..LIMITS };
    let (address, _end) = opened_with(answers(), limits).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let (begun, rest) = HEAD.split_at(10);
    client.write_all(HEAD).await.unwrap();
    one_answer(&mut client).await;
    // By now it was taken back. It may be slow, within its time.
    tokio::time::sleep(limits.header_time / 2).await;
    client.write_all(begun).await.unwrap();
    tokio::time::sleep(limits.header_time / 8).await;
    client.write_all(rest).await.unwrap();
    one_answer(&mut client).await;

    let since = Instant::now();
    tokio::time::sleep(limits.header_time / 2).await;
    client.write_all(begun).await.unwrap();
    let ended = tokio::time::timeout(SOON, client.read(&mut [0; 1])).await.unwrap();
    assert_eq!(ended.unwrap_or(0), 0);
    let after = since.elapsed();
    assert!(after > limits.header_time / 4 * 3, "half a head does not shorten the time: {after:?}");
}
