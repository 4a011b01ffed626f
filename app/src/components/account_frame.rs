//! The frame of the account area: its navigation, the island that notices the end of the session, and the island that shows
//! times in the browser's zone.

use contract::Frame as PageFrame;
use leptos::prelude::*;
use names::{LoginError, path};

use super::area_navigation;
use super::frame::Frame;
use super::local_time::phrases;
use crate::frame::{frame, path_of};
use crate::islands::{LocalTimes, SessionWatch};
use crate::texts::navigation;

/// The frame of a page of the account area. The server shows these pages to members only.
#[component]
pub(crate) fn AccountFrame(children: Children) -> impl IntoView {
    let frame = frame();
    let (language, here) = (frame.language, path_of(&frame.address));
    let entries = area_navigation::entries(here, language);
    let islands = member_islands(&frame);
    view! {
        <Frame>
            <div class="account">
                <nav class="navigation" aria-label=navigation::label(language)>{entries}</nav>
                <section class="card">{children()}</section>
            </div>
            {islands}
        </Frame>
    }
}

/// The islands of each page of a member: the session watch and local times.
pub(super) fn member_islands(frame: &PageFrame) -> AnyView {
    let here = path_of(&frame.address);
    let watch = frame.viewer.as_ref().map(|viewer| {
        let ended = path::login(Some(LoginError::SessionEnded), here);
        view! { <SessionWatch member=viewer.id.clone() ended /> }
    });
    let times = frame.now.clone().map(|now| {
        view! { <LocalTimes phrases=phrases(frame.language).clone() now /> }
    });
    view! { {watch} {times} }.into_any()
}
