//! What a page is.

use std::borrow::Cow;

use contract::Frame;
use leptos::prelude::AnyView;
use names::Language;

/// A page of the site: its record, its view and its rendering, in one file.
pub trait Page: 'static {
    /// Its view; `()` if the frame is enough.
    type View: Send + 'static;

    /// Path, guard, title and islands, from which route and navigation follow.
    const RECORD: &'static Record;

    /// The title of its document.
    fn title(_: &Self::View, language: Language) -> Cow<'static, str> {
        Cow::Borrowed((Self::RECORD.title)(language))
    }

    /// Whether its islands are hydrated in this frame. Otherwise it loads no script and no WASM.
    fn comes_alive(_: &Frame) -> bool {
        Self::RECORD.islands
    }

    /// Draws its body. The [frame](contract::Frame) is in the context.
    fn draw(view: Self::View) -> AnyView;
}

/// Who may see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Everybody,
    /// Members; the server sends others to the login page and back.
    Members,
    /// Administrators with a fresh proof; for others its address does not exist.
    Operators,
    /// Moderators and administrators; for others its address does not exist.
    Moderators,
}

impl Access {
    /// Whether its address does not exist for people without access.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::Operators | Self::Moderators)
    }
}

/// What the program must know of a page.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub struct Record {
    /// Its path, with placeholders.
    pub path: &'static str,
    /// Who may see it.
    pub access: Access,
    /// Whether it has islands. A page without loads no script and no WASM.
    pub islands: bool,
    /// Whether it has the script of passkeys, if they are switched on.
    pub passkeys: bool,
    /// Whether it exists only if mails are sent.
    pub needs_mail: bool,
    /// Whether it exists only if passkeys are switched on.
    pub needs_passkeys: bool,
    /// Whether it exists only if people can sign up with a passkey.
    pub needs_passkey_sign_up: bool,
    /// Whether it exists only if the feed is switched on.
    pub needs_feed: bool,
    /// Whether its forms are bound to the browser, so that the same browser gets the same response when it presents a proof
    /// twice.
    pub binds_browser: bool,
    /// Whether its forms lead to a provider.
    pub leads_to_providers: bool,
    /// Whether people sign in or up there. Members are sent on to `return_to`.
    pub signs_in: bool,
    /// Whether all visitors see the same page at its address without a query, in each language.
    pub same_for_visitors: bool,
    /// Whether opening it may do something, and not only show something.
    pub acts: bool,
    /// Whether it leads on to the `return_to` of its address.
    pub leads_on: bool,
    pub(crate) title: Text,
    pub(crate) navigation: Option<Text>,
}

/// A text in each language.
pub type Text = fn(Language) -> &'static str;

impl Record {
    /// A page for everybody, with this title.
    pub(crate) const fn public(path: &'static str, title: Text) -> Self {
        Self {
            path,
            access: Access::Everybody,
            islands: false,
            passkeys: false,
            needs_mail: false,
            needs_passkeys: false,
            needs_passkey_sign_up: false,
            needs_feed: false,
            binds_browser: false,
            leads_to_providers: false,
            signs_in: false,
            acts: false,
            leads_on: false,
            same_for_visitors: false,
            title,
            navigation: None,
        }
    }

    /// A page for members outside of the account area.
    pub(crate) const fn of_members(path: &'static str, title: Text) -> Self {
        Self { access: Access::Members, ..Self::public(path, title) }
    }

    /// A page of the account area, with the islands of [`AccountFrame`](crate::components::AccountFrame) and this name in its
    /// navigation.
    pub(crate) const fn account(path: &'static str, title: Text, navigation: Text) -> Self {
        Self { access: Access::Members, islands: true, ..Self::public(path, title) }.called(navigation)
    }

    /// A page of the admin area, with the islands of [`AdminFrame`](crate::components::admin::AdminFrame).
    pub(crate) const fn admin(path: &'static str, title: Text) -> Self {
        Self { access: Access::Operators, islands: true, ..Self::public(path, title) }
    }

    /// Makes it accessible to moderators as well.
    pub(crate) const fn of_moderators(self) -> Self {
        Self { access: Access::Moderators, ..self }
    }

    /// Sets its name in the navigation of its area.
    pub(crate) const fn called(self, navigation: Text) -> Self {
        Self { navigation: Some(navigation), ..self }
    }

    pub(crate) const fn with_islands(self) -> Self {
        Self { islands: true, ..self }
    }

    pub(crate) const fn with_passkeys(self) -> Self {
        Self { passkeys: true, ..self }
    }

    pub(crate) const fn needs_mail(self) -> Self {
        Self { needs_mail: true, ..self }
    }

    pub(crate) const fn needs_passkeys(self) -> Self {
        Self { needs_passkeys: true, ..self }
    }

    pub(crate) const fn needs_passkey_sign_up(self) -> Self {
        Self { needs_passkey_sign_up: true, ..self }
    }

    pub(crate) const fn needs_feed(self) -> Self {
        Self { needs_feed: true, ..self }
    }

    pub(crate) const fn binds_browser(self) -> Self {
        Self { binds_browser: true, ..self }
    }

    pub(crate) const fn leads_to_providers(self) -> Self {
        Self { leads_to_providers: true, ..self }
    }

    pub(crate) const fn signs_in(self) -> Self {
        Self { signs_in: true, leads_on: true, ..self }
    }

    pub(crate) const fn same_for_visitors(self) -> Self {
        Self { same_for_visitors: true, ..self }
    }

    pub(crate) const fn leads_on(self) -> Self {
        Self { leads_on: true, ..self }
    }

    /// Whether it is at this path.
    pub fn is_at(&self, path: &str) -> bool {
        match self.path.split_once('{') {
            Some((start, _)) => {
                path.strip_prefix(start).is_some_and(|id| !id.is_empty() && !id.contains('/'))
            }
            None => self.path == path,
        }
    }
}
