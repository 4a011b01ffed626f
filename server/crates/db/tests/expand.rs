//! Two versions of the program serve side by side while they are replaced one after the other. So a migration only adds what the
//! previous version can live with, and says so in its name; what takes something away comes in a later release.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};

use db::{Database, OpenError, query};
use testkit::TestDatabase;

/// The last migration that was made before there was this rule.
const BEFORE_THE_RULE: u32 = 28;
const FOLDERS: [&str; 2] = ["sqlite", "mysql"];

/// A migration that came after the rule.
struct Migration {
    file: PathBuf,
    /// Its name without the number.
    name: String,
    /// Its statements in small letters, each on one line, without comments.
    statements: Vec<String>,
}

fn migrations() -> Vec<Migration> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations");
    let files = FOLDERS.iter().flat_map(|folder| std::fs::read_dir(top.join(folder)).unwrap());
    let files = files.map(|file| file.unwrap().path());
    let mut migrations: Vec<_> = files.filter_map(read).collect();
    migrations.sort_by(|one, other| one.file.cmp(&other.file));
    migrations
}

fn read(file: PathBuf) -> Option<Migration> {
    let (number, name) = file.file_stem()?.to_str()?.split_once('_')?;
    if number.parse::<u32>().unwrap() <= BEFORE_THE_RULE {
        return None;
    }
    let name = name.to_owned();
    let text = std::fs::read_to_string(&file).unwrap();
    Some(Migration { file, name, statements: statements(&text) })
}

fn statements(text: &str) -> Vec<String> {
    let code = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let words = code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").to_lowercase();
    words.split(';').map(|statement| statement.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

/// What a migration makes, of which the program before knows nothing.
struct Made<'a> {
    tables: Vec<&'a str>,
    /// Each as `table.column`.
    columns: Vec<String>,
    indexes: Vec<Index>,
    /// The indexes that are gone after it, unless it makes them again.
    dropped: Vec<&'a str>,
}

impl<'a> Made<'a> {
    fn by(statements: &'a [String]) -> Self {
        let mut made =
            Self { tables: Vec::new(), columns: Vec::new(), indexes: Vec::new(), dropped: Vec::new() };
        for statement in statements {
            match words(statement).as_slice() {
                ["create", "table", table, ..] => made.tables.push(*table),
                ["alter", "table", table, "add", "column", column, ..] => {
                    made.columns.push(format!("{table}.{column}"));
                }
                ["drop", "index", name, ..] => made.dropped.push(*name),
                _ => made.indexes.extend(Index::of(statement)),
            }
        }
        made
    }
}

/// An index that a migration makes.
#[derive(Clone)]
struct Index {
    name: String,
    table: String,
    columns: Vec<String>,
    is_unique: bool,
    /// Of which rows it has no entry.
    condition: String,
}

impl Index {
    fn of(statement: &str) -> Option<Self> {
        let (unique, made) = match statement.strip_prefix("create unique index ") {
            Some(made) => (true, made),
            None => (false, statement.strip_prefix("create index ")?),
        };
        let (name, on) = made.split_once(" on ")?;
        let (table, columns) = on.split_once('(')?;
        let (columns, condition) = columns.split_once(')')?;
        let columns = columns.split(',').map(|column| column.trim().to_owned()).collect();
        let (name, table) = (name.trim().to_owned(), table.trim().to_owned());
        Some(Self { name, table, columns, is_unique: unique, condition: condition.trim().to_owned() })
    }

    /// Whether it leads to every row that `other` leads to, and refuses the same: rows without a value are searched for by no statement
    /// that compares it with one, and are equal to none. An `id` at the end only gives rows that are alike an order, and few are alike.
    fn replaces(&self, other: &Self) -> bool {
        let for_values = format!("where {} is not null", self.columns[0]);
        let is_made_again = self.columns == other.columns
            && self.is_unique == other.is_unique
            && [String::new(), for_values.clone()].contains(&self.condition);
        let sought = match other.columns.as_slice() {
            [columns @ .., id] if id == "id" && !columns.is_empty() => columns,
            columns => columns,
        };
        let begins_with_it = !other.is_unique
            && self.columns.starts_with(sought)
            && [String::new(), for_values].contains(&self.condition);
        self.table == other.table && (is_made_again || begins_with_it)
    }
}

/// The indexes that there are before a migration.
fn indexes_before(file: &Path) -> Vec<Index> {
    let others = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|other| other.unwrap().path());
    let mut earlier: Vec<_> = others.filter(|other| other.as_path() < file).collect();
    earlier.sort();
    let mut indexes = Vec::new();
    for statement in earlier.iter().flat_map(|file| statements(&std::fs::read_to_string(file).unwrap())) {
        if let ["drop", "index", name, ..] = words(&statement).as_slice() {
            indexes.retain(|index: &Index| index.name != *name);
        }
        indexes.extend(Index::of(&statement));
    }
    indexes
}

