//! Every row of the matrix, and every situation in it, through the sign-in that the callback uses, and the sign-up.

use members::link_matrix::Decision;
use members::link_situation::{Address, Began, By, Claim, Holder, Situation};
use members::{AddressProofError, LinkError, MailboxProofError, Member, SignInError, SignUpError};
use names::{MemberId, ProviderName};
use providers::ProviderIdentity;

use crate::people::{context, email, identity};
use crate::stage::{PASSWORD, Stage};

/// The people of one situation. Each situation has addresses and subjects of its own, so that all share a database.
struct Scene<'s> {
    stage: &'s Stage,
    situation: Situation,
    number: usize,
}

impl Scene<'_> {
    fn address(&self) -> String {
        format!("person{}@example.com", self.number)
    }

    fn identity(&self) -> ProviderIdentity {
        let address = self.address();
        let claim = match self.situation.claim {
            Claim::Absent => None,
            Claim::Unproven => Some((address.as_str(), false)),
            Claim::Proven => Some((address.as_str(), true)),
        };
        identity(self.provider(), &format!("{}", 1_000 + self.number), claim)
    }

    fn provider(&self) -> ProviderName {
        match self.situation.by {
            By::Provider(provider) => provider,
            By::Mailbox | By::Passkey | By::NewPasskey | By::NewAddress => {
                panic!("no provider has a part in this")
            }
        }
    }

    /// Somebody else, who makes the address what it is in this situation.
    async fn prepare_address(&self) {
        let (address, subject) = (self.address(), format!("{}", 500_000 + self.number));
        match self.situation.address {
            Address::Free => {}
            Address::Unproven => {
                let other = identity(ProviderName::Naver, &subject, Some((&address, false)));
                self.stage.sign_in_by_provider(&other).await.unwrap();
            }
            Address::Waiting => self.wait_for(&address).await,
            Address::Provider => {
                let other = identity(ProviderName::Kakao, &subject, Some((&address, true)));
                self.stage.sign_in_by_provider(&other).await.unwrap();
            }
            Address::Password => {
                // By hand: a real one would cost a hash for each of the situations.
                let other = self
                    .stage
                    .sign_in_by_provider(&identity(ProviderName::Naver, &subject, None))
                    .await
                    .unwrap();
                self.stage.give_password(other.id, &address).await;
            }
        }
    }

    async fn wait_for(&self, address: &str) {
        let mut tx = self.stage.database.begin().await.unwrap();
        db::query(
            "INSERT INTO pending_sign_ups (id, email, nickname, password_hash, contested, expires_at) \
             VALUES (?, ?, 'x', 'x', 0, 9000000000000)",
        )
        .bind(format!("00000000-0000-7000-8000-{:012}", self.number))
        .bind(address.to_owned())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    async fn is_waited_for(&self) -> bool {
        let sql = "SELECT COUNT(*) FROM pending_sign_ups WHERE email = ?";
        self.stage.count_where(sql, &self.address()).await == 1
    }

    /// Anyone who holds the identity, and the member who links.
    async fn prepare_holder(&self) -> (Option<Member>, Option<Member>) {
        let caller = match self.situation.began {
            Began::Anonymous => None,
            Began::Member => {
                let subject = format!("{}", 800_000 + self.number);
                Some(
                    self.stage
                        .sign_in_by_provider(&identity(ProviderName::Kakao, &subject, None))
                        .await
                        .unwrap(),
                )
            }
        };
        // The identity came without an address before, so that it makes the address nothing.
        let before = identity(self.provider(), self.identity().subject.as_str(), None);
        let status = match self.situation.holder {
            Holder::Nobody => return (None, caller),
            Holder::Caller => {
                self.stage.link(caller.as_ref().unwrap().id, &before).await.unwrap();
                return (caller.clone(), caller);
            }
            Holder::Active => "active",
            Holder::Deleting => "deleting",
            Holder::Disabled => "disabled",
        };
        let holder = self.stage.sign_in_by_provider(&before).await.unwrap();
        self.stage.set_status(holder.id, status).await;
        (Some(holder), caller)
    }

    async fn holder_of_identity(&self) -> Option<String> {
        self.stage.holder(self.provider(), self.identity().subject.as_str()).await
    }

    async fn play(&self) {
        match self.situation.by {
            By::Mailbox => return self.play_sign_up().await,
            By::NewAddress => return self.play_new_address().await,
            _ => {}
        }
        self.prepare_address().await;
        let (holder, caller) = self.prepare_holder().await;
        let members = self.stage.count("SELECT COUNT(*) FROM members").await;
        let outcome = match &caller {
            None => self.visit().await,
            Some(caller) => self.link(caller.id).await,
        };
        let made = self.stage.count("SELECT COUNT(*) FROM members").await - members;
        let decision = self.situation.decision();
        assert_eq!(outcome, decision_seen(decision), "{:?}", self.situation);
        let is_new = matches!(decision, Decision::NewMember | Decision::NewMemberAlone);
        assert_eq!(made, i64::from(is_new), "{:?}", self.situation);
        let now = self.holder_of_identity().await;
        match decision {
            Decision::Link | Decision::LinkAlone => {
                assert_eq!(now, caller.map(|member| member.id.to_string()));
            }
            Decision::NewMember | Decision::NewMemberAlone => assert!(now.is_some()),
            _ => assert_eq!(now, holder.map(|member| member.id.to_string()), "{:?}", self.situation),
        }
        let alone = matches!(decision, Decision::NewMemberAlone | Decision::LinkAlone);
        assert_eq!(self.is_waited_for().await, self.situation.address == Address::Waiting && !alone);
    }

    /// Somebody signs up, or proves the mailbox of a sign-up that waits.
    async fn play_sign_up(&self) {
        let (stage, address) = (self.stage, self.address());
        let proves = self.situation.claim == Claim::Proven;
        if proves || self.situation.address == Address::Waiting {
            stage.sign_up(&address, PASSWORD).await.unwrap();
        }
        match self.situation.address {
            Address::Waiting => {}
            Address::Provider if proves => self.vouch_since(&address).await,
            _ => self.prepare_address().await,
        }
        let members = stage.count("SELECT COUNT(*) FROM members").await;
        let outcome = if proves {
            let proof = stage.newest_mail(&address).await.token();
            let here = context("203.0.113.9");
            match stage.members.mailbox_proofs.prove_mailbox(&proof, None, &here).await {
                Ok(_) => "in",
                Err(MailboxProofError::Taken(_)) => "ask",
                Err(other) => panic!("{other:?}"),
            }
        } else {
            match stage.sign_up(&address, PASSWORD).await {
                Ok(()) => "waits",
                Err(SignUpError::Taken(_)) => "ask",
                Err(other) => panic!("{other:?}"),
            }
        };
        let decision = self.situation.decision();
        assert_eq!(outcome, decision_seen(decision), "{:?}", self.situation);
        let made = stage.count("SELECT COUNT(*) FROM members").await - members;
        assert_eq!(made, i64::from(decision == Decision::NewMember), "{:?}", self.situation);
    }

    /// A member who has none gives their account an address, or proves it.
    async fn play_new_address(&self) {
        let (stage, address) = (self.stage, self.address());
        let subject = format!("{}", 800_000 + self.number);
        let caller = identity(ProviderName::Naver, &subject, None);
        let caller = stage.sign_in_by_provider(&caller).await.unwrap().id;
        let (wanted, here) = (email(&address), context("203.0.113.9"));
        let changes = &stage.members.address_changes;
        let proves = self.situation.claim == Claim::Proven;
        if proves {
            changes.request_first_address(caller, &wanted, &here).await.unwrap();
        }
        self.prepare_address().await;
        let outcome = if proves {
            let proof = stage.newest_mail(&address).await.token();
            match changes.prove_new_address(&proof, &here).await {
                Ok(()) => "linked",
                Err(AddressProofError::BadProof(_)) => "told",
                Err(other) => panic!("{other:?}"),
            }
        } else {
            changes.request_first_address(caller, &wanted, &here).await.unwrap();
            let waits =
                "SELECT COUNT(*) FROM mail_tokens WHERE address = ? AND purpose = 'prove_new_address'";
            if stage.count_where(waits, &address).await == 1 { "waits" } else { "told" }
        };
        let decision = self.situation.decision();
        assert_eq!(outcome, decision_seen(decision), "{:?}", self.situation);
        let has = "SELECT COUNT(*) FROM local_accounts WHERE email = ? AND password_hash = ''";
        let is_theirs = matches!(decision, Decision::Link | Decision::LinkAlone);
        assert_eq!(stage.count_where(has, &address).await, i64::from(is_theirs), "{:?}", self.situation);
        let waits = self.situation.address == Address::Waiting && decision != Decision::LinkAlone;
        assert_eq!(self.is_waited_for().await, waits, "{:?}", self.situation);
    }

    /// A member's address at a provider becomes this one while a sign-up waits for it.
    async fn vouch_since(&self, address: &str) {
        let subject = format!("{}", 500_000 + self.number);
        for claim in [None, Some((address, true))] {
            self.stage.sign_in_by_provider(&identity(ProviderName::Kakao, &subject, claim)).await.unwrap();
        }
    }

    async fn visit(&self) -> &'static str {
        match self.stage.sign_in_by_provider(&self.identity()).await {
            Ok(_) => "in",
            Err(SignInError::Disabled) => "disabled",
            Err(SignInError::AddressHasAccount) => "ask",
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn link(&self, caller: MemberId) -> &'static str {
        match self.stage.link(caller, &self.identity()).await {
            Ok(()) => "linked",
            Err(LinkError::IdentityTaken(_)) => "taken",
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn decision_seen(decision: Decision) -> &'static str {
    match decision {
        Decision::SignIn | Decision::SignInAndKeep | Decision::NewMember | Decision::NewMemberAlone => "in",
        Decision::Wait => "waits",
        Decision::AskToSignIn => "ask",
        Decision::RefuseDisabled => "disabled",
        Decision::RefuseUnknown => "unknown",
        Decision::Link | Decision::LinkAlone | Decision::Nothing => "linked",
        Decision::TellOwner => "told",
        Decision::RefuseTaken => "taken",
    }
}

#[tokio::test]
async fn s_up_11_every_situation_of_the_matrix_ends_as_its_row_says() {
    for stage in Stage::both().await {
        // Those of passkeys are played where passkeys are: server/tests/http/passkeys.rs.
        let all = Situation::all()
            .into_iter()
            .filter(|situation| !matches!(situation.by, By::Passkey | By::NewPasskey));
        for (number, situation) in all.enumerate() {
            Scene { stage: &stage, situation, number }.play().await;
        }
    }
}

#[tokio::test]
async fn s_up_9_the_same_subject_at_two_providers_is_two_people_and_an_address_may_change() {
    for stage in Stage::both().await {
        let google = identity(ProviderName::Google, "123", Some(("a@example.com", true)));
        let first = stage.sign_in_by_provider(&google).await.unwrap();
        let naver = stage.sign_in_by_provider(&identity(ProviderName::Naver, "123", None)).await.unwrap();
        assert_ne!(first.id, naver.id);
        let moved = identity(ProviderName::Google, "123", Some(("b@example.com", true)));
        assert_eq!(stage.sign_in_by_provider(&moved).await.unwrap().id, first.id);
    }
}

#[tokio::test]
async fn s_acc_14_a_disabled_account_is_refused_by_each_way_in() {
    let stage = Stage::sqlite().await;
    let member = stage.member("hong@example.com").await;
    for provider in ProviderName::ALL {
        stage.link(member.id, &identity(provider, "77", None)).await.unwrap();
    }
    stage.set_status(member.id, "disabled").await;
    for provider in ProviderName::ALL {
        let refused = stage.sign_in_by_provider(&identity(provider, "77", None)).await;
        assert!(matches!(refused, Err(SignInError::Disabled)), "{provider}");
    }
    assert!(!stage.can_sign_in("hong@example.com", PASSWORD).await);
}
