//! `[gateway]` and `[[gateway.routes]]`.

use ::gateway::{ForwardAuthHeaders, GatewayConfig, ResponseHeaders, RouteConfig, Settings};
use ::limits::Quota;
use kernel::SecretString;
use tokens::Scope;
use web::PublicOrigin;

use super::finding::Finding;
use super::reader::Reader;
use super::scope::scope;
use super::table::{Places, Table};
use super::units::Span;

/// The gateway before the team's services.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The routes, read but not yet checked against each other.
    pub routes: GatewayConfig,
    /// `gateway.scopes`: what routes may ask for beyond the scopes of browser sessions.
    pub scope: Scope,
    connect_time: Span,
    keep_alive: Span,
    idle_connections: u32,
    in_flight: u32,
    health_every: Span,
    write_time: Span,
    upload_time: Span,
    rate_per_network: Option<Quota>,
    rate_per_member: Option<Quota>,
    rate_per_client: Option<Quota>,
    forward_auth_key: Option<SecretString>,
    forward_auth_headers: ForwardAuthHeaders,
    response_headers: ResponseHeaders,
    places: Vec<Places>,
}

impl Gateway {
    pub(super) fn read(reader: &Reader) -> Self {
        let (routes, places) = reader.tables("gateway.routes").into_iter().map(route).unzip();
        Self {
            routes: GatewayConfig { routes },
            scope: scope(reader, "gateway.scopes"),
            connect_time: reader.span("gateway.connect_time"),
            keep_alive: reader.span("gateway.keep_alive"),
            idle_connections: reader.number("gateway.idle_connections"),
            in_flight: reader.number("gateway.in_flight"),
            health_every: reader.span("gateway.health_every"),
            write_time: reader.span("limits.write_time"),
            upload_time: reader.span("limits.upload_time"),
            rate_per_network: rate(reader, "gateway.rate_per_network"),
            rate_per_member: rate(reader, "gateway.rate_per_member"),
            rate_per_client: rate(reader, "gateway.rate_per_client"),
            forward_auth_key: reader.secret("gateway.forward_auth_key"),
            forward_auth_headers: forward_auth_headers(reader),
            response_headers: response_headers(reader),
            places,
        }
    }

    /// `gateway.forward_auth_key`.
    pub(super) const fn forward_auth_key(&self) -> Option<&SecretString> {
        self.forward_auth_key.as_ref()
    }

    /// How the gateway behaves, whatever its routes, at the site at `origin`.
    pub fn settings(&self, origin: PublicOrigin) -> Settings {
        Settings {
            connect_timeout: self.connect_time.get(),
            write_stall: self.write_time.get(),
            upload_time: self.upload_time.get(),
            keep_alive: self.keep_alive.get(),
            idle_connections: self.idle_connections as usize,
            in_flight: self.in_flight as usize,
            health_every: self.health_every.get(),
            rate_per_network: self.rate_per_network,
            rate_per_member: self.rate_per_member,
            rate_per_client: self.rate_per_client,
            forward_auth_key: self.forward_auth_key.clone(),
            forward_auth_headers: self.forward_auth_headers,
            response_headers: self.response_headers.clone(),
            ..Settings::new(origin)
        }
    }

    /// A finding of the gateway's own check, with its place in the file.
    pub fn place(&self, finding: &::gateway::Finding) -> Finding {
        let ::gateway::Finding { key, problem, cure } = finding;
        let place = self.place_of(key).unwrap_or_default();
        Finding { place, key: key.clone(), problem: problem.clone(), cure: cure.clone() }
    }

    /// The place of `gateway.routes[2].upstream[0]`: of the key, or of its route where the key is what is missing.
    fn place_of(&self, key: &str) -> Option<String> {
        let (number, rest) = key.strip_prefix("gateway.routes[")?.split_once(']')?;
        let places = self.places.get(number.parse::<usize>().ok()?)?;
        let name = rest.trim_start_matches('.').split('[').next().unwrap_or_default();
        places.get(name).or_else(|| places.get("")).cloned()
    }
}

