//! `/`: the main page.

use contract::Viewer;
use leptos::prelude::*;
use names::{Language, path};

use crate::components::{Avatar, Frame, FrontGate, SignOut};
use crate::frame::frame;
use crate::page::{Page, Record};
use crate::texts::{home, navigation};

/// A front gate: for visitors half open, with the link to sign in; for members open, with their name and links.
pub struct Home;

impl Page for Home {
    type View = ();

    const RECORD: &'static Record = &Record::public(path::HOME, home::title).same_for_visitors();

    fn draw((): ()) -> AnyView {
        let frame = frame();
        let language = frame.language;
        let content = match &frame.viewer {
            Some(viewer) => inside(viewer, language).into_any(),
            None => outside(language).into_any(),
        };
        view! {
            <Frame>{content}</Frame>
        }
        .into_any()
    }
}

fn outside(language: Language) -> impl IntoView {
    let point = |what, more| view! { <li class="point"><b>{what}</b>{more}</li> };
    view! {
        <div class="home">
            <FrontGate open=false>
                <h1>{home::heading(language)}</h1>
                <p class="lead">{home::lead(language)}</p>
                <a class="button button--main" href=path::LOGIN>{home::sign_in(language)}</a>
            </FrontGate>
            <ul class="points">
                {point(home::account(language), home::account_more(language))}
                {point(home::devices(language), home::devices_more(language))}
                {point(home::history(language), home::history_more(language))}
            </ul>
        </div>
    }
}

fn inside(viewer: &Viewer, language: Language) -> impl IntoView + use<> {
    let place = |to, what, more| {
        view! { <li><a class="point" href=to><b>{what}</b>{more}</a></li> }
    };
    let (picture, greeting) = (viewer.picture.clone(), viewer.greeting.clone());
    let welcome = home::welcome(language, &viewer.nickname);
    view! {
        <div class="home">
            <FrontGate open=true>
                <Avatar picture />
                <h1>{welcome}</h1>
                <p class="lead">{greeting}</p>
                <a class="button button--main" href=path::PROFILE>{home::to_me(language)}</a>
                <SignOut />
            </FrontGate>
            <nav aria-label=navigation::label(language)>
                <ul class="points">
                    {place(path::SECURITY, navigation::security(language), home::to_security(language))}
                    {place(path::SESSIONS, navigation::devices(language), home::to_devices(language))}
                    {place(path::HISTORY, navigation::history(language), home::to_history(language))}
                </ul>
            </nav>
        </div>
    }
}
