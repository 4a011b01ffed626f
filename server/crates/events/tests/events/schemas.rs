//! Events and the schemas in `docs/events/` say the same.

use std::net::IpAddr;

use boon::{Compiler, Schemas};
use events::{
    Event, EventError, PasswordReset, Payload, PostCreated, PostDeleted, Topic, UserFollowed, UserLogin,
    UserSignup, UserUnfollowed,
};
use kernel::id::Uuid;
use kernel::{Clock as _, Timestamp};
use names::{MemberId, ProviderName, SignInMethod};
use serde_json::{Value, json};
use testkit::{HandClock, SeededRandomness};

/// What makes an event none.
type Change = fn(&mut Value);

fn schema_of(topic: Topic) -> String {
    format!("{}/../../../docs/events/{topic}.schema.json", env!("CARGO_MANIFEST_DIR"))
}

/// Whether `event` is what the topic's schema describes.
fn valid(topic: Topic, event: &Value) -> Result<(), String> {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema_of(topic)).unwrap()).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("urn:schema", schema).unwrap();
    let schema = compiler.compile("urn:schema", &mut schemas).unwrap();
    schemas.validate(event, schema).map_err(|error| error.to_string())
}

/// With `UPDATE=1` it is written what the list of sign-in methods has.
#[test]
fn the_schemas_name_every_sign_in_method() {
    let uuid = MemberId::from_uuid(Uuid::from_u128(7));
    let named = SignInMethod::ALL.map(|signup_method| {
        let (email, nickname, created_at) = (None, String::new(), Timestamp::from_millis(0));
        let payload = UserSignup { uuid, email, nickname, signup_method, created_at };
        let event = Event::new(payload, &HandClock::default(), &SeededRandomness::new(1));
        let event: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
        event["payload"]["signupMethod"].clone()
    });
    let lines: Vec<_> = named.iter().map(|name| format!("            {name}")).collect();
    let expected = format!("\"enum\": [\n{}\n          ]", lines.join(",\n"));
    for (topic, field) in [(Topic::UserSignup, "signupMethod"), (Topic::UserLogin, "loginMethod")] {
        let path = schema_of(topic);
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, after) = text.split_once(&format!("\"{field}\": {{")).unwrap();
        let (head, tail) = after.split_once("\"enum\": [").unwrap();
        let (_, rest) = tail.split_once(']').unwrap();
        let whole = format!("{before}\"{field}\": {{{head}{expected}{rest}");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, whole).unwrap();
        } else {
            assert_eq!(text, whole, "UPDATE=1 writes docs/events");
        }
    }
}

/// Every event that the program can publish: each kind by each way, with and without an address, at the edges.
pub fn all() -> Vec<Event> {
    let (clock, randomness) = (HandClock::default(), SeededRandomness::new(1));
    let uuid = MemberId::from_uuid(Uuid::from_u128(0x0192_3456_789a_7bcd_8ef0_1234_5678_9abc));
    let now = Timestamp::from_millis(clock.now().millis() + 999);
    let long = "\u{1}글🚪".repeat(1000);
    let mut payloads: Vec<Payload> = Vec::new();
    for email in [None, Some("member@example.com".to_owned()), Some(format!("{}@a.kr", "m".repeat(400)))] {
        payloads.push(PasswordReset { uuid, email: email.clone(), requested_at: now }.into());
        for method in SignInMethod::ALL {
            for text in ["", "문지기", &long] {
                let (email, nickname) = (email.clone(), text.to_owned());
                payloads.push(
                    UserSignup { uuid, email, nickname, signup_method: method, created_at: now }.into(),
                );
            }
            for address in ["203.0.113.9", "2001:db8::7", "::ffff:203.0.113.9"] {
                payloads.push(
                    UserLogin {
                        uuid,
                        email: email.clone(),
                        login_method: method,
                        ip_address: address.parse::<IpAddr>().unwrap(),
                        user_agent: long.clone(),
                    }
                    .into(),
                );
            }
        }
    }
    let (post_id, followee) = (Uuid::from_u128(8), MemberId::from_uuid(Uuid::from_u128(9)));
    payloads.extend([
        PostCreated { uuid, post_id, created_at: now }.into(),
        PostDeleted { uuid, post_id, deleted_at: now }.into(),
        UserFollowed { uuid, followee, followed_at: now }.into(),
        UserUnfollowed { uuid, followee, unfollowed_at: now }.into(),
    ]);
    payloads.into_iter().map(|payload| Event::new(payload, &clock, &randomness)).collect()
}

#[test]
fn s_evt_5_every_event_is_what_its_closed_schema_describes_and_reads_back_as_it_was() {
    for event in all() {
        let text = event.to_json().unwrap();
        assert!(text.len() <= events::MAX_BODY_BYTES, "{} bytes", text.len());
        valid(event.topic(), &serde_json::from_str(&text).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Event::parse(event.topic(), &text).unwrap(), event);
        for other in Topic::ALL.iter().copied().filter(|topic| *topic != event.topic()) {
            assert!(Event::parse(other, &text).is_err());
        }
    }
}

