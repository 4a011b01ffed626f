//! Another table while requests are on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::bench::{TestGateway, route};
use crate::service::Service;

#[tokio::test]
async fn a_reload_drops_no_request_and_no_connection() {
    let echo = Service::echo().await;
    let kept = route("/kept", &[&echo.url()], "public = true");
    let gateway = Arc::new(TestGateway::open(&kept).await);
    let going = Arc::new(AtomicBool::new(true));
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let (gateway, going) = (Arc::clone(&gateway), Arc::clone(&going));
            tokio::spawn(async move {
                let mut asked = 0;
                while going.load(Ordering::SeqCst) {
                    assert_eq!(gateway.ask("GET /kept", &[]).await.status, 200);
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    for round in 0..50 {
        gateway.reload(&(kept.clone() + &route(&format!("/round{round}"), &[&echo.url()], "public = true")));
        assert_eq!(gateway.ask(&format!("GET /round{round}"), &[]).await.status, 200);
    }
    going.store(false, Ordering::SeqCst);
    let mut all = 0;
    for task in asking {
        all += task.await.unwrap();
    }
    assert!(all > 0);
    assert_eq!(gateway.ask("GET /round0", &[]).await.status, 404);
}

#[tokio::test]
async fn a_request_finishes_by_the_table_it_began_with() {
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&go));
    let slow = Service::http(move |request| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            crate::service::echo(request).await
        }
    })
    .await;
    let gateway = TestGateway::open(&route("/old", &[&slow.url()], "public = true")).await;
    let old =
        tokio::spawn(crate::actor::knock_owned(gateway.address, crate::actor::text("GET /old", &[], "")));
    arrived.notified().await;
    gateway.reload("");
    assert_eq!(gateway.ask("GET /old", &[]).await.status, 404);
    go.notify_one();
    assert_eq!(crate::actor::parse(&old.await.unwrap()).unwrap().status, 200);
}

#[tokio::test]
async fn an_unchanged_route_keeps_its_count_and_a_lost_upstream_stays_lost() {
    let echo = Service::echo().await;
    let dead = crate::service::nobody().await;
    let toml = route("/counted", &[&echo.url()], "public = true\nrate = \"2/h\"")
        + &route("/dead", &[&dead], "public = true");
    let gateway = TestGateway::open(&toml).await;
    assert_eq!(gateway.ask("GET /counted", &[]).await.status, 200);
    assert_eq!(gateway.ask("GET /dead", &[]).await.status, 502);
    gateway.reload(&(toml + &route("/more", &[&echo.url()], "public = true")));
    assert_eq!(gateway.ask("GET /counted", &[]).await.status, 200);
    assert_eq!(gateway.ask("GET /counted", &[]).await.status, 429);
    assert_eq!(gateway.ask("GET /dead", &[]).await.status, 503);
}
