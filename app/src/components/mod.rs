//! Parts that several pages share.

mod avatar;
mod frame;
mod language_switch;
mod mark;
mod provider_button;
mod sign_out;

pub(crate) use avatar::Avatar;
pub(crate) use frame::{Frame, FrameFor};
pub(crate) use language_switch::LanguageSwitch;
pub(crate) use mark::Mark;
pub(crate) use provider_button::ProviderButton;
pub(crate) use sign_out::SignOut;
