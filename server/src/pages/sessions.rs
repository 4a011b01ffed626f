//! `/me/sessions`: the browsers and apps in which the viewer is signed in.

use contract::views::{AppEntry, DeviceEntry, SessionEntry, SessionsView};
use sessions::{Device, OwnApp, OwnSession, RememberedDevice};

use super::load::Load;
use super::no_page::NoPage;
use super::place::place;
use super::visit::Visit;

impl Load for SessionsView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let (current, sessions) = (visit.member()?, &visit.parts().sessions);
        let browsers = sessions.own.sessions_of(current.member.id, Some(current.session.id)).await?;
        let apps = sessions.own.apps_of(current.member.id).await?;
        let devices = sessions.own.devices_of(current.member.id).await?;
        Ok(Self {
            browsers: browsers.iter().map(|own| session_entry(visit, own)).collect(),
            apps: apps.iter().map(|own| app_entry(visit, own)).collect(),
            devices: devices.iter().map(|device| device_entry(visit, device)).collect(),
        })
    }
}

fn session_entry(visit: &Visit<'_>, own: &OwnSession) -> SessionEntry {
    SessionEntry {
        id: own.session.id.to_string(),
        browser: own.device.browser,
        system: own.device.system,
        place: place(&own.network),
        signed_in_with: own.session.method,
        signed_in_at: visit.moment(own.session.created_at),
        last_seen_at: visit.moment(own.session.last_seen_at),
        is_current: own.is_current,
    }
}

fn device_entry(visit: &Visit<'_>, remembered: &RememberedDevice) -> DeviceEntry {
    let Device { browser, system } = Device::of(&remembered.user_agent);
    DeviceEntry {
        id: remembered.id.to_string(),
        browser,
        system,
        place: place(&remembered.network),
        since: visit.moment(remembered.created_at),
        until: visit.moment(remembered.expires_at),
    }
}

fn app_entry(visit: &Visit<'_>, own: &OwnApp) -> AppEntry {
    AppEntry {
        id: own.id.to_string(),
        signed_in_at: visit.moment(own.signed_in_at),
        used_at: visit.moment(own.used_at),
    }
}
