//! The routes of this part.

use names::path;
use web::guard::{own_pages_or_programs, signed_in};
use web::{PageForm, PublicOrigin, RETURN_TO, Routes};

use crate::activity::ActivityApi;
use crate::caller::{READ, WRITE};
use crate::{block, feed, follow, lists, member_posts, own_post, profile, publish, report};

/// Where a form leads that is about a post which is gone.
const GONE: &str = "/feed?notice=already_gone";

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<ActivityApi> {
    let read = signed_in().scope(READ);
    let write = own_pages_or_programs().signed_in().scope(WRITE);
    let on_feed = PageForm::on(path::FEED).leads_to(path::FEED);
    // Those on the page of a member lead back there.
    let button = PageForm::button().leads_to(path::FEED);
    Routes::new(origin)
        .get("/api/activity/feed", read, feed::get)
        .get("/api/activity/feed/news", read.unattended(), feed::news)
        .form("/api/activity/posts", write, on_feed.keeps(&["text"]), publish::post)
        .get("/api/activity/posts/{id}", read, own_post::get)
        .form("/api/activity/posts/{id}/delete", write, button.gone_leads_to(GONE), own_post::post)
        .form(
            "/api/activity/posts/{id}/report",
            write,
            // It is beside each post, on many pages; a refused one comes back here with what was typed.
            PageForm::on(path::FEED)
                .keeps(&["note", RETURN_TO])
                .leads_to("/feed?notice=reported")
                .gone_leads_to(GONE),
            report::post,
        )
        .get("/api/activity/members/{id}", read, profile::get)
        .get("/api/activity/members/{id}/posts", read, member_posts::get)
        .get("/api/activity/members/{id}/followers", read, lists::followers)
        .get("/api/activity/members/{id}/following", read, lists::following)
        .get("/api/activity/blocks", read, lists::blocked)
        .form("/api/activity/members/{id}/follow", write, button, follow::post)
        .form("/api/activity/members/{id}/unfollow", write, button, follow::undo)
        .form("/api/activity/members/{id}/block", write, button, block::post)
        .form("/api/activity/members/{id}/unblock", write, button, block::undo)
}
