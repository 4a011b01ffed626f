//! The pages of operators, one file each. `server/src/pages/admin` lists them, in the order of their navigation.

mod first_look;
mod member;
pub(crate) mod members;

pub use first_look::FirstLook;
pub use member::Member;
pub use members::Members;
