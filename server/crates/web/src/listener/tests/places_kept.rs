//! Work that goes on after its client hung up keeps the client's place.

use super::*;

/// Hands out the places of requests, which are never answered.
#[derive(Clone)]
struct Silent(mpsc::UnboundedSender<ClientPlace>);

impl Answer for Silent {
    async fn answer(&self, _: Request, place: &ClientPlace) -> Response {
        self.0.send(place.clone()).unwrap();
        std::future::pending().await
    }
}

async fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn s_rate_6_who_hangs_up_has_no_more_work_done_than_who_waits() {
    let (places, mut taken) = mpsc::unbounded_channel();
    let (address, _end) = opened(Silent(places)).await;
    let mut kept = Vec::new();
    for _ in 0..LIMITS.connections_per_network {
        let waiting = ask(address).await;
        kept.push(taken.recv().await.unwrap());
        drop(waiting);
    }
    let mut refused = ask(address).await;
    assert_eq!(refused.read(&mut [0]).await.unwrap_or(0), 0, "closed");
    assert!(taken.try_recv().is_err());
    drop(kept);
    // The listener notices by itself that a client is gone, at some time.
    loop {
        let mut asking = ask(address).await;
        tokio::select! {
            place = taken.recv() => break assert!(place.is_some()),
            _ = asking.read_u8() => {}
        }
    }
}

#[tokio::test]
async fn s_rate_6_a_request_over_http_2_that_is_worked_on_is_counted() {
    let places = Places::new(1, 1, TrustedProxies::default());
    let one = places.one_of_all().await.unwrap();
    let traffic = Arc::new(Traffic::new(places.take(one, [192, 0, 2, 1].into()).unwrap()));
    let kept: Vec<_> = (0..=places::MAX_STREAMS)
        .map(|_| {
            let in_flight = InFlight::begin(&traffic, true);
            in_flight.place().clone()
        })
        .collect();
    assert!(traffic.is_network_full());
    drop(kept);
    assert!(!traffic.is_network_full());
}
