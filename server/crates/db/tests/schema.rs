//! The two sets of migrations make the same schema: tables, columns, their kind, keys, indexes, references; and the databases of
//! tests are what they make.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeSet;

use db::{Database, Dialect, Row as _, query};
use testkit::{OldDatabase, TestDatabase};

/// One line for each thing that a schema holds, in words that both databases share.
type Schema = BTreeSet<String>;

const SQLITE_COLUMNS: &str = "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master t \
    JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
    AND t.name NOT LIKE 'sqlite%'";
const SQLITE_INDEXES: &str = "SELECT t.name, i.\"unique\", (SELECT group_concat(name) FROM \
    (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) FROM sqlite_master t \
    JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin <> 'pk' \
    AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
const SQLITE_REFERENCES: &str = "SELECT t.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM sqlite_master t \
    JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";

const MYSQL_COLUMNS: &str = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR), \
    CAST(is_nullable = 'NO' AS SIGNED), CAST(column_key = 'PRI' AS SIGNED) FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_sqlx%'";
const MYSQL_INDEXES: &str = "SELECT CAST(table_name AS CHAR), CAST(MIN(non_unique) = 0 AS SIGNED), \
    CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS CHAR), CAST(index_name AS CHAR) \
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' \
    AND table_name NOT LIKE '\\_sqlx%' GROUP BY table_name, index_name";
const MYSQL_REFERENCES: &str = "SELECT CAST(k.table_name AS CHAR), CAST(k.column_name AS CHAR), \
    CAST(k.referenced_table_name AS CHAR), CAST(k.referenced_column_name AS CHAR), CAST(r.delete_rule AS CHAR) \
    FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r \
    ON r.constraint_schema = k.table_schema AND r.constraint_name = k.constraint_name \
    WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL";

#[tokio::test]
async fn both_databases_get_the_same_schema() {
    let [sqlite, mysql] = migrated().await;
    let (sqlite, mysql) = (schema(&sqlite).await, schema(&mysql).await);
    let only = |one: &Schema, other: &Schema| one.difference(other).cloned().collect::<Vec<_>>();
    let differences = (only(&sqlite, &mysql), only(&mysql, &sqlite));
    assert_eq!(differences, (vec![], vec![]), "left: SQLite alone, right: MySQL alone");
    assert!(sqlite.iter().any(|line| line == "column members.id text required key"), "{sqlite:#?}");
}

#[tokio::test]
async fn databases_of_tests_are_what_the_migrations_make() {
    for (copy, migrated) in TestDatabase::both().await.into_iter().zip(migrated().await) {
        Database::check(copy.url()).await.unwrap();
        assert_eq!(definitions(&copy).await, definitions(&migrated).await);
        assert_eq!(copy.dump().await, migrated.dump().await);
    }
}

/// One of each kind on which every migration ran. Other tests get copies.
async fn migrated() -> [TestDatabase; 2] {
    let [sqlite, mysql] = OldDatabase::both(0).await;
    [sqlite.upgrade().await, mysql.upgrade().await]
}

/// How the database itself would make its tables and indexes.
async fn definitions(database: &TestDatabase) -> Vec<String> {
    let mut reader = database.read().await.unwrap();
    if database.dialect() == Dialect::Sqlite {
        let all = query("SELECT COALESCE(sql, '') FROM sqlite_master ORDER BY type, name");
        return all.fetch_all(&mut *reader).await.unwrap().iter().map(|row| row.get(0)).collect();
    }
    let tables = query(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
    );
    let mut definitions = Vec::new();
    for table in tables.fetch_all(&mut *reader).await.unwrap() {
        let made = format!("SHOW CREATE TABLE {}", table.get::<String, _>(0));
        let made = query(sqlx::AssertSqlSafe(made)).fetch_one(&mut *reader).await.unwrap();
        definitions.push(made.get(1));
    }
    definitions
}

async fn schema(database: &TestDatabase) -> Schema {
    let mut reader = database.read().await.unwrap();
    let [columns, indexes, references] = match database.dialect() {
        Dialect::Sqlite => [SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_REFERENCES],
        Dialect::Mysql => [MYSQL_COLUMNS, MYSQL_INDEXES, MYSQL_REFERENCES],
    };
    let mut schema = Schema::new();
    for row in query(columns).fetch_all(&mut *reader).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let key = row.get::<i64, _>(4) > 0;
        let required = key || row.get::<i64, _>(3) == 1;
        schema.insert(format!(
            "column {table}.{column} {}{}{}",
            class(&kind),
            if required { " required" } else { "" },
            if key { " key" } else { "" }
        ));
    }
    for row in query(references).fetch_all(&mut *reader).await.unwrap() {
        let [from, column, to, target, rule] = [0, 1, 2, 3, 4].map(|index| row.get::<String, _>(index));
        let rule = if rule == "RESTRICT" { "NO ACTION".to_owned() } else { rule };
        schema.insert(format!("reference {from}.{column} to {to}.{target} on delete {rule}"));
    }
    let referring: BTreeSet<String> = schema
        .iter()
        .filter_map(|line| line.strip_prefix("reference ")?.split(' ').next().map(str::to_owned))
        .collect();
    for row in query(indexes).fetch_all(&mut *reader).await.unwrap() {
        let (table, unique, columns): (String, i64, String) = (row.get(0), row.get(1), row.get(2));
        // MySQL makes an index for each reference by itself.
        if unique == 0 && referring.contains(&format!("{table}.{columns}")) {
            continue;
        }
        schema.insert(format!("index {table}({columns}){}", if unique == 1 { " unique" } else { "" }));
    }
    schema
}

/// The kind of a column, as the queries see it.
fn class(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "text" | "char" | "varchar" | "mediumtext" | "longtext" => "text",
        "integer" | "bigint" | "int" | "smallint" | "tinyint" => "integer",
        "blob" | "binary" | "varbinary" | "mediumblob" => "bytes",
        other => panic!("a kind of column without a class: {other}"),
    }
}
