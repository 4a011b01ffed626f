//! `daemun audit`: what operators read beside a program that serves.

use serde_json::Value;

use crate::process::{Place, callback, foreign_providers};

#[tokio::test]
async fn s_log_4_operators_read_the_audit_log_while_the_program_serves() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let member = browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();

    let says = async |arguments: &[&str]| {
        let output = place.command().arg("audit").args(arguments).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    };
    let (code, text) = says(&["--json", "--member", &member, "--kind", "sign_in", "--since", "1h"]).await;
    assert_eq!((code, text.lines().count()), (0, 1), "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&line["outcome"], &line["provider"]), (&"success".into(), &"google".into()));
    assert_eq!((&line["member"], &line["network"]), (&member.as_str().into(), &"127.0.0.0/24".into()));
    let (code, text) = says(&[]).await;
    assert!(code == 0 && text.lines().last().unwrap().contains(&member), "{text}");
    for (arguments, allowed) in [
        (["--kind", "nothing"], "token_reuse"),
        (["--since", "soon"], "not a number with a unit"),
        (["--member", "somebody"], "--member"),
        (["--limit", "many"], "--limit"),
    ] {
        let (code, text) = says(&arguments).await;
        assert!(code == 2 && text.contains(allowed), "{text}");
    }
    process.stop().await;
}
