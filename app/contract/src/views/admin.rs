//! What the pages of the admin area show; a file for each page.

mod access_log;
mod audit;
mod first_look;
mod masked;
mod member;
mod members;
mod reports;

pub use access_log::{AccessAsked, AccessLine, AccessLogView};
pub use audit::{AuditAsked, AuditLine, AuditView};
pub use first_look::{
    Count, FirstLookView, HourOfSignIns, KeyInUse, Problem, ReplicaHere, SignInSum, Waiting,
};
pub use masked::{Masked, Reveal};
pub use member::{
    AppOfMember, FactorsOfMember, MailOfMember, MailState, MemberView, MethodOfMember, RowOfMember,
    SessionOfMember,
};
pub use members::{FoundMember, MemberField, MemberState, MembersView};
pub use reports::{ReportedPost, ReportsView};
