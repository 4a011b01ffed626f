//! How much work hashing one password takes.

/// Memory and passes of Argon2id for one password, with one lane. Never less than [`HashingCost::LEAST`], except in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingCost {
    kibibytes: u32,
    passes: u32,
}

impl HashingCost {
    /// The minimum: 19 MiB and two passes (OWASP, *Password Storage Cheat Sheet*; S-ACC-4).
    pub const LEAST: Self = Self { kibibytes: 19_456, passes: 2 };

    /// This much memory, in KiB, and this many passes; values below [`HashingCost::LEAST`] are raised to it.
    pub fn new(kibibytes: u32, passes: u32) -> Self {
        Self { kibibytes: kibibytes.max(Self::LEAST.kibibytes), passes: passes.max(Self::LEAST.passes) }
    }

    /// The least that Argon2 accepts. Only `testkit` turns this feature on, so no release has it.
    #[cfg(feature = "testing")]
    pub const fn negligible() -> Self {
        Self { kibibytes: 8, passes: 1 }
    }

    /// Memory, in KiB.
    pub const fn kibibytes(self) -> u32 {
        self.kibibytes
    }

    /// Passes over the memory.
    pub const fn passes(self) -> u32 {
        self.passes
    }
}

impl Default for HashingCost {
    fn default() -> Self {
        Self::LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_acc_4_no_setting_goes_below_the_least() {
        assert_eq!(HashingCost::new(8, 1), HashingCost::LEAST);
        assert_eq!(HashingCost::new(19_457, 1).passes(), 2);
        assert_eq!(HashingCost::new(8, 3).kibibytes(), 19_456);
    }
}