fn route(table: Table<'_>) -> (RouteConfig, Places) {
    let route = RouteConfig {
        path: table.text("path").unwrap_or_default(),
        upstream: table.list("upstream").unwrap_or_default(),
        methods: table.list("methods").unwrap_or_default(),
        scope: table.text("scope"),
        role: table.text("role"),
        audience: table.text("audience"),
        protected_resource: table.flag("protected_resource").unwrap_or_default(),
        public: table.flag("public"),
        timeout: table.text("timeout"),
        idle_timeout: table.text("idle_timeout"),
        websocket: table.flag("websocket").unwrap_or_default(),
        body_limit: table.text("body_limit"),
        http2: table.flag("http2").unwrap_or_default(),
        balance: table.text("balance"),
        health: table.text("health"),
        rate: table.text("rate"),
        rate_per_member: table.text("rate_per_member"),
        fresh: table.text("fresh"),
        level: table.small_number("level"),
    };
    (route, table.finish())
}

fn forward_auth_headers(reader: &Reader) -> ForwardAuthHeaders {
    let key = "gateway.forward_auth_headers";
    let word = reader.text(key);
    ForwardAuthHeaders::parse(&word).unwrap_or_else(|| {
        let cure = "Write \"x-forwarded\" (Traefik), \"x-original\" (nginx), or \"\" for both";
        reader.wrong(key, format!("`{word}` is not allowed here"), cure);
        ForwardAuthHeaders::default()
    })
}

fn response_headers(reader: &Reader) -> ResponseHeaders {
    let key = "gateway.response_headers";
    ResponseHeaders::with(reader.list(key)).unwrap_or_else(|problem| {
        reader.wrong(key, problem, "Write names of headers that your services have made for themselves");
        ResponseHeaders::default()
    })
}

