use kernel::HashingCost;

/// Hashing of passwords at next to no cost, for every test that is not about the cost. Those about it, and tests that start the
/// program as a process, have [`HashingCost::default`].
pub const fn cheap_hashing() -> HashingCost {
    HashingCost::negligible()
}
