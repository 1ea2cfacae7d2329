//! Paths that Rust answers beside PHP, layers around both, and names of middleware that nobody knows.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use rr_core::config::{Config, Diagnostics};
use rr_services::{Http, MiddlewareExt as _, Rpc, Server, Static};
use tower_http::cors::CorsLayer;

use crate::{
    client::{self, request},
    server::{config, free_port, services, start_with},
};

#[tokio::test]
async fn rust_answers_its_routes_and_php_the_rest() {
    let http = Http::new()
        .route(
            "/rust/{name}",
            get(async |Path(name): Path<String>| format!("hello {name}")),
        )
        .route("/rust/{name}", post(async || "posted"))
        .routes(Router::new().route(
            "/sum",
            post(async |Json((a, b)): Json<(i32, i32)>| Json(a + b)),
        ));
    let builder = rr_core::Server::builder()
        .service(Rpc)
        .service(Server)
        .service(http)
        .middleware(CorsLayer::permissive());
    let server = start_with(builder, "  pool: {num_workers: 1}").await;
    for (method, path, status, text) in [
        ("GET", "/rust/ada", 200, "hello ada"),
        ("POST", "/rust/ada", 200, "posted"),
        ("PUT", "/rust/ada", 405, ""),
        ("GET", "/rust", 404, "no such page"),
        ("GET", "/", 200, "hello"),
    ] {
        let reply = request(server.http, method, path, "Origin: https://a.test\r\n", b"").await;
        assert_eq!(
            (reply.status, reply.text()),
            (status, text),
            "{method} {path}"
        );
        assert_eq!(reply.header("access-control-allow-origin"), ["*"], "{path}");
    }
    let json = "Content-Type: application/json\r\n";
    let sum = request(server.http, "POST", "/sum", json, b"[1, 2]").await;
    assert_eq!(sum.text(), "3");
    assert_eq!(client::get(server.http, "/sum").await.status, 405);
    server.stop().await;
}

#[test]
fn middleware_that_is_not_there_is_told() {
    let text = config(
        free_port(),
        free_port(),
        "  middleware:\n    - headrs\n    - gzip\n    - static\n    - otel",
    );
    let config = Config::from_text(".rr.yaml", &text).unwrap();
    let build = |strict| services().build(&config, Diagnostics::default(), strict);
    let told = build(true).err().unwrap().to_string();
    insta::assert_snapshot!(told);
    let told = build(false).err().unwrap().to_string();
    assert!(told.contains("no middleware `headrs`"), "{told}");
    // What RoadRunner itself has may be named by files that work there.
    let text = text.replace("    - headrs\n", "");
    let config = Config::from_text(".rr.yaml", &text).unwrap();
    let build = services().build(&config, Diagnostics::default(), false);
    assert_eq!(build.ok().unwrap().warnings().iter().count(), 2);

    let few = rr_core::Server::builder()
        .service(Rpc)
        .service(Server)
        .service(Http)
        .service(Static);
    let told = few
        .build(&config, Diagnostics::default(), true)
        .err()
        .unwrap();
    assert!(told.to_string().contains("there are `static`"), "{told}");
}
