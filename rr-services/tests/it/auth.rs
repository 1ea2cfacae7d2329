//! The `basic_auth` middleware.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    client::{get, request},
    server::{config, free_port, run, services, start},
};

/// Of the password `secret`, made by PHP at the lowest cost.
const HASH: &str = "$2y$04$Q0u6JCG.T0MXyMY.4q5Kh.XoJJxRB.nA9uNtmEBP.bywrvPHEnZKG";

fn credentials(text: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(text))
}

#[tokio::test]
async fn users_get_in_by_name_and_password() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("users");
    std::fs::write(&file, format!("# the staff\n\nAda:{HASH}\n")).unwrap();
    let hash = HASH.replace('$', "$$");
    let server = start(&format!(
        "  middleware: basic_auth\n  basic_auth:\n    realm: the shop\n    users_file: {}\n    users: ['bob:{hash}']",
        file.display()
    ))
    .await;
    let refused = get(server.http, "/").await;
    assert_eq!((refused.status, refused.text()), (401, "unauthorized\n"));
    let challenge = "Basic realm=\"the shop\", charset=\"UTF-8\"";
    assert_eq!(refused.header("www-authenticate"), [challenge]);
    for (given, status) in [
        (credentials("Ada:secret"), 200),
        (credentials("Ada:secret"), 200),
        (credentials("bob:secret"), 200),
        (credentials("Ada:secre"), 401),
        (credentials("ada:secret"), 401),
        (credentials("eve:secret"), 401),
        (credentials("Ada"), 401),
        (credentials(""), 401),
        (credentials(":"), 401),
        (credentials("Ada:secret").replace("Basic", "bAsIc"), 200),
        (credentials("Ada:secret").replace("Basic", "Bearer"), 401),
        (credentials("Ada:secret").repeat(2), 401),
        ("Authorization: Basic !!!\r\n".into(), 401),
        ("Authorization: Basic\r\n".into(), 401),
    ] {
        let reply = request(server.http, "GET", "/request", &given, b"").await;
        assert_eq!(reply.status, status, "{given}");
    }
    let reply = request(
        server.http,
        "GET",
        "/request",
        &credentials("Ada:secret"),
        b"",
    )
    .await;
    assert_eq!(reply.json()["attributes"]["remote_user"][0], "Ada");
    server.stop().await;
}

#[tokio::test]
async fn some_paths_are_open() {
    let hash = HASH.replace('$', "$$");
    let server = start(&format!(
        "  middleware: basic_auth\n  basic_auth:\n    users: ['bob:{hash}']\n    paths: [/admin/*, /env]\n    except: [/admin/health]"
    ))
    .await;
    for (path, status) in [
        ("/", 200),
        ("/env", 401),
        ("//env", 401),
        ("/ENV/", 401),
        ("/%65nv", 401),
        ("/admin", 401),
        ("/admin/users", 401),
        ("/x/../admin/users", 401),
        ("/admin/health", 404),
        ("/admin/x/../health", 401),
        ("/administration", 404),
    ] {
        assert_eq!(get(server.http, path).await.status, status, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn users_that_cannot_be_read_stop_the_start() {
    let (http, rpc) = (free_port(), free_port());
    for (users, told) in [
        ("realm: x", "names no user: nobody could get in"),
        (
            "users: ['bob:secret']",
            "`http.basic_auth.users[0]`: its hash is neither of bcrypt",
        ),
        (
            "users: ['bob:$$2y$$10$$short']",
            "`http.basic_auth.users[0]`: its hash is damaged",
        ),
        (
            "users: [bob]",
            "`http.basic_auth.users[0]`: expected `name:hash`",
        ),
        ("users_file: /nonexistent", "cannot read `/nonexistent`"),
    ] {
        let text = config(http, rpc, &format!("  basic_auth:\n    {users}"));
        let error = run(services(), http, rpc, &text).await.err().unwrap();
        assert!(error.contains(told), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
