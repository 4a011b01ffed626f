//! What the pages of the admin area show; a file for each page.

mod first_look;
mod masked;
mod member;
mod members;

pub use first_look::{
    Count, FirstLookView, HourOfSignIns, KeyInUse, Problem, ReplicaHere, SignInSum, Waiting,
};
pub use masked::{Masked, Reveal};
pub use member::{
    AppOfMember, FactorsOfMember, MailOfMember, MailState, MemberView, MethodOfMember, RowOfMember,
    SessionOfMember,
};
pub use members::{FoundMember, MemberField, MemberState, MembersView};