fn words(statement: &str) -> Vec<&str> {
    statement.split([' ', '(']).filter(|word| !word.is_empty()).collect()
}

/// Why the program of the previous version cannot go on alongside this statement.
fn hindrance(statement: &str, made: &Made<'_>, before: &[Index]) -> Option<&'static str> {
    let words = words(statement);
    let is_new = |table: &str| made.tables.contains(&table);
    match words.as_slice() {
        ["create", "table", ..] => references(statement),
        ["create", "index", ..] => None,
        ["create", "unique", "index", name, "on", table, ..] => {
            let refused = |index: &Index| {
                index.name == *name && before.iter().any(|old| old.is_unique && index.replaces(old))
            };
            (!is_new(table) && !made.indexes.iter().any(refused))
                .then_some("it would refuse rows that the program before writes")
        }
        ["drop", "index", name, ..] => dropped(name, made, before),
        ["insert", "into", table, ..] => {
            (!is_new(table)).then_some("it adds rows to a table that the program before reads")
        }
        ["update", table, "set", column, "=", ..] => {
            let fills = is_new(table) || made.columns.contains(&format!("{table}.{column}"));
            let set = statement.split(" where ").next().unwrap_or_default();
            (!fills || set.contains(',')).then_some("it may fill one new column at a time, and no other")
        }
        ["alter", "table", table, ..] if is_new(table) => None,
        ["alter", "table", _, "add", "column", ..] => added(statement),
        _ => Some("it changes or takes away what the program before uses"),
    }
}

fn dropped(name: &str, made: &Made<'_>, before: &[Index]) -> Option<&'static str> {
    let stay = before.iter().filter(|index| !made.dropped.contains(&index.name.as_str()));
    let left: Vec<_> = stay.chain(&made.indexes).collect();
    let mut old = before.iter().filter(|index| index.name == name);
    let is_replaced = old.any(|old| left.iter().any(|index| index.replaces(old)));
    (!is_replaced).then_some(
        "statements of the program before may need it: leave an index that begins with its columns",
    )
}

fn references(statement: &str) -> Option<&'static str> {
    let deletes =
        statement.matches("on delete cascade").count() + statement.matches("on delete set null").count();
    (statement.matches(" references ").count() > deletes)
        .then_some("its reference would hinder the program before in deleting: ON DELETE CASCADE or SET NULL")
}

fn added(statement: &str) -> Option<&'static str> {
    if statement.matches(" add column ").count() != 1 || statement.contains(" drop ") {
        return Some("write one ALTER TABLE for each column");
    }
    if statement.contains(" not null") && !statement.contains(" default ") {
        return Some("the program before does not fill the column: let it be NULL, or give it a DEFAULT");
    }
    if statement.contains(" unique") || statement.contains(" check ") || statement.contains(" primary key") {
        return Some("it would refuse rows that the program before writes");
    }
    references(statement)
}

fn hindrances(statements: &[String], before: &[Index]) -> Vec<String> {
    let made = Made::by(statements);
    let of = |statement: &String| Some(format!("{}: {statement}", hindrance(statement, &made, before)?));
    statements.iter().filter_map(of).collect()
}

#[test]
fn every_migration_says_whether_the_program_before_can_go_on_and_it_can() {
    let migrations = migrations();
    assert!(migrations.len() >= 2 && migrations.len().is_multiple_of(FOLDERS.len()), "{}", migrations.len());
    for Migration { file, name, statements } in migrations {
        let before = indexes_before(&file);
        let file = file.file_name().unwrap().display();
        if name.starts_with("contract_") {
            continue;
        }
        assert!(
            name.starts_with("expand_"),
            "{file}: name it NNNN_expand_…; if the program before cannot go on beside it, NNNN_contract_… (CONTRIBUTING.md)"
        );
        let found = hindrances(&statements, &before);
        assert!(found.is_empty(), "{file} does not only expand: {found:#?}");
    }
}

