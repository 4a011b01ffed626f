//! A real mail server at the other end: delivered, refused, gone, silent.

use std::collections::BTreeSet;
use std::time::Duration;

use jobs::Round;
use notifications::{MailTemplate, Sender};
use tokio::net::TcpListener;

use crate::scene::{Scene, reset, smtp, smtp_from};
use crate::smtp_server::{Manners, SmtpServer};

const SENT: Round = Round { done: 1, postponed: 0, dead: 0 };
const POSTPONED: Round = Round { done: 0, postponed: 1, dead: 0 };
const FAILED: Round = Round { done: 0, postponed: 0, dead: 1 };
const NOTHING: Round = Round { done: 0, postponed: 0, dead: 0 };

/// `daemun:secret` for `AUTH PLAIN` (RFC 4616).
const PASSWORD: &str = "AGRhZW11bgBzZWNyZXQ=";

#[tokio::test]
async fn s_key_6_a_mail_goes_out_by_tls_with_the_password() {
    for scene in Scene::both().await {
        let manners = Manners { starttls: true, password: Some(PASSWORD), ..Manners::default() };
        let server = SmtpServer::start("localhost", manners).await;
        scene.enqueue("minji@example.com", &reset(), None).await;
        let sender = scene.sender(smtp(&server.starttls_url("daemun:secret@"), Some(&server.authority)));
        assert_eq!(sender.round().await.unwrap(), SENT);
        let [mail] = &server.taken()[..] else { panic!("{:?}", server.taken()) };
        assert!(mail.encrypted && mail.signed_in);
        assert_eq!(mail.recipient, "<minji@example.com>");
        assert_eq!(mail.header("To"), "minji@example.com");
        assert_eq!(mail.header("From"), "Daemun <daemun@login.example>");
        assert_eq!(mail.header("Subject"), "Choose a new password");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert!(mail.header("Date").contains("18 Jan 2026 12:34:56"), "{}", mail.header("Date"));
        let id = scene.column("SELECT id FROM jobs").await.remove(0);
        assert_eq!(mail.header("Message-ID"), format!("<{id}@login.example>"));
        for part in ["multipart/alternative", "text/plain", "text/html"] {
            assert!(mail.data.contains(part), "{part}");
        }
        assert_eq!(scene.states().await, ["done"]);
    }
}

#[tokio::test]
async fn a_sender_of_any_script_is_taken_by_a_server_that_knows_ascii_only() {
    for (from, header, domain) in [
        (
            "대문(Daemun) <a@login.example>",
            "=?utf-8?b?64yA66y4KERhZW11bik=?= <a@login.example>",
            "login.example",
        ),
        (
            "Daemun (team) <a@login.example>",
            "=?utf-8?b?RGFlbXVuICh0ZWFtKQ==?= <a@login.example>",
            "login.example",
        ),
        ("a@대문.한국", "a@xn--vk1bx9m.xn--3e0b707e", "xn--vk1bx9m.xn--3e0b707e"),
    ] {
        let scene = Scene::sqlite().await;
        let server = SmtpServer::start("localhost", Manners { starttls: true, ..Manners::default() }).await;
        scene.enqueue("minji@example.com", &reset(), None).await;
        let sender = scene.sender(smtp_from(from, &server.starttls_url(""), Some(&server.authority)));
        assert_eq!(sender.round().await.unwrap(), SENT, "{from}");
        let [mail] = &server.taken()[..] else { panic!("{:?}", server.taken()) };
        assert_eq!(mail.header("From"), header);
        assert!(mail.header("Message-ID").ends_with(&format!("@{domain}>")));
        assert!(server.heard(&format!("MAIL FROM:<a@{domain}>")) && server.heard(&format!("EHLO {domain}")));
    }
}

