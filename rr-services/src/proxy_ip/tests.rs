//! Chains of proxies, honest and forged.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::parsed::Meaning as _;

fn trust(headers: &[&str]) -> Trust {
    let networks = ["10.0.0.0/8", "192.168.1.1", "fd00::/8", "unix"];
    Trust {
        proxies: networks.map(|it| Parsed(Peers::read(it).unwrap())).into(),
        headers: headers.iter().map(|it| it.parse().unwrap()).collect(),
    }
}

fn client(trust: &Trust, peer: Option<&str>, told: &[(&str, &str)]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for (name, value) in told {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::try_from(*value).unwrap());
    }
    let client = trust.client(peer.map(|it| it.parse().unwrap()), &headers)?;
    Some(match client.port() {
        0 => client.ip().to_string(),
        _ => client.to_string(),
    })
}

#[test]
fn the_first_that_is_not_trusted_is_the_client() {
    let check = |told: &str, expected: Option<&str>| {
        let found = client(
            &trust(&DEFAULT),
            Some("10.0.0.1"),
            &[("x-forwarded-for", told)],
        );
        assert_eq!(found.as_deref(), expected, "{told}");
    };
    check("203.0.113.7", Some("203.0.113.7"));
    check("6.6.6.6, 203.0.113.7", Some("203.0.113.7"));
    check("6.6.6.6, 203.0.113.7, 10.1.1.1", Some("203.0.113.7"));
    check("203.0.113.7,192.168.1.1 , fd00::1", Some("203.0.113.7"));
    check("203.0.113.7, 192.168.1.2", Some("192.168.1.2"));
    check("10.2.2.2, 10.1.1.1", Some("10.2.2.2"));
    check("203.0.113.7:5000", Some("203.0.113.7:5000"));
    check("2001:db8::7", Some("2001:db8::7"));
    check("[2001:db8::7]", Some("2001:db8::7"));
    check("[2001:db8::7]:5000", Some("[2001:db8::7]:5000"));
    check("::ffff:203.0.113.7, ::ffff:10.0.0.2", Some("203.0.113.7"));
    // Beyond what nobody can read nobody is believed.
    check("203.0.113.7, unknown", None);
    check("203.0.113.7, garbage, 10.1.1.1", Some("10.1.1.1"));
    for garbage in [
        "",
        ",",
        "1.2.3",
        "1.2.3.4:99999",
        "[::1",
        "[::1]x",
        "fe80::1%eth0",
        "1.2.3.4 5",
    ] {
        check(garbage, None);
    }
}

#[test]
fn lines_of_one_header_are_one_list() {
    let told = [
        ("x-forwarded-for", "6.6.6.6, 203.0.113.7"),
        ("x-forwarded-for", "10.1.1.1"),
    ];
    let found = client(&trust(&DEFAULT), Some("10.0.0.1"), &told);
    assert_eq!(found.as_deref(), Some("203.0.113.7"));
    let twice = [("x-real-ip", "1.1.1.1"), ("x-real-ip", "2.2.2.2")];
    assert_eq!(client(&trust(&DEFAULT), Some("10.0.0.1"), &twice), None);
}

#[test]
fn forwarded_is_read_with_its_quotes() {
    let check = |told: &str, expected: Option<&str>| {
        let found = client(
            &trust(&["forwarded"]),
            Some("10.0.0.1"),
            &[("forwarded", told)],
        );
        assert_eq!(found.as_deref(), expected, "{told}");
    };
    check("for=203.0.113.7", Some("203.0.113.7"));
    check(
        "For=203.0.113.7;proto=https;by=10.0.0.1",
        Some("203.0.113.7"),
    );
    check("proto=https; for=203.0.113.7", Some("203.0.113.7"));
    check(
        "for=6.6.6.6, for=203.0.113.7, for=10.1.1.1",
        Some("203.0.113.7"),
    );
    check("for=\"[2001:db8::7]:5000\"", Some("[2001:db8::7]:5000"));
    check(
        "for=\"203.0.113.7:80\";by=\"a,b;for=6.6.6.6\"",
        Some("203.0.113.7:80"),
    );
    check("for=6.6.6.6, for=_hidden", None);
    check("for=6.6.6.6, for=unknown, for=10.1.1.1", Some("10.1.1.1"));
    check("for=6.6.6.6, proto=https", None);
    check("host=\"x, for=6.6.6.6", None);
}

#[test]
fn only_trusted_peers_are_believed() {
    let check = |peer: Option<&str>, told: &[(&str, &str)], expected: Option<&str>| {
        let found = client(&trust(&DEFAULT), peer, told);
        assert_eq!(found.as_deref(), expected, "{peer:?} {told:?}");
    };
    let told = [("x-forwarded-for", "203.0.113.7")];
    check(Some("203.0.113.1"), &told, None);
    check(Some("192.168.1.2"), &told, None);
    check(Some("10.9.9.9"), &told, Some("203.0.113.7"));
    check(Some("::ffff:10.9.9.9"), &told, Some("203.0.113.7"));
    check(None, &told, Some("203.0.113.7"));
    check(Some("10.0.0.1"), &[], None);
}

#[test]
fn of_several_headers_the_first_named_counts() {
    let told = [
        ("true-client-ip", "4.4.4.4"),
        ("cf-connecting-ip", "3.3.3.3"),
        ("x-real-ip", "2.2.2.2"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    let found = |headers: &[&str]| client(&trust(headers), Some("10.0.0.1"), &told);
    assert_eq!(found(&DEFAULT).as_deref(), Some("1.1.1.1"));
    assert_eq!(found(&["CF-Connecting-IP"]).as_deref(), Some("3.3.3.3"));
    assert_eq!(
        found(&["forwarded", "true-client-ip"]).as_deref(),
        Some("4.4.4.4")
    );
    assert_eq!(found(&["forwarded"]), None);
}

proptest! {
    #[test]
    fn no_chain_is_too_odd(told in "[ -~]*") {
        let peer = Some("10.0.0.1");
        client(&trust(&DEFAULT), peer, &[("x-forwarded-for", &told)]);
        client(&trust(&["forwarded"]), peer, &[("forwarded", &told)]);
    }
}
