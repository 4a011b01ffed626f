//! Pages and lists, alongside the bare statements of a page.

use std::fmt;
use std::time::{Duration, Instant};

use activity::{ListOf, PageQuery};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Dialect, query};
use futures::future::BoxFuture;

use crate::plant::Planted;
use crate::stage::{Stage, member};
use crate::{millis, quantile, times};

/// Others use the machine as well, so looks that are compared alternate, and of some batches the least figures count.
const BATCHES: usize = 5;
const LOOKS: usize = 1_000;

/// How long looks of one kind took.
pub struct Looks {
    half: Duration,
    late: Duration,
    total: Duration,
}

impl Looks {
    const NONE: Self = Self { half: Duration::MAX, late: Duration::MAX, total: Duration::MAX };

    fn least(&mut self, took: &mut [Duration]) {
        self.half = self.half.min(quantile(took, 0.5));
        self.late = self.late.min(quantile(took, 0.99));
        self.total = self.total.min(took.iter().sum());
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {}, p99 {}", millis(self.half), millis(self.late))
    }
}

/// A look that can be taken again and again.
type Look<'a> = Box<dyn Fn() -> BoxFuture<'a, ()> + 'a>;

/// How long many looks of each kind took, in turn.
async fn looks<const N: usize>(kinds: [Look<'_>; N]) -> [Looks; N] {
    let mut least = [const { Looks::NONE }; N];
    for batch in 0..=BATCHES {
        let mut took = [const { Vec::new() }; N];
        for _ in 0..LOOKS {
            for (look, took) in kinds.iter().zip(&mut took) {
                let began = Instant::now();
                look().await;
                took.push(began.elapsed());
            }
        }
        // The first batch is for what is remembered from then on.
        if batch > 0 {
            least.iter_mut().zip(&mut took).for_each(|(least, took)| least.least(took));
        }
    }
    least
}

pub async fn measure(stage: &Stage, planted: &Planted) {
    let feed = |no: i64| -> Look<'_> {
        Box::new(move || {
            Box::pin(async move {
                let page = stage.activity.feed(member(no), &PageQuery::default()).await.unwrap();
                assert_eq!(page.posts.len(), 20, "a full page");
            })
        })
    };
    let bare: Look<'_> = Box::new(|| Box::pin(bare_page(stage, planted.of_one)));
    let [bare, one, many] = looks([bare, feed(planted.of_one), feed(planted.of_many)]).await;
    let share = bare.total.as_secs_f64() / one.total.as_secs_f64();
    println!("  a page's bare statements: {bare}");
    println!("  a page, 1 followed: {one}: {share:.2} of the bare rate");
    println!(
        "  a page, 5,000 followed, 100 looked up: {many}: p99 {} times that, p50 {}",
        times(many.late, one.late),
        times(many.half, one.half)
    );
    let list = |cursor: Option<String>| -> Look<'_> {
        Box::new(move || {
            let query = PageQuery { before: cursor.clone(), limit: None };
            Box::pin(async move {
                let page =
                    stage.activity.list(ListOf::Followers, member(planted.followed), &query).await.unwrap();
                assert_eq!(page.members.len(), 20, "a full page");
            })
        })
    };
    let [first, deep] = looks([list(None), list(Some(cursor(40)))]).await;
    println!(
        "  a list, first row {first}; row {} {deep}: p99 {} times that, p50 {}",
        planted.followers,
        times(deep.late, first.late),
        times(deep.half, first.half)
    );
}

/// After the row of this time, in a list of followers.
fn cursor(at: i64) -> String {
    let bytes: Vec<u8> = [3].into_iter().chain(at.to_be_bytes()).chain(at.to_be_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The statements of a page for somebody with nobody to be looked up: who reads, whom to look up, and the posts.
async fn bare_page(stage: &Stage, no: i64) {
    let dialect = stage.database.dialect();
    let mut reader = stage.database.read().await.unwrap();
    let find = statement(dialect, |text| text.contains("FROM people WHERE member_id = ?"));
    query(find).bind(member(no).to_string()).fetch_one(&mut *reader).await.unwrap();
    let pulled = statement(dialect, |text| text.contains("f.delivery = 1 ORDER BY a.last_post"));
    let mut pulled = query(pulled);
    for _ in 0..2 {
        pulled = pulled.bind(vec![0xff; 16]).bind(vec![0; 16]);
    }
    pulled.bind(member(no).to_string()).bind(1_i64).bind(24_i64).fetch_all(&mut *reader).await.unwrap();
    let page = statement(dialect, |text| text.starts_with("SELECT c.id"));
    let mut page = query(page);
    for _ in 0..3 {
        page = page.bind(no).bind(vec![0xff; 16]).bind(vec![0; 16]).bind(21_i64);
    }
    let page = page.bind(21_i64).bind(no).bind(no).bind(no);
    let rows = page.fetch_all(&mut *reader).await.unwrap();
    assert!(rows.len() >= 20);
}

/// The first statement of this part that is so.
pub fn statement(dialect: Dialect, is_it: impl Fn(&str) -> bool) -> &'static str {
    let fixed = activity::STORAGE.statements.iter().flat_map(|of_table| of_table.iter().copied());
    fixed.chain((activity::STORAGE.per_dialect)(dialect)).find(|text| is_it(text)).unwrap()
}
