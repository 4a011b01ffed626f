//! Parts that several pages share.

mod account_frame;
mod account_menu;
mod avatar;
mod connected_apps;
mod decision;
mod frame;
mod front_gate;
mod language_switch;
mod linked_methods;
mod local_time;
mod mark;
mod one_time_codes;
mod passkeys;
mod post;
mod post_text;
mod proof_fields;
mod provider_button;
mod scopes;
mod sign_out;
mod success_notice;

pub(crate) use account_frame::AccountFrame;
pub(crate) use avatar::Avatar;
pub(crate) use connected_apps::ConnectedApps;
pub(crate) use decision::decision_buttons;
pub(crate) use frame::{Frame, frame_for};
pub(crate) use front_gate::FrontGate;
pub(crate) use linked_methods::{LinkNotice, LinkedMethods};
pub(crate) use local_time::{LocalTime, with_time};
pub(crate) use one_time_codes::OneTimeCodes;
pub(crate) use passkeys::{OwnPasskeys, PasskeyButton, PasskeyOffer};
pub(crate) use post::{PostList, person, post_items};
pub(crate) use proof_fields::{new_password, proof_fields};
pub(crate) use provider_button::ProviderButton;
pub(crate) use scopes::scope_list;
pub(crate) use sign_out::SignOut;
pub(crate) use success_notice::SuccessNoticeBox;
