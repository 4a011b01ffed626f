//! The mark of answers that are the gateway's own.

/// On an answer that is the gateway's own and not a service's: an extension of the response, for the layers that shape our own
/// answers.
#[derive(Clone, Copy, Debug)]
pub struct OwnAnswer;
