//! `daemun copy`: a team outgrows SQLite, and moves everything to a server and back.

use std::collections::BTreeMap;
use std::path::Path;

use db::{CopyError, Database, DatabaseCopy, DatabaseSettings, OpenError, Row as _, query};
use server::parts::list::PARTS;
use testkit::{OldDatabase, TestDatabase};

use crate::people::App;
use crate::process::Place;

const EMAIL: &str = "haneul@example.com";
const PASSWORD: &str = "조용한 아침에 마시는 보리차 한 잔";

fn tables() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|part| part.storage.tables).map(|table| table.name)
}

/// The values of each column, sorted: databases may have columns and rows in another order.
async fn contents(database: &TestDatabase) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut contents: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (column, value) in database.cells().await {
        contents.entry(column).or_default().push(value);
    }
    for values in contents.values_mut() {
        values.sort();
    }
    contents
}

async fn copied(from: &TestDatabase, to: &TestDatabase) -> Result<(), CopyError> {
    let (from, to) = (DatabaseSettings::from(from.url()), DatabaseSettings::from(to.url()));
    let copy = DatabaseCopy::begin(&from, &to, tables()).await?;
    for table in copy.tables() {
        copy.copy(table).await?;
    }
    copy.finish().await
}

/// So many rows of texts, integers and blobs, with empty, large and missing values among them.
async fn fill(database: &TestDatabase, rows: usize) {
    const MEMBER: &str = "INSERT INTO members (id, nickname, greeting, status, created_at, updated_at) VALUES (?, ?, '', 'active', ?, 0)";
    const PICTURE: &str = "INSERT INTO member_pictures (member_id, content_hash, media_type, bytes) VALUES (?, ?, 'image/png', ?)";
    let mut tx = database.begin().await.unwrap();
    for row in 0..rows {
        let id = format!("01936f3e-7c00-7000-8000-{row:012}");
        let number = i64::try_from(row).unwrap() - 1;
        query(MEMBER)
            .bind(&id)
            .bind(format!("별 ✨ {row}"))
            .bind(number * i64::from(u32::MAX))
            .execute(&mut *tx)
            .await
            .unwrap();
        if row % 40 == 0 {
            let image = vec![u8::try_from(row % 256).unwrap(); row * 3_000];
            let hash = format!("{row:064}");
            query(PICTURE).bind(&id).bind(hash).bind(image).execute(&mut *tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_row_is_copied_between_databases_of_both_kinds() {
    let origin = TestDatabase::sqlite().await;
    fill(&origin, 2_200).await;
    let expected = contents(&origin).await;
    let mut from = origin;
    for to in TestDatabase::both().await.into_iter().rev() {
        copied(&from, &to).await.unwrap();
        assert_eq!(contents(&to).await, expected);
        from = to;
    }
}

#[tokio::test]
async fn only_a_database_that_rests_is_copied_and_only_to_an_empty_one() {
    for to in TestDatabase::both().await {
        let from = TestDatabase::sqlite().await;
        fill(&from, 3).await;
        let taken = TestDatabase::sqlite().await;
        fill(&taken, 1).await;
        assert!(matches!(copied(&from, &taken).await, Err(CopyError::NotEmpty { table: "members" })));
        assert!(matches!(copied(&from, &from).await, Err(CopyError::SamePlace)));
        for served in [&from, &to] {
            serve_from(served).await;
            let refused = copied(&from, &to).await;
            assert!(
                matches!(&refused, Err(CopyError::InUse { version }) if version == "9.8.7"),
                "{refused:?}"
            );
            let mut tx = served.begin().await.unwrap();
            query("DELETE FROM replicas").execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        copied(&from, &to).await.unwrap();
    }
}

/// A program serves from it.
async fn serve_from(database: &Database) {
    const BEAT: &str = "INSERT INTO replicas (id, version, started_at, beat_at, clock_ahead, expires_at) VALUES ('a', '9.8.7', 0, ?, 0, ?)";
    let now = database.clock().await.unwrap().millis();
    let mut tx = database.begin().await.unwrap();
    query(BEAT).bind(now).bind(now + 60_000).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn migrations(database: &Database) -> i64 {
    let mut reader = database.read().await.unwrap();
    query("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn a_program_that_begins_to_serve_meanwhile_leaves_the_copy_unfinished() {
    for to in TestDatabase::both().await {
        let from = TestDatabase::sqlite().await;
        fill(&from, 3).await;
        // One connection is enough.
        let of = |database: &TestDatabase| DatabaseSettings { connections: 1, ..database.url().into() };
        let copy = DatabaseCopy::begin(&of(&from), &of(&to), tables()).await.unwrap();
        for table in copy.tables() {
            copy.copy(table).await.unwrap();
        }
        serve_from(&from).await;
        assert!(matches!(copy.finish().await, Err(CopyError::InUse { .. })));
        assert!(matches!(Database::check(to.url()).await, Err(OpenError::HalfCopied)));
    }
}

#[tokio::test]
async fn a_database_of_an_older_version_that_is_served_from_is_left_as_it_is() {
    for old in OldDatabase::both(59).await {
        let from = TestDatabase::sqlite().await;
        let to = Database::connect(old.url()).await.unwrap();
        let before = migrations(&to).await;
        serve_from(&to).await;
        let refused = DatabaseCopy::begin(&from.url().into(), &old.url().into(), tables()).await;
        assert!(matches!(refused, Err(CopyError::InUse { .. })), "{refused:?}");
        assert_eq!(migrations(&to).await, before);
    }
}

#[tokio::test]
async fn no_program_starts_on_a_part_of_a_copy() {
    let from = TestDatabase::sqlite().await;
    fill(&from, 3).await;
    for to in TestDatabase::both().await {
        let settings = DatabaseSettings::from(to.url());
        let copy = DatabaseCopy::begin(&from.url().into(), &settings, tables()).await.unwrap();
        copy.copy("members").await.unwrap();
        drop(copy);
        assert!(matches!(Database::open(&settings).await, Err(OpenError::HalfCopied)));
        assert!(matches!(Database::check(&settings).await, Err(OpenError::HalfCopied)));
        let again = DatabaseCopy::begin(&from.url().into(), &settings, tables()).await;
        assert!(matches!(again, Err(CopyError::To(OpenError::HalfCopied))), "{again:?}");
    }
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

#[tokio::test]
async fn a_team_moves_to_a_server_and_back_and_nobody_is_signed_out() {
    for there in TestDatabase::both().await {
        let mut place = Place::new();
        place.set("DAEMUN_SIMULATORS__ENABLED", "false");
        let app = App::at(&place);
        let process = place.start().await;
        app.sign_up(EMAIL, PASSWORD).await;
        let (_, refresh) = app.log_in(EMAIL, PASSWORD).await;
        let browser = place.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
        let begun = url(&place.path("data/daemun.db"));
        let server = there.url().expose();
        let (code, said) = place.says(&["copy"], &["--to", &server]).await;
        assert!(code == 1 && said.contains("serves from one of the two databases"), "{code} {said}");
        process.stop().await;

        let (code, said) = place.says(&["copy"], &["--to", &server]).await;
        assert!(
            code == 0 && said.contains("\nsessions ") && said.contains(" rows. Now name the new database"),
            "{code} {said}"
        );
        let back = url(&place.path("back.db"));
        let mut refresh = refresh;
        for (from, to) in [(begun.as_str(), server.as_str()), (server.as_str(), back.as_str())] {
            if to == back {
                let (code, said) = place.says(&["copy"], &["--from", from, "--to", to]).await;
                assert_eq!(code, 0, "{said}");
            }
            place.set("DAEMUN_DATABASE__URL", to);
            let process = place.start().await;
            assert!(!browser.fetch("/api/auth/session").await.json().is_null(), "the session, at {to}");
            let rotated = app.refresh(&refresh).await;
            assert_eq!(rotated.status, 200, "{}", rotated.body);
            refresh = rotated.body["data"]["refresh_token"].as_str().unwrap().to_owned();
            process.stop().await;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_copied_is_named() {
    let place = Place::new();
    let nothing = url(&place.path("nothing.db"));
    let there = url(&place.path("there.db"));
    for (arguments, code, said) in [
        (vec!["--from", &nothing, "--to", &there], 1, "there is no database of Daemun to copy from"),
        (vec![], 2, "--from <URL>|--to <URL>"),
        (vec!["--to", "postgres://x/y"], 2, "this kind of database is not known"),
        (vec!["--from", &there, "--to", &there], 1, "both are the same database"),
    ] {
        let (exit, text) = place.says(&["copy"], &arguments).await;
        assert!(exit == code && text.contains(said), "{arguments:?}: {exit} {text}");
    }
    assert!(!place.path("nothing.db").exists() && !place.path("there.db").exists());
}
