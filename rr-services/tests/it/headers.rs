//! The `headers` middleware: what is added on both ways, and who may call from other origins.

use crate::{
    client::{Reply, get, request},
    server::{Running, start},
};

#[tokio::test]
async fn headers_are_added_on_both_ways() {
    let server = start(
        "  middleware: [headers]\n  headers:\n    request:\n      X-Added: in\n    response:\n      X-Out: out\n      Set-Cookie: c=3",
    )
    .await;
    let reply = get(server.http, "/request").await;
    assert_eq!(reply.json()["headers"]["X-Added"][0], "in");
    assert_eq!(reply.header("x-out"), ["out"]);
    assert_eq!(
        get(server.http, "/many").await.header("set-cookie"),
        ["a=1", "b=2", "c=3"]
    );
    server.stop().await;
}

#[tokio::test]
async fn preflights_are_answered_without_php() {
    let server = start(
        "  middleware: [headers]\n  headers:\n    cors:\n      allowed_origin: https://shop.test\n      allowed_methods: GET,PUT\n      allowed_headers: X-Token\n      allow_credentials: true\n      max_age: 600",
    )
    .await;
    let ask = "Origin: https://shop.test\r\nAccess-Control-Request-Method: PUT\r\n";
    let reply = request(server.http, "OPTIONS", "/", ask, b"").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("access-control-allow-origin"),
        ["https://shop.test"]
    );
    assert_eq!(reply.header("access-control-allow-methods"), ["GET,PUT"]);
    assert_eq!(reply.header("access-control-allow-credentials"), ["true"]);
    assert_eq!(reply.header("access-control-max-age"), ["600"]);
    let other = request(
        server.http,
        "GET",
        "/",
        "Origin: https://evil.test\r\n",
        b"",
    )
    .await;
    assert!(other.header("access-control-allow-origin").is_empty());
    server.stop().await;
}

const CORS: &str = "  middleware: [headers]\n  headers:\n    cors:\n";

/// What a preflight for PUT from `origin` is answered.
async fn preflight(server: &Running, origin: &str) -> Reply {
    let ask = format!(
        "Origin: {origin}\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-token\r\n"
    );
    request(server.http, "OPTIONS", "/status?code=500", &ask, b"").await
}

#[tokio::test]
async fn origins_may_match_a_pattern() {
    let server = start(&format!(
        "{CORS}      allowed_origin: https://listed.test\n      allowed_origin_regex: '^https://[a-z]+\\.shop\\.test$'\n      allowed_methods: '*'\n      allowed_headers: '*'\n      allow_credentials: true\n      exposed_headers: X-Total,X-Page\n      options_success_status: 204",
    ))
    .await;
    for (origin, allowed) in [
        ("https://a.shop.test", true),
        ("https://a.shop.test.evil", false),
        ("https://listed.test", false),
    ] {
        let expected = if allowed { vec![origin] } else { vec![] };
        let reply = preflight(&server, origin).await;
        assert_eq!((reply.status, reply.text()), (204, ""));
        assert_eq!(reply.header("access-control-allow-origin"), expected);
        assert_eq!(reply.header("access-control-allow-methods"), ["PUT"]);
        assert_eq!(reply.header("access-control-allow-headers"), ["x-token"]);
        assert!(reply.header("vary").concat().contains("origin"));
        let simple = request(
            server.http,
            "GET",
            "/",
            &format!("Origin: {origin}\r\n"),
            b"",
        )
        .await;
        assert_eq!((simple.status, simple.text()), (200, "hello"));
        assert_eq!(simple.header("access-control-allow-origin"), expected);
        assert_eq!(
            simple.header("access-control-expose-headers"),
            ["x-total,x-page"]
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn any_origin_may_call_where_all_may() {
    let server = start(&format!(
        "{CORS}      allowed_origin: '*'\n      allowed_methods: GET,PUT\n      allow_credentials: true"
    ))
    .await;
    let reply = preflight(&server, "https://any.test").await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (200, vec!["*"])
    );
    assert!(reply.header("access-control-allow-credentials").is_empty());
    // Without `Access-Control-Request-Method` it is a request like any other.
    let plain = request(
        server.http,
        "OPTIONS",
        "/",
        "Origin: https://any.test\r\n",
        b"",
    )
    .await;
    assert_eq!((plain.status, plain.text()), (200, "hello"));
    server.stop().await;
}

/// The config is refused with these words, and with the place.
async fn refused(more: &str) -> String {
    let (http, rpc) = (crate::server::free_port(), crate::server::free_port());
    let text = crate::server::config(http, rpc, &format!("{CORS}      {more}"));
    let refused = crate::server::run(crate::server::services(), http, rpc, &text).await;
    refused.err().unwrap()
}

#[tokio::test]
async fn wrong_settings_are_told_with_their_place() {
    for (more, words) in [
        ("allowed_origin: shop.test", "`shop.test` is no origin"),
        ("allowed_origin: https://shop.test/", "without a slash"),
        (
            "allowed_origin_regex: '(https'",
            "`(https` is no regular expression: unclosed group",
        ),
        (
            "allowed_headers: X Token",
            "`X Token` is no name of a header",
        ),
        ("allowed_methods: 'P,G T'", "`G T` is no method"),
    ] {
        let told = refused(more).await;
        assert!(
            told.contains(words) && told.contains(".rr.yaml:13:"),
            "{told}"
        );
    }
    let told = refused("options_success_status: 404").await;
    assert!(told.contains("is 404, a status from 200 to 299"), "{told}");
}
