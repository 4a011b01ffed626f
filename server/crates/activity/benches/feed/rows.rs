//! Rows of a table, many in a statement.

use db::{Transaction, query};

const ROWS: usize = 100;

/// Rows of one table that wait to be written together.
pub struct Rows {
    into: &'static str,
    values: Vec<String>,
    blobs: Vec<Vec<u8>>,
}

impl Rows {
    pub const fn new(into: &'static str) -> Self {
        Self { into, values: Vec::new(), blobs: Vec::new() }
    }

    pub async fn add(&mut self, tx: &mut Transaction, values: String, blob: Option<Vec<u8>>) {
        self.values.push(values);
        self.blobs.extend(blob);
        if self.values.len() == ROWS {
            self.write(tx).await;
        }
    }

    pub async fn write(&mut self, tx: &mut Transaction) {
        if self.values.is_empty() {
            return;
        }
        let sql = format!("INSERT INTO {} VALUES {}", self.into, self.values.join(","));
        let mut insert = query(sqlx::AssertSqlSafe(sql)).persistent(false);
        for blob in self.blobs.drain(..) {
            insert = insert.bind(blob);
        }
        insert.execute(&mut **tx).await.unwrap();
        self.values.clear();
    }
}
