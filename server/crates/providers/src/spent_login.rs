//! A login whose callback has come.

use web::ReturnTo;

use crate::transaction::{LinkFor, TransactionId};

/// A login whose callback has come.
#[derive(Clone, Debug)]
pub struct SpentLogin {
    /// Its id.
    pub id: TransactionId,
    /// Where the person wanted to go.
    pub return_to: ReturnTo,
    /// For whom an identity was to be linked; `None` for a sign-in.
    pub link: Option<LinkFor>,
}
