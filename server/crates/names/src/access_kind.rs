//! What operators see of members' data, by names that table, audit log and pages share.

/// What was shown to an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessKind {
    /// The page of a member, with addresses and networks masked.
    Member,
    /// The addresses of a member.
    Addresses,
    /// The networks in which a member is signed in.
    Networks,
    /// An event that a consumer could not deal with, with what it tells.
    DeadLetter,
    /// The network of a row of the audit log.
    AuditNetwork,
    /// A file of the audit log, with networks masked.
    AuditFile,
    /// The same with whole networks.
    WholeAuditFile,
    /// A file of the access log.
    AccessFile,
}

impl AccessKind {
    /// Every value, each once.
    pub const ALL: [Self; 8] = [
        Self::Member,
        Self::Addresses,
        Self::Networks,
        Self::DeadLetter,
        Self::AuditNetwork,
        Self::AuditFile,
        Self::WholeAuditFile,
        Self::AccessFile,
    ];

    /// The name in table, audit log and address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Addresses => "addresses",
            Self::Networks => "networks",
            Self::DeadLetter => "dead_letter",
            Self::AuditNetwork => "audit_network",
            Self::AuditFile => "audit_file",
            Self::WholeAuditFile => "whole_audit_file",
            Self::AccessFile => "access_file",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in AccessKind::ALL {
            assert_eq!(AccessKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(AccessKind::parse("Member"), None);
    }
}
