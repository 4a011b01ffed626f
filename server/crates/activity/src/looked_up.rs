//! Whose posts are looked up for a page, and how many of each: no more than can be on it.
//!
//! A reader may have a hundred authors whose posts are not in the feed, each with any number of them. What is read of them must
//! not be a hundred pages. An author whose newest post is older than the whole page is left out; and of the others, ranked by
//! their newest posts, the first can have all of the page, the next one place less, and so on.

use db::{Connection, DbError, Dialect};

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::post_id::PostId;
use crate::store::page::{LookedUp, Part, end, heads};

/// So few authors are looked up without being ranked first.
const FEW: usize = 4;
/// So many more authors than a page has posts are asked for their newest post at first, for those whose newest one is hidden.
const SPARE: usize = 3;

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
    let mut late: Vec<_> =
        authors.iter().copied().filter(|author| author.at >= part.floor.at().millis()).collect();
    if late.len() <= FEW {
        return Ok(all(part, late.iter().map(|author| author.no).collect()));
    }
    late.sort_unstable_by_key(|author| std::cmp::Reverse(author.at));
    let places = usize::try_from(many).unwrap_or(usize::MAX);
    // What an author wrote last says nothing of older pages.
    let at_first = if part.before == PostId::LAST { places.saturating_add(SPARE) } else { usize::MAX };
    let (first, rest) = late.split_at(at_first.min(late.len()));
    let mut ranked = ranked_heads(connection, dialect, part, first).await?;
    let part = Part { floor: floor_of(&ranked, places).unwrap_or(part.floor), ..part };
    // Nobody of the rest wrote anything later than the last one that was asked for.
    let rest: Vec<_> = rest.iter().copied().filter(|author| author.at >= part.floor.at().millis()).collect();
    if !rest.is_empty() {
        ranked.extend(ranked_heads(connection, dialect, part, &rest).await?);
        ranked.sort_unstable_by_key(|(_, newest)| std::cmp::Reverse(*newest));
    }
    let part = Part { floor: floor_of(&ranked, places).unwrap_or(part.floor), ..part };
    let authors = ranked.iter().zip((1..=many).rev());
    let authors = authors.map(|((author, _), many)| LookedUp { author: *author, many }).collect();
    Ok(Narrowed { part, authors })
}

/// The newest posts of these authors, newest first.
async fn ranked_heads(
    connection: &mut Connection,
    dialect: Dialect,
    part: Part,
    authors: &[RowCursor],
) -> Result<Vec<(PersonNo, PostId)>, DbError> {
    let authors: Vec<_> = authors.iter().map(|author| author.no).collect();
    let mut ranked = heads(connection, dialect, part, &authors).await?;
    ranked.sort_unstable_by_key(|(_, newest)| std::cmp::Reverse(*newest));
    Ok(ranked)
}

/// The last of a page of these: so many posts are newer than it, or it, so that all of the page is.
fn floor_of(ranked: &[(PersonNo, PostId)], places: usize) -> Option<PostId> {
    places.checked_sub(1).and_then(|last| ranked.get(last)).map(|(_, newest)| *newest)
}