#[tokio::test]
async fn s_key_6_a_server_without_starttls_gets_no_mail_and_no_password() {
    let scene = Scene::sqlite().await;
    let server =
        SmtpServer::start("localhost", Manners { password: Some(PASSWORD), ..Manners::default() }).await;
    scene.enqueue("minji@example.com", &reset(), None).await;
    let sender = scene.sender(smtp(&server.starttls_url("daemun:secret@"), Some(&server.authority)));
    assert_eq!(sender.round().await.unwrap(), POSTPONED);
    assert!(server.heard("EHLO"), "the control");
    assert!(!server.heard("AUTH") && !server.heard("MAIL"));
}

#[tokio::test]
async fn s_key_6_a_certificate_with_another_name_or_authority_is_refused() {
    let scene = Scene::sqlite().await;
    let manners = || Manners { starttls: true, ..Manners::default() };
    let (right, wrong) = (
        SmtpServer::start("localhost", manners()).await,
        SmtpServer::start("other.example", manners()).await,
    );
    scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
    for (server, authority) in
        [(&wrong, Some(wrong.authority.as_str())), (&right, Some(wrong.authority.as_str())), (&right, None)]
    {
        let sender = scene.sender(smtp(&server.starttls_url(""), authority));
        assert_eq!(sender.round().await.unwrap(), POSTPONED);
        scene.clock.advance(Duration::from_hours(1));
    }
    assert!(right.taken().is_empty() && wrong.taken().is_empty());
    let sender = scene.sender(smtp(&right.starttls_url(""), Some(&right.authority)));
    assert_eq!(sender.round().await.unwrap(), SENT, "the control");
}

#[tokio::test]
async fn what_the_server_puts_off_is_sent_later_with_pauses_that_grow() {
    for scene in Scene::both().await {
        let server =
            SmtpServer::start("localhost", Manners { answers: [451, 421].into(), ..Manners::default() })
                .await;
        let sender = scene.sender(smtp(&server.plain_url(), None));
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
        assert_eq!(sender.round().await.unwrap(), POSTPONED);
        assert_eq!(sender.round().await.unwrap(), NOTHING, "not before its time");
        scene.clock.advance(Duration::from_secs(15));
        assert_eq!(sender.round().await.unwrap(), POSTPONED);
        scene.clock.advance(Duration::from_secs(29));
        assert_eq!(sender.round().await.unwrap(), NOTHING);
        scene.clock.advance(Duration::from_secs(1));
        assert_eq!(sender.round().await.unwrap(), SENT);
        assert_eq!(server.taken().len(), 1);
    }
}

#[tokio::test]
async fn s_mail_12_what_the_server_refuses_for_good_is_given_up_and_its_link_forgotten() {
    for scene in Scene::both().await {
        let server =
            SmtpServer::start("localhost", Manners { answers: [550].into(), ..Manners::default() }).await;
        let sender = scene.sender(smtp(&server.plain_url(), None));
        scene.enqueue("nobody@example.com", &reset(), None).await;
        scene.enqueue("minji@example.com", &reset(), None).await;
        let round = sender.round().await.unwrap();
        assert_eq!((round.done, round.dead), (1, 1), "the others go out");
        scene.clock.advance(Duration::from_hours(24));
        assert_eq!(sender.round().await.unwrap(), NOTHING);
        let wiped = "SELECT id FROM jobs WHERE sealed IS NULL";
        assert_eq!(scene.column(wiped).await.len(), 2);
    }
}

#[tokio::test]
async fn a_wrong_password_of_ours_is_no_fault_of_the_mail() {
    let scene = Scene::sqlite().await;
    let manners = Manners { starttls: true, password: Some("other"), ..Manners::default() };
    let server = SmtpServer::start("localhost", manners).await;
    let sender = scene.sender(smtp(&server.starttls_url("daemun:secret@"), Some(&server.authority)));
    scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await;
    assert_eq!(sender.round().await.unwrap(), POSTPONED);
    server.change(|manners| manners.password = Some(PASSWORD));
    scene.clock.advance(Duration::from_secs(15));
    assert_eq!(sender.round().await.unwrap(), SENT);
}

