//! What a route asks of the proof with which its sender has shown who they are (RFC 9470).

use std::fmt;
use std::time::Duration;

use kernel::Timestamp;
use names::Level;

use crate::config::RouteConfig;
use crate::finding::Findings;
use crate::identity::Proof;
use crate::quantity::span;

/// How lately, and how strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepUp {
    /// How long ago it may be.
    pub(crate) fresh: Option<Duration>,
    /// The least level.
    pub(crate) level: Level,
}

impl StepUp {
    /// Reads what a route asks for; `None` where it is nothing.
    pub(crate) fn read(config: &RouteConfig, is_public: bool, findings: &mut Findings<'_>) -> Option<Self> {
        let fresh = config.fresh.as_ref().and_then(|text| {
            let span = span(text);
            if span.is_none() {
                let cure = "Write a number above zero with s, m, h or d, such as 10m";
                findings.wrong("fresh", format!("`{text}` is no duration"), cure);
            }
            span
        });
        let level = match config.level {
            None | Some(1) => Level::One,
            Some(2) => Level::Two,
            Some(other) => {
                findings.wrong("level", format!("there is no level {other}"), "Write 1 or 2");
                Level::One
            }
        };
        let asks = fresh.is_some() || level > Level::One;
        if asks && is_public {
            let key = if fresh.is_some() { "fresh" } else { "level" };
            findings.wrong(key, "nobody is known on a public route", "Leave it out, or write a scope");
        }
        asks.then_some(Self { fresh, level })
    }

    /// Whether every proof that is good enough for `has` is good enough for this.
    pub(crate) fn is_within(self, has: Self) -> bool {
        let is_as_fresh = self.fresh.is_none_or(|asked| has.fresh.is_some_and(|has| has <= asked));
        is_as_fresh && self.level <= has.level
    }

    /// Whether a proof is good enough. A client that acts for itself has none.
    pub(crate) fn is_met(&self, proof: Option<Proof>, now: Timestamp) -> bool {
        let Some(Proof { at, level }) = proof else { return false };
        level >= self.level && self.fresh.is_none_or(|fresh| now.since(at) <= fresh)
    }
}

/// As the route table prints it, after what else the route asks for.
impl fmt::Display for StepUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fresh) = self.fresh {
            write!(f, ", fresh {}s", fresh.as_secs())?;
        }
        if self.level > Level::One {
            write!(f, ", level {}", self.level.number())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_more_or_for_another_thing_is_not_within() {
        let (ten, twenty) = (Some(Duration::from_mins(10)), Some(Duration::from_mins(20)));
        let (one, two) = (Level::One, Level::Two);
        let asks = |fresh, level| StepUp { fresh, level };
        for (asked, has, within) in [
            (asks(ten, one), asks(ten, one), true),
            (asks(twenty, one), asks(ten, two), true),
            (asks(ten, one), asks(twenty, two), false),
            (asks(ten, one), asks(None, two), false),
            (asks(None, two), asks(ten, one), false),
            (asks(None, two), asks(ten, two), true),
        ] {
            assert_eq!(asked.is_within(has), within, "{asked:?} {has:?}");
        }
    }

    #[test]
    fn a_proof_is_lately_enough_and_strong_enough_or_it_is_not() {
        let at = Timestamp::from_millis(1_000_000);
        let (fresh, minute) = (Some(Duration::from_mins(10)), Duration::from_mins(1));
        let proof = |level| Some(Proof { at, level });
        for (asks, proof, after, met) in [
            (StepUp { fresh, level: Level::One }, proof(Level::One), minute * 10, true),
            (StepUp { fresh, level: Level::One }, proof(Level::Two), minute * 11, false),
            (StepUp { fresh: None, level: Level::Two }, proof(Level::Two), minute * 100, true),
            (StepUp { fresh: None, level: Level::Two }, proof(Level::One), minute, false),
            (StepUp { fresh, level: Level::Two }, proof(Level::One), minute, false),
            (StepUp { fresh, level: Level::One }, None, minute, false),
        ] {
            assert_eq!(asks.is_met(proof, at.plus(after)), met, "{asks:?} {proof:?} {after:?}");
        }
    }
}
