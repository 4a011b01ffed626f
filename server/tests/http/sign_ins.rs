//! Two hundred people sign in by password in one moment: some sign in, the others are told when to come back, and
//! memory does not feel it (S-ACC-5). What others feel of it is measured by `scripts/bench rush`.

#![allow(clippy::print_stdout, reason = "it says what it saw")]

use crate::process::Place;
use crate::rush::Rush;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s_acc_5_two_hundred_sign_ins_at_once_stay_within_their_memory() {
    let mut place = Place::new();
    place.set("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1");
    let process = place.start().await;
    let Rush { statuses, grown, slowest_look } =
        Rush::of(process.id(), &place.address(), &place.operations()).await;
    let cap = Rush::cap();
    println!("{statuses:?}; memory grew by {} MiB of {}; health {slowest_look:?}", grown >> 20, cap >> 20);
    assert!(grown < cap, "{} MiB", grown >> 20);
    assert!(statuses.contains_key(&401) && statuses.contains_key(&503), "{statuses:?}");
    process.stop().await;
}
