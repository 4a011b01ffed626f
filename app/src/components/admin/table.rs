//! Tables, and the links between the pages of a list.

use leptos::prelude::*;

use crate::frame::language;
use crate::texts::admin;

/// A table. On a phone each row is a block, in which every cell says what it is.
pub(crate) struct Table {
    /// The caption for screen readers.
    pub(crate) caption: &'static str,
    /// The names of the columns. The cells of the first column are the headers of their rows.
    pub(crate) columns: Vec<&'static str>,
    /// The rows, each with a cell for each column.
    pub(crate) rows: Vec<Vec<AnyView>>,
}

impl Table {
    /// Draws it. The roles are explicit, since browsers drop them when a style sheet turns rows into blocks.
    pub(crate) fn draw(self) -> AnyView {
        let Self { caption, columns, rows } = self;
        let heads: Vec<_> =
            columns.iter().map(|name| view! { <th role="columnheader" scope="col">{*name}</th> }).collect();
        let rows: Vec<_> = rows.into_iter().map(|cells| row(&columns, cells)).collect();
        view! {
            <table class="table" role="table">
                <caption class="only-read-out">{caption}</caption>
                <thead class="table__head" role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    }
}

fn row(columns: &[&'static str], cells: Vec<AnyView>) -> impl IntoView + use<> {
    let cells: Vec<_> = columns
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(index, (name, cell))| {
            if index == 0 {
                view! { <th class="table__cell" role="rowheader" scope="row" data-label=*name>{cell}</th> }
                    .into_any()
            } else {
                view! { <td class="table__cell" role="cell" data-label=*name>{cell}</td> }.into_any()
            }
        })
        .collect();
    view! { <tr class="table__row" role="row">{cells}</tr> }
}

/// Links to the first and the next page of a list, if there are any. They can be sent to a colleague.
pub(crate) fn ways(first: Option<String>, next: Option<String>) -> Option<AnyView> {
    if first.is_none() && next.is_none() {
        return None;
    }
    let language = language();
    let way = |address: String, label| view! { <a class="button button--quiet" href=address>{label}</a> };
    let first = first.map(|address| way(address, admin::first_part(language)));
    let next = next.map(|address| way(address, admin::next_part(language)));
    Some(view! { <p class="ways">{first} {next}</p> }.into_any())
}
