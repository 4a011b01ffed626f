//! The table `dpop_proofs`.

use std::time::Duration;

use db::{DbError, Transaction, query};
use tokens::Proven;

db::statements! {
    INSERT = "INSERT INTO dpop_proofs (id_hash, expires_at) VALUES (?, ?)";
}

/// How far the clocks of replicas may be apart: at none of them may a proof come again when its row is gone.
const CLOCKS: Duration = Duration::from_mins(1);

/// Notes that a proof came; `false` when it did before.
pub(crate) async fn insert(tx: &mut Transaction, proof: &Proven) -> Result<bool, DbError> {
    let insert = query(INSERT).bind(proof.id.as_bytes().to_vec()).bind(proof.until.plus(CLOCKS).millis());
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
