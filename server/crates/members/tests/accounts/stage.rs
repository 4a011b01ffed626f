//! A database, a clock, a post office, and the accounts on them.

use std::net::IpAddr;
use std::sync::Arc;

use audit::{AuditLog, Retention};
use db::{Row as _, Transaction, query};
use kernel::{Clock, KeyRing, MasterKey, OpaqueToken, OsRandomness, Randomness};
use members::{
    AccountSettings, Caller, HashingSettings, LinkError, MailCode, Member, Members, Nickname, Password,
    PasswordSignInError, Ports, Proof, Services, SignInError, SignUp, SignUpError,
};
use names::{EmailAddress, Language, MemberId, ProviderName, Source};
use providers::{ProviderGrant, ProviderIdentity, Subject};
use testkit::{HandClock, TestDatabase, cheap_hashing};
use tokens::{KeyKind, Tokens};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::guard::Fresh;
use web::request_context::BrowserHash;
use web::{ClientAddress, RequestContext};

use crate::ports::{PostOffice, Rows};

pub const HONG: &str = "hong@example.com";
pub const PASSWORD: &str = "마당 눈 위에 발자국 하나 둘";
pub const OTHER_PASSWORD: &str = "the heron waits where water is slow";

pub struct Stage {
    pub database: Arc<TestDatabase>,
    pub clock: Arc<HandClock>,
    pub members: Arc<Members>,
    pub audit: AuditLog,
    pub tokens: Tokens,
    pub key_ring: Arc<KeyRing>,
    pub tasks: TaskTracker,
    _end: tokio_util::sync::DropGuard,
}

/// A process on that database.
pub struct Process {
    pub members: Arc<Members>,
    pub tokens: Tokens,
    pub audit: AuditLog,
}

async fn process(
    (database, clock, key_ring): (&Arc<TestDatabase>, &Arc<HandClock>, &Arc<KeyRing>),
    settings: AccountSettings,
    (end, tasks): (&CancellationToken, &TaskTracker),
) -> Process {
    let db = db::Database::open(database.url()).await.unwrap();
    let environment = || -> (Arc<dyn Clock>, Arc<dyn Randomness>) { (clock.clone(), Arc::new(OsRandomness)) };
    let kind = tokens::Settings {
        key_kind: KeyKind::P256,
        ..tokens::Settings::new("https://issuer.example", "services")
    };
    let tokens = {
        let (clock, randomness) = environment();
        let context = kernel::Context { clock, randomness };
        Tokens::new(kind, db.clone(), key_ring.clone(), context).unwrap()
    };
    tokens.start(end, &TaskTracker::new()).await.unwrap();
    let (time, randomness) = environment();
    let audit = AuditLog::new(db.clone(), time, randomness, Retention::default());
    let (time, randomness) = environment();
    let services = Services {
        db,
        tokens: tokens.clone(),
        audit: audit.clone(),
        key_ring: key_ring.clone(),
        clock: time,
        randomness,
    };
    let ports = Ports {
        mails: Arc::new(PostOffice),
        sessions: Arc::new(Rows),
        elsewhere: Arc::new(PostOffice),
        tasks: tasks.clone(),
    };
    let members = Members::new(&settings, services, &ports).unwrap();
    Process { members, tokens, audit }
}

/// The settings of tests that are not about what a password costs.
pub fn settings() -> AccountSettings {
    let hashing = HashingSettings { cost: cheap_hashing(), ..HashingSettings::default() };
    AccountSettings { hashing, ..AccountSettings::default() }
}