/// An operator corrects `mail.from`, or what the server permits, and nothing is lost.
#[tokio::test]
async fn a_refusal_of_our_sender_or_of_us_is_no_fault_of_the_mail() {
    let refusals = [
        Manners { sender: Some(550), ..Manners::default() },
        Manners { sender: Some(553), ..Manners::default() },
        Manners { greeting: Some(554), ..Manners::default() },
        Manners { answers: [554].into(), saying: "5.7.1 Relay access denied ", ..Manners::default() },
    ];
    for manners in refusals {
        let scene = Scene::sqlite().await;
        let server = SmtpServer::start("localhost", manners).await;
        let sender = scene.sender(smtp(&server.plain_url(), None));
        scene.enqueue("minji@example.com", &reset(), None).await;
        assert_eq!(sender.round().await.unwrap(), POSTPONED);
        server.change(|manners| *manners = Manners::default());
        scene.clock.advance(Duration::from_secs(15));
        assert_eq!(sender.round().await.unwrap(), SENT);
    }
}

#[tokio::test]
async fn a_server_that_is_away_fails_nobody_and_a_mail_is_given_up_at_last() {
    let scene = Scene::sqlite().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sender = scene.sender(smtp(&format!("smtp://127.0.0.1:{}", free.port()), None));
    assert!(
        scene.enqueue("minji@example.com", &MailTemplate::Welcome, None).await,
        "nothing waits for the server"
    );
    for _ in 1..Sender::SETTINGS.attempts {
        assert_eq!(sender.round().await.unwrap(), POSTPONED);
        scene.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(sender.round().await.unwrap(), FAILED);
    scene.clock.advance(Duration::from_hours(1));
    assert_eq!(sender.round().await.unwrap(), NOTHING);
    assert_eq!(scene.states().await, ["dead"]);
}

#[tokio::test]
async fn several_senders_send_each_mail_once() {
    for scene in Scene::both().await {
        let server = SmtpServer::start("localhost", Manners::default()).await;
        for number in 0..40 {
            scene.enqueue(&format!("m{number}@example.com"), &MailTemplate::Welcome, None).await;
        }
        let senders = [0; 3].map(|_| scene.sender(smtp(&server.plain_url(), None)));
        let work = senders.iter().map(|sender| async move {
            let mut sent = 0;
            loop {
                let round = sender.round().await.unwrap();
                sent += round.done;
                if round == NOTHING {
                    return sent;
                }
            }
        });
        let sent: u32 = futures::future::join_all(work).await.iter().sum();
        let taken = server.taken();
        let recipients: BTreeSet<_> = taken.iter().map(|mail| &mail.recipient).collect();
        assert_eq!((sent, taken.len(), recipients.len()), (40, 40, 40));
    }
}

/// The server has the mail, the sender dies before it can say so.
#[tokio::test]
async fn a_mail_that_is_sent_again_after_a_crash_can_be_recognised() {
    for scene in Scene::both().await {
        let server =
            SmtpServer::start("localhost", Manners { falls_silent: true, ..Manners::default() }).await;
        scene.enqueue("minji@example.com", &reset(), None).await;
        let dying = scene.sender(smtp(&server.plain_url(), None));
        let dying = tokio::spawn(async move { dying.round().await });
        server.took().await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        server.change(|manners| manners.falls_silent = false);
        let other = scene.sender(smtp(&server.plain_url(), None));
        assert_eq!(other.round().await.unwrap(), NOTHING, "the lease holds");
        scene.clock.advance(Sender::SETTINGS.lease);
        assert_eq!(other.round().await.unwrap(), SENT);
        let [first, second] = &server.taken()[..] else { panic!("{:?}", server.taken()) };
        for header in ["Message-ID", "Date", "To", "Subject"] {
            assert_ne!(first.header(header), "");
            assert_eq!(first.header(header), second.header(header));
        }
    }
}
