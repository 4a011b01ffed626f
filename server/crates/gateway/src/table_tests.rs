use super::*;

fn check(toml: &str) -> Result<RouteTable, Vec<String>> {
    let config: GatewayConfig = toml::from_str(toml).unwrap();
    let known = ["orders:read", "orders:write"].map(str::to_owned).into();
    let audiences = Audiences::new("https://login.example");
    RouteTable::check(&config, &known, &audiences, &OwnPaths::of_design())
        .map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

fn route(path: &str, more: &str) -> String {
    let upstream = if more.contains("upstream") { "" } else { "upstream = [\"http://10.0.0.5:8080\"]\n" };
    let methods = if more.contains("methods") { "" } else { "methods = [\"GET\"]\n" };
    let access = if more.contains("scope") || more.contains("public") { "" } else { "public = true\n" };
    format!("[[routes]]\npath = \"{path}\"\n{upstream}{methods}{access}{more}\n")
}

#[test]
fn s_gw_1_a_route_that_lacks_its_policy_stops_the_start_and_names_its_place() {
    let cases = [
        ("/a", "public = false", "gateway.routes[0].public"),
        ("/a", "public = true\nscope = \"orders:read\"", "gateway.routes[0].public"),
        ("/a", "scope = \"\"", "gateway.routes[0].scope"),
        ("/a", "scope = \"orders:reed\"", "`orders:reed` is a scope that nobody can get"),
        ("/a", "methods = []", "gateway.routes[0].methods"),
        ("/a", "methods = [\"TRACE\"]", "`TRACE`"),
        ("/a", "methods = [\"CONNECT\"]", "`CONNECT`"),
        ("/a", "methods = [\"get\"]", "`get`"),
        ("/a", "methods = [\"GET\", \"GET\"]", "twice"),
        ("/a", "upstream = []", "gateway.routes[0].upstream"),
        ("/a", "upstream = [\"http://u:p@a\"]", "gateway.routes[0].upstream[0]"),
        ("/a", "upstream = [\"http://a\", \"http://a/\"]", "gateway.routes[0].upstream[1]"),
        ("/a", "upstream = [\"http://a\", \"gopher://b\"]", "gateway.routes[0].upstream[1]"),
        ("/a", "timeout = \"10\"", "gateway.routes[0].timeout"),
        ("/a", "idle_timeout = \"0s\"", "gateway.routes[0].idle_timeout"),
        ("/a", "body_limit = \"1MB\"", "gateway.routes[0].body_limit"),
        ("/a", "rate = \"lots\"", "gateway.routes[0].rate"),
        ("/a", "rate_per_member = \"1/s\"", "gateway.routes[0].rate_per_member"),
        ("/a", "audience = \"a\"", "gateway.routes[0].audience"),
        ("/a", "scope = \"orders:read\"\naudience = \"\"", "gateway.routes[0].audience"),
        ("/a", "scope = \"orders:read\"\naudience = \"a b\"", "gateway.routes[0].audience"),
        ("/a", "scope = \"orders:read\"\naudience = \"https://login.example\"", "could act for members"),
        ("/a", "balance = \"random\"", "gateway.routes[0].balance"),
        ("/a", "health = \"/../x\"", "gateway.routes[0].health"),
        ("/a", "websocket = true\nmethods = [\"POST\"]", "gateway.routes[0].websocket"),
        ("/a", "websocket = true\nhttp2 = true", "gateway.routes[0].websocket"),
        ("a", "", "gateway.routes[0].path"),
        ("/a//b", "", "gateway.routes[0].path"),
        ("/a/{*rest}/b", "", "gateway.routes[0].path"),
        ("/api/auth/{*rest}", "", "the program itself answers at /api/auth and below"),
        ("/api/admin/{*rest}", "", "at /api/admin and below"),
        ("/api/activity/{*rest}", "", "at /api/activity and below"),
        ("/oauth/x", "", "at /oauth"),
        ("/me", "", "at /me"),
        ("/auth/verify", "", "at /auth"),
    ];
    for (path, more, expected) in cases {
        let findings = check(&route(path, more)).unwrap_err();
        assert_eq!(findings.len(), 1, "{path} {more}: {findings:?}");
        assert!(findings[0].contains(expected), "{path} {more}: {findings:?}");
    }
    let bare = "[[routes]]\npath = \"/a\"\nupstream = [\"http://a\"]\nmethods = [\"GET\"]\n";
    assert!(check(bare).unwrap_err()[0].contains("does not say who may use it"));
    assert!(toml::from_str::<GatewayConfig>(&route("/a", "scopes = \"x\"")).is_err(), "an unknown key");
}

#[test]
fn all_findings_come_at_once() {
    let findings = check("[[routes]]\n[[routes]]\npath = \"/b\"\ntimeout = \"x\"").unwrap_err();
    assert_eq!(findings.len(), 4 + 4, "{findings:#?}");
}

#[test]
fn two_routes_for_one_path_and_method_are_refused_and_two_methods_are_not() {
    let twice = route("/a/{x}", "") + &route("/a/{y}", "");
    assert!(
        check(&twice).unwrap_err()[0]
            .contains("`gateway.routes[1].path`: GET /a/{y} is in gateway.routes[0]")
    );
    let both = route("/a/{x}", "scope = \"orders:read\"")
        + &route("/a/{y}", "methods = [\"POST\"]\nscope = \"orders:write\"");
    let table = check(&both).unwrap();
    let entry = table.find("/a/1").unwrap();
    assert_eq!(entry.route_for(&Method::GET), Some(0));
    assert_eq!(entry.route_for(&Method::HEAD), Some(0));
    assert_eq!(entry.route_for(&Method::POST), Some(1));
    assert_eq!(entry.route_for(&Method::PUT), None);
    assert_eq!(entry.allow, "GET, HEAD, POST");
}

#[test]
fn the_most_exact_path_wins_and_own_paths_stay_own() {
    let toml = route("/api/{*rest}", "") + &route("/api/orders/{id}", "") + &route("/api/orders/new", "");
    let table = check(&toml).unwrap();
    let found = |path: &str| table.find(path).and_then(|entry| entry.route_for(&Method::GET));
    assert_eq!(found("/api/x/y"), Some(0));
    assert_eq!(found("/api/orders/7"), Some(1));
    assert_eq!(found("/api/orders/new"), Some(2));
    assert_eq!(found("/api/orders/7/lines"), Some(0));
    for own in ["/api/auth", "/api/auth/session", "/api/auth/anything", "/api/users/me", "/", "/x"] {
        assert_eq!(found(own), None, "{own}");
    }
    assert_eq!(found("/api/author"), Some(0));
}

#[test]
fn a_rest_guards_its_own_root_too() {
    let toml = route("/{*rest}", "") + &route("/api/staff/{*rest}", "scope = \"orders:read\"");
    let table = check(&toml).unwrap();
    let found = |path: &str| table.find(path).and_then(|entry| entry.route_for(&Method::GET));
    for path in ["/api/staff", "/api/staff/", "/api/staff/x"] {
        assert_eq!(found(path), Some(1), "{path}");
    }
    assert_eq!((found("/api/staffx"), found("/"), found("/x/")), (Some(0), None, Some(0)));
}

#[test]
fn s_gw_11_a_path_that_is_another_spelling_of_a_stricter_one_is_not_served() {
    let scoped = "scope = \"orders:read\"";
    let toml = [
        route("/shop/{*rest}", "methods = [\"GET\", \"POST\"]"),
        route("/shop/admin", scoped),
        route("/shop/open/", ""),
        route("/shop/open", scoped),
    ];
    let table = check(&toml.concat()).unwrap();
    let stricter = |method: Method, path: &str| {
        let entry = table.find(path).unwrap();
        let served = entry.route_for(&method).unwrap();
        table.stricter(path, &method, entry, served).map(ToString::to_string)
    };
    let admin = Some("/shop/admin".to_owned());
    assert_eq!(stricter(Method::GET, "/shop/Admin"), admin);
    assert_eq!(stricter(Method::HEAD, "/shop/admin/"), admin);
    assert_eq!(stricter(Method::POST, "/shop/Admin"), admin, "405 by the path as written");
    assert_eq!(stricter(Method::GET, "/shop/admin"), None);
    assert_eq!(stricter(Method::GET, "/shop/x"), None);
    assert_eq!(stricter(Method::GET, "/shop/open/"), None, "the configuration names this very path");
    assert_eq!(stricter(Method::GET, "/shop/Open/"), Some("/shop/open".to_owned()));
}

#[test]
fn s_gw_11_nor_is_one_whose_route_asks_for_a_better_proof() {
    let toml = [
        route("/api/{*rest}", "scope = \"orders:read\""),
        route("/api/pay", "scope = \"orders:read\"\nlevel = 2"),
        route("/api/sign", "scope = \"orders:read\"\nfresh = \"10m\""),
        route("/api/sign/now/{*rest}", "scope = \"orders:read\"\nfresh = \"5m\"\nlevel = 2"),
    ];
    let table = check(&toml.concat()).unwrap();
    let stricter = |path: &str| {
        let entry = table.find(path).unwrap();
        let served = entry.route_for(&Method::GET).unwrap();
        table.stricter(path, &Method::GET, entry, served).map(ToString::to_string)
    };
    for other in ["/api/PAY", "/api/pay/", "/api/pay.json", "/api/p%61y%20"] {
        assert_eq!(stricter(other).as_deref(), Some("/api/pay"), "{other}");
    }
    assert_eq!(stricter("/api/Sign").as_deref(), Some("/api/sign"));
    assert_eq!(stricter("/api/pay"), None);
    assert_eq!(stricter("/api/sign/now/x"), None);
    assert_eq!(stricter("/api/orders/7/"), None);
}

#[test]
fn s_gw_11_nor_is_one_whose_route_asks_for_a_role() {
    let toml = [
        route("/api/{*rest}", "scope = \"orders:read\""),
        route("/api/desk", "scope = \"orders:read\"\nrole = \"ROLE_MODERATOR\""),
        route("/api/desk/keys/{*rest}", "scope = \"orders:read\"\nrole = \"ROLE_ADMIN\""),
        route("/api/desk/{*rest}", "scope = \"orders:read\"\nrole = \"ROLE_MODERATOR\""),
    ];
    let table = check(&toml.concat()).unwrap();
    let stricter = |path: &str| {
        let entry = table.find(path).unwrap();
        let served = entry.route_for(&Method::GET).unwrap();
        table.stricter(path, &Method::GET, entry, served).map(ToString::to_string)
    };
    for other in ["/api/DESK", "/api/desk.json", "/api/d%65sk%20"] {
        assert_eq!(stricter(other).as_deref(), Some("/api/desk"), "{other}");
    }
    assert_eq!(stricter("/api/desk/KEYS/1").as_deref(), Some("/api/desk/keys/{*rest}"), "another role");
    assert_eq!(stricter("/api/desk/keys/1"), None);
    assert_eq!(stricter("/api/orders/7/"), None);
    let alike = [
        route("/api/{*rest}", "scope = \"orders:read\""),
        route("/api/desk", "scope = \"orders:read\"\nrole = \"ROLE_USER\""),
    ];
    let table = check(&alike.concat()).unwrap();
    let entry = table.find("/api/DESK").unwrap();
    let served = entry.route_for(&Method::GET).unwrap();
    assert!(
        table.stricter("/api/DESK", &Method::GET, entry, served).is_some(),
        "clients have no role at all"
    );
    for (more, expected) in [
        ("scope = \"orders:read\"\nrole = \"ROLE_OTHER\"", "`ROLE_OTHER` is a role that nobody can get"),
        ("scope = \"orders:read\"\nrole = \"admin\"", "gateway.routes[0].role"),
        ("public = true\nrole = \"ROLE_ADMIN\"", "nobody is known on a public route"),
    ] {
        let findings = check(&route("/a", more)).unwrap_err();
        assert!(findings.len() == 1 && findings[0].contains(expected), "{more}: {findings:?}");
    }
}

#[test]
fn paths_that_cannot_be_told_apart_without_case_stop_the_start() {
    let toml = route("/Shop/{*rest}", "") + &route("/shop/{id}/x", "scope = \"orders:read\"");
    let findings = check(&toml).unwrap_err();
    assert!(findings[0].contains("read `/shop/") && findings.len() == 1, "{findings:?}");
}

#[test]
fn the_table_prints_itself() {
    let table = check(&route("/a/{x}", "scope = \"orders:read\"")).unwrap();
    assert_eq!(
        table.lines()[0].to_string(),
        "GET,HEAD             /a/{x}                             scope orders:read        for a                    \
         http://10.0.0.5:8080"
    );
}

#[test]
fn each_route_has_the_audience_that_it_names_or_that_of_its_path_or_the_shared_one() {
    let toml = route("/api/orders/{*rest}", "scope = \"orders:read\"")
        + &route("/api/orders/admin/{*rest}", "scope = \"orders:read\"\naudience = \"orders-admin\"")
        + &route("/{*rest}", "scope = \"orders:read\"")
        + &route("/shop", "");
    let audiences = |table: &RouteTable| {
        table.lines().into_iter().map(|line| line.audience).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(audiences(&check(&toml).unwrap()), "orders orders-admin / ");
    let shared = Audiences {
        own: "daemun".to_owned(),
        origin: "https://login.example".to_owned(),
        shared: Some("services".to_owned()),
    };
    let config: GatewayConfig = toml::from_str(&toml).unwrap();
    let known = ["orders:read".to_owned()].into();
    let table = RouteTable::check(&config, &known, &shared, &OwnPaths::of_design()).unwrap();
    assert_eq!(audiences(&table), "services orders-admin services ");
    // An issuer may be a plain word; then the path of a route can name it.
    let own = Audiences::new("orders");
    let findings = RouteTable::check(&config, &known, &own, &OwnPaths::of_design()).unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].key, "gateway.routes[0].audience");
}

#[test]
fn different_services_that_share_an_audience_by_chance_are_a_doubt() {
    let other = "upstream = [\"http://10.0.0.9:8080\"]\nscope = \"orders:read\"";
    let doubts = |toml: &str| check(toml).unwrap().doubts().to_vec();
    let orders = |more: &str| route("/api/orders/{*rest}", &format!("scope = \"orders:read\"\n{more}"));
    let by_chance = orders("") + &route("/orders", other);
    let found = doubts(&by_chance);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].key, "gateway.routes[1].audience");
    let half = orders("") + &route("/x", &format!("{other}\naudience = \"orders\""));
    assert_eq!(doubts(&half).len(), 1, "one of the two did not say so");
    for fine in [
        orders("") + &route("/api/orders/admin", "scope = \"orders:write\""),
        orders("") + &route("/api/books", other),
        orders("") + &route("/orders", "upstream = [\"http://10.0.0.9:8080\"]\npublic = true"),
        orders("audience = \"team\"") + &route("/x", &format!("{other}\naudience = \"team\"")),
    ] {
        assert_eq!(doubts(&fine), [], "{fine}");
    }
}
