//! The routes as programs and forms call them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::{Server, send};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

fn wish() -> Value {
    json!({"email": HONG, "password": PASSWORD, "nickname": "홍길동"})
}

#[tokio::test]
async fn a_program_signs_up_proves_and_sees_its_profile() {
    for stage in Stage::both().await {
        let server = Server::start(stage).await;
        let answer = server.post("/api/users/signup", wish()).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.json(), json!({"success": true, "data": {"next": "PROVE_MAILBOX"}}));
        let mail = server.stage.newest_mail(HONG).await;
        let proof = json!({"email": " HONG@example.com", "code": mail.code});
        let answer = server.post("/api/users/signup/prove", proof).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let id = answer.json()["data"]["id"].as_str().unwrap().to_owned();
        let profile = server.get(&format!("/api/users/{id}")).await.json();
        let picture = format!("/api/users/{id}/picture.svg");
        let expected = json!({"id": id, "nickname": "홍길동", "greeting": "안녕하세요!", "picture": picture});
        assert_eq!(profile, json!({"success": true, "data": expected}), "no address");
        let svg = server.get(&picture).await;
        assert_eq!((svg.status, svg.header("content-type")), (StatusCode::OK, "image/svg+xml"));
        let again = server.post("/api/users/signup", wish()).await;
        assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "AUTH_EMAIL_DUPLICATE".to_owned()));
    }
}

#[tokio::test]
async fn s_acc_13_bodies_are_closed_and_wrong_fields_are_named() {
    let server = Server::start(Stage::sqlite().await).await;
    for extra in ["role", "email_verified", "id"] {
        let mut body = wish();
        body[extra] = json!("x");
        assert_eq!(server.post("/api/users/signup", body).await.status, StatusCode::BAD_REQUEST, "{extra}");
    }
    let twice = format!(r#"{{"email":"{HONG}","email":"evil@example.com","password":"{PASSWORD}"}}"#);
    let request = server.request(Method::POST, "/api/users/signup");
    let twice = send(request.header("content-type", "application/json").body(twice)).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    let wrong = server.post("/api/users/signup", json!({"email": "x", "nickname": "\u{202e}"})).await;
    let fields: Vec<_> = wrong.json()["error"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].clone())
        .collect();
    assert_eq!(fields, ["email", "password", "nickname"]);
    let header = json!({"email": "a@b.co\r\nBcc: c@d.ef", "password": PASSWORD});
    let header = server.post("/api/users/signup", header).await;
    assert_eq!(header.status, StatusCode::BAD_REQUEST, "S-MAIL-11");
    let short = server.post("/api/users/signup", json!({"email": HONG, "password": "9 charact"})).await;
    assert_eq!(short.json()["error"]["fields"][0]["field"], "password", "S-ACC-1");
    let endless =
        server.post("/api/users/signup", json!({"email": HONG, "password": "x".repeat(1 << 20)})).await;
    assert_eq!(endless.status, StatusCode::PAYLOAD_TOO_LARGE, "S-ACC-1");
    assert_eq!(server.stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 0);
}

#[tokio::test]
async fn s_acc_8_another_site_cannot_send_these_forms() {
    let server = Server::start(Stage::sqlite().await).await;
    let fields = [("email", HONG), ("password", PASSWORD)];
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("cookie", "daemun=x")]
    {
        let request = server.request(Method::POST, "/api/users/signup").header(name, value).form(&fields);
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::FORBIDDEN, "CROSS_ORIGIN".to_owned()),
            "{name}"
        );
    }
    let own = server.submit("/api/users/signup", &fields).await;
    assert_eq!((own.status, own.header("location")), (StatusCode::SEE_OTHER, "/email/verify?sent=1"));
}

#[tokio::test]
async fn s_acc_7_and_s_mail_9_answers_do_not_tell_who_has_an_account() {
    let server = Server::start(Stage::discreet().await).await;
    let (first, stage) = (server.post("/api/users/signup", wish()).await, &server.stage);
    stage.quiet().await;
    let mail = stage.newest_mail(HONG).await;
    server.post("/api/users/signup/prove", json!({"token": mail.token})).await;
    let second = server.post("/api/users/signup", wish()).await;
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &second.body));
    assert_eq!(first.status, second.status);
    // What is done after an answer is done alongside what comes next.
    stage.quiet().await;
    for path in ["/api/users/password/forgot", "/api/users/signup/resend"] {
        let known = server.post(path, json!({"email": HONG})).await;
        let unknown = server.post(path, json!({"email": "nobody@example.com"})).await;
        assert_eq!((known.status, &known.body), (StatusCode::ACCEPTED, &unknown.body), "{path}");
        assert_eq!(known.status, unknown.status);
    }
    stage.quiet().await;
    assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "sign-up-on-taken-address", "reset-password"]);
    assert_eq!(stage.kinds("nobody@example.com").await, [""; 0]);
}

