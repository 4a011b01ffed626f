use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    name: Option<String>,
    #[serde(default)]
    count: u8,
}

/// Like the forms of pages: additional fields are ignored.
#[derive(Debug, Deserialize)]
struct Open {
    return_to: String,
}

fn request(kind: &str, body: impl Into<Body>) -> Request {
    Request::post("/").header("content-type", kind).body(body.into()).unwrap()
}

async fn read(kind: &str, body: &str) -> Result<Call, Refusal> {
    StrictBody::from_request(request(kind, body.to_owned()), &()).await.map(|StrictBody(call)| call)
}

/// The status, and the field with what is allowed there.
fn told(refusal: Refusal) -> (u16, String) {
    let status = refusal.status().as_u16();
    let fields: Vec<_> = refusal
        .mark()
        .fields
        .iter()
        .map(|problem| format!("{}: {}", problem.field, problem.allowed))
        .collect();
    assert!(status != 400 || refusal.code() == "VALIDATION_FAILED");
    assert_eq!(refusal.into_response().status().as_u16(), status);
    (status, fields.join("; "))
}

#[tokio::test]
async fn s_acc_13_a_body_is_closed_and_no_member_comes_twice() {
    let json = read("application/json; charset=utf-8", r#"{"name":"a","count":7}"#).await.unwrap();
    assert_eq!((json.name.as_deref(), json.count), (Some("a"), 7));
    let none = read("application/json", r#"{"name":null}"#).await.unwrap();
    assert_eq!((none.name, none.count), (None, 0));
    let form = read("application/x-www-form-urlencoded", "name=%EA%B0%80").await.unwrap();
    assert_eq!(form.name.as_deref(), Some("가"));
    assert!(read("application/x-www-form-urlencoded", "").await.unwrap().name.is_none());
    let deep = "[".repeat(10_000);
    let only = "role: only `name`, `count`";
    for (bad, field) in [
        (r#"{"name":"a","role":"x"}"#, only),
        (r#"{"name":"a","name":"b"}"#, "name: at most once"),
        (r#"{"name":"a","\u006eame":"b"}"#, "name: at most once"),
        (r#"{"name":1}"#, "name: a string"),
        (r#"{"name":["hunter2"]}"#, "name: a string"),
        (r#"{"name":{"hunter2":1}}"#, "name: a string"),
        (r#"{"count":"hunter2"}"#, "count: u8"),
        (r#"{"count":256}"#, "count: u8"),
        (r#"{"hunter 2":"hunter2"}"#, "?: only `name`, `count`"),
        (r#"{"name":"a"} x"#, ""),
        ("[]", ""),
        ("", ""),
        (&deep, ""),
    ] {
        let refusal = read("application/json", bad).await.unwrap_err();
        assert!(!format!("{refusal:?}").contains("hunter"), "{refusal:?}");
        assert_eq!(told(refusal), (400, field.to_owned()), "{bad:.40}");
    }
    for (bad, field) in [("name=a&name=b", "name: at most once"), ("name=a&role=x", only)] {
        let refusal = read("application/x-www-form-urlencoded", bad).await.unwrap_err();
        assert_eq!(told(refusal), (400, field.to_owned()), "{bad}");
    }
    let many = (0..100).fold(String::new(), |form, n| form + &format!("f{n}=1&"));
    assert_eq!(told(read("application/x-www-form-urlencoded", &many).await.unwrap_err()).0, 400);
    let other = read("text/plain", "{}").await.unwrap_err();
    assert_eq!(other.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(MAX_CALL_BYTES));
    let large = read("application/json", &large).await.unwrap_err();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn fields_are_decoded_once_and_a_form_may_have_more_of_them() {
    let form = "return_to=%2Fme%3Fa%3D%252F&csrfToken=1";
    let form =
        StrictForm::<Open>::from_request(request("application/x-www-form-urlencoded", form), &()).await;
    assert_eq!(form.unwrap().0.return_to, "/me?a=%2F");
    for (form, field) in [("a=1&a=2", "a: at most once"), ("a=1", "return_to: it must be sent")] {
        let form =
            StrictForm::<Open>::from_request(request("application/x-www-form-urlencoded", form), &()).await;
        assert_eq!(told(form.unwrap_err()), (400, field.to_owned()));
    }
}

#[tokio::test]
async fn a_call_takes_the_encodings_that_it_says() {
    let json = || request("application/json", r#"{"return_to":"/"}"#);
    let form = || request("application/x-www-form-urlencoded", "return_to=/");
    assert!(StrictJson::<Open>::from_request(json(), &()).await.is_ok());
    assert!(StrictForm::<Open>::from_request(form(), &()).await.is_ok());
    let refused = [
        StrictJson::<Open>::from_request(form(), &()).await.unwrap_err(),
        StrictForm::<Open>::from_request(json(), &()).await.unwrap_err(),
        StrictForm::<Open>::from_request(Request::new(Body::from("return_to=/")), &()).await.unwrap_err(),
        StrictJson::<Open>::from_request(Request::new(Body::empty()), &()).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|refusal| refusal.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE));
}

#[tokio::test]
async fn no_body_at_all_is_a_form_without_fields() {
    let none = || Request::new(Body::empty());
    let StrictBody(call) = StrictBody::<Call>::from_request(none(), &()).await.unwrap();
    assert_eq!((call.name, call.count), (None, 0));
    let lacking = StrictForm::<Open>::from_request(none(), &()).await.unwrap_err();
    assert_eq!(told(lacking).0, 400, "not its type is wrong, a field is missing");
}
