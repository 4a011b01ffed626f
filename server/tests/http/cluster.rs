//! Replicas that share a database, and may be killed.

use reqwest::header::{COOKIE, HeaderMap, HeaderValue};
use tokio::sync::Mutex;

use crate::echo::Echo;
use crate::process::{Place, Process, callback, foreign_providers};
use crate::provider_actor::ProviderActor;
use crate::token_actor::MASTER_KEY;

/// Replicas on one database, behind one public address, with an echo behind their gateways.
pub struct Cluster {
    pub places: Vec<Place>,
    processes: Vec<Mutex<Option<Process>>>,
    actor: ProviderActor,
    client: reqwest::Client,
    _simulators: simulators::Simulators,
    echo: Echo,
}

impl Cluster {
    /// Starts so many; each is told the settings.
    pub async fn start(replicas: usize, database: &str, settings: &[(&str, &str)]) -> Self {
        let places: Vec<_> = (0..replicas).map(|_| Place::new()).collect();
        let public = places[0].port();
        Self::start_behind(public, places, database, settings).await
    }

    /// Starts one in each place, all to be found at the port `public`.
    pub async fn start_behind(
        public: u16,
        mut places: Vec<Place>,
        database: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let echo = Echo::start().await;
        places[0].public = Some(public);
        let (simulators, actor) = foreign_providers(&mut places[0]).await;
        let shared = places[0].settings().to_vec();
        for (index, place) in places.iter_mut().enumerate() {
            if index > 0 {
                for (key, value) in &shared {
                    place.set(key, value);
                }
            }
            place.public = Some(public);
            place.set("DAEMUN_DATABASE__URL", database);
            place.set("DAEMUN_MASTER_KEYS", MASTER_KEY);
            for (key, value) in settings {
                place.set(key, value);
            }
            std::fs::write(place.path("daemun.toml"), route(&echo, "service", "scope = \"read\"")).unwrap();
        }
        let mut processes = Vec::new();
        for place in &places {
            processes.push(Mutex::new(Some(place.start().await)));
        }
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { places, processes, actor, client: client.build().unwrap(), _simulators: simulators, echo }
    }

    /// Somebody signs in; gives what their browser sends from then on.
    pub async fn sign_in(&self) -> String {
        let browser = self.places[0].browser();
        let back = callback(&browser, &self.actor, "google").await;
        assert_eq!(browser.visit(&back).await.status, 303);
        format!("daemun={}", browser.cookie("daemun").unwrap())
    }

    /// A request with a session's cookie.
    pub fn get(&self, replica: usize, path: &str, cookie: &str) -> reqwest::RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers.insert("accept", HeaderValue::from_static("application/json"));
        self.client.get(format!("http://{}{path}", self.places[replica].address())).headers(headers)
    }

    /// Signs out.
    pub async fn sign_out(&self, replica: usize, cookie: &str) {
        let url = format!("http://{}/api/auth/signout", self.places[replica].address());
        let answer = self.client.post(url).header(COOKIE, cookie).header("sec-fetch-site", "same-origin");
        let answer = answer.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(answer.status(), 303);
    }

    /// `kill -9`, and a new start.
    pub async fn replace(&self, replica: usize) {
        let mut process = self.processes[replica].lock().await;
        process.take().unwrap().kill().await;
        *process = Some(self.places[replica].start().await);
    }

    /// `kill -9`.
    pub async fn kill(&self, replica: usize) {
        self.processes[replica].lock().await.take().unwrap().kill().await;
    }

    /// Starts one that was killed or stopped.
    pub async fn revive(&self, replica: usize) {
        *self.processes[replica].lock().await = Some(self.places[replica].start().await);
    }

    /// Stops one in order; gives its log.
    pub async fn stop(&self, replica: usize) -> String {
        self.processes[replica].lock().await.take().unwrap().stop().await
    }

    /// Sends a signal.
    pub async fn signal(&self, replica: usize, name: &str) {
        self.processes[replica].lock().await.as_ref().unwrap().signal(name);
    }

    /// Adds these routes, a name and an access each, to the one that there is, at every replica; one that is being
    /// replaced reads them as it starts.
    pub async fn reload(&self, added: &[(&str, &str)]) {
        let mut text = route(&self.echo, "service", "scope = \"read\"");
        text.extend(added.iter().map(|(name, access)| route(&self.echo, name, access)));
        for (place, process) in self.places.iter().zip(&self.processes) {
            let process = process.lock().await;
            std::fs::write(place.path("daemun.toml"), &text).unwrap();
            process.as_ref().unwrap().signal("-HUP");
        }
    }
}

fn route(echo: &Echo, name: &str, access: &str) -> String {
    format!(
        "[[gateway.routes]]\npath = \"/{name}/{{*rest}}\"\nupstream = [\"{}\"]\nmethods = [\"GET\", \"POST\"]\n{access}\n",
        echo.url()
    )
}

/// A number that is different each time, without a seed to set: which request is unlucky does not matter.
pub fn dice(sides: usize) -> usize {
    let mut bytes = [0; 8];
    kernel::Randomness::fill(&kernel::OsRandomness, &mut bytes);
    usize::try_from(u64::from_ne_bytes(bytes) % sides as u64).unwrap()
}
