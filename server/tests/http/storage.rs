//! What the parts declare of their tables, held against the migrations and against what the program does with it: a table, a
//! sealed column or a column with a member's id that was forgotten fails here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use db::{Expiry, Export, Owner, Reseal, Row as _, SealedColumn, Table, query};
use jobs::{JobQueue, NewJob};
use kernel::{Clock as _, Context, KeyRing, MasterKey, OsRandomness, Purpose};
use names::Source;
use serde_json::json;
use server::base::Base;
use server::parts::list::PARTS;
use server::parts::reseal::Resealing;
use testkit::TestDatabase;

use crate::accounts::{PASSWORD, log_in, post, sign_up};
use crate::app::{App, configuration_of};
use crate::authenticator::{Careful, by_password};
use crate::passkey_actor::ask;
use crate::token_actor::MASTER_KEY;

fn tables() -> impl Iterator<Item = &'static Table> {
    PARTS.iter().flat_map(|part| part.storage.tables)
}

/// A column as the migrations made it.
struct Column {
    table: String,
    name: String,
    /// Whether it refers to a member, whose end is its row's end.
    cascades: bool,
}

async fn columns(database: &TestDatabase) -> Vec<Column> {
    const COLUMNS: &str = "SELECT t.name, c.name, \
        (SELECT COUNT(*) FROM pragma_foreign_key_list(t.name) f WHERE f.\"table\" = 'members' AND f.\"from\" = c.name \
        AND f.on_delete = 'CASCADE') FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
        AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'";
    let mut reader = database.read().await.unwrap();
    let rows = query(COLUMNS).fetch_all(&mut *reader).await.unwrap();
    let column =
        |row: &db::AnyRow| Column { table: row.get(0), name: row.get(1), cascades: row.get::<i64, _>(2) > 0 };
    rows.iter().map(column).collect()
}

#[tokio::test]
async fn s_ops_6_every_table_is_declared_by_one_part_and_as_it_is() {
    let columns = columns(&TestDatabase::sqlite().await).await;
    let made: BTreeSet<&str> = columns.iter().map(|column| column.table.as_str()).collect();
    let declared: BTreeSet<&str> = tables().map(|table| table.name).collect();
    assert_eq!(declared, made, "left: what parts declare, right: what migrations make");
    assert_eq!(tables().count(), declared.len(), "a table is declared twice");
    for table in tables() {
        let of_table: Vec<_> = columns.iter().filter(|column| column.table == table.name).collect();
        let exists = |name: &str| of_table.iter().any(|column| column.name == name);
        let owners = table.owner.columns();
        let sealed: Vec<_> = table.sealed.iter().map(|column| column.name).collect();
        if let Expiry::Column(expiry) = table.expiry {
            assert!(exists(expiry.column()), "{}.{}", table.name, expiry.column());
        }
        for name in owners.iter().chain(&sealed) {
            assert!(exists(name), "{}.{name} is declared and does not exist", table.name);
        }
        for Column { name, cascades, .. } in of_table {
            let is_owner = owners.contains(&name.as_str());
            assert!(
                is_owner || !name.contains("member"),
                "{}.{name}: whom is it about? Declare its owner",
                table.name
            );
            let declared = matches!(table.owner, Owner::Cascades(column) if column == name);
            assert_eq!(declared, *cascades, "{}.{name}: `Owner::Cascades` is a foreign key", table.name);
            assert!(
                sealed.contains(&name.as_str()) || !name.contains("sealed"),
                "{}.{name} is sealed: declare how it gets a new master key",
                table.name
            );
        }
    }
}

#[test]
fn what_a_declaration_leaves_to_its_part_has_a_rule_and_what_it_leaves_out_a_reason() {
    let mut rules = BTreeSet::new();
    for part in PARTS {
        rules.extend(part.expiry.iter().map(|rule| rule.table));
        let tables = part.storage.tables;
        let by_rule = |table: &Table| {
            table.sealed.iter().any(|column| matches!(column.resealing, db::Resealing::OwnRule))
        };
        assert_eq!(tables.iter().any(by_rule), part.reseal.is_some(), "{}: re-sealing", part.storage.part);
        let by_rule = |table: &Table| matches!(table.owner, Owner::OwnRule { .. });
        assert!(
            !tables.iter().any(by_rule) || part.erasure.is_some() || part.storage.part == "audit",
            "{}: erasure",
            part.storage.part
        );
    }
    for table in tables() {
        let Table { name, holds, kept, .. } = table;
        assert_eq!(matches!(table.expiry, Expiry::OwnRule), rules.contains(name), "{name}: expiry");
        let mut reasons = vec![*holds, *kept];
        if let Expiry::Stays(why) = table.expiry {
            reasons.push(why);
        }
        if let Owner::Stays { why: reason, .. } | Owner::OwnRule { erasure: reason, .. } = table.owner {
            reasons.push(reason);
        }
        if let Export::Omitted(why) = table.export {
            reasons.push(why);
        }
        for column in table.sealed {
            if let db::Resealing::Omitted(why) = column.resealing {
                reasons.push(why);
            }
        }
        assert!(reasons.iter().all(|reason| reason.len() > 4), "{name}: {reasons:?}");
    }
    let job_kinds: BTreeSet<_> = PARTS.iter().flat_map(|part| part.jobs).map(|kind| kind.name).collect();
    assert_eq!(
        job_kinds,
        BTreeSet::from([
            "answered-request",
            "backchannel-logout",
            "factor-reset",
            "feed-work",
            "long-work",
            "mail",
            "provider-unlink"
        ])
    );
}

