//! What people do on the stage, and what they bring.

use std::net::IpAddr;

use db::LentTransaction;
use kernel::Clock as _;
use kernel::{OpaqueToken, OsRandomness};
use members::{
    Caller, LinkError, Member, Nickname, Password, PasswordSignInError, SignInError, SignUp, SignUpError,
};
use names::{EmailAddress, Language, Level, MemberId, ProvenBy, ProviderName, Source};
use providers::{ProviderGrant, ProviderIdentity, Subject};
use web::guard::Fresh;
use web::request_context::BrowserHash;
use web::{ClientAddress, RequestContext};

use crate::rows::insert_session;
use crate::stage::{PASSWORD, Stage};

impl Stage {
    pub async fn sign_up(&self, address: &str, secret: &str) -> Result<(), SignUpError> {
        let nickname = Nickname::parse("홍길동").unwrap();
        let wish = SignUp { email: email(address), password: password(secret), nickname, return_to: None };
        self.members.sign_ups.sign_up(wish, &context("203.0.113.9")).await
    }

    /// A member with [`PASSWORD`].
    pub async fn member(&self, address: &str) -> Member {
        self.sign_up(address, PASSWORD).await.unwrap();
        let mail = self.newest_mail(address).await;
        self.members.mailbox_proofs.prove_mailbox(&mail.token(), None, &context("203.0.113.9")).await.unwrap()
    }

    pub async fn can_sign_in(&self, address: &str, secret: &str) -> bool {
        match self.members.password_sign_in.authenticate(address, secret, &context("203.0.113.9")).await {
            Ok(authenticated) => {
                let mut tx = self.database.begin().await.unwrap();
                self.members
                    .password_sign_in
                    .sign_in_by_password(&mut tx, &authenticated, &context("203.0.113.9"))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                true
            }
            Err(PasswordSignInError::BadCredentials(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Comes back from a provider to sign in, as the callback does it.
    pub async fn sign_in_by_provider(&self, identity: &ProviderIdentity) -> Result<Member, SignInError> {
        let sign_in = async |mut tx: LentTransaction| {
            let sign_in = &self.members.provider_sign_in;
            let signed_in = sign_in.sign_in_by_provider(&mut tx, identity, &context("203.0.113.9")).await?;
            Ok::<_, SignInError>(tx.commit(signed_in.member))
        };
        self.database.transact(sign_in).await
    }

    /// Comes back from a provider to link, as the callback does it.
    pub async fn link(&self, member: MemberId, identity: &ProviderIdentity) -> Result<(), LinkError> {
        let mut tx = self.database.begin().await.unwrap();
        self.members.linking.link(&mut tx, member, identity, &context("203.0.113.9")).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    /// The member as a caller who signed in just now.
    pub fn fresh(&self, member: MemberId) -> Fresh<Caller> {
        Fresh::of(self.caller(member), self.clock.now(), Level::One).unwrap()
    }

    /// The same before a guard looked at when that was.
    /// Asks for the end of the account, a moment after signing in.
    pub async fn ask_deletion(&self, member: MemberId) {
        let asked =
            self.members.deletions.request_deletion(&self.fresh(member), &context("203.0.113.9")).await;
        asked.unwrap();
    }

    pub fn caller(&self, member: MemberId) -> Caller {
        let (authenticated_at, proven_by) = (Some(self.clock.now()), Some(ProvenBy::Password));
        Caller { member, session: None, authenticated_at, proven_by, scope: None, roles: Vec::new() }
    }

    /// Whether a guard that wants a fresh proof lets a caller in now.
    pub fn is_fresh(&self, caller: Caller) -> bool {
        Fresh::of(caller, self.clock.now(), Level::One).is_ok()
    }

    /// Comes back from a provider to sign in, with the session, as the callback does it.
    pub async fn visit(&self, identity: &ProviderIdentity, handle: u8) -> Result<(), SignInError> {
        match self.try_callback(identity, handle).await {
            Err(SignInError::ChangedMeanwhile(_)) => self.try_callback(identity, handle).await,
            result => result,
        }
    }

    async fn try_callback(&self, identity: &ProviderIdentity, handle: u8) -> Result<(), SignInError> {
        let mut tx = self.database.begin().await.unwrap();
        let signed_in = self
            .members
            .provider_sign_in
            .sign_in_by_provider(&mut tx, identity, &context("203.0.113.9"))
            .await?;
        insert_session(&mut tx, signed_in.member.id, handle).await;
        tx.commit().await.unwrap();
        Ok(())
    }
}

/// Somebody as a provider knows them: with this subject, and an address with or without its word.
pub fn identity(provider: ProviderName, subject: &str, address: Option<(&str, bool)>) -> ProviderIdentity {
    ProviderIdentity {
        provider,
        subject: Subject::parse(subject).unwrap(),
        email: address.and_then(|(address, _)| kernel::email_address::read(address)),
        email_verified: address.is_some_and(|(_, verified)| verified),
        nickname: None,
        picture: None,
        grant: ProviderGrant::new(GRANT),
    }
}

/// What the providers of these tests give to be kept.
pub const GRANT: &str = "a-grant-that-nobody-may-see";

pub fn email(address: &str) -> EmailAddress {
    kernel::email_address::read(address).unwrap()
}

pub fn password(secret: &str) -> Password {
    Password::parse(secret).unwrap()
}

pub fn context(ip: &str) -> RequestContext {
    let client: ClientAddress = ip.parse::<IpAddr>().unwrap().into();
    RequestContext {
        source: Source::request("request", client.network(), "a test"),
        network: Some(client),
        language: Language::Korean,
        browser: None,
        trace: None,
    }
}

/// The same, with a browser that is bound.
pub fn bound_visitor(ip: &str) -> RequestContext {
    let hash = OpaqueToken::new(&OsRandomness).hash();
    RequestContext { browser: Some(BrowserHash(hash)), ..context(ip) }
}
