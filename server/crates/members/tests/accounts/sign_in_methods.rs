use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use kernel::Clock as _;
use members::{Caller, Failure, LinkError, Member, MemberObserver, SignInMethodId, UnlinkError};
use names::{MemberId, ProviderName};
use web::guard::Fresh;

use crate::people::{GRANT, context, email, identity, password};
use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage};

/// Signs in by all three providers and a password.
async fn everywhere(stage: &Stage) -> Member {
    let member = stage.member(HONG).await;
    for provider in ProviderName::ALL {
        stage.clock.advance(Duration::from_millis(1));
        stage.link(member.id, &identity(provider, "77", None)).await.unwrap();
    }
    member
}

async fn method(stage: &Stage, member: &Member, provider: ProviderName) -> SignInMethodId {
    let methods = stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries;
    methods.iter().find(|method| method.provider == Some(provider)).unwrap().id
}

#[tokio::test]
async fn s_acc_14_all_methods_are_listed_and_a_link_is_told_by_mail() {
    for stage in Stage::both().await {
        let member = everywhere(&stage).await;
        let methods = stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries;
        let names: Vec<_> =
            methods.iter().map(|method| method.provider.map_or("password", ProviderName::as_str)).collect();
        assert_eq!(names, ["google", "naver", "kakao", "password"]);
        assert_eq!(stage.kinds(HONG).await[1..], ["identity-linked"; 3]);
        assert_eq!(stage.audited("identity_linked", "success").await, 3);
        stage.link(member.id, &identity(ProviderName::Naver, "77", None)).await.unwrap();
        assert_eq!(stage.audited("identity_linked", "success").await, 3, "it was linked already");
        assert!(!stage.dump().await.contains(GRANT), "S-UP-19: grants are sealed");
    }
}

#[tokio::test]
async fn s_acc_14_unlinking_ends_what_came_in_by_it_and_nothing_else() {
    for stage in Stage::both().await {
        let member = everywhere(&stage).await;
        stage.session_by(member.id, "google", 1).await;
        stage.session_by(member.id, "naver", 2).await;
        let google = method(&stage, &member, ProviderName::Google).await;
        let here = context("203.0.113.9");
        stage.members.sign_in_methods.unlink(&stage.fresh(member.id), google, &here).await.unwrap();
        assert_eq!(stage.holder(ProviderName::Google, "77").await, None);
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 1);
        let told = "SELECT COUNT(*) FROM revocations WHERE target = ?";
        assert_eq!(stage.count_where(told, "00000000-0000-0000-0000-000000000001").await, 1);
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "identity-unlinked");
        assert_eq!(stage.audited("identity_unlinked", "success").await, 1);
        let waits = "SELECT COUNT(*) FROM jobs WHERE kind = 'provider-unlink' AND idempotency_key = ?";
        assert_eq!(stage.count_where(waits, "google/77").await, 1, "the provider is still to be told");
        let again = stage.members.sign_in_methods.unlink(&stage.fresh(member.id), google, &here).await;
        assert!(matches!(again, Err(UnlinkError::NotFound(_))));
        stage.link(member.id, &identity(ProviderName::Google, "77", None)).await.unwrap();
        assert_eq!(stage.count_where(waits, "google/77").await, 0, "they came back before");
    }
}

#[tokio::test]
async fn s_acc_14_without_a_fresh_sign_in_nothing_is_unlinked() {
    let stage = Stage::sqlite().await;
    let member = everywhere(&stage).await;
    let google = method(&stage, &member, ProviderName::Google).await;
    let late = stage.caller(member.id);
    let bearer = Caller { authenticated_at: None, ..late.clone() };
    assert!(stage.is_fresh(late.clone()) && !stage.is_fresh(bearer));
    stage.clock.advance(Duration::from_secs(600));
    let just = Fresh::of(late.clone(), stage.clock.now(), names::Level::One).unwrap();
    stage.clock.advance(Duration::from_secs(1));
    assert!(!stage.is_fresh(late), "there is no value with which a sign-in method could be taken away");
    stage.members.sign_in_methods.unlink(&just, google, &context("203.0.113.9")).await.unwrap();
    assert!(stage.holder(ProviderName::Google, "77").await.is_none());
}