fn rate(reader: &Reader, key: &str) -> Option<Quota> {
    let text = reader.text(key);
    if text.is_empty() {
        return None;
    }
    let rate = Quota::parse(&text);
    if rate.is_none() {
        reader.wrong(
            key,
            format!("`{text}` is no rate"),
            "Write a number, a / and s, m or h, such as 100/s; \"\" for no limit",
        );
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigError;
    use crate::config::sources::EXAMPLE;
    use crate::config::tests::loaded;
    use serde::Deserialize;

    /// `[gateway]` of a file, for the reader that the gateway's own types bring.
    #[derive(Deserialize)]
    struct File {
        gateway: GatewayConfig,
    }

    /// The route that the example shows behind comment signs.
    fn shown() -> String {
        let lines = EXAMPLE.lines().skip_while(|line| *line != "# [[gateway.routes]]");
        let lines = lines.take_while(|line| line.starts_with("# ")).map(|line| &line[2..]);
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    fn wrong(toml: &str) -> Vec<Finding> {
        let ConfigError(findings) = loaded(toml, &[]).unwrap_err();
        findings
    }

    #[test]
    fn the_route_in_the_example_is_right_and_shows_every_key() {
        let shown = shown();
        let config = loaded(&shown, &[]).unwrap().config;
        assert_eq!(config.gateway.routes, toml::from_str::<File>(&shown).unwrap().gateway);
        assert_eq!(crate::gateway::routes::table(&config).unwrap().lines().len(), 1);
        let said = toml::from_str::<RouteConfig>("nonsense = 1").unwrap_err().to_string();
        let known = said.split('`').skip(3).step_by(2);
        let missing: Vec<_> = known
            .filter(|key| {
                *key != "public" && !shown.lines().any(|line| line.starts_with(&format!("{key} =")))
            })
            .collect();
        assert_eq!(missing, Vec::<&str>::new(), "{said}");
    }

    #[test]
    fn every_kind_of_value_is_read_as_the_gateway_reads_it() {
        let toml = "[[gateway.routes]]\npath = \"/a\"\nupstream = [\"http://a:1\", \"http://b:1\"]\nmethods = [\"GET\"]\n\
                    public = true\nwebsocket = true\nhttp2 = true\nrate = \"1/s\"\n[[gateway.routes]]\npath = \"/b\"\n";
        let routes = loaded(toml, &[]).unwrap().config.gateway.routes;
        assert_eq!(routes, toml::from_str::<File>(toml).unwrap().gateway);
        assert_eq!(routes.routes.len(), 2);
    }

    #[test]
    fn an_unknown_or_mistyped_key_of_a_route_names_its_line_and_the_nearest_key() {
        let findings = wrong(
            "[[gateway.routes]]\npath = \"/a\"\nscopes = \"read\"\n[[gateway.routes]]\npath = 5\nmethods = \"GET\"\n\
             websocket = \"yes\"\n",
        );
        let [unknown, path, methods, websocket] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(unknown.key, "gateway.routes[0].scopes");
        assert!(unknown.place.ends_with(":3") && unknown.cure.contains("`scope`"), "{unknown}");
        assert_eq!(
            (path.key.as_str(), methods.key.as_str()),
            ("gateway.routes[1].path", "gateway.routes[1].methods")
        );
        assert!(path.place.ends_with(":5") && websocket.place.ends_with(":7"), "{findings:?}");
    }

    #[test]
    fn s_gw_1_what_the_check_finds_has_its_line_too() {
        let toml = "[[gateway.routes]]\npath = \"/api/a\"\nupstream = [\"http://a:1\"]\nmethods = [\"GET\"]\n\
                    [[gateway.routes]]\npath = \"/oauth2/x\"\nupstream = [\"nowhere\"]\nmethods = [\"GET\"]\nscope = \"fly\"\n";
        let config = loaded(toml, &[]).unwrap().config;
        let ConfigError(findings) = crate::gateway::routes::table(&config).unwrap_err();
        let said: Vec<_> =
            findings.iter().map(|f| (f.place.rsplit(':').next().unwrap(), f.key.as_str())).collect();
        for expected in [
            ("1", "gateway.routes[0].scope"),
            ("6", "gateway.routes[1].path"),
            ("7", "gateway.routes[1].upstream[0]"),
            ("9", "gateway.routes[1].scope"),
        ] {
            assert!(said.contains(&expected), "{expected:?} in {said:?}");
        }
    }

    #[test]
    fn words_that_the_gateway_does_not_know_are_refused() {
        for (toml, key) in [
            ("[gateway]\nforward_auth_headers = \"x-other\"\n", "gateway.forward_auth_headers"),
            ("[gateway]\nresponse_headers = [\"Set-Cookie\"]\n", "gateway.response_headers"),
            ("[https]\nhsts = \"long\"\n", "https.hsts"),
        ] {
            assert_eq!(wrong(toml)[0].key, key);
        }
        for good in [
            "[gateway]\nforward_auth_headers = \"x-original\"\nresponse_headers = [\"Total-Count\"]\n",
            "[https]\nhsts = \"\"\n",
            "[https]\nhsts = \"off\"\n",
            "[https]\nhsts = \"0s\"\ninclude_subdomains = true\n",
        ] {
            loaded(good, &[]).unwrap();
        }
    }

    #[test]
    fn routes_stand_in_the_file_only() {
        let ConfigError(findings) = loaded("", &[("DAEMUN_GATEWAY__ROUTES", "/a")]).unwrap_err();
        assert!(findings[0].problem.contains("environment variable"), "{}", findings[0]);
        assert_eq!(wrong("[gateway]\nroutes = [\"/a\"]\n")[0].key, "gateway.routes");
        assert_eq!(wrong("[gateway]\nrate_per_member = \"often\"\n")[0].key, "gateway.rate_per_member");
    }
}
