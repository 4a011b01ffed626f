//! What a page is.

use std::borrow::Cow;

use contract::Frame;
use leptos::prelude::AnyView;
use names::Language;

/// A page of the site: its record, its view, and how it is drawn, in one file.
pub trait Page: 'static {
    /// What it is about; `()` where the frame says everything.
    type View: Send + 'static;

    /// What the program must know of it.
    const RECORD: &'static Record;

    /// The title of its document.
    fn title(_: &Self::View, language: Language) -> Cow<'static, str> {
        Cow::Borrowed((Self::RECORD.title)(language))
    }

    /// Whether its islands come to life in this frame. Otherwise it loads no script and no WASM.
    fn comes_alive(_: &Frame) -> bool {
        Self::RECORD.islands
    }

    /// What is in its body. The [frame](contract::Frame) is in the context.
    fn draw(view: Self::View) -> AnyView;
}

/// Who may see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Everybody,
    /// Who is signed in; the server sends others to the login page and back.
    Members,
    /// Administrators with a fresh proof. Others find nothing at its address.
    Operators,
    /// Who looks after what members write, and who administers; to others there is nothing there.
    Moderators,
}

impl Access {
    /// Whether there is nothing at such a page for whom it is not.
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
    /// Whether it has the script of passkeys, where they are switched on.
    pub passkeys: bool,
    /// Whether it is of no use where no mail goes out.
    pub needs_mail: bool,
    /// Whether it is of no use where passkeys are switched off.
    pub needs_passkeys: bool,
    /// Whether it is of no use where nobody signs up by a passkey.
    pub needs_passkey_sign_up: bool,
    /// Whether it is of no use where members do not follow each other.
    pub needs_feed: bool,
    /// Whether its forms are told from those that another browser sends: a proof that is shown twice by the same one is
    /// answered as the first time.
    pub binds_browser: bool,
    /// Whether its forms lead to a provider.
    pub leads_to_providers: bool,
    /// Whether one signs in or up there. Members who only pass through are sent on.
    pub signs_in: bool,
    /// Whether all visitors see the same who come by its bare address, in one language.
    pub same_for_visitors: bool,
    /// Whether a person goes on from it to where they were going, as `return_to` in its address has it.
    pub leads_on: bool,
    pub(crate) title: Text,
    pub(crate) navigation: Option<Text>,
}

/// A text in each language.
pub type Text = fn(Language) -> &'static str;

impl Record {
    /// A page of everybody, with this title.
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
            leads_on: false,
            same_for_visitors: false,
            title,
            navigation: None,
        }
    }

    /// A page of members outside of the account area.
    pub(crate) const fn of_members(path: &'static str, title: Text) -> Self {
        Self { access: Access::Members, ..Self::public(path, title) }
    }

    /// A page of the account area, under this name in its navigation. It has the islands of
    /// [`AccountFrame`](crate::components::AccountFrame).
    pub(crate) const fn account(path: &'static str, title: Text, navigation: Text) -> Self {
        Self { access: Access::Members, islands: true, ..Self::public(path, title) }.called(navigation)
    }

    /// A page of the admin area. It has [`AdminFrame`](crate::components::admin::AdminFrame) around it.
    pub(crate) const fn admin(path: &'static str, title: Text) -> Self {
        Self { access: Access::Operators, islands: true, ..Self::public(path, title) }
    }

    /// For moderators as well.
    pub(crate) const fn of_moderators(self) -> Self {
        Self { access: Access::Moderators, ..self }
    }

    /// Under this name in the navigation of its area.
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

    /// Whether it is drawn at this path.
    pub fn is_at(&self, path: &str) -> bool {
        match self.path.split_once('{') {
            Some((start, _)) => {
                path.strip_prefix(start).is_some_and(|id| !id.is_empty() && !id.contains('/'))
            }
            None => self.path == path,
        }
    }
}
