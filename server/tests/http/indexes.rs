//! The indexes, held against the statements that parts declare: each is written with every row, so each must be read by a statement, or
//! hold a rule, and none begins another one.

use std::collections::BTreeSet;

use db::{Dialect, Row as _, query};
use server::parts::list::PARTS;
use testkit::TestDatabase;

/// An index that a migration of SQLite made. MariaDB and MySQL have the same (`db/tests/schema.rs`).
struct Index {
    name: String,
    table: String,
    columns: Vec<String>,
    is_unique: bool,
    /// Whether rows without a value have no entry.
    is_partial: bool,
}

async fn indexes(database: &TestDatabase) -> Vec<Index> {
    const INDEXES: &str = "SELECT i.name, t.name, i.\"unique\", i.partial, (SELECT group_concat(name) FROM \
        (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) FROM sqlite_master t \
        JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'";
    let mut reader = database.read().await.unwrap();
    let rows = query(INDEXES).fetch_all(&mut *reader).await.unwrap();
    let index = |row: &db::AnyRow| Index {
        name: row.get(0),
        table: row.get(1),
        is_unique: row.get::<i64, _>(2) == 1,
        is_partial: row.get::<i64, _>(3) == 1,
        columns: row.get::<String, _>(4).split(',').map(str::to_owned).collect(),
    };
    rows.iter().map(index).collect()
}

/// The columns that refer to another table: what is deleted there looks for its rows here.
async fn references(database: &TestDatabase) -> BTreeSet<(String, String)> {
    const REFERENCES: &str =
        "SELECT t.name, f.\"from\" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f";
    let mut reader = database.read().await.unwrap();
    let rows = query(REFERENCES).fetch_all(&mut *reader).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Everything that the program asks of SQLite for.
fn statements() -> Vec<String> {
    let mut all = Vec::new();
    for part in PARTS {
        let declared = part.storage.statements.iter().flat_map(|of_store| of_store.iter().copied());
        all.extend(declared.chain((part.storage.per_dialect)(Dialect::Sqlite)).map(str::to_owned));
        for table in part.storage.tables {
            all.extend(table.expiry_statement(Dialect::Sqlite).into_iter().chain(table.erase_statement()));
        }
    }
    all
}

#[tokio::test]
async fn no_index_is_written_in_vain() {
    let database = TestDatabase::sqlite().await;
    let mut plans = String::new();
    for statement in statements() {
        plans.push_str(&database.plan(&statement, &[]).await);
        plans.push('\n');
    }
    let is_read = |index: &Index| plans.contains(&format!("INDEX {} ", index.name));
    let (indexes, references) = (indexes(&database).await, references(&database).await);
    for index in &indexes {
        let Index { name, table, columns, is_unique, is_partial } = index;
        let refers = references.contains(&(table.clone(), columns[0].clone()));
        assert!((*is_unique && !is_partial) || refers || is_read(index), "no statement reads {name}");
        let other = indexes
            .iter()
            .find(|other| other.name != *name && other.table == *table && other.columns.starts_with(columns));
        assert!(*is_unique || other.is_none() || *is_partial, "{name} is the beginning of another index");
    }
    assert!(indexes.len() > 100 && !references.is_empty(), "{}", indexes.len());
}
