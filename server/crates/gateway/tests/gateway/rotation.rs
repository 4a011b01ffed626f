//! Several servers of one service: round robin, ejection, return, circuits.

use std::time::{Duration, Instant};

use tokio_util::task::TaskTracker;

use crate::bench::{TestGateway, metrics_of_this_process, route, value_of};
use crate::service::Service;

#[tokio::test]
async fn each_server_has_its_turn() {
    let (one, two, three) = (Service::echo().await, Service::echo().await, Service::echo().await);
    let all = [one.url(), two.url(), three.url()];
    let gateway =
        TestGateway::open(&route("/open", &all.each_ref().map(String::as_str), "public = true")).await;
    for _ in 0..9 {
        assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
    }
    assert_eq!((one.hits(), two.hits(), three.hits()), (3, 3, 3));
}

#[tokio::test]
async fn the_least_busy_server_is_asked() {
    let (hanging, echo) = (Service::hanging().await, Service::echo().await);
    let upstream = [hanging.url(), echo.url()];
    let more = "public = true\nbalance = \"least-busy\"\ntimeout = \"3s\"";
    let gateway = TestGateway::open(&route("/open", &upstream.each_ref().map(String::as_str), more)).await;
    let held =
        tokio::spawn(crate::actor::knock_owned(gateway.address, crate::actor::text("GET /open", &[], "")));
    while hanging.hits() == 0 && echo.hits() == 0 {
        tokio::task::yield_now().await;
    }
    // No matter which was asked first, the hanging one gets one request at most while the other is idle.
    for _ in 0..6 {
        assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
        if hanging.hits() == 0 {
            break;
        }
    }
    assert!(hanging.hits() <= 1);
    held.abort();
}

#[tokio::test]
async fn a_dead_server_is_left_out_at_once_and_back_after_a_probe() {
    let (one, two) = (Service::echo().await, Service::echo().await);
    let toml = route("/open", &[&one.url(), &two.url()], "public = true");
    let gateway = TestGateway::open(&toml).await;
    for _ in 0..4 {
        assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
    }
    let address = one.die().await;
    for _ in 0..6 {
        assert_eq!(gateway.ask("POST /open", &[]).await.status, 200, "no request is lost to a dead server");
    }
    gateway.gateway.probe_lost().await;
    let before = two.hits();
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
    assert_eq!(two.hits(), before + 1, "still dead");
    let one = Service::echo_at(address).await;
    gateway.gateway.probe_lost().await;
    for _ in 0..4 {
        assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
    }
    assert_eq!(one.hits(), 2);
}

#[tokio::test]
async fn a_server_is_back_in_rotation_within_two_seconds_of_its_return() {
    let one = Service::echo().await;
    let gateway = TestGateway::open(&route("/open", &[&one.url()], "public = true")).await;
    let tasks = TaskTracker::new();
    gateway.gateway.start(&gateway.end, &tasks);
    let address = one.die().await;
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 502);
    let away = gateway.ask("GET /open", &[]).await;
    assert_eq!((away.status, away.header("retry-after")), (503, Some("1")));
    let _one = Service::echo_at(address).await;
    let back = Instant::now();
    while gateway.ask("GET /open", &[]).await.status != 200 {
        assert!(back.elapsed() < Duration::from_secs(2), "it is not back");
    }
    gateway.end.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn an_unwell_server_leaves_by_its_health_and_comes_back_by_it() {
    let well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let says = std::sync::Arc::clone(&well);
    let moody = Service::http(move |request: axum::extract::Request| {
        let is_well = says.load(std::sync::atomic::Ordering::SeqCst) || request.uri().path() != "/health";
        std::future::ready(axum::response::IntoResponse::into_response(
            http::StatusCode::from_u16(if is_well { 200 } else { 500 }).unwrap(),
        ))
    })
    .await;
    let gateway =
        TestGateway::open(&route("/open", &[&moody.url()], "public = true\nhealth = \"/health\"")).await;
    well.store(false, std::sync::atomic::Ordering::SeqCst);
    gateway.gateway.probe_well().await;
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 200, "one miss is no illness");
    gateway.gateway.probe_well().await;
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 503);
    gateway.gateway.probe_lost().await;
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 503);
    well.store(true, std::sync::atomic::Ordering::SeqCst);
    gateway.gateway.probe_lost().await;
    assert_eq!(gateway.ask("GET /open", &[]).await.status, 200);
}

