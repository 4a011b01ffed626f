//! `kill -9`: a program that writes and sends mails is killed again and again; the mailbox holds each mail once.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DatabaseUrl};
use jobs::WorkerSettings;
use kernel::{KeyRing, MasterKey, OsRandomness, Randomness as _, SystemClock};
use names::Language;
use notifications::{Mail, MailTemplate, Mails, Sender, Transport};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, address, origin};

const URL: &str = "DAEMUN_KILLED_PROGRAM_URL";
const KEY: &str = "DAEMUN_KILLED_PROGRAM_KEY";
const LIVES: u32 = 20;

#[tokio::test]
async fn killed_at_random_moments_it_loses_no_mail_and_doubles_none() {
    for scene in Scene::both().await {
        for _ in 0..LIVES {
            live_and_be_killed(&scene).await;
        }
        // The dead took the machine's time, which lies ahead of the scene's: whatever they held is free after this.
        scene.clock.advance(Duration::from_hours(24 * 3650));
        while scene.send_all().await.done > 0 {}
        let written = scene.column("SELECT id FROM jobs ORDER BY id").await;
        let arrived = scene.column("SELECT id FROM mailbox_mails ORDER BY id").await;
        assert_eq!(arrived, written, "each mail is there once, and no other does");
        assert!(written.len() > LIVES as usize, "only {} mails: the program hardly lived", written.len());
    }
}

/// Starts the program, waits until it did a random number of things, and kills it.
async fn live_and_be_killed(scene: &Scene) {
    let url = match scene.db.url() {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Mysql(url) => url.to_string(),
    };
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::the_program", "--ignored", "--nocapture"])
        .env(URL, url)
        .env(KEY, scene.master.text())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut chance = [0];
    OsRandomness.fill(&mut chance);
    let mut things = u32::from(chance[0] % 25);
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == "written" || line == "sent" {
            things = things.saturating_sub(1);
        }
        if line == "written" && things == 0 {
            break;
        }
    }
    program.kill().await.unwrap();
}

/// Not a test: the program that the test above kills.
#[tokio::test]
#[ignore = "started by the test beside it"]
async fn the_program() {
    let url = DatabaseUrl::parse(&std::env::var(URL).unwrap()).unwrap();
    let key = MasterKey::parse(&std::env::var(KEY).unwrap()).unwrap();
    let db = Database::open(&url).await.unwrap();
    let ring = Arc::new(KeyRing::new(vec![key]).unwrap());
    let mails = Mails::new(ring, Arc::new(SystemClock), Arc::new(OsRandomness));
    let settings = WorkerSettings { batch: 3, lease: Duration::from_secs(1), ..Sender::SETTINGS };
    let sender = Sender::new(db.clone(), mails.clone(), origin(), Transport::Mailbox, settings);
    tokio::spawn(sender.clone().run(CancellationToken::new()));
    let to = address("minji@example.com");
    loop {
        let mut tx = db.begin().await.unwrap();
        let mail = Mail {
            to: &to,
            language: Language::Korean,
            template: &MailTemplate::Welcome,
            idempotency_key: None,
        };
        mails.enqueue(&mut tx, mail).await.unwrap();
        tx.commit().await.unwrap();
        println!("written");
        if sender.round().await.unwrap().done > 0 {
            println!("sent");
        }
    }
}
