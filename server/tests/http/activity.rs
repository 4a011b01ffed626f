//! Following, posts and the feed over HTTP: by cookie and by access token, with every refusal that there is.

use std::time::Duration;

use names::{Actor, OperatedBy, Operation, OperatorReason, Source};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Reply, call, log_in_as, prove, sign_up_as};
use crate::app::{App, configuration_of};
use crate::token_actor::{MASTER_KEY, TokenActor};

/// An id that nothing has.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A member with an access token.
struct Member<'a> {
    app: &'a App,
    id: String,
    bearer: String,
}

impl<'a> Member<'a> {
    async fn new(app: &'a App, name: &str) -> Self {
        let email = format!("{name}@example.com");
        sign_up_as(app, &email).await;
        prove(app, &email).await;
        let bearer = log_in_as(app, &email).await["access_token"].as_str().unwrap().to_owned();
        let me = call(app, Method::GET, "/api/users/me", Some(&bearer), None).await;
        Self { app, id: me.body["data"]["id"].as_str().unwrap().to_owned(), bearer }
    }

    async fn get(&self, path: &str) -> Reply {
        call(self.app, Method::GET, &format!("/api/activity/{path}"), Some(&self.bearer), None).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        call(self.app, Method::POST, &format!("/api/activity/{path}"), Some(&self.bearer), Some(body)).await
    }

