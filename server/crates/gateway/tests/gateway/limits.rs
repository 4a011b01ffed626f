//! How often somebody may ask.

use limits::Quota;

use crate::bench::{TestGateway, route};
use crate::service::Service;

const READER: &str = "Authorization: Bearer reader";

async fn statuses(gateway: &TestGateway, head: &str, lines: &[&str], times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(gateway.ask(head, lines).await.status);
    }
    statuses
}

#[tokio::test]
async fn s_rate_4_each_limit_refuses_with_the_time_to_wait() {
    let echo = Service::echo().await;
    let toml = route("/route", &[&echo.url()], "public = true\nrate = \"2/h\"")
        + &route("/member", &[&echo.url()], "rate_per_member = \"2/h\"")
        + &route("/other", &[&echo.url()], "");
    let gateway = TestGateway::open(&toml).await;
    assert_eq!(statuses(&gateway, "GET /route", &[], 3).await, [200, 200, 429]);
    assert_eq!(statuses(&gateway, "GET /member", &[READER], 3).await, [200, 200, 429]);
    assert_eq!(statuses(&gateway, "GET /other", &[READER], 3).await, [200; 3]);
    let refused = gateway.ask("GET /route", &[]).await;
    assert_eq!(refused.code(), "TOO_MANY_REQUESTS");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
}

#[tokio::test]
async fn s_rate_4_a_network_is_counted_before_its_token_is_looked_at() {
    let echo = Service::echo().await;
    let toml = route("/guarded", &[&echo.url()], "");
    let gateway = TestGateway::with(&toml, |settings| settings.rate_per_network = Quota::parse("3/h")).await;
    let forged = ["Authorization: Bearer forged", "X-Forwarded-For: 1.2.3.4"];
    assert_eq!(statuses(&gateway, "GET /guarded", &forged, 4).await, [401, 401, 401, 429]);
    assert_eq!(statuses(&gateway, "GET /guarded", &[READER], 1).await, [429]);
    assert_eq!(gateway.keeper.judged.load(std::sync::atomic::Ordering::SeqCst), 3);
}

#[tokio::test]
async fn members_and_clients_are_counted_over_all_routes() {
    let echo = Service::echo().await;
    let toml = route("/a", &[&echo.url()], "") + &route("/b", &[&echo.url()], "");
    let change: [fn(&mut gateway::Settings); 2] = [
        |settings| settings.rate_per_member = Quota::parse("2/h"),
        |settings| settings.rate_per_client = Quota::parse("2/h"),
    ];
    for change in change {
        let gateway = TestGateway::with(&toml, change).await;
        assert_eq!(statuses(&gateway, "GET /a", &[READER], 1).await, [200]);
        assert_eq!(statuses(&gateway, "GET /b", &[READER], 2).await, [200, 429]);
    }
}

#[tokio::test]
async fn s_rate_4_sessions_of_the_site_are_counted_by_their_members_and_not_as_one_client() {
    let echo = Service::echo().await;
    let toml = route("/a", &[&echo.url()], "");
    let gateway = TestGateway::with(&toml, |settings| settings.rate_per_client = Quota::parse("2/h")).await;
    let cookie = ["Cookie: daemun=live"];
    assert_eq!(statuses(&gateway, "GET /a", &cookie, 4).await, [200; 4]);
    assert_eq!(statuses(&gateway, "GET /a", &[READER], 3).await, [200, 200, 429]);
    let gateway = TestGateway::with(&toml, |settings| settings.rate_per_member = Quota::parse("2/h")).await;
    assert_eq!(statuses(&gateway, "GET /a", &cookie, 3).await, [200, 200, 429]);
    assert_eq!(statuses(&gateway, "GET /a", &[READER], 1).await, [429], "the same member");
}
