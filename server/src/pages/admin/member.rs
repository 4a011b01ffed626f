//! `/admin/members/{id}`: what there is to know of a member.

use audit::{AuditFilter, AuditRow};
use authorization::ConnectedApp;
use contract::views::admin::{
    AppOfMember, FactorsOfMember, FoundMember, MailOfMember, MailState, Masked, MemberView, MethodOfMember,
    RowOfMember, SessionOfMember,
};
use members::{ListedMember, SignInMethodEntry};
use names::{AccessKind, MemberId, OperatedBy, SignInMethod};
use notifications::QueuedMail;
use sessions::{OwnApp, OwnSession};

use super::members::found_member;
use super::reveal::{OfMember, Revealed};
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many rows of the audit log are shown. The page of the log has all.
const MAX_ROWS: u32 = 20;

/// How many of a member's newest mails are shown.
const MAX_MAILS: u32 = 10;

impl Load for MemberView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let id = visit.uri.path().rsplit('/').next().and_then(|id| MemberId::parse(id).ok());
        let id = id.ok_or(NoPage::Nothing)?;
        let (parts, members) = (visit.parts(), &visit.parts().members);
        let member = members.directory.one(id).await?.ok_or(NoPage::Nothing)?;
        let by = OperatedBy::Member(visit.member()?.member.id);
        parts.admin.access.record_page(id, &by, &visit.context()).await?;
        let whose = Whose { visit, revealed: Revealed::by_reader(visit).await?, member: id.to_string() };
        let methods = members.sign_in_methods.of_member(id).await?.entries;
        let sessions = parts.sessions.own.sessions_of(id, None).await?;
        let sign_ins = parts.sessions.own.apps_of(id).await?;
        let consents = parts.authorization.connected_apps(id).await?;
        let filter = AuditFilter { member: Some(id.uuid()), ..AuditFilter::default() };
        let rows =
            audit::search::newest(&mut *members.directory.db().read().await?, &filter, MAX_ROWS).await?;
        let mails = match members::mailbox_of(&mut *members.directory.db().read().await?, id).await? {
            Some(mailbox) => {
                notifications::newest_to(&mut *members.directory.db().read().await?, &mailbox, MAX_MAILS)
                    .await?
            }
            None => Vec::new(),
        };
        let others = members.roles.names().filter(|role| !member.roles.contains(role));
        Ok(Self {
            others: others.map(ToString::to_string).collect(),
            methods: methods
                .into_iter()
                .enumerate()
                .map(|(place, method)| method_of(&whose, place, &method))
                .collect(),
            factors: factors(visit, id).await?,
            sessions: sessions.into_iter().map(|session| session_of(&whose, &session)).collect(),
            sign_ins: sign_ins.into_iter().map(|app| sign_in_of(visit, &app)).collect(),
            consents: consents.into_iter().map(|app| consent_of(visit, app)).collect(),
            mails: mails.into_iter().map(|mail| mail_of(visit, mail)).collect(),
            rows: rows.into_iter().map(|row| row_of(&whose, row)).collect(),
            member: shown(&whose, member),
        })
    }
}

/// The member, with the contact address that can be revealed.
fn shown(whose: &Whose<'_>, member: ListedMember) -> FoundMember {
    let address = member.email.as_deref().map(|address| whose.address(address, "contact"));
    FoundMember { address, ..found_member(whose.visit, member) }
}

fn method_of(whose: &Whose<'_>, place: usize, method: &SignInMethodEntry) -> MethodOfMember {
    let visit = whose.visit;
    let address = method.email.as_deref();
    MethodOfMember {
        method: method.provider.map_or(SignInMethod::Password, SignInMethod::Provider),
        address: address.map(|address| whose.address(address, &format!("method-{place}"))),
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

/// Whose page it is, and what its reader revealed of it.
struct Whose<'a> {
    visit: &'a Visit<'a>,
    revealed: Revealed,
    member: String,
}

impl Whose<'_> {
    fn address(&self, whole: &str, place: &str) -> Masked {
        self.masked(AccessKind::Addresses, whole, place)
    }

    fn masked(&self, kind: AccessKind, whole: &str, place: &str) -> Masked {
        self.revealed.of_member(self.visit, &OfMember { kind, member: &self.member, whole, place })
    }
}

fn session_of(whose: &Whose<'_>, own: &OwnSession) -> SessionOfMember {
    let visit = whose.visit;
    SessionOfMember {
        browser: own.device.browser,
        system: own.device.system,
        network: whose.masked(AccessKind::Networks, &own.network, &format!("session-{}", own.session.id)),
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

fn row_of(whose: &Whose<'_>, row: AuditRow) -> RowOfMember {
    let Whose { visit, revealed, .. } = whose;
    let network = |network: &str| revealed.of_row(visit, &row.id.to_string(), network);
    RowOfMember {
        app: visit.parts().authorization.app_name(&row.client),
        failure: (!row.succeeded()).then(|| row.reason.clone()),
        by_operator: row.actor == names::Actor::Operator.as_str(),
        note: row.note,
        at: visit.moment(row.at),
        times: u32::try_from(row.times).unwrap_or(u32::MAX),
        network: (!row.network.is_empty()).then(|| network(&row.network)),
        kind: row.kind,
        object: row.object,
    }
}