impl Stage {
    pub async fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await, settings()).await
    }

    pub async fn both() -> [Self; 2] {
        let [sqlite, mysql] = TestDatabase::both().await;
        [Self::on(sqlite, settings()).await, Self::on(mysql, settings()).await]
    }

    /// On which passwords cost what they cost people.
    pub async fn at_real_cost() -> Self {
        Self::on(TestDatabase::sqlite().await, AccountSettings::default()).await
    }

    /// That answers sign-ups alike, whether the address is taken or not.
    pub async fn discreet() -> Self {
        let settings = AccountSettings { reveal_existing: false, ..settings() };
        Self::on(TestDatabase::sqlite().await, settings).await
    }

    pub async fn on(database: TestDatabase, settings: AccountSettings) -> Self {
        let key_ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        Self::with(database, settings, key_ring).await
    }

    /// On a database that has rows sealed with these keys.
    pub async fn with(database: TestDatabase, settings: AccountSettings, key_ring: KeyRing) -> Self {
        let database = Arc::new(database);
        PostOffice::open(&database).await;
        let clock = Arc::new(HandClock::default());
        let key_ring = Arc::new(key_ring);
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let with = (&database, &clock, &key_ring);
        let Process { members, tokens, audit } = process(with, settings, (&end, &tasks)).await;
        Self { database, clock, members, audit, tokens, key_ring, tasks, _end: end.drop_guard() }
    }

    /// The accounts as another process on the same database has them.
    pub async fn replica(&self, settings: AccountSettings) -> Process {
        let with = (&self.database, &self.clock, &self.key_ring);
        process(with, settings, (&CancellationToken::new(), &TaskTracker::new())).await
    }

    pub async fn sign_up(&self, address: &str, secret: &str) -> Result<(), SignUpError> {
        let nickname = Nickname::parse("홍길동").unwrap();
        let wish = SignUp { email: email(address), password: password(secret), nickname };
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
        let mut tx = self.database.begin().await.unwrap();
        let signed_in = self
            .members
            .provider_sign_in
            .sign_in_by_provider(&mut tx, identity, &context("203.0.113.9"))
            .await?;
        tx.commit().await.unwrap();
        Ok(signed_in.member)
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
        Fresh::of(self.caller(member), self.clock.now()).unwrap()
    }

    /// The same before a guard looked at when that was.
    pub fn caller(&self, member: MemberId) -> Caller {
        let authenticated_at = Some(self.clock.now());
        Caller { member, authenticated_at, scope: None, roles: Vec::new() }
    }

    /// Whether a guard that wants a fresh proof lets a caller in now.
    pub fn is_fresh(&self, caller: Caller) -> bool {
        Fresh::of(caller, self.clock.now()).is_ok()
    }

    /// Waits for what goes on after answers.
    pub async fn quiet(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    pub async fn ask_reset(&self, address: &str) {
        self.members.password_resets.request_reset(email(address), &context("203.0.113.9")).await.unwrap();
        self.quiet().await;
    }

    pub async fn mails(&self, address: &str) -> Vec<Mail> {
        let mut reader = self.database.read().await.unwrap();
        let rows = query("SELECT kind, token, code, address FROM sent_mails WHERE address = ? ORDER BY id")
            .bind(address)
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        rows.iter()
            .map(|row| Mail { kind: row.get(0), token: row.get(1), code: row.get(2), address: row.get(3) })
            .collect()
    }

    pub async fn kinds(&self, address: &str) -> Vec<String> {
        self.mails(address).await.into_iter().map(|mail| mail.kind).collect()
    }

    pub async fn newest_mail(&self, address: &str) -> Mail {
        self.mails(address).await.pop().expect("a mail")
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut reader = self.database.read().await.unwrap();
        query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
    }

    pub async fn count_where(&self, sql: &'static str, value: &str) -> i64 {
        let mut reader = self.database.read().await.unwrap();
        query(sql).bind(value.to_owned()).fetch_one(&mut *reader).await.unwrap().get(0)
    }

    pub async fn set_status(&self, member: MemberId, status: &'static str) {
        let mut tx = self.database.begin().await.unwrap();
        let set = query("UPDATE members SET status = ? WHERE id = ?").bind(status).bind(member.to_string());
        set.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Whose sign-in method the identity is.
    pub async fn holder(&self, provider: ProviderName, subject: &str) -> Option<String> {
        let mut reader = self.database.read().await.unwrap();
        query("SELECT member_id FROM identities WHERE provider = ? AND subject = ?")
            .bind(provider.as_str())
            .bind(subject.to_owned())
            .fetch_optional(&mut *reader)
            .await
            .unwrap()
            .map(|row| row.get(0))
    }

    /// A sign-in method by password, without a password that anybody could type.
    pub async fn give_password(&self, member: MemberId, address: &str) {
        let mut tx = self.database.begin().await.unwrap();
        query(
            "INSERT INTO local_accounts (member_id, email, email_verified_at, password_hash, password_changed_at, \
             failures) VALUES (?, ?, 0, 'x', 0, 0)",
        )
        .bind(member.to_string())
        .bind(address.to_owned())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// A browser in which the member is signed in by `way`, as a row.
    pub async fn session_by(&self, member: MemberId, way: &'static str, handle: u8) {
        self.session(member, handle).await;
        let mut tx = self.database.begin().await.unwrap();
        let set =
            query("UPDATE sessions SET provider = ? WHERE handle_hash = ?").bind(way).bind(vec![handle; 32]);
        set.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn run(&self, sql: &'static str, value: &str) {
        let mut tx = self.database.begin().await.unwrap();
        query(sql).bind(value).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How often this happened, as the audit log says.
    pub async fn audited(&self, kind: &str, outcome: &str) -> i64 {
        self.audit.flush().await.unwrap();
        let mut reader = self.database.read().await.unwrap();
        query(
            "SELECT CAST(COALESCE(SUM(times), 0) AS SIGNED) FROM audit_events WHERE kind = ? AND outcome = ?",
        )
        .bind(kind)
        .bind(outcome)
        .fetch_one(&mut *reader)
        .await
        .unwrap()
        .get(0)
    }

    /// A browser in which the member is signed in, as a row.
    pub async fn session(&self, member: MemberId, handle: u8) {
        let mut tx = self.database.begin().await.unwrap();
        insert_session(&mut tx, member, handle).await;
        tx.commit().await.unwrap();
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

    /// Everything in the database but the mails.
    pub async fn dump(&self) -> String {
        let dump = self.database.dump().await;
        dump.lines().filter(|line| !line.starts_with("sent_mails")).collect::<Vec<_>>().join("\n")
    }
}

async fn insert_session(tx: &mut Transaction, member: MemberId, handle: u8) {
    query(
        "INSERT INTO sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, \
         user_agent, network) VALUES (?, ?, ?, 'google', 0, 0, 0, '', '')",
    )
    .bind(format!("00000000-0000-0000-0000-0000000000{handle:02}"))
    .bind(vec![handle; 32])
    .bind(member.to_string())
    .execute(&mut **tx)
    .await
    .unwrap();
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
    }
}

/// The same, with a browser that is bound.
pub fn bound_visitor(ip: &str) -> RequestContext {
    let hash = OpaqueToken::new(&OsRandomness).hash();
    RequestContext { browser: Some(BrowserHash(hash)), ..context(ip) }
}

/// A mail as its reader has it.
#[derive(Clone, Debug)]
pub struct Mail {
    pub kind: String,
    pub token: String,
    pub code: String,
    pub address: String,
}

impl Mail {
    pub fn token(&self) -> Proof {
        Proof::Token(OpaqueToken::parse(&self.token).unwrap())
    }

    pub fn code(&self) -> Proof {
        Proof::Code { address: email(&self.address), code: MailCode::parse(&self.code).unwrap() }
    }

    /// Another code than that of this mail.
    pub fn wrong_code(&self) -> Proof {
        let wrong = (self.code.parse::<u32>().unwrap() + 1) % 1_000_000;
        Proof::Code { address: email(&self.address), code: MailCode::parse(&format!("{wrong:06}")).unwrap() }
    }
}
