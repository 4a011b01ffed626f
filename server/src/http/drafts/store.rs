//! The table `form_drafts`.

use db::{Connection, Database, DbError, Expiry, ExpiryColumn, Export, LentTransaction, Owner, Row as _};
use db::{Resealing, SealedColumn, Storage, Table, query};
use kernel::Timestamp;

db::statements! {
    FIND = "SELECT sealed FROM form_drafts WHERE owner = ?";
    DELETE = "DELETE FROM form_drafts WHERE owner = ?";
    INSERT = "INSERT INTO form_drafts (owner, sealed, expires_at) VALUES (?, ?, ?)";
}

const STAYS: &str = "stays its 15 minutes";

/// What the pages themselves keep.
pub const STORAGE: Storage = Storage {
    part: "site",
    tables: &[Table {
        name: "form_drafts",
        holds: "long texts of forms that were refused, **sealed**, by a hash of session and page",
        kept: "15 minutes",
        expiry: Expiry::Column(ExpiryColumn::new("owner", "expires_at")),
        sealed: &[SealedColumn { name: "sealed", resealing: Resealing::Omitted(STAYS) }],
        owner: Owner::Stays { columns: &["owner"], why: STAYS },
        export: Export::Omitted("gone in no time"),
    }],
    statements: &[STATEMENTS],
    per_dialect: |_| Vec::new(),
};

/// The draft of an owner.
pub(super) async fn find(connection: &mut Connection, owner: &str) -> Result<Option<Vec<u8>>, DbError> {
    let row = query(FIND).bind(owner.to_owned()).fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Keeps a draft in the place of an earlier one.
pub(super) async fn put(
    db: &Database,
    owner: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let put = async |mut tx: LentTransaction| {
        query(DELETE).bind(owner.to_owned()).execute(&mut **tx).await?;
        let insert = query(INSERT).bind(owner.to_owned()).bind(sealed.to_vec()).bind(expires_at.millis());
        match insert.execute(&mut **tx).await.map_err(DbError::from) {
            // Two tabs at the same time: one of them is the last.
            Ok(_) | Err(DbError::Exists(_)) => Ok::<_, DbError>(tx.commit(())),
            Err(error) => Err(error),
        }
    };
    db.transact(put).await
}
