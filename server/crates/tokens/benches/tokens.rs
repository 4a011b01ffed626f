//! What a token costs: `cargo bench -p tokens`. Hold `sign` against `openssl speed rsa2048` on the same core.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench stops where a test would")]

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::NewId as _;
use kernel::{Clock as _, KeyRing, MasterKey, OsRandomness, SystemClock};
use names::{MemberId, SessionId};
use serde_json::Value;
use testkit::TestDatabase;
use tokens::{ClientId, Grant, KeyKind, Presented, Redemption, Rotation, Scope, Settings, Tokens};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A token service that runs, on a SQLite database of its own.
struct Stage {
    runtime: Runtime,
    tokens: Tokens,
    database: TestDatabase,
}

impl Stage {
    fn new(key_kind: KeyKind, cached_tokens: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let (tokens, database) = runtime.block_on(async {
            let database = TestDatabase::sqlite().await;
            let ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap());
            let settings =
                Settings { key_kind, cached_tokens, ..Settings::new("https://issuer.example", "services") };
            let tokens = Tokens::new(settings, database.clone(), ring, kernel::Context::system()).unwrap();
            tokens.start(&CancellationToken::new(), &TaskTracker::new()).await.unwrap();
            (tokens, database)
        });
        Self { runtime, tokens, database }
    }

    fn issue(&self) -> Rotation {
        self.runtime.block_on(async {
            let mut tx = self.database.begin().await.unwrap();
            let grant = Grant {
                subject: MemberId::new(&SystemClock, &OsRandomness),
                session: SessionId::new(&SystemClock, &OsRandomness),
                client_id: client(),
                scope: Scope::parse("openid profile read write").unwrap(),
                audience: None,
                auth_time: SystemClock.now(),
                proven_by: Some(names::ProvenBy::Password),
                method: Some(names::SignInMethod::Password),
                key: None,
            };
            let rotation = self.tokens.families.issue(&mut tx, &grant).await.unwrap();
            tx.commit().await.unwrap();
            rotation
        })
    }

    fn access(&self, rotation: &Rotation) -> String {
        let roles = ["ROLE_USER".to_owned()];
        let minted = self.tokens.minter.mint_access(rotation.access("services", "홍길동", &roles));
        self.runtime.block_on(minted).unwrap().expose().to_owned()
    }
}

fn client() -> ClientId {
    ClientId::parse("portal-client").unwrap()
}

fn sign(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign");
    group.throughput(Throughput::Elements(1));
    for kind in KeyKind::ALL {
        let stage = Stage::new(kind, 1);
        let rotation = stage.issue();
        group.bench_function(kind.as_str(), |bencher| bencher.iter(|| stage.access(&rotation)));
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(1));
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        // A cache of one and many tokens in turn: none is ever found there.
        let stage = Stage::new(kind, 1);
        let rotation = stage.issue();
        let many: Vec<_> = (0..64).map(|_| stage.access(&rotation)).collect();
        let mut next = many.iter().cycle();
        group.bench_function(format!("cold {kind}"), |bencher| {
            bencher.iter(|| {
                stage
                    .runtime
                    .block_on(stage.tokens.verifier.verify(next.next().unwrap(), &["services"]))
                    .unwrap()
            });
        });
    }
    let stage = Stage::new(KeyKind::Rsa2048, 10_000);
    let token = stage.access(&stage.issue());
    group.bench_function("cached", |bencher| {
        bencher.iter(|| stage.runtime.block_on(stage.tokens.verifier.verify(&token, &["services"])).unwrap());
    });
    group.finish();
}

/// What `jsonwebtoken` takes for the same tokens (decision 51): it has no claims to judge, no
/// revocation and no cache, and reads its key from DER or from modulus and exponent each time.
fn beside_jsonwebtoken(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("jsonwebtoken");
    group.throughput(Throughput::Elements(1));
    for (kind, algorithm, signer) in
        [(KeyKind::Rsa2048, Algorithm::RS256, rsa_signer()), (KeyKind::P256, Algorithm::ES256, p256_signer())]
    {
        let stage = Stage::new(kind, 1);
        let token = stage.access(&stage.issue());
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let jwks: JwkSet = serde_json::from_slice(&stage.tokens.keys.jwks().body).unwrap();
        let key = DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&["services"]);
        validation.set_issuer(&["https://issuer.example"]);
        group.bench_function(format!("verify {kind}"), |bencher| {
            bencher.iter(|| jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap());
        });
        let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
        let header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid), ..Header::new(algorithm) };
        group.bench_function(format!("sign {kind}"), |bencher| {
            bencher.iter(|| jsonwebtoken::encode(&header, &claims, &signer).unwrap());
        });
    }
    group.finish();
}

fn rsa_signer() -> EncodingKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // What PKCS#8 puts before an RSA key of this size; the rest is PKCS#1.
    EncodingKey::from_rsa_der(pkcs8.as_ref().get(26..).unwrap())
}

fn p256_signer() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

fn redeem(criterion: &mut Criterion) {
    let stage = Stage::new(KeyKind::Rsa2048, 1);
    let client_id = client();
    let mut last = stage.issue().refresh;
    let mut group = criterion.benchmark_group("redeem");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| {
            let rotated = stage.runtime.block_on(async {
                let mut tx = stage.database.begin().await.unwrap();
                let presented = Presented { token: &last, client_id: &client_id, scope: None, key: None };
                let redemption = stage.tokens.families.redeem(&mut tx, presented).await.unwrap();
                tx.commit().await.unwrap();
                redemption
            });
            let Redemption::Rotated(rotation) = rotated else { panic!("refused") };
            last = rotation.refresh.clone();
        });
    });
    group.finish();
}

criterion_group!(benches, sign, verify, beside_jsonwebtoken, redeem);
criterion_main!(benches);
