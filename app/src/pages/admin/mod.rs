//! The pages of operators, one file each. `server/src/pages/admin` lists them, in the order of their navigation.

mod access_log;
mod audit;
mod first_look;
mod log_parts;
mod member;
pub(crate) mod members;
mod reports;

pub use access_log::AccessLog;
pub use audit::Audit;
pub use first_look::FirstLook;
pub use member::Member;
pub use members::Members;
pub use reports::Reports;
