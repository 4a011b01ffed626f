use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use db::query;
use futures::future::join_all;
use members::{
    Greeting, HashingError, MailboxProofError, Nickname, PasswordSignInError, ProfileChange, ResetError,
};

use crate::people::{context, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn s_acc_12_twenty_sign_ups_at_once_are_one_row() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        let spellings = [HONG, "HONG@example.com", " hong@EXAMPLE.com"];
        let tries = (0..20).map(|n| {
            let stage = stage.clone();
            tokio::spawn(async move { stage.sign_up(spellings[n % 3], PASSWORD).await })
        });
        for result in join_all(tries).await {
            result.unwrap().unwrap();
        }
        assert_eq!(stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 1);
        assert_eq!(stage.count("SELECT COUNT(*) FROM mail_tokens").await, 1);
    }
}

/// A form that was sent twice: nobody else gave a password, so the mail's link is enough.
#[tokio::test(flavor = "multi_thread")]
async fn s_acc_12_sign_ups_at_once_with_one_password_need_no_password_at_their_proof() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        let tries = [(); 4].map(|()| {
            let stage = stage.clone();
            tokio::spawn(async move { stage.sign_up(HONG, PASSWORD).await })
        });
        for result in join_all(tries).await {
            result.unwrap().unwrap();
        }
        let proof = stage.newest_mail(HONG).await.token();
        stage.members.mailbox_proofs.prove_mailbox(&proof, None, &context("203.0.113.9")).await.unwrap();
        assert!(stage.can_sign_in(HONG, PASSWORD).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_acc_12_of_sign_ups_at_once_with_two_passwords_the_proof_includes_the_last_one() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        let tries = [PASSWORD, OTHER_PASSWORD].map(|secret| {
            let stage = stage.clone();
            tokio::spawn(async move { stage.sign_up(HONG, secret).await })
        });
        for result in join_all(tries).await {
            result.unwrap().unwrap();
        }
        let proof = stage.newest_mail(HONG).await.token();
        let proofs = &stage.members.mailbox_proofs;
        let refused = proofs.prove_mailbox(&proof, None, &context("203.0.113.9")).await;
        assert!(matches!(refused, Err(MailboxProofError::PasswordNeeded(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_mail_2_twenty_uses_of_a_proof_make_one_member() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        let (mail, stage) = (stage.newest_mail(HONG).await, Arc::new(stage));
        let tries = (0..20).map(|n| {
            let (mail, stage) = (mail.clone(), stage.clone());
            tokio::spawn(async move {
                let proof = if n % 4 == 0 { mail.code() } else { mail.token() };
                stage.members.mailbox_proofs.prove_mailbox(&proof, None, &context("203.0.113.9")).await
            })
        });
        let results = join_all(tries).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(
            results.iter().all(|result| matches!(result, Ok(_) | Err(MailboxProofError::BadProof(_)))),
            "{results:?}"
        );
        assert_eq!(stage.count("SELECT COUNT(*) FROM members").await, 1);
        assert_eq!(stage.count("SELECT COUNT(*) FROM outbox_events").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_mail_2_twenty_uses_of_a_reset_change_the_password_once() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        stage.ask_reset(HONG).await;
        let (mail, stage) = (stage.newest_mail(HONG).await, Arc::new(stage));
        let tries = (0..20).map(|_| {
            let (mail, stage) = (mail.clone(), stage.clone());
            tokio::spawn(async move {
                stage
                    .members
                    .password_resets
                    .reset(&mail.token(), password(OTHER_PASSWORD), &context("203.0.113.9"))
                    .await
            })
        });
        let results = join_all(tries).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(
            results.iter().all(|result| matches!(result, Ok(()) | Err(ResetError::BadProof(_)))),
            "{results:?}"
        );
        let told = stage.kinds(HONG).await.iter().filter(|kind| *kind == "password-changed").count();
        assert_eq!(told, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_codes_are_tried_however_many_come_at_once() {
    for stage in Stage::both().await {
        stage.sign_up(HONG, PASSWORD).await.unwrap();
        let (mail, stage) = (stage.newest_mail(HONG).await, Arc::new(stage));
        let tries = (0..9).map(|n| {
            let (mail, stage) = (mail.clone(), stage.clone());
            tokio::spawn(async move {
                let from = context(&format!("203.0.113.{n}"));
                stage.members.mailbox_proofs.prove_mailbox(&mail.wrong_code(), None, &from).await
            })
        });
        for result in join_all(tries).await {
            assert!(matches!(result.unwrap(), Err(MailboxProofError::BadProof(_))));
        }
        assert_eq!(stage.count("SELECT code_attempts FROM mail_tokens").await, 9, "each was counted");
        let right =
            stage.members.mailbox_proofs.prove_mailbox(&mail.code(), None, &context("203.0.113.99")).await;
        assert!(matches!(right, Err(MailboxProofError::BadProof(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_acc_5_two_hundred_sign_ins_at_once_leave_the_runtime_free() {
    let stage = Arc::new(Stage::at_real_cost().await);
    stage.member(HONG).await;
    let tries = (0..200).map(|n| {
        let stage = stage.clone();
        let from = context(&format!("203.0.113.{n}"));
        let address = format!("member{n}@example.com");
        tokio::spawn(
            async move { stage.members.password_sign_in.authenticate(&address, PASSWORD, &from).await },
        )
    });
    let mut tries = std::pin::pin!(join_all(tries));
    let mut slowest = Duration::ZERO;
    let results = loop {
        let before = std::time::Instant::now();
        tokio::select! {
            biased;
            results = &mut tries => break results,
            () = tokio::time::sleep(Duration::from_millis(1)) => {
                slowest = slowest.max(before.elapsed());
            }
        }
    };
    let busy = results
        .iter()
        .filter(|result| matches!(result, Ok(Err(PasswordSignInError::Hashing(HashingError::Busy)))))
        .count();
    println!("of 200 at once {busy} were told to come back; the runtime waited {slowest:?} at most");
    assert!(busy >= 200 - 64 - 64, "{busy}");
    assert!(slowest < Duration::from_millis(500), "a worker was held: {slowest:?}");
    assert!(results.iter().all(|result| {
        matches!(
            result,
            Ok(
                Err(PasswordSignInError::Hashing(HashingError::Busy) | PasswordSignInError::BadCredentials(_))
            )
        )
    }));
}

/// To hold the row of a member and to read it is one statement.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_waits_for_a_change_of_its_member_and_sees_it() {
    const CHANGES: [(&str, Option<&str>); 2] = [
        ("UPDATE members SET nickname = '새 이름' WHERE id = ?", Some("새 이름")),
        ("UPDATE members SET status = 'disabled' WHERE id = ?", None),
    ];
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        for (change, nickname) in CHANGES {
            let sign_ins = stage.members.password_sign_in.clone();
            let authenticated = sign_ins.authenticate(HONG, PASSWORD, &context("203.0.113.9")).await.unwrap();
            let mut changing = stage.database.begin().await.unwrap();
            let give = "INSERT INTO member_roles (member_id, role, given_at) VALUES (?, 'ROLE_ADMIN', 1)";
            for statement in [change, give].into_iter().take(1 + usize::from(nickname.is_some())) {
                query(statement).bind(member.id.to_string()).execute(&mut *changing).await.unwrap();
            }
            let database = stage.database.clone();
            let mut signing_in = tokio::spawn(async move {
                let mut tx = database.begin().await.unwrap();
                let member =
                    sign_ins.sign_in_by_password(&mut tx, &authenticated, &context("203.0.113.9")).await;
                tx.commit().await.unwrap();
                member
            });
            let early = tokio::time::timeout(Duration::from_millis(200), &mut signing_in).await;
            assert!(early.is_err(), "it did not wait for {change}: {early:?}");
            changing.commit().await.unwrap();
            let signed_in = signing_in.await.unwrap();
            match nickname {
                Some(nickname) => {
                    let member = signed_in.unwrap();
                    assert_eq!(member.nickname, nickname);
                    assert!(member.has_role("ROLE_ADMIN"), "what was given meanwhile is theirs: {member:?}");
                }
                None => assert!(matches!(signed_in, Err(PasswordSignInError::BadCredentials(_)))),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_fields_of_a_profile_that_change_at_once_none_is_lost() {
    for stage in Stage::both().await {
        let (member, stage) = (stage.member(HONG).await.id, Arc::new(stage));
        for round in 0..5 {
            let (nickname, greeting) = (format!("이름 {round}"), format!("인사 {round}"));
            let of_nickname = ProfileChange { nickname: Nickname::parse(&nickname), greeting: None };
            let of_greeting = ProfileChange { nickname: None, greeting: Greeting::parse(&greeting) };
            let changes = [of_nickname, of_greeting].map(|change| {
                let stage = stage.clone();
                tokio::spawn(async move {
                    stage.members.profiles.change_profile(member, &change, &context("203.0.113.9")).await
                })
            });
            for changed in join_all(changes).await {
                changed.unwrap().unwrap();
            }
            let mut reader = stage.database.read().await.unwrap();
            let now = members::find(&mut reader, member).await.unwrap().unwrap();
            assert_eq!((now.nickname, now.greeting), (nickname, greeting));
        }
    }
}

/// One pixel, as PNG.
const PIXEL: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0dIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82";

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_pictures_at_once_one_stays_and_none_fails() {
    for stage in Stage::both().await {
        let (member, stage) = (stage.member(HONG).await.id, Arc::new(stage));
        let here = context("203.0.113.9");
        for _ in 0..3 {
            let uploads = [(); 2].map(|()| {
                let stage = stage.clone();
                tokio::spawn(async move {
                    let file = Bytes::from_static(PIXEL);
                    stage.members.pictures.set_picture(member, file, &context("203.0.113.9")).await
                })
            });
            for uploaded in join_all(uploads).await {
                uploaded.unwrap().unwrap();
            }
            assert_eq!(stage.count("SELECT COUNT(*) FROM member_pictures").await, 1);
            stage.members.pictures.remove_picture(member, &here).await.unwrap();
        }
    }
}