#[test]
fn what_the_program_before_cannot_live_with_is_found() {
    let before = [
        "create index members_status on members (status)",
        "create index members_since on members (status, since)",
        "create index members_named on members (nickname)",
        "create index members_nickname on members (nickname, id)",
        "create unique index members_email on members (email)",
    ];
    let before: Vec<_> = before.iter().filter_map(|statement| Index::of(statement)).collect();
    let fine = [
        "DROP INDEX members_named;",
        "DROP INDEX members_nickname;",
        "DROP INDEX members_named ON members;",
        "DROP INDEX members_status; CREATE INDEX members_status ON members (status) WHERE status IS NOT NULL;",
        "DROP INDEX members_status; CREATE INDEX members_state ON members (status, id);",
        "DROP INDEX members_email; CREATE UNIQUE INDEX members_email ON members (email) WHERE email IS NOT NULL;",
        "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY); -- DROP TABLE b;\nCREATE UNIQUE INDEX a_id ON a (id);",
        "CREATE TABLE a (b TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE);",
        "ALTER TABLE members ADD COLUMN a TEXT; CREATE INDEX members_a ON members (a);",
        "ALTER TABLE members\n    ADD COLUMN a BIGINT NOT NULL DEFAULT 0;",
        "ALTER TABLE members ADD COLUMN a TEXT; UPDATE members SET a = nickname WHERE id > '';",
        "CREATE TABLE a (id TEXT); INSERT INTO a (id) SELECT id FROM members; ALTER TABLE a ADD COLUMN b TEXT NOT NULL;",
    ];
    let hindering = [
        "DROP TABLE members;",
        "DROP INDEX unheard_of;",
        "DROP INDEX members_named; DROP INDEX members_nickname;",
        "DROP INDEX members_since;",
        "DROP INDEX members_since; CREATE INDEX members_since ON members (since, status);",
        "DROP INDEX members_since; CREATE INDEX members_since ON members (status, since) WHERE status = 'active';",
        "DROP INDEX members_since; CREATE UNIQUE INDEX members_since ON members (status, since);",
        "DROP INDEX members_email;",
        "DROP INDEX members_email; CREATE INDEX members_email ON members (email);",
        "ALTER TABLE members DROP COLUMN nickname;",
        "ALTER TABLE members RENAME COLUMN nickname TO name;",
        "ALTER TABLE members RENAME TO people;",
        "ALTER TABLE members MODIFY nickname VARCHAR(10) NOT NULL;",
        "ALTER TABLE members CHANGE nickname name VARCHAR(10);",
        "ALTER TABLE members ADD COLUMN a TEXT NOT NULL;",
        "ALTER TABLE members ADD COLUMN a TEXT UNIQUE;",
        "ALTER TABLE members ADD COLUMN a TEXT, ADD COLUMN b TEXT NOT NULL DEFAULT '', DROP COLUMN c;",
        "ALTER TABLE members ADD CONSTRAINT a CHECK (length(nickname) > 1);",
        "CREATE UNIQUE INDEX members_nickname ON members (nickname);",
        "CREATE TABLE a (b TEXT NOT NULL REFERENCES members (id));",
        "UPDATE members SET nickname = '';",
        "ALTER TABLE members ADD COLUMN a TEXT; UPDATE members SET a = '', nickname = '';",
        "DELETE FROM members;",
        "INSERT INTO members (id) VALUES ('a');",
    ];
    for text in fine {
        assert_eq!(hindrances(&statements(text), &before), [""; 0], "{text}");
    }
    for text in hindering {
        assert!(!hindrances(&statements(text), &before).is_empty(), "{text}");
    }
}

/// As if a newer program had migrated.
async fn pretend(database: &TestDatabase, version: i64, description: &str) {
    const APPLIED: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (?, ?, TRUE, x'00', 0)";
    let mut tx = database.begin().await.unwrap();
    query(APPLIED).bind(version).bind(description).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_program_starts_on_a_schema_that_a_newer_one_has_expanded_and_on_no_other() {
    for database in TestDatabase::both().await {
        for (version, description, starts) in
            [(9001, "expand this", true), (9002, "expand that", true), (9003, "contract this", false)]
        {
            pretend(&database, version, description).await;
            let (checked, opened) =
                (Database::check(database.url()).await, Database::open(database.url()).await.map(|_| ()));
            for outcome in [checked, opened] {
                match outcome {
                    Ok(()) => assert!(starts, "{description}"),
                    Err(OpenError::Newer { version: found, .. }) => assert!(!starts && found == version),
                    Err(error) => panic!("{description}: {error}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn a_migration_that_says_nothing_or_is_older_than_ours_is_refused() {
    for (version, description) in [(9001, "later"), (16, "expand what was never there")] {
        for database in TestDatabase::both().await {
            pretend(&database, version, description).await;
            assert!(Database::check(database.url()).await.is_err(), "{description}");
            assert!(Database::open(database.url()).await.is_err(), "{description}");
        }
    }
}
