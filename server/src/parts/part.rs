//! What the program has to know of a part.

use std::sync::Arc;

use db::Storage;
use events::Consumer;
use jobs::JobKind;
use web::PublicOrigin;

use crate::config::Config;
use crate::parts::background::Background;
use crate::parts::endpoints::Endpoints;
use crate::parts::erasure::{ErasureRule, PreparedRule};
use crate::parts::expiry::ExpiryRule;
use crate::parts::export::{LongSection, Section};
use crate::parts::reseal::ResealRule;
use crate::services::Services;

/// What the program has to know of a part. What follows from its tables is in its [`Storage`]; the rules are for what a
/// table's declaration alone does not tell.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its tables and statements.
    pub storage: &'static Storage,
    /// Its sections in the configuration file.
    pub configuration: &'static [&'static str],
    /// Its kinds of jobs.
    pub jobs: &'static [&'static JobKind],
    /// Whether the program has its endpoints and its consumers by this configuration. Whatever concerns rows that are there
    /// already, such as erasure, export and cleaning, does not ask.
    pub is_on: fn(&Config) -> bool,
    /// Its endpoints at the public listener.
    pub endpoints: fn(&PublicOrigin) -> Vec<Box<dyn Endpoints>>,
    /// How rows expire where no column says so.
    pub expiry: &'static [ExpiryRule],
    /// How values are sealed again that are not sealed for the id of their row.
    pub reseal: Option<ResealRule>,
    /// How a member's rows are erased where no column says so.
    pub erasure: Option<ErasureRule>,
    /// How it deletes what somebody may have prepared who had access to an account before its owner.
    pub prepared: Option<PreparedRule>,
    /// Its sections in the file with everything that is stored about a member.
    pub sections: &'static [Section],
    /// Those of which there may be very much.
    pub long_sections: &'static [LongSection],
    /// What acts on account events.
    pub consumers: fn(&Services) -> Vec<Arc<dyn Consumer>>,
    /// What works alongside the requests until the program ends, also of a part that is off.
    pub background: fn(&Services, Background<'_>),
}

impl Part {
    /// A part that is fully described by its tables.
    pub const fn of(storage: &'static Storage) -> Self {
        Self {
            storage,
            configuration: &[],
            jobs: &[],
            is_on: |_| true,
            endpoints: |_| Vec::new(),
            expiry: &[],
            reseal: None,
            erasure: None,
            prepared: None,
            sections: &[],
            long_sections: &[],
            consumers: |_| Vec::new(),
            background: |_, _| {},
        }
    }
}