#[tokio::test]
async fn s_mail_6_only_a_post_spends_a_mail() {
    let server = Server::start(Stage::sqlite().await).await;
    server.post("/api/users/signup", wish()).await;
    let mail = server.stage.newest_mail(HONG).await;
    let path = format!("/api/users/signup/prove?token={}", mail.token);
    for method in [Method::HEAD, Method::GET] {
        let answer = send(server.request(method, &path)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let form = server.submit("/api/users/signup/prove", &[("token", &mail.token), ("password", "")]).await;
    assert_eq!(form.header("location"), "/oauth/login?notice=mailbox_proven", "{}", form.body);
    let again = server.submit("/api/users/signup/prove", &[("token", &mail.token)]).await;
    assert_eq!((again.status, again.code()), (StatusCode::BAD_REQUEST, "MAIL_PROOF_INVALID".to_owned()));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_form() {
    let server = Server::start(Stage::sqlite().await).await;
    server.stage.member(HONG).await;
    let asked = server.submit("/api/users/password/forgot", &[("email", HONG)]).await;
    assert_eq!(asked.header("location"), "/password/reset?sent=1");
    server.stage.quiet().await;
    let mail = server.stage.newest_mail(HONG).await;
    let fields = [("token", mail.token.as_str()), ("password", OTHER_PASSWORD)];
    let reset = server.submit("/api/users/password/reset", &fields).await;
    assert_eq!(reset.header("location"), "/oauth/login?notice=password_changed");
    assert!(reset.header("set-cookie").is_empty(), "S-MAIL-10");
    assert!(server.stage.can_sign_in(HONG, OTHER_PASSWORD).await);
}

#[tokio::test]
async fn s_acc_10_a_caller_changes_password_and_address_and_old_tokens_end() {
    let server = Server::start(Stage::sqlite().await).await;
    let member = server.stage.member(HONG).await;
    let token = server.bearer(&member).await;
    let post = async |path: &str, body: Value| {
        send(server.request(Method::POST, path).bearer_auth(&token).json(&body)).await
    };
    let nobody = server.post("/api/users/me/password", json!({})).await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::UNAUTHORIZED, "NOT_SIGNED_IN".to_owned()));
    let without = post("/api/users/me/password", json!({"password": OTHER_PASSWORD})).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
    let wrong = json!({"current_password": OTHER_PASSWORD, "password": OTHER_PASSWORD});
    assert_eq!(post("/api/users/me/password", wrong).await.code(), "CURRENT_PASSWORD_WRONG");
    let address = json!({"email": "new@example.com", "password": PASSWORD});
    assert_eq!(post("/api/users/me/email", address).await.status, StatusCode::ACCEPTED);
    let mail = server.stage.newest_mail("new@example.com").await;
    let proof = json!({"token": mail.token});
    assert_eq!(server.post("/api/users/email/prove", proof).await.status, StatusCode::OK);
    let right = json!({"current_password": PASSWORD, "password": OTHER_PASSWORD});
    let changed = post("/api/users/me/password", right).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    server.stage.tokens.feed.read().await.unwrap();
    let after = send(server.request(Method::GET, "/api/users/me").bearer_auth(&token)).await;
    assert_eq!((after.status, after.code()), (StatusCode::UNAUTHORIZED, "TOKEN_REVOKED".to_owned()));
}

#[tokio::test]
async fn a_caller_sees_and_changes_their_profile() {
    for stage in Stage::both().await {
        let server = Server::start(stage).await;
        let member = server.stage.member(HONG).await;
        let token = server.bearer(&member).await;
        let patch = async |body: Value| {
            send(server.request(Method::PATCH, "/api/users/me").bearer_auth(&token).json(&body)).await
        };
        let changed = patch(json!({"greeting": "  비 오는 날이 좋아요 "})).await.json();
        assert_eq!(changed["data"]["greeting"], "비 오는 날이 좋아요");
        assert_eq!(changed["data"]["nickname"], "홍길동", "what was not sent stays");
        assert_eq!(changed["data"]["email"], HONG);
        assert_eq!(changed["data"]["joined_at"], "2026-01-18T12:34:56Z");
        assert_eq!(patch(json!({"nickname": " "})).await.json()["error"]["fields"][0]["field"], "nickname");
        assert_eq!(patch(json!({"email": "evil@example.com"})).await.status, StatusCode::BAD_REQUEST);
        let seen = send(server.request(Method::GET, "/api/users/me").bearer_auth(&token)).await.json();
        assert_eq!(seen["data"], changed["data"]);
        for bad in ["Bearer x", "Basic eDp4", "Bearer"] {
            let answer =
                send(server.request(Method::GET, "/api/users/me").header("authorization", bad)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::UNAUTHORIZED, "TOKEN_INVALID".to_owned())
            );
        }
        for (scope, read, change) in [("openid", 403, 403), ("profile", 200, 403), ("write", 200, 200)] {
            let token = server.bearer_for(&member, scope).await;
            let seen = send(server.request(Method::GET, "/api/users/me").bearer_auth(&token)).await;
            let body = json!({"nickname": "홍길동"});
            let changed =
                send(server.request(Method::PATCH, "/api/users/me").bearer_auth(&token).json(&body)).await;
            assert_eq!((seen.status.as_u16(), changed.status.as_u16()), (read, change), "{scope}");
        }
        let nobody = server.get("/api/users/00000000-0000-7000-8000-000000000000").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get("/api/users/nonsense").await.status, StatusCode::NOT_FOUND);
        server.stage.run("UPDATE members SET status = 'disabled' WHERE email = ?", HONG).await;
        assert_eq!(server.get(&format!("/api/users/{}", member.id)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(patch(json!({"greeting": "x"})).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_picture_is_drawn_anew_kept_for_ever_and_taken_away() {
    for stage in Stage::both().await {
        let server = Server::start(stage).await;
        let member = server.stage.member(HONG).await;
        let token = server.bearer(&member).await;
        let mut png = std::io::Cursor::new(Vec::new());
        let noise = image::RgbImage::from_fn(1500, 900, |x, y| {
            image::Rgb([x * y, x, y].map(|value| u8::try_from(value % 251).unwrap()))
        });
        noise.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let png = png.into_inner();
        let upload = || server.request(Method::POST, "/api/users/me/picture").bearer_auth(&token);
        let answer = send(upload().header("content-type", "image/png").body(png.clone())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let address = answer.json()["data"]["picture"].as_str().unwrap().to_owned();
        let shown = server.request(Method::GET, &address).send().await.unwrap();
        assert_eq!(shown.headers()["content-type"], "image/webp");
        assert!(shown.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let drawn = image::load_from_memory(&shown.bytes().await.unwrap()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (512, 307));
        let profile = server.get(&format!("/api/users/{}", member.id)).await.json();
        assert_eq!(profile["data"]["picture"], address);

        let part =
            reqwest::multipart::Part::bytes(png).file_name("../../x.svg").mime_str("image/svg+xml").unwrap();
        let form = reqwest::multipart::Form::new().part("picture", part);
        let answer = send(upload().header("sec-fetch-site", "same-origin").multipart(form)).await;
        assert_eq!(answer.header("location"), "/me?notice=profile_changed", "{}", answer.body);
        for (kind, body, status) in [
            ("image/png", b"nonsense".to_vec(), StatusCode::BAD_REQUEST),
            ("image/svg+xml", b"<svg/>".to_vec(), StatusCode::BAD_REQUEST),
            ("text/plain", b"x".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("image/png", vec![0; 9 * 1024 * 1024], StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            assert_eq!(send(upload().header("content-type", kind).body(body)).await.status, status, "{kind}");
        }
        let removed = server.request(Method::POST, "/api/users/me/picture/remove").bearer_auth(&token);
        assert_eq!(send(removed).await.status, StatusCode::OK);
        assert_eq!(server.get(&address).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn s_rate_5_a_member_cannot_have_many_uploads_held_in_memory() {
    let server = Server::start(Stage::sqlite().await).await;
    let member = server.stage.member(HONG).await;
    let token = server.bearer(&member).await;
    let address = server.site.strip_prefix("http://").unwrap();
    let head = format!(
        "POST /api/users/me/picture HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: image/png\r\n\
         content-length: 8000000\r\n\r\n"
    );
    let mut halves = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&[head.as_bytes(), &[b'x'; 4096]].concat()).await.unwrap();
        halves.push(stream);
    }
    let upload = async || {
        let request = server.request(Method::POST, "/api/users/me/picture").bearer_auth(&token);
        send(request.header("content-type", "image/png").body("nonsense")).await
    };
    // Until both have been met by the program.
    let mut answer = upload().await;
    while answer.status == StatusCode::BAD_REQUEST {
        answer = upload().await;
    }
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, "BUSY".to_owned()));
    drop(halves);
    while answer.status == StatusCode::SERVICE_UNAVAILABLE {
        answer = upload().await;
    }
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "their places are free again");
}

#[tokio::test]
async fn s_rate_4_limits_count_by_the_trusted_address_and_say_when_to_come_back() {
    let server = Server::start(Stage::sqlite().await).await;
    let ask = async |forwarded: String| {
        let request = server.client.post(format!("{}/api/users/password/forgot", server.site));
        send(request.header("x-forwarded-for", forwarded).json(&json!({"email": "a@b.co"}))).await
    };
    let mut last = None;
    for n in 0..201 {
        // The left part is the client's own invention.
        last = Some(ask(format!("10.1.{n}.1, 198.51.100.7")).await);
        server.stage.quiet().await;
    }
    let last = last.unwrap();
    assert_eq!((last.status, last.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "6"));
    assert_eq!(ask("198.51.100.8".to_owned()).await.status, StatusCode::ACCEPTED);
}
