//! `daemun audit`: what operators read beside a program that serves.

use serde_json::Value;

use crate::process::place_with_member;

#[tokio::test]
async fn s_log_4_operators_read_the_audit_log_while_the_program_serves() {
    let (place, _simulators, process, browser) = place_with_member().await;
    let member = browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();

    let says = async |arguments: &[&str]| place.says(&["audit"], arguments).await;
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
