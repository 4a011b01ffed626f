//! What every part of Daemun needs and none owns: [ids](id), the [clock], [randomness], [opaque tokens](token), the
//! [key ring](keyring), [cursors](row_cursor), [e-mail addresses](email_address), [browsers inside apps](in_app),
//! [back-off](back_off), [work that is done together](batches), [traces](trace), [files for nobody else](private_files),
//! [public addresses](public_address) and the [cost of hashing](hashing_cost). This crate knows no HTTP and no SQL.
//!
//! Time and randomness are arguments. A part takes `&dyn Clock` and `&dyn Randomness`; only `main` chooses the real
//! ones, so that tests can move the clock and repeat a run from its seed.

pub mod back_off;
pub mod batches;
pub mod checksums;
pub mod clock;
pub mod context;
pub mod email_address;
pub mod hashing_cost;
pub mod id;
pub mod in_app;
pub mod keyring;
pub mod master_key_id;
pub mod private_files;
pub mod public_address;
pub mod randomness;
pub mod reserve;
pub mod row_cursor;
pub mod token;
pub mod trace;

pub use back_off::BackOff;
pub use batches::{Batches, Worker, Workers};
pub use checksums::Checksums;
pub use clock::{Clock, ShiftedClock, SystemClock, Timestamp};
pub use context::Context;
pub use hashing_cost::HashingCost;
pub use id::{IdSequence, NewId, new_uuid, time_of};
pub use in_app::{HostApp, HostSystem, InAppBrowser};
pub use keyring::{KeyRing, KeyRingError, MasterKey, Purpose};
pub use master_key_id::MasterKeyId;
pub use public_address::is_public;
pub use randomness::{OsRandomness, Randomness};
pub use reserve::IdReserve;
pub use row_cursor::RowCursor;
pub use secrecy::{ExposeSecret, SecretString};
pub use token::{OpaqueToken, TokenHash};
pub use trace::{Trace, TraceParent};
