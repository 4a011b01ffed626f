//! The actions of operators on a member.

use contract::views::admin::{MemberState, MemberView};
use leptos::prelude::*;
use names::Language;

use crate::components::admin::{Action, action, choice};
use crate::texts::admin_member;

/// The actions that make sense in this state of the account.
pub(super) fn draw(view: &MemberView, language: Language) -> AnyView {
    let mut actions = Vec::new();
    match view.member.state {
        MemberState::Active => actions.push(plain(
            view,
            "disable",
            admin_member::disable(language),
            admin_member::disable_lead(language),
        )),
        MemberState::Disabled => actions.push(plain(
            view,
            "enable",
            admin_member::enable(language),
            admin_member::enable_lead(language),
        )),
        MemberState::Deleting(_) => {}
    }
    let (sign_out, lead) = (admin_member::sign_out(language), admin_member::sign_out_lead(language));
    actions.push(plain(view, "sign-out", sign_out, lead));
    actions.extend(role_actions(view, language));
    if view.member.state == MemberState::Active {
        let (again, lead) = (admin_member::proof_again(language), admin_member::proof_again_lead(language));
        actions.push(plain(view, "proof-again", again, lead));
        if !view.factors.is_empty() {
            let (name, lead) =
                (admin_member::reset_factors(language), admin_member::reset_factors_lead(language));
            actions.push(plain(view, "reset-factors", name, lead));
        }
        actions.push(plain(
            view,
            "delete",
            admin_member::delete(language),
            admin_member::delete_lead(language),
        ));
    }
    view! {
        <section class="part">
            <h2>{admin_member::actions(language)}</h2>
            {actions}
        </section>
    }
    .into_any()
}

/// The path that an action is sent to.
fn path_of(view: &MemberView, action: &str) -> String {
    format!("/api/admin/members/{}/{action}", view.member.id)
}

/// An action that asks only for the reason.
fn plain(view: &MemberView, id: &'static str, name: &'static str, lead: &'static str) -> AnyView {
    action(Action { id: id.to_owned(), path: path_of(view, id), name, lead: lead.to_owned(), fields: None })
}

fn role_actions(view: &MemberView, language: Language) -> Vec<AnyView> {
    let role_action = |id: &'static str, path, (name, lead): (_, &str), roles: &[String]| {
        let options = roles.iter().map(|role| (role.clone(), role.clone())).collect();
        let label = admin_member::role(language);
        let fields = Some(choice(format!("action-{id}-role"), "role", label, options, ""));
        let path = path_of(view, path);
        let draw =
            || action(Action { id: format!("action-{id}"), path, name, lead: lead.to_owned(), fields });
        (!roles.is_empty()).then(draw)
    };
    let give = (admin_member::give_role(language), admin_member::give_role_lead(language));
    let take = (admin_member::take_role(language), admin_member::take_role_lead(language));
    [
        role_action("give-role", "roles/give", give, &view.others),
        role_action("take-role", "roles/take", take, &view.member.roles),
    ]
    .into_iter()
    .flatten()
    .collect()
}