#[test]
fn the_json_is_exactly_that_of_the_contract() {
    let (clock, randomness) = (HandClock::default(), SeededRandomness::new(1));
    let uuid = MemberId::from_uuid(Uuid::from_u128(7));
    let event = |payload: Payload| -> Value {
        let event = Event::new(payload, &clock, &randomness);
        let mut json: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
        assert_eq!(json["eventId"], event.id().to_string());
        json.as_object_mut().unwrap().remove("eventId");
        json
    };
    let email = Some("member@example.com".to_owned());
    let at = Timestamp::from_millis(clock.now().millis() + 789);
    assert_eq!(
        event(
            UserSignup {
                uuid,
                email: email.clone(),
                nickname: "문지기".into(),
                signup_method: SignInMethod::Password,
                created_at: at
            }
            .into()
        ),
        json!({"eventType": "USER_SIGNUP", "timestamp": "2026-01-18T12:34:56Z", "payload": {
            "uuid": "00000000-0000-0000-0000-000000000007", "email": "member@example.com", "nickname": "문지기",
            "signupMethod": "EMAIL", "createdAt": "2026-01-18T12:34:56Z"}})
    );
    assert_eq!(
        event(
            UserLogin {
                uuid,
                email: None,
                login_method: SignInMethod::Provider(ProviderName::Kakao),
                ip_address: "::ffff:203.0.113.9".parse().unwrap(),
                user_agent: "browser".into()
            }
            .into()
        ),
        json!({"eventType": "USER_LOGIN", "timestamp": "2026-01-18T12:34:56Z", "payload": {
            "uuid": "00000000-0000-0000-0000-000000000007", "email": null, "loginMethod": "KAKAO",
            "ipAddress": "203.0.113.9", "userAgent": "browser"}})
    );
    assert_eq!(
        event(PasswordReset { uuid, email, requested_at: at }.into()),
        json!({"eventType": "PASSWORD_RESET", "timestamp": "2026-01-18T12:34:56Z", "payload": {
            "uuid": "00000000-0000-0000-0000-000000000007", "email": "member@example.com",
            "requestedAt": "2026-01-18T12:34:56Z"}})
    );
    let (post_id, followee) = (Uuid::from_u128(8), MemberId::from_uuid(Uuid::from_u128(9)));
    for (payload, name, what, id, when) in [
        (PostCreated { uuid, post_id, created_at: at }.into(), "POST_CREATED", "postId", 8, "createdAt"),
        (PostDeleted { uuid, post_id, deleted_at: at }.into(), "POST_DELETED", "postId", 8, "deletedAt"),
        (
            UserFollowed { uuid, followee, followed_at: at }.into(),
            "USER_FOLLOWED",
            "followee",
            9,
            "followedAt",
        ),
        (
            UserUnfollowed { uuid, followee, unfollowed_at: at }.into(),
            "USER_UNFOLLOWED",
            "followee",
            9,
            "unfollowedAt",
        ),
    ] {
        assert_eq!(
            event(payload),
            json!({"eventType": name, "timestamp": "2026-01-18T12:34:56Z", "payload": {
                "uuid": "00000000-0000-0000-0000-000000000007", what: format!("00000000-0000-0000-0000-00000000000{id}"),
                when: "2026-01-18T12:34:56Z"}})
        );
    }
}

#[test]
fn s_evt_7_what_is_not_exactly_an_event_is_refused_by_schema_and_reader_alike() {
    let events = all();
    let newest = events.len() - 4;
    for event in events.iter().step_by(7).chain(&events[newest..]) {
        let topic = event.topic();
        let good: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
        let changes: [(&str, Change); 9] = [
            ("a field more", |event| event["role"] = json!("ADMIN")),
            ("a field more in the payload", |event| event["payload"]["token"] = json!("secret")),
            ("no id", |event| drop(event.as_object_mut().unwrap().remove("eventId"))),
            ("an id without its prefix", |event| {
                event["eventId"] = json!(event["eventId"].as_str().unwrap()[4..]);
            }),
            ("no address, not even null, or nobody and nothing that it is about", |event| {
                for field in ["email", "postId", "followee"] {
                    drop(event["payload"].as_object_mut().unwrap().remove(field));
                }
            }),
            ("another type", |event| event["eventType"] = json!("USER_PROMOTED")),
            ("a time with a fraction", |event| event["timestamp"] = json!("2026-01-18T12:34:56.789Z")),
            ("a time elsewhere", |event| event["timestamp"] = json!("2026-01-18T21:34:56+09:00")),
            ("a member that is none", |event| event["payload"]["uuid"] = json!("me")),
        ];
        for (name, change) in changes {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(valid(topic, &bad).is_err(), "the schema of {topic} lets through {name}");
            assert!(
                Event::parse(topic, &bad.to_string()).is_err(),
                "the reader of {topic} lets through {name}"
            );
        }
        let padded = format!("{good}{}", " ".repeat(events::MAX_BODY_BYTES));
        assert!(matches!(Event::parse(topic, &padded), Err(EventError::TooLong { .. })));
    }
}
