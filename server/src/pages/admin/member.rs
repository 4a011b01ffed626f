//! `/admin/members/{id}`: what there is to know of a member.

use audit::{AuditFilter, AuditRow};
use authorization::ConnectedApp;
use contract::views::admin::{
    AppOfMember, FactorsOfMember, MailOfMember, MailState, Masked, MemberView, MethodOfMember, RowOfMember,
    SessionOfMember,
};
use members::SignInMethodEntry;
use names::{AuditKind, MemberId, SignInMethod};
use notifications::QueuedMail;
use sessions::{OwnApp, OwnSession};

use super::members::found_member;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many rows of the audit log are shown. The page of the log has all.
const ROWS: u32 = 20;

/// How many mails.
const MAILS: u32 = 10;

impl Load for MemberView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let id = visit.uri.path().rsplit('/').next().and_then(|id| MemberId::parse(id).ok());
        let id = id.ok_or(NoPage::Nothing)?;
        let (parts, members) = (visit.parts(), &visit.parts().members);
        let member = members.directory.one(id).await?.ok_or(NoPage::Nothing)?;
        let methods = members.sign_in_methods.of_member(id).await?.entries;
        let sessions = parts.sessions.own.sessions_of(id, None).await?;
        let sign_ins = parts.sessions.own.apps_of(id).await?;
        let consents = parts.authorization.connected_apps(id).await?;
        let filter = AuditFilter { member: Some(id.uuid()), ..AuditFilter::default() };
        let rows = audit::search::newest(&mut *members.directory.db().read().await?, &filter, ROWS).await?;
        let mails = match members::mailbox_of(&mut *members.directory.db().read().await?, id).await? {
            Some(mailbox) => {
                notifications::newest_to(&mut *members.directory.db().read().await?, &mailbox, MAILS).await?
            }
            None => Vec::new(),
        };
        let others = members.roles.names().filter(|role| !member.roles.contains(role));
        Ok(Self {
            others: others.map(ToString::to_string).collect(),
            methods: methods.into_iter().map(|method| method_of(visit, method)).collect(),
            factors: factors(visit, id).await?,
            sessions: sessions.into_iter().map(|session| session_of(visit, session)).collect(),
            sign_ins: sign_ins.into_iter().map(|app| sign_in_of(visit, &app)).collect(),
            consents: consents.into_iter().map(|app| consent_of(visit, app)).collect(),
            mails: mails.into_iter().map(|mail| mail_of(visit, mail)).collect(),
            rows: rows.into_iter().map(|row| row_of(visit, row)).collect(),
            member: found_member(visit, member),
        })
    }
}

fn method_of(visit: &Visit<'_>, method: SignInMethodEntry) -> MethodOfMember {
    let address = method.email.as_deref().map(admin::masked::address);
    MethodOfMember {
        method: method.provider.map_or(SignInMethod::Password, SignInMethod::Provider),
        address: address.map(|text| Masked { text, reveal: None }),
        is_proven: method.email_proven,
        since: visit.moment(method.since),
        last_used: method.last_used.map(|at| visit.moment(at)),
    }
}

async fn factors(visit: &Visit<'_>, member: MemberId) -> Result<FactorsOfMember, NoPage> {
    let members = &visit.parts().members;
    let codes = members.codes.of_member(member).await?;
    let passkeys = members.own_passkeys.of_member(member).await?;
    Ok(FactorsOfMember {
        codes_since: codes.as_ref().map(|codes| visit.moment(codes.since)),
        recovery_left: codes.map_or(0, |codes| codes.recovery_left),
        passkeys: passkeys.iter().filter(|passkey| passkey.is_usable).count(),
    })
}

fn network_of(network: &str) -> Masked {
    Masked { text: admin::masked::network(network), reveal: None }
}

fn session_of(visit: &Visit<'_>, own: OwnSession) -> SessionOfMember {
    SessionOfMember {
        browser: own.device.browser,
        system: own.device.system,
        network: network_of(&own.network),
        since: visit.moment(own.session.created_at),
        last_seen_at: visit.moment(own.session.last_seen_at),
    }
}

fn sign_in_of(visit: &Visit<'_>, app: &OwnApp) -> AppOfMember {
    AppOfMember { name: None, since: visit.moment(app.signed_in_at), used_at: visit.moment(app.used_at) }
}

fn consent_of(visit: &Visit<'_>, app: ConnectedApp) -> AppOfMember {
    AppOfMember {
        since: visit.moment(app.first_used_at),
        used_at: visit.moment(app.last_used_at),
        name: Some(app.name),
    }
}

fn mail_of(visit: &Visit<'_>, mail: QueuedMail) -> MailOfMember {
    let state = match mail.state.as_str() {
        "done" => MailState::Sent,
        "dead" => MailState::GivenUp,
        _ => MailState::Waiting,
    };
    MailOfMember { template: mail.template, state, at: visit.moment(mail.created_at) }
}

fn row_of(visit: &Visit<'_>, row: AuditRow) -> RowOfMember {
    RowOfMember {
        what: AuditKind::parse(&row.kind),
        failure: (!row.succeeded()).then(|| row.reason.clone()),
        by_operator: row.actor == names::Actor::Operator.as_str(),
        note: row.note,
        at: visit.moment(row.at),
        times: u32::try_from(row.times).unwrap_or(u32::MAX),
        network: (!row.network.is_empty()).then(|| network_of(&row.network)),
        kind: row.kind,
    }
}