#[tokio::test]
async fn s_acc_14_the_last_way_in_stays() {
    for stage in Stage::both().await {
        let here = context("203.0.113.9");
        let member = stage.member(HONG).await;
        let last = stage
            .members
            .sign_in_methods
            .unlink(&stage.fresh(member.id), SignInMethodId::Password, &here)
            .await;
        assert!(matches!(last, Err(UnlinkError::LastSignInMethod(_))));
        stage.link(member.id, &identity(ProviderName::Kakao, "77", None)).await.unwrap();
        stage.session_by(member.id, "kakao", 1).await;
        stage
            .members
            .sign_in_methods
            .unlink(&stage.fresh(member.id), SignInMethodId::Password, &here)
            .await
            .unwrap();
        assert!(!stage.can_sign_in(HONG, PASSWORD).await);
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "identity-unlinked");
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0, "apps and browsers begin again");
        let kakao = method(&stage, &member, ProviderName::Kakao).await;
        let last = stage.members.sign_in_methods.unlink(&stage.fresh(member.id), kakao, &here).await;
        assert!(matches!(last, Err(UnlinkError::LastSignInMethod(_))));
        assert_eq!(stage.audited("identity_unlinked", "failure").await, 2);
        let strangers = stage.sign_in_by_provider(&identity(ProviderName::Naver, "88", None)).await.unwrap();
        let foreign = stage.members.sign_in_methods.unlink(&stage.fresh(strangers.id), kakao, &here).await;
        assert!(matches!(foreign, Err(UnlinkError::NotFound(_))), "S-UP-13: not theirs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_acc_14_two_unlinks_at_once_cannot_remove_both_last_method_count() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..10 {
            let subject = format!("{round}");
            let member =
                stage.sign_in_by_provider(&identity(ProviderName::Google, &subject, None)).await.unwrap();
            stage.link(member.id, &identity(ProviderName::Naver, &subject, None)).await.unwrap();
            let methods = stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries;
            let tries = methods.into_iter().map(|method| {
                let stage = stage.clone();
                let caller = stage.fresh(member.id);
                tokio::spawn(async move {
                    stage.members.sign_in_methods.unlink(&caller, method.id, &context("203.0.113.9")).await
                })
            });
            let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
            assert!(
                results.iter().any(|result| matches!(result, Err(UnlinkError::LastSignInMethod(_)))),
                "{results:?}"
            );
            assert_eq!(stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries.len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_up_13_an_identity_that_two_members_link_at_once_has_one() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        let mut members = Vec::new();
        for subject in ["1", "2", "3", "4"] {
            members.push(
                stage.sign_in_by_provider(&identity(ProviderName::Naver, subject, None)).await.unwrap(),
            );
        }
        let tries = members.into_iter().map(|member| {
            let stage = stage.clone();
            tokio::spawn(async move {
                let wanted = identity(ProviderName::Kakao, "9", None);
                match stage.link(member.id, &wanted).await {
                    // As the callback does it.
                    Err(LinkError::Failed(Failure::Db(db::DbError::Exists(_)))) => {
                        stage.link(member.id, &wanted).await
                    }
                    result => result,
                }
            })
        });
        let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let taken =
            results.iter().filter(|result| matches!(result, Err(LinkError::IdentityTaken(_)))).count();
        assert_eq!(taken, 3, "{results:?}");
    }
}

async fn unlink(stage: &Stage, member: &Member, method: SignInMethodId) {
    let here = context("203.0.113.9");
    stage.members.sign_in_methods.unlink(&stage.fresh(member.id), method, &here).await.unwrap();
}

/// Nobody switches the alarms of an account off by taking its password away, nor gets its address.
#[tokio::test]
async fn s_acc_14_the_proven_address_stays_when_the_password_goes() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.link(member.id, &identity(ProviderName::Kakao, "77", None)).await.unwrap();
        unlink(&stage, &member, SignInMethodId::Password).await;
        let methods = stage.members.sign_in_methods.of_member(member.id).await.unwrap();
        assert_eq!(methods.entries.len(), 1);
        assert_eq!(methods.email.map(|email| email.as_str().to_owned()).as_deref(), Some(HONG));
        assert!(!stage.can_sign_in(HONG, PASSWORD).await && !stage.can_sign_in(HONG, "").await);
        assert_eq!(stage.count("SELECT COUNT(*) FROM former_mailboxes").await, 0);

        let stranger = stage.member("shim@example.com").await;
        let here = context("203.0.113.9");
        let (addresses, theirs) = (&stage.members.address_changes, email(HONG));
        addresses.request_address_change(stranger.id, password(PASSWORD), &theirs, &here).await.unwrap();
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "sign-up-on-taken-address");
        stage.link(member.id, &identity(ProviderName::Naver, "77", None)).await.unwrap();
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "identity-linked", "the owner hears of it");
        stage.ask_reset(HONG).await;
        let proof = stage.newest_mail(HONG).await.token();
        stage.members.password_resets.reset(&proof, password(OTHER_PASSWORD), &here).await.unwrap();
        assert!(stage.can_sign_in(HONG, OTHER_PASSWORD).await);
    }
}

/// The members who have changed.
#[derive(Default)]
struct Changed(Mutex<Vec<MemberId>>);

impl MemberObserver for Changed {
    fn member_changed(&self, member: MemberId) {
        self.0.lock().unwrap().push(member);
    }
}

#[tokio::test]
async fn the_address_that_a_provider_gave_goes_with_it() {
    for stage in Stage::both().await {
        let google = identity(ProviderName::Google, "77", Some(("hong@gmail.com", true)));
        let member = stage.sign_in_by_provider(&google).await.unwrap();
        for (provider, address) in [
            (ProviderName::Kakao, Some(("hong@kakao.com", true))),
            (ProviderName::Naver, Some(("hong@naver.com", false))),
        ] {
            stage.clock.advance(Duration::from_millis(1));
            stage.link(member.id, &identity(provider, "77", address)).await.unwrap();
        }
        let changed = Arc::new(Changed::default());
        stage.members.changes.observe(Arc::clone(&changed) as Arc<dyn MemberObserver>);
        let with = "SELECT COUNT(*) FROM members WHERE email = ?";
        assert_eq!(stage.count_where(with, "hong@gmail.com").await, 1);
        for (provider, left) in [(ProviderName::Google, "hong@kakao.com"), (ProviderName::Kakao, "")] {
            let method = method(&stage, &member, provider).await;
            unlink(&stage, &member, method).await;
            let shown = i64::from(!left.is_empty());
            assert_eq!(stage.count_where(with, left).await, shown, "{provider:?}");
            assert_eq!(
                std::mem::take(&mut *changed.0.lock().unwrap()),
                [member.id],
                "who keeps the member is told"
            );
        }
        assert_eq!(stage.count("SELECT COUNT(*) FROM members WHERE email IS NULL").await, 1);
    }
}
