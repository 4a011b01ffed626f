//! Whose posts are looked up for a page, and how many of each: no more than can be on it.
//!
//! A reader may have a hundred authors whose posts are not in the feed, each with any number of them. What is read of them must
//! not be a hundred pages. An author whose newest post is older than the whole page is left out; and of the others, ranked by
//! their newest posts, the first can have all of the page, the next one place less, and so on.

use db::{Connection, DbError, Dialect};

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::store::page::{LookedUp, Part, end, heads};

/// So few authors are looked up without being ranked first.
const FEW: usize = 4;

/// The authors of a page, and the part of the feed that it is in.
#[derive(Debug)]
pub(crate) struct Narrowed {
    pub(crate) part: Part,
    pub(crate) authors: Vec<LookedUp>,
}

/// Leaves out what cannot be among the newest `many` posts of a part. Of each author it is known that they wrote nothing later
/// than then.
pub(crate) async fn narrow(
    connection: &mut Connection,
    dialect: Dialect,
    whole: Part,
    authors: &[RowCursor],
    many: u32,
) -> Result<Narrowed, DbError> {
    let all = |part, authors: Vec<PersonNo>| Narrowed {
        part,
        authors: authors.into_iter().map(|author| LookedUp { author, many }).collect(),
    };
    if authors.len() <= FEW {
        return Ok(all(whole, authors.iter().map(|author| author.no).collect()));
    }
    let after = many.saturating_sub(1);
    let oldest = end(connection, dialect, whole, after).await?;
    let part = Part { floor: oldest.unwrap_or(whole.floor), ..whole };
    let late = authors.iter().filter(|author| author.at >= part.floor.at().millis());
    let late: Vec<_> = late.map(|author| author.no).collect();
    if late.len() <= FEW {
        return Ok(all(part, late));
    }
    let mut ranked = heads(connection, dialect, part, &late).await?;
    ranked.sort_unstable_by_key(|(_, newest)| std::cmp::Reverse(*newest));
    let places = usize::try_from(many).unwrap_or(usize::MAX);
    // So many posts are newer than this one, or it: all of the page is.
    let last = places.checked_sub(1).and_then(|last| ranked.get(last));
    let part = Part { floor: last.map_or(part.floor, |(_, newest)| *newest), ..part };
    let authors = ranked.iter().zip((1..=many).rev());
    let authors = authors.map(|((author, _), many)| LookedUp { author: *author, many }).collect();
    Ok(Narrowed { part, authors })
}