    async fn writes(&self, text: &str) -> String {
        let reply = self.post("posts", json!({"text": text})).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn follows(&self, other: &Self) {
        let reply = self.post(&format!("members/{}/follow", other.id), json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.body["data"]["following"], true);
    }

    async fn feed(&self) -> Vec<String> {
        let reply = self.get("feed").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let posts = reply.body["data"]["posts"].as_array().unwrap().clone();
        posts.iter().map(|post| post["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Until the feed is that; events are on their way.
    async fn will_see(&self, expected: &[&str]) {
        for _ in 0..500 {
            if self.feed().await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.feed().await, expected);
    }
}

#[tokio::test]
async fn a_post_comes_to_those_who_follow_its_author_and_goes_with_a_block() {
    for app in App::both().await {
        let (minji, junho) = (Member::new(&app, "minji").await, Member::new(&app, "junho").await);
        junho.writes("먼저 쓴 글").await;
        minji.follows(&junho).await;
        minji.will_see(&["먼저 쓴 글"]).await;
        junho.writes("나중에 쓴 글").await;
        minji.will_see(&["나중에 쓴 글", "먼저 쓴 글"]).await;
        let page = minji.get("feed?limit=1").await.body["data"].clone();
        let [first] = &page["posts"].as_array().unwrap()[..] else { panic!("{page}") };
        assert_eq!(first["author"]["id"], junho.id.as_str());
        assert_eq!(first["author"]["nickname"], "하늘");
        assert_eq!(page["end"], false);
        let next = page["next"].as_str().unwrap();
        let page = minji.get(&format!("feed?limit=1&before={next}")).await.body["data"].clone();
        assert_eq!(
            (&page["posts"][0]["text"], &page["next"], &page["end"]),
            (&json!("먼저 쓴 글"), &Value::Null, &json!(true))
        );
        let seen = minji.get(&format!("members/{}", junho.id)).await.body["data"].clone();
        assert_eq!(seen["counts"], json!({"posts": 2, "followers": 1, "following": 0}));
        let followers = junho.get(&format!("members/{}/followers", junho.id)).await.body["data"].clone();
        assert_eq!(followers["members"][0]["id"], minji.id.as_str());
        let blocked = junho.post(&format!("members/{}/block", minji.id), json!({})).await;
        assert_eq!((blocked.status, &blocked.body["data"]["blocked"]), (200, &json!(true)));
        assert_eq!(minji.feed().await, [""; 0]);
        let posts = minji.get(&format!("members/{}/posts", junho.id)).await;
        assert_eq!(posts.body["data"]["posts"], json!([]));
        let refused = minji.post(&format!("members/{}/follow", junho.id), json!({})).await;
        assert_eq!(refused.code(), (403, "FOLLOW_NOT_ALLOWED"));
        assert_eq!(junho.get("blocks").await.body["data"]["members"][0]["id"], minji.id.as_str());
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_13_what_is_not_allowed_is_refused_by_name_and_changes_nothing() {
    let app = App::start().await;
    let (minji, junho) = (Member::new(&app, "minji").await, Member::new(&app, "junho").await);
    let of_junho = junho.writes("내 글").await;
    let dump = async || {
        let dump = app.database.dump().await;
        let tables = ["people|", "posts|", "follows|", "blocks|", "post_reports|"];
        dump.lines()
            .filter(|line| tables.iter().any(|table| line.starts_with(table)))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let before = dump().await;
    let long = "가".repeat(2_001);
    for body in [
        json!({}),
        json!({"text": null}),
        json!({"text": ""}),
        json!({"text": long}),
        json!({"text": "a\u{202e}b"}),
        json!({"text": "\u{200b}"}),
        json!({"text": "\u{3164}"}),
        json!({"text": 7}),
        json!({"text": "글", "key": "has space"}),
        json!({"text": "글", "author": junho.id}),
    ] {
        let reply = minji.post("posts", body.clone()).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{body}");
        assert!(reply.body["error"]["fields"][0]["field"].is_string(), "{}", reply.body);
    }
    for (path, refusal) in [
        (format!("posts/{of_junho}/delete"), (404, "NOT_FOUND")),
        ("posts/x/delete".to_owned(), (404, "NOT_FOUND")),
        ("posts/01912f3a-0000-7000-8000-000000000001/report".to_owned(), (404, "NOT_FOUND")),
        ("members/01912f3a-0000-7000-8000-000000000001/follow".to_owned(), (404, "NOT_FOUND")),
        ("members/x/block".to_owned(), (404, "NOT_FOUND")),
        (format!("members/{}/follow", minji.id), (409, "FOLLOW_SELF")),
    ] {
        let reply = minji.post(&path, json!({"reason": "spam"})).await;
        assert_eq!(reply.code(), refusal, "{path}: {}", reply.body);
    }
    for body in [json!({}), json!({"reason": "boring"}), json!({"reason": "spam", "note": "가".repeat(501)})]
    {
        let reply = minji.post(&format!("posts/{of_junho}/report"), body).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"));
    }
    assert_eq!(minji.get(&format!("posts/{of_junho}")).await.code(), (404, "NOT_FOUND"));
    for (path, refusal) in [
        ("feed?limit=0", (400, "VALIDATION_FAILED")),
        ("feed?limit=51", (400, "VALIDATION_FAILED")),
        ("feed?before=x", (400, "CURSOR_INVALID")),
        ("blocks?before=AQAAAAAAAAAAAAAAAAAAAAAA", (400, "CURSOR_INVALID")),
        ("feed/news", (400, "VALIDATION_FAILED")),
        ("feed/news?seen=x", (400, "VALIDATION_FAILED")),
        ("members/x", (404, "NOT_FOUND")),
        ("members/01912f3a-0000-7000-8000-000000000001/posts", (404, "NOT_FOUND")),
    ] {
        assert_eq!(minji.get(path).await.code(), refusal, "{path}");
    }
    // Who asked for something may have become a person of this part, of whom nothing is known.
    let is_new = |line: &String| !before.contains(line) && !line.starts_with("people|");
    assert!(!dump().await.iter().any(is_new), "nothing was changed");
    let reported = minji.post(&format!("posts/{of_junho}/report"), json!({"reason": "spam"})).await;
    assert_eq!(reported.status, 202);
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_request_is_answered_with_the_same_post() {
    let app = App::start().await;
    let minji = Member::new(&app, "minji").await;
    let body = json!({"text": "한 번", "key": "k-1"});
    let (one, again) = (minji.post("posts", body.clone()).await, minji.post("posts", body).await);
    assert_eq!((one.status, again.status), (201, 200));
    assert_eq!(one.body, again.body);
    let id = one.body["data"]["id"].as_str().unwrap();
    assert_eq!(minji.get(&format!("posts/{id}")).await.body, one.body);
    assert_eq!(minji.post(&format!("posts/{id}/delete"), json!({})).await.status, 200);
    assert_eq!(minji.get(&format!("posts/{id}")).await.code(), (404, "NOT_FOUND"));
    assert_eq!(minji.post(&format!("posts/{id}/delete"), json!({})).await.code(), (404, "NOT_FOUND"));
    app.stop().await;
}

#[tokio::test]
async fn s_tok_11_a_token_reads_with_read_and_writes_with_write() {
    let app = App::with(&[("DAEMUN_MASTER_KEYS", MASTER_KEY)]).await;
    let actor = TokenActor::new(app.database.url(), crate::app::ORIGIN, app.clock.clone()).await;
    for (scope, reads, writes) in [("openid", 403, 403), ("read", 200, 403), ("write", 403, 404)] {
        let signed_in = actor.sign_in(scope).await;
        let bearer = signed_in.bearer.strip_prefix("Bearer ").unwrap();
        let feed = call(&app, Method::GET, "/api/activity/feed", Some(bearer), None).await;
        let written =
            call(&app, Method::POST, "/api/activity/posts", Some(bearer), Some(json!({"text": "글"}))).await;
        assert_eq!((feed.status, written.status), (reads, writes), "{scope}: {} {}", feed.body, written.body);
    }
    app.stop().await;
}

#[tokio::test]
async fn s_rate_1_a_member_who_writes_too_much_is_told_when_to_go_on() {
    let app = App::start().await;
    let minji = Member::new(&app, "minji").await;
    for _ in 0..30 {
        minji.writes("글").await;
    }
    let refused = minji.post("posts", json!({"text": "글"})).await;
    assert_eq!(refused.code(), (429, "TOO_MANY_REQUESTS"));
    let wait = refused.retry_after.unwrap();
    assert!((1..=120).contains(&wait), "30 in an hour are one in two minutes: {wait}");
    app.advance(Duration::from_secs(wait));
    let new_tokens = log_in_as(&app, "minji@example.com").await;
    let minji = Member { bearer: new_tokens["access_token"].as_str().unwrap().to_owned(), ..minji };
    minji.writes("글").await;
    assert_eq!(minji.post("posts", json!({"text": "글"})).await.status, 429, "one, and no more");
    app.stop().await;
}

/// What is done already is not counted, and neither is what is refused: only changes that others see are limited.
#[tokio::test]
async fn s_rate_1_repeats_and_refusals_use_up_no_limit() {
    let app = App::start().await;
    let (minji, junho, haneul) = (
        Member::new(&app, "minji").await,
        Member::new(&app, "junho").await,
        Member::new(&app, "haneul").await,
    );
    let post = junho.writes("글").await;
    let spam = json!({"reason": "spam"});
    let about = |member: &str, what: &str| format!("members/{member}/{what}");
    for _ in 0..22 {
        assert_eq!(minji.post(&format!("posts/{post}/report"), spam.clone()).await.status, 202);
        assert_eq!(minji.post(&format!("posts/{NOBODYS}/report"), spam.clone()).await.status, 404);
    }
    let another = junho.writes("다른 글").await;
    assert_eq!(minji.post(&format!("posts/{another}/report"), spam.clone()).await.status, 202);
    for _ in 0..105 {
        assert_eq!(minji.post(&about(&junho.id, "block"), json!({})).await.status, 200);
        assert_eq!(minji.post(&about(&minji.id, "block"), json!({})).await.status, 409);
    }
    assert_eq!(minji.post(&about(&haneul.id, "block"), json!({})).await.status, 200);
    for _ in 0..205 {
        assert_eq!(haneul.post(&about(&junho.id, "follow"), json!({})).await.status, 200);
    }
    app.stop().await;
}

#[tokio::test]
async fn without_it_there_is_no_endpoint() {
    let off = "[activity]\nenabled = false\n";
    let config = configuration_of(off, &[]).unwrap();
    let table = server::compose::table_by(&config);
    assert!(!table.iter().any(|entry| entry.path.starts_with("/api/activity")));
    let app = App::configured(off).await;
    let minji = Member::new(&app, "minji").await;
    assert_eq!(minji.get("feed").await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn an_erased_member_is_not_seen_and_their_data_was_theirs_to_take() {
    let app = App::start().await;
    let (minji, junho) = (Member::new(&app, "minji").await, Member::new(&app, "junho").await);
    junho.writes("내 글").await;
    minji.follows(&junho).await;
    junho.follows(&minji).await;
    minji.will_see(&["내 글"]).await;
    let browser = app.browser();
    let form = [("email", "junho@example.com"), ("password", PASSWORD)];
    browser.submit("/api/auth/signin/password", &form).await;
    let export = browser.fetch("/api/users/me/export").await.json();
    let data = &export["data"];
    assert_eq!(data["posts"][0]["text"], "내 글", "{data}");
    assert_eq!(data["follows"]["followers"][0]["member"], minji.id.as_str());
    assert_eq!((&data["blocks"], &data["reports"]), (&json!([]), &json!([])));
    let mut tx = app.database.begin().await.unwrap();
    let member = names::MemberId::parse(&junho.id).unwrap();
    activity::erase(&mut tx, member).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(minji.feed().await, [""; 0]);
    app.stop().await;
}

fn by_an_operator() -> Operation {
    let source = Source::request("an-operators-request", String::new(), "").by(Actor::Operator);
    let reason = OperatorReason::parse("신고 77").unwrap();
    Operation { source, by: OperatedBy::CommandLine, reason }
}

#[tokio::test]
async fn what_binds_somebody_to_a_member_who_cannot_be_shown_ends_with_200_and_again() {
    for app in App::both().await {
        let (minji, junho) = (Member::new(&app, "minji").await, Member::new(&app, "junho").await);
        let haneul = Member::new(&app, "haneul").await;
        let post = junho.writes("내 글").await;
        minji.follows(&junho).await;
        junho.follows(&minji).await;
        assert_eq!(minji.post(&format!("members/{}/block", haneul.id), json!({})).await.status, 200);
        for gone in [&junho, &haneul] {
            let id = names::MemberId::parse(&gone.id).unwrap();
            assert!(app.status().disable(id, &by_an_operator()).await.unwrap());
        }
        let reported = minji.post(&format!("posts/{post}/report"), json!({"reason": "spam"})).await;
        assert_eq!(reported.code(), (404, "NOT_FOUND"), "nobody sees that post");
        for (path, gone) in [("unfollow", &junho), ("unblock", &haneul)] {
            for _ in 0..2 {
                let reply = minji.post(&format!("members/{}/{path}", gone.id), json!({})).await;
                assert_eq!(reply.status, 200, "{path}: {}", reply.body);
                let told = json!({
                    "id": gone.id, "nickname": null, "picture": null,
                    "counts": {"posts": 0, "followers": 0, "following": 0},
                    "following": false, "followed_by": false, "blocked": false,
                });
                assert_eq!(reply.body["data"], told, "{path}");
            }
            // What would begin something, and who is nobody, is refused as before.
            let refused = minji.post(&format!("members/{}/follow", gone.id), json!({})).await;
            assert_eq!(refused.code(), (404, "NOT_FOUND"));
            let nobody = format!("members/01912f3a-0000-7000-8000-000000000001/{path}");
            assert_eq!(minji.post(&nobody, json!({})).await.code(), (404, "NOT_FOUND"));
        }
        assert_eq!(minji.get("blocks").await.body["data"]["members"], json!([]));
        assert_eq!(minji.get(&format!("members/{}", minji.id)).await.body["data"]["counts"]["following"], 0);
        app.stop().await;
    }
}

#[tokio::test]
async fn where_it_is_switched_off_an_erased_member_leaves_nothing_all_the_same() {
    for app in App::both_configured("[activity]\nenabled = false\n").await {
        let (minji, junho) = (Member::new(&app, "minji").await, Member::new(&app, "junho").await);
        // They wrote while it was on.
        let mut tx = app.database.begin().await.unwrap();
        for (no, member) in [(1_i64, &minji.id), (2, &junho.id)] {
            db::query("INSERT INTO people (no, member_id, followers, following, posts, last_post, loud, seen_at, state) \
                VALUES (?, ?, 1, 1, 3, 1, 0, 1, 'awake')")
                .bind(no)
                .bind(member.clone())
                .execute(&mut *tx)
                .await
                .unwrap();
            db::query("INSERT INTO follows (follower, followee, at, delivery) VALUES (?, ?, 1, 0)")
                .bind(no)
                .bind(3 - no)
                .execute(&mut *tx)
                .await
                .unwrap();
            for post in 0..3 {
                let id = names::id::Uuid::from_u128(u128::from(no.unsigned_abs()) * 10 + post);
                db::query("INSERT INTO posts (id, author, body, state) VALUES (?, ?, '글', 0)")
                    .bind(id.as_bytes().to_vec())
                    .bind(no)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
        }
        tx.commit().await.unwrap();
        let browser = app.browser();
        let form = [("email", "junho@example.com"), ("password", PASSWORD)];
        browser.submit("/api/auth/signin/password", &form).await;
        assert_eq!(browser.submit("/api/users/me/delete", &[]).await.status, 303);
        app.advance(Duration::from_hours(24 * 7));
        app.clean().await;
        let left = async |sql: &'static str| app.database.number(sql).await;
        for _ in 0..500 {
            if left("SELECT COUNT(*) FROM people").await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM people", 1),
            ("SELECT COUNT(*) FROM posts", 3),
            ("SELECT COUNT(*) FROM follows", 0),
            ("SELECT followers + following FROM people", 0),
        ] {
            assert_eq!(left(sql).await, expected, "{sql}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn feeds_of_a_member_who_is_nobody_are_not_made_again() {
    let place = crate::process::Place::new();
    place.start().await.stop().await;
    let nobody = ["--member", "01912f3a-0000-7000-8000-000000000001"];
    let (code, text) = place.says(&["activity", "rebuild"], &nobody).await;
    assert!(code == 1 && text.contains("there is no such member"), "{text}");
    let (code, text) = place.says(&["audit", "--kind", "feeds_rebuilt"], &[]).await;
    assert_eq!((code, text.as_str()), (0, ""), "nothing is noted about nobody");
}
