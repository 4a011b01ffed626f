//! Pauses after failures.

use std::time::Duration;

/// A pause that doubles with each failure, up to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// The pause after the first failure.
    pub least: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl BackOff {
    /// The pause after `failures` failures in a row; zero when there were none.
    pub fn after(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.least.saturating_mul(factor).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_bound() {
        let back_off = BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) };
        let seconds = [0, 1, 2, 3, 6, 7, 32, 33, u32::MAX].map(|failures| back_off.after(failures).as_secs());
        assert_eq!(seconds, [0, 1, 2, 4, 32, 60, 60, 60, 60]);
    }
}