#[tokio::test]
async fn s_ops_4_every_statement_is_understood_by_the_databases_that_it_is_for() {
    for database in TestDatabase::both().await {
        let dialect = database.dialect();
        for part in PARTS {
            for statements in part.storage.statements {
                database.prepare(statements).await;
            }
            database.prepare(&(part.storage.per_dialect)(dialect)).await;
        }
        for table in tables() {
            for made in table.expiry_statement(dialect).into_iter().chain(table.erase_statement()) {
                database.prepare(&[made.leak()]).await;
            }
        }
    }
}

/// Values for the columns that cannot hold anything.
type Given<'a> = BTreeMap<&'a str, &'a str>;

/// A row in `table`, as SQLite takes it: its own id in every text, `number` in every number. Columns in `given` hold
/// that.
async fn plant(database: &TestDatabase, table: &str, number: i64, given: &Given<'_>) {
    let mut tx = database.begin().await.unwrap();
    let columns = format!("SELECT name, type, pk FROM pragma_table_info('{table}')");
    let columns = query(sqlx::AssertSqlSafe(columns)).fetch_all(&mut *tx).await.unwrap();
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for row in columns {
        let (name, kind): (String, String) = (row.get(0), row.get(1));
        let place = format!("{table}.{name}");
        let text = "lower(hex(randomblob(4))) || '-0000-7000-8000-' || lower(hex(randomblob(6)))";
        values.push(match (given.get(place.as_str()).or_else(|| given.get(name.as_str())), kind.as_str()) {
            (Some(value), _) => format!("'{value}'"),
            (None, "TEXT") => text.to_owned(),
            (None, "BLOB") => "randomblob(32)".to_owned(),
            (None, _) => number.to_string(),
        });
        names.push(name);
    }
    let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
    query(sqlx::AssertSqlSafe(insert)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(database: &TestDatabase, table: &str, condition: &str) -> i64 {
    let count = format!("SELECT COUNT(*) FROM {table} WHERE {condition}");
    let mut reader = database.read().await.unwrap();
    query(sqlx::AssertSqlSafe(count)).fetch_one(&mut *reader).await.unwrap().get(0)
}

const MEMBER: &str = "01980000-0000-7000-8000-000000000001";

#[tokio::test]
async fn s_ops_6_the_cleaner_empties_every_table_whose_rows_expire() {
    let app = App::start().await;
    // The signing key of this program makes the planted one superfluous.
    app.advance(Duration::from_hours(1));
    let given = BTreeMap::from([
        ("members.id", MEMBER),
        ("members.status", "active"),
        ("members.delete_at", "9000000000000"),
        ("member_id", MEMBER),
        ("totp_seeds.id", MEMBER),
        ("totp_setups.id", MEMBER),
        ("recovery_keys.id", MEMBER),
        ("account_codes.id", MEMBER),
        ("signing_keys.kind", "rsa-2048"),
        ("signing_keys.kid", "planted"),
    ]);
    plant(&app.database, "members", 0, &given).await;
    for table in tables().filter(|table| table.name != "members") {
        plant(&app.database, table.name, 0, &given).await;
    }
    assert_eq!(app.clean_tables().await, BTreeSet::new());
    for table in tables() {
        let planted = match table.name {
            "signing_keys" => "kid = 'planted'",
            // That a client is removed which nobody uses is written down.
            "audit_events" => "kind <> 'client_removed'",
            // This program beats meanwhile.
            "replicas" => "expires_at < 1000000000000",
            _ => "1 = 1",
        };
        let left = count(&app.database, table.name, planted).await;
        assert_eq!(left > 0, matches!(table.expiry, Expiry::Stays(_)), "{}: {left}", table.name);
    }
    app.stop().await;
}

#[tokio::test]
async fn an_erased_member_leaves_no_row_but_those_that_are_declared_to_stay() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    app.settled().await;
    let id = browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();
    // Every column that holds a member's id is declared.
    for (place, value) in app.database.cells().await {
        let (table, column) = place.split_once('.').unwrap();
        let declared = tables().find(|declared| declared.name == table).unwrap();
        assert!(
            value != id.as_bytes() || declared.owner.columns().contains(&column),
            "{place} has the member's id"
        );
    }
    let far_ahead = app.clock.now().plus(Duration::from_hours(24 * 365)).millis();
    let planted = tables().filter(|table| !matches!(table.owner, Owner::Nobody | Owner::Member(_)));
    for table in planted.filter(|table| table.name != "totp_seeds") {
        let mut given = BTreeMap::from([
            ("identities.provider", "naver"),
            ("local_accounts.email", "planted@example.com"),
            ("local_accounts.former_email", "planted@example.org"),
            ("mailbox_mails.recipient", "minji@gmail.com"),
            // Of nothing that is there, so that the member stays signed in.
            ("revocations.kind", "family"),
        ]);
        let ids = table.owner.columns().iter().filter(|column| **column != "recipient");
        given.extend(ids.map(|column| (*column, id.as_str())));
        let [column, ..] = table.owner.columns() else { unreachable!("it has an owner") };
        if count(&app.database, table.name, &format!("{column} = '{id}'")).await == 0 {
            plant(&app.database, table.name, far_ahead, &given).await;
        }
    }

    assert_eq!(browser.submit("/api/users/me/delete", &[]).await.status, 303);
    // With codes, the member would have been asked for one before.
    plant(&app.database, "totp_seeds", far_ahead, &BTreeMap::from([("id", id.as_str())])).await;
    app.advance(Duration::from_hours(24 * 7));
    app.clean().await;
    for table in tables() {
        for column in table.owner.columns() {
            let left = count(&app.database, table.name, &format!("{column} = '{id}'")).await;
            let expected = match table.owner {
                Owner::Stays { .. } => left.max(1),
                // That the account was erased.
                _ if (table.name, *column) == ("audit_events", "member_id") => 1,
                _ => 0,
            };
            assert_eq!(left, expected, "{}.{column}", table.name);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn s_key_7_nothing_needs_the_older_master_key_after_all_was_sealed_again() {
    let app = App::with(&[("DAEMUN_MASTER_KEYS", MASTER_KEY)]).await;
    sign_up(&app).await;
    let tokens = log_in(&app).await;
    post(&app, "/auth/refresh", json!({"refresh_token": tokens["refresh_token"]})).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    Careful::turn_on(&app, &browser).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    browser.submit("/api/users/me/codes/begin", &[]).await;
    app.begin(&app.browser(), "google", "/me").await;
    ask(&app.browser()).await;
    app.settled().await;
    let master = MasterKey::generate(&OsRandomness);
    let old = KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap();
    let both = vec![master.clone(), MasterKey::parse(MASTER_KEY).unwrap()];
    let context = Context { clock: Arc::clone(&app.clock) as _, randomness: Arc::new(OsRandomness) };
    let base = |ring| Base::new(app.database.clone(), Arc::new(ring), context.clone());
    let (before, after) = (base(old), base(KeyRing::new(both).unwrap()));
    let jobs: Vec<_> = PARTS.iter().flat_map(|part| part.jobs).copied().collect();
    let queue = JobQueue::new(before.key_ring.clone(), context.clock.clone(), context.randomness.clone());
    for kind in &jobs {
        let mut tx = app.database.begin().await.unwrap();
        let job = NewJob { secret: Some(b"a secret"), delay: Duration::from_hours(24), ..NewJob::new(kind) };
        queue.enqueue(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
    }
    let config = configuration_of("", &[]).unwrap();
    let tokens = after.tokens(&config, &after.audit(&config), Source::system()).unwrap();
    let by_id = Reseal { key_ring: &after.key_ring, randomness: &OsRandomness, batch: 2 };
    let by_rule = Resealing { base: &after, tokens: &tokens, jobs: &jobs, batch: 2 };
    for part in PARTS {
        part.storage.reseal(&app.database, by_id).await.unwrap();
        if let Some(rule) = part.reseal {
            rule(&by_rule).await.unwrap();
        }
    }

    // A sealed value begins with the id of its master key.
    let head =
        |base: &Base| base.key_ring.seal(Purpose::new("test"), "", b"", &OsRandomness).unwrap()[..5].to_vec();
    let (old, new) = (head(&before), head(&after));
    let omitted = |place: &str| {
        let (table, column) = place.split_once('.').unwrap();
        let table = tables().find(|declared| declared.name == table).unwrap();
        table
            .sealed
            .iter()
            .any(|sealed| sealed.name == column && matches!(sealed.resealing, db::Resealing::Omitted(_)))
    };
    let mut sealed = BTreeSet::new();
    for (place, value) in app.database.cells().await {
        assert!(omitted(&place) || !value.starts_with(&old), "{place} is not sealed again");
        if value.starts_with(&new) {
            sealed.insert(place);
        }
    }
    let declared = tables().flat_map(|table| {
        let again = |column: &&SealedColumn| !matches!(column.resealing, db::Resealing::Omitted(_));
        table.sealed.iter().filter(again).map(|column| format!("{}.{}", table.name, column.name))
    });
    assert_eq!(sealed, declared.collect(), "left: what the test sees, right: what is declared");
    app.stop().await;
}

#[tokio::test]
async fn the_export_has_the_sections_that_tables_are_declared_to_be_in() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "naver", "minji").await;
    app.settled().await;
    let data = browser.fetch("/api/users/me/export").await.json()["data"].clone();
    let sections = data.as_object().unwrap().keys().map(String::as_str);
    let sections: BTreeSet<_> = sections.filter(|name| *name != "exported_at").collect();
    let declared = tables().filter_map(|table| match table.export {
        Export::Section(name) => Some(name),
        Export::Omitted(_) => None,
    });
    assert_eq!(sections, declared.collect());
    app.stop().await;
}
