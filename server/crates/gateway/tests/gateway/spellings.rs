//! Paths that services take for the path of a stricter route: nobody gets one through a weaker route.

use crate::actor::{self, Answer};
use crate::bench::{TestGateway, route};
use crate::service::Service;

const READER: &str = "Authorization: Bearer reader";
const WRITER: &str = "Authorization: Bearer writer";

/// Spellings of the last segment of `/shop/admin`.
const ADMIN: [&str; 26] = [
    "Admin",
    "ADMIN",
    "aDmin",
    "admin/",
    "ADMIN/",
    "admin%20",
    "admin%20/",
    "%20admin",
    "admin+",
    "admin.",
    "admin..",
    "admin.json",
    "admin.JSON",
    "Admin.html",
    "admin%C2%A0",
    "admin%E3%80%80",
    "admin%E2%80%8B",
    "%E2%80%8Badmin",
    "admin%EF%BB%BF",
    "%EF%BD%81dmin",
    "adm%C4%B1n",
    "adm%C4%B0n",
    "%C3%A1dmin",
    "admin%3Fx",
    "admin%23x",
    "admin::$DATA",
];

async fn gateway(open: &Service, guarded: &Service) -> TestGateway {
    let toml = [
        route("/shop/{*rest}", &[&open.url()], "public = true"),
        route("/shop/admin", &[&guarded.url()], "methods = [\"GET\"]"),
        route("/shop/staff/{*rest}", &[&guarded.url()], ""),
        route("/items/{id}/{*rest}", &[&open.url()], "public = true"),
        route("/items/{id}/edit", &[&guarded.url()], ""),
        route("/read/{*rest}", &[&open.url()], ""),
        route("/read/write", &[&guarded.url()], "scope = \"orders:write\""),
        route("/Upper/{*rest}", &[&open.url()], "public = true"),
        route("/Upper/Admin", &[&guarded.url()], ""),
        route("/mixed/{*rest}", &[&open.url()], ""),
        route("/mixed/open", &[&guarded.url()], "public = true"),
    ];
    TestGateway::open(&toml.concat()).await
}

async fn get(gateway: &TestGateway, target: &str, more: &str) -> Answer {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n");
    actor::ask(gateway.address, request.as_bytes()).await
}

#[tokio::test]
async fn s_gw_11_no_other_spelling_of_a_stricter_path_is_served_by_a_weaker_route() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    let mut targets: Vec<String> = ADMIN.iter().map(|admin| format!("/shop/{admin}")).collect();
    for staff in ["Staff", "staff%20", "STAFF", "st%C3%A4ff", "staff.", "staff%E2%80%8B", "staff+"] {
        targets.extend([format!("/shop/{staff}/x"), format!("/shop/{staff}/"), format!("/shop/{staff}")]);
    }
    targets.extend(
        ["/shop/%20/admin", "/items/7/Edit", "/items/7/edit/", "/items/7/edit%20", "/items/7/edit.json"]
            .map(str::to_owned),
    );
    targets.extend(["/Upper/admin", "/Upper/ADMIN", "/Upper/Admin/"].map(str::to_owned));
    for target in &targets {
        for credential in ["", &format!("{WRITER}\r\n")] {
            let answer = get(&gateway, target, credential).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"), "{target}");
        }
    }
    // What RFC 3986 calls the same path is the same path: the stricter route itself takes it.
    for target in ["/shop/%61dmin", "/shop/admi%6E", "/shop/st%61ff/x", "/items/7/%65dit"] {
        assert_eq!(get(&gateway, target, "").await.status, 401, "{target}");
    }
    assert_eq!((open.hits(), guarded.hits()), (0, 0));
    assert_eq!(
        get(&gateway, "/shop/%61dmin", &format!("{READER}\r\n")).await.json()["target"],
        "/shop/%61dmin"
    );
    assert_eq!(guarded.hits(), 1);
}

#[tokio::test]
async fn a_method_that_the_stricter_route_does_not_take_is_not_taken_in_another_spelling() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    assert_eq!(gateway.ask("POST /shop/admin", &[]).await.status, 405);
    assert_eq!(gateway.ask("POST /shop/Admin", &[]).await.status, 404);
    assert_eq!(gateway.ask("POST /shop/other", &[]).await.status, 200);
    assert_eq!((open.hits(), guarded.hits()), (1, 0));
}

#[tokio::test]
async fn another_scope_is_stricter_too_and_a_weaker_one_takes_nothing_away() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    assert_eq!(gateway.ask("GET /read/Write", &[READER]).await.status, 404);
    assert_eq!(gateway.ask("GET /read/other", &[READER]).await.status, 200);
    assert_eq!(gateway.ask("GET /mixed/Open", &[]).await.status, 401);
    assert_eq!(gateway.ask("GET /mixed/Open", &[READER]).await.status, 200);
    assert_eq!(gateway.ask("GET /mixed/open", &[]).await.status, 200);
}

#[tokio::test]
async fn neighbours_of_a_stricter_path_and_names_that_people_give_to_files_pass_as_they_came() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    for target in [
        "/shop/",
        "/shop",
        "/shop/administrator",
        "/shop/admin-x",
        "/shop/xadmin",
        "/shop/admin/x",
        "/shop/Admin/x",
        "/shop/7",
        "/items/7/editor",
        "/items/a/b/edit",
        "/shop/main.js",
        "/shop/IMG_0001.JPG",
        "/shop/50%25.pdf",
        "/shop/photo[1].jpg",
        "/shop/a|b^c{d}\"e\"",
        "/shop/%7Eminji",
        "/shop/a%2Db",
        "/shop/C%23.pdf",
        "/shop/why%3F",
        "/shop/%ED%99%8D%EA%B8%B8%EB%8F%99%20(2).pdf",
        "/shop/caf%C3%A9",
        "/shop/a:b@c",
        "/shop/a+b",
        "/shop/x/",
        "/shop/admin%D0%B0",
    ] {
        let answer = get(&gateway, target, "").await;
        assert_eq!(answer.status, 200, "{target} {answer:?}");
        assert_eq!(answer.json()["target"], target, "it passes as it came");
    }
    assert_eq!(guarded.hits(), 0);
}
