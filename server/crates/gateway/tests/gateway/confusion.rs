//! Paths that two programs may read differently, sent by somebody whom the gateway does not know. Whatever they are, the
//! guarded service hears nothing, and the open one hears exactly what was sent.

use crate::actor;
use crate::bench::{TestGateway, route};
use crate::service::Service;

/// Spellings of `/`, `.`, `\` and of "up one folder".
const SLASHES: [&str; 12] = [
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "\\",
    "%252f",
    "%c0%af",
    "%e0%80%af",
    "%ef%bc%8f",
    "%e2%88%95",
    "%u002f",
    "%00/",
];
const UPS: [&str; 16] = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "..;",
    "..%00",
    "%c0%ae%c0%ae",
    "%ef%bc%8e%ef%bc%8e",
    "...",
    "....",
    "..%20",
    ".%00.",
    "%uff0e%uff0e",
    "..%09",
    "%e2%80%a5",
];
/// Words of the guarded path in other spellings.
const STAFF: [&str; 17] = [
    "%73taff",
    "st%61ff",
    "staf%66",
    "%53taff",
    "%2573taff",
    "staff;",
    "staff;x=1",
    "staff%3b",
    "staff%20",
    "staff%00",
    "staff%2e",
    "staff/.",
    "staff/..",
    "staff//",
    "staff\\",
    "STAFF",
    "staff%0d%0a",
];

/// Written by hand: whole request targets.
const TARGETS: [&str; 44] = [
    "*",
    "/",
    "//",
    "///",
    "/.",
    "/..",
    "/./",
    "/../",
    "/%",
    "/%2",
    "/%zz",
    "/%2f",
    "/%00",
    "/\\",
    "/;",
    "/%3b",
    "/~",
    "/a%0ab",
    "//api/staff/x",
    "///api/staff/x",
    "/./api/staff/x",
    "/.//api/staff/x",
    "/;/api/staff/x",
    "/%2fapi/staff/x",
    "/\\api\\staff\\x",
    "/api\\staff\\x",
    "/api/./staff/x",
    "/api/;/staff/x",
    "/api//staff/x",
    "/api/%2e/staff/x",
    "/API/staff/x",
    "/Api/Staff/x",
    "/api%2fstaff%2fx",
    "/%61pi/staff/x",
    "/api/staff%2fx",
    "/api/%EF%BD%93taff/x",
    "/open/%EB%8C%80%EB%AC%B8",
    "/open/a%20b",
    "/open/a@b:c",
    "/open/x?../../api/staff/x",
    "/open/x?/api/staff",
    "/open/x/",
    "/open",
    "/open/a..b",
];

fn targets() -> Vec<String> {
    let mut all: Vec<String> = TARGETS.map(str::to_owned).into();
    for up in UPS {
        all.push(format!("/open/{up}/api/staff/x"));
        all.push(format!("/open/a/{up}/{up}/api/staff/x"));
        all.push(format!("/{up}/api/staff/x"));
        all.push(format!("/open/{up}"));
        all.push(format!("/api/{up}/api/staff/x"));
        for slash in SLASHES {
            all.push(format!("/open/{up}{slash}api/staff/x"));
        }
    }
    for slash in SLASHES {
        all.push(format!("/api{slash}staff/x"));
        all.push(format!("/api/staff{slash}x"));
        all.push(format!("{slash}api/staff/x"));
        all.push(format!("/open{slash}x"));
    }
    for staff in STAFF {
        all.push(format!("/api/{staff}/x"));
        all.push(format!("/api/{staff}"));
        all.push(format!("/api/open/../{staff}/x"));
    }
    // The forms of a target that name another host (RFC 9112 section 3.2).
    for host in ["evil.example", "localhost:3000", "user@evil.example", "[::1]"] {
        for path in ["/api/staff/x", "/open/../api/staff/x", "/open/x"] {
            all.push(format!("http://{host}{path}"));
        }
    }
    all
}

async fn gateway(open: &Service, guarded: &Service) -> TestGateway {
    let toml = [
        route("/open/{*rest}", &[&open.url()], "public = true"),
        route("/api/{*rest}", &[&open.url()], "public = true"),
        route("/api/staff/{*rest}", &[&guarded.url()], ""),
    ];
    TestGateway::open(&toml.concat()).await
}

#[tokio::test]
async fn s_gw_11_and_s_bff_8_no_spelling_reaches_another_route() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    let targets = targets();
    assert!(targets.len() >= 250, "{}", targets.len());
    let mut passed = 0;
    for target in &targets {
        let before = open.hits();
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
        request.extend_from_slice(b"Connection: close\r\n\r\n");
        let answer = actor::ask(gateway.address, &request).await;
        match answer.status {
            200 => {
                passed += 1;
                let path = target
                    .strip_prefix("http://")
                    .map_or(target.as_str(), |rest| &rest[rest.find('/').unwrap()..]);
                assert_eq!(answer.json()["target"], path, "{target}");
                assert_eq!(gateway::canonical::check(path.split('?').next().unwrap()), Ok(()), "{target}");
            }
            400 | 401 | 404 => assert_eq!(open.hits(), before, "{target}"),
            _ => panic!("{target}: {answer:?}"),
        }
    }
    assert_eq!(guarded.hits(), 0);
    assert!((8..40).contains(&passed), "{passed} passed: the list must hold good paths too, and few");
}

#[tokio::test]
async fn raw_bytes_beyond_ascii_are_refused() {
    let (open, guarded) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &guarded).await;
    for bytes in
        [&b"/open/\xeb\x8c\x80"[..], b"/open/\xff", b"/open/x?\xeb\x8c\x80", b"/open/\xc0\xaf", b"/open/\x7f"]
    {
        let request = [b"GET ", bytes, b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"].concat();
        assert_eq!(actor::ask(gateway.address, &request).await.status, 400, "{bytes:?}");
    }
    assert_eq!(open.hits(), 0);
}

#[tokio::test]
async fn s_bff_8_the_host_of_a_request_chooses_nothing() {
    let (open, decoy) = (Service::echo().await, Service::echo().await);
    let gateway = gateway(&open, &Service::echo().await).await;
    let decoy_host = format!("Host: {}", decoy.address);
    for lines in [
        vec![decoy_host.as_str()],
        vec!["X-Forwarded-Host: evil.example"],
        vec!["Forwarded: host=evil.example"],
    ] {
        let request = format!("GET /open/x HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
        let answer = actor::ask(gateway.address, request.as_bytes()).await;
        assert_eq!(answer.received("host"), [open.address.to_string()]);
        assert_eq!(answer.received("x-forwarded-host"), ["localhost:3000"]);
    }
    let absolute =
        format!("GET http://{}/open/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", decoy.address);
    assert_eq!(actor::ask(gateway.address, absolute.as_bytes()).await.status, 200);
    assert_eq!((decoy.hits(), open.hits()), (0, 4));
}
