//! Services that are in each other's way, told before any of them is wired.

use std::sync::Arc;

use insta::assert_snapshot;

use super::{Check, clash};
use crate::{
    BoxError, Init, Server, ServerBuilder, Service,
    config::{Address, Config, Diagnostic, Diagnostics},
};

/// Listens, and lets others in by name.
struct Web;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct WebConfig {
    address: Address,
    #[serde(default)]
    admin: Option<Address>,
    #[serde(default)]
    middleware: Vec<String>,
}

impl Service for Web {
    const NAME: &'static str = "web";
    type Config = WebConfig;
    type Needs = Arc<String>;
    type Offers = ();

    fn check(config: &WebConfig, cx: &mut Check<'_>) {
        cx.listens("address", &config.address);
        if let Some(admin) = &config.admin {
            cx.listens("admin", admin);
        }
        if config.middleware.len() > 2 {
            cx.find("middleware", Diagnostic::error("two are enough"));
        }
    }

    fn init(self, _: WebConfig, _: Arc<String>, cx: &mut Init) -> Result<(), BoxError> {
        assert!(cx.is_trial());
        cx.run(async |_| unreachable!("a check runs nothing"));
        Ok(())
    }
}

/// Listens where nobody says otherwise, and offers what the other needs.
struct Calls;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct CallsConfig {
    #[serde(default = "calls")]
    listen: Address,
}

fn calls() -> Address {
    "127.0.0.1:6001".parse().unwrap()
}

impl Service for Calls {
    const NAME: &'static str = "calls";
    type Config = CallsConfig;
    type Needs = ();
    type Offers = Arc<String>;

    fn check(config: &CallsConfig, cx: &mut Check<'_>) {
        cx.listens("listen", &config.listen);
    }

    fn init(self, config: CallsConfig, (): (), _: &mut Init) -> Result<Arc<String>, BoxError> {
        match config.listen {
            Address::Tcp { port: 1, .. } => Err("no calls on port 1\nhelp: take another".into()),
            _ => Ok(Arc::new(String::new())),
        }
    }
}

fn server() -> ServerBuilder {
    Server::builder().service(Web).service(Calls)
}

fn found(text: &str) -> String {
    let config = Config::from_text(".rr.yaml", text).unwrap();
    let mut found = Diagnostics::default();
    server().check(&config, &mut found).unwrap();
    found.to_string()
}

#[test]
fn what_goes_together_is_not_spoken_of() {
    let text = "calls: {}\nweb: {address: ':80', admin: ':81', middleware: [files]}\n";
    assert_eq!(found(text), "");
}

#[test]
fn a_port_is_for_one() {
    assert_snapshot!(found("calls: {}\nweb:\n  address: :6001\n  admin: 127.0.0.1:80\n"), @"
    error: `web.address`: `:6001` is taken: `calls.listen` listens on `127.0.0.1:6001`
     --> .rr.yaml:3:12
      |
    3 |   address: :6001
      |            ^^^^^
      = help: `calls.listen` is set by default: give one of the two another port
    ");
    assert_snapshot!(found("calls: {}\nweb: {address: 'unix:///run/a', admin: 'unix:///run/a'}\n"), @"
    error: `web.admin`: `unix:///run/a` is taken: `web.address` listens on `unix:///run/a`
     --> .rr.yaml:2:40
      |
    2 | web: {address: 'unix:///run/a', admin: 'unix:///run/a'}
      |                                        ^^^^^^^^^^^^^^^
      = help: `web.address` is set at .rr.yaml:2:16: give one of the two another path
    ");
}

#[test]
fn services_speak_of_their_own_keys() {
    let text = "calls: {}\nweb:\n  address: :80\n  middleware: a, b, c\n";
    assert_snapshot!(found(text), @"
    error: `web.middleware`: two are enough
     --> .rr.yaml:4:15
      |
    4 |   middleware: a, b, c
      |               ^^^^^^^
    ");
}

#[test]
fn what_is_found_in_wiring_is_told_at_the_section() {
    assert_snapshot!(found("web: {address: ':80'}\ncalls: {listen: ':1'}\n"), @"
    error: `calls`: no calls on port 1
     --> .rr.yaml:2:1
      |
    2 | calls: {listen: ':1'}
      | ^^^^^
      = help: take another
    ");
}

#[test]
fn needs_that_nobody_meets_are_findings() {
    assert_snapshot!(found("web: {address: ':80'}\n"), @"
    error: `web`: `web` needs `calls`, which is off
     --> .rr.yaml:1:1
      |
    1 | web: {address: ':80'}
      | ^^^
      = help: give `calls` a section `calls:` in .rr.yaml
    ");
}

/// One mistake does not hide another.
#[test]
fn services_with_a_good_section_are_heard_where_another_is_bad() {
    let text = "calls: {listen: nowhere}\nweb: {address: ':80', admin: ':80'}\n";
    let config = Config::from_text(".rr.yaml", text).unwrap();
    let refused = server().build(&config, Diagnostics::default(), false);
    let refused = refused.map(drop).unwrap_err().to_string();
    assert!(refused.contains("nowhere"), "{refused}");
    assert!(refused.contains("is taken"), "{refused}");
}

fn check(one: &str, other: &str, expected: bool) {
    let [one, other] = [one, other].map(|it| it.parse::<Address>().unwrap());
    assert_eq!(clash(&one, &other), expected, "{one} and {other}");
    assert_eq!(clash(&other, &one), expected, "{other} and {one}");
}

#[test]
fn addresses_that_clash() {
    check("127.0.0.1:80", "127.0.0.1:80", true);
    check("127.0.0.1:80", "tcp://localhost:80", true);
    check("127.0.0.1:80", ":80", true);
    check("0.0.0.0:80", "[::1]:80", true);
    check("unix:///run/a", "unix:///run/a", true);
}

#[test]
fn addresses_that_go_together() {
    check("127.0.0.1:80", "127.0.0.1:81", false);
    check("127.0.0.1:80", "127.0.0.2:80", false);
    check("127.0.0.1:0", "127.0.0.1:0", false);
    check("unix:///run/a", "unix:///run/b", false);
    check("unix:///run/a", ":80", false);
}