#[tokio::test]
async fn of_two_routes_to_one_address_each_has_its_own_health() {
    let service = Service::http(|request: axum::extract::Request| async move {
        let status = if request.uri().path() == "/ill" { 500 } else { 200 };
        axum::response::IntoResponse::into_response(http::StatusCode::from_u16(status).unwrap())
    })
    .await;
    let plain = route("/plain", &[&service.url()], "public = true");
    let toml = plain.clone() + &route("/asks", &[&service.url()], "public = true\nhealth = \"/ill\"");
    let said = metrics_of_this_process();
    let gateway = TestGateway::open(&toml).await;
    let up = |labels: &str| value_of(said, &format!("daemun_gateway_upstream_up{{upstream=\"{labels}}}"));
    let (own, ill) = (format!("{}\"", service.url()), format!("{}\",health=\"/ill\"", service.url()));
    for _ in 0..2 {
        gateway.gateway.probe_well().await;
    }
    assert_eq!(gateway.ask("GET /plain", &[]).await.status, 200);
    assert_eq!(gateway.ask("GET /asks", &[]).await.status, 503);
    assert_eq!((up(&own), up(&ill)), (Some(1.0), Some(0.0)));
    let named = |gateway: &TestGateway| {
        gateway.gateway.upstream_problems().into_iter().map(|problem| problem.upstream).collect::<Vec<_>>()
    };
    assert_eq!(named(&gateway), [format!("{} (health /ill)", service.url())]);
    // What no route leads to any more is neither up nor down.
    gateway.reload(&plain);
    assert!(up(&own) == Some(1.0) && up(&ill).is_some_and(f64::is_nan) && named(&gateway).is_empty());
    gateway.reload(&toml);
    assert_eq!(up(&ill), Some(1.0), "until it is asked");
}

#[tokio::test]
async fn a_circuit_opens_after_failures_in_a_row_and_only_for_its_route() {
    let service = Service::http(|request: axum::extract::Request| async move {
        if request.uri().path() == "/slow" {
            std::future::pending::<()>().await;
        }
        crate::service::echo(request).await
    })
    .await;
    let toml = route("/slow", &[&service.url()], "public = true\ntimeout = \"50ms\"")
        + &route("/fast", &[&service.url()], "public = true");
    let gateway = TestGateway::with(&toml, |settings| {
        settings.failures_to_open = 3;
        settings.open_for = Duration::from_mins(10);
    })
    .await;
    for _ in 0..3 {
        assert_eq!(gateway.ask("GET /slow", &[]).await.status, 504);
    }
    let open = gateway.ask("GET /slow", &[]).await;
    assert_eq!((open.status, open.code().as_str()), (503, "UPSTREAM_UNAVAILABLE"));
    assert_eq!(service.hits(), 3);
    assert_eq!(gateway.ask("GET /fast", &[]).await.status, 200);
}

#[tokio::test]
async fn a_full_server_refuses_instead_of_piling_up() {
    let hanging = Service::hanging().await;
    let toml = route("/open", &[&hanging.url()], "public = true");
    let gateway = TestGateway::with(&toml, |settings| settings.in_flight = 2).await;
    let ask =
        || tokio::spawn(crate::actor::knock_owned(gateway.address, crate::actor::text("GET /open", &[], "")));
    let held = [ask(), ask()];
    while hanging.hits() < 2 {
        tokio::task::yield_now().await;
    }
    let full = gateway.ask("GET /open", &[]).await;
    assert_eq!((full.status, full.code().as_str()), (503, "UPSTREAM_UNAVAILABLE"));
    held.iter().for_each(tokio::task::JoinHandle::abort);
}
