//! What this part declares of its tables.

use db::{Expiry, ExpiryColumn, Export, Owner, Storage, Table};

use crate::store::{authors, blocks, entries, follows, page, people, posts, reports};

const IN_PIECES: &str =
    "by numbers of people, which nobody is known by once they are erased; the rows go in pieces afterwards";
const WITH_PEOPLE: &str = "goes with the people";

/// What the program has to know of the tables of this part.
pub const STORAGE: Storage = Storage {
    part: "activity",
    tables: &[
        Table {
            name: "people",
            holds: "who follows, is followed or writes: counts, and how their feed is kept",
            kept: "with the member",
            expiry: Expiry::Stays("goes after the member is erased"),
            sealed: &[],
            owner: Owner::OwnRule {
                columns: &["member_id"],
                erasure: "the id goes at once; the row when nothing else of them is left",
            },
            export: Export::Omitted("counts of what is in the other sections"),
        },
        Table {
            name: "follows",
            holds: "who follows whom since when",
            kept: "until they unfollow",
            expiry: Expiry::Stays(WITH_PEOPLE),
            sealed: &[],
            owner: Owner::Stays { columns: &["follower", "followee"], why: IN_PIECES },
            export: Export::Section("follows"),
        },
        Table {
            name: "blocks",
            holds: "who blocks whom since when",
            kept: "until they unblock",
            expiry: Expiry::Stays(WITH_PEOPLE),
            sealed: &[],
            owner: Owner::Stays { columns: &["blocker", "blocked"], why: IN_PIECES },
            export: Export::Section("blocks"),
        },
        Table {
            name: "posts",
            holds: "what members wrote",
            kept: "until deleted; without the text for another day",
            expiry: Expiry::Column(ExpiryColumn::new("id", "expires_at")),
            sealed: &[],
            owner: Owner::Stays { columns: &["author"], why: IN_PIECES },
            export: Export::Section("posts"),
        },
        Table {
            name: "post_reports",
            holds: "which posts members reported to the operators, and what they said",
            kept: "180 days",
            expiry: Expiry::Column(ExpiryColumn::new("rowid", "expires_at")),
            sealed: &[],
            owner: Owner::Stays { columns: &["reporter"], why: IN_PIECES },
            export: Export::Section("reports"),
        },
        Table {
            name: "feed_entries",
            holds: "which posts are in whose feed",
            kept: "the newest 800 of each feed, while its reader comes",
            expiry: Expiry::Stays("feeds are cut, and given up when nobody looks at them"),
            sealed: &[],
            owner: Owner::Stays { columns: &["reader", "author"], why: IN_PIECES },
            export: Export::Omitted("made from posts and follows"),
        },
    ],
    statements: &[
        people::STATEMENTS,
        follows::STATEMENTS,
        authors::STATEMENTS,
        blocks::STATEMENTS,
        posts::STATEMENTS,
        reports::STATEMENTS,
        entries::STATEMENTS,
    ],
    per_dialect: |dialect| {
        let of_pages = [authors::statements(dialect), page::statements(dialect)].concat();
        [entries::statements(dialect), follows::statements(dialect), of_pages].concat()
    },
};
