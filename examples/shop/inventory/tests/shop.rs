//! The whole shop, asked as its customers ask it: built by rr-builder, run, and sold out.

use std::{
    env,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A running shop; it is closed when this is dropped.
struct Shop {
    process: Child,
    address: String,
}

impl Shop {
    fn open() -> Self {
        let [http, rpc] = free_addresses();
        let process = Command::new(build())
            .current_dir(SHOP)
            .arg("serve")
            .args(["-o", "logs.level=error"])
            .args(["-o", &format!("http.address={http}")])
            .args(["-o", &format!("rpc.listen=tcp://{rpc}")])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let shop = Self {
            process,
            address: http,
        };
        let begun = Instant::now();
        while TcpStream::connect(&shop.address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it does not open"
            );
            thread::sleep(Duration::from_millis(20));
        }
        shop
    }

    /// The whole response to a request.
    fn ask(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!("{request} HTTP/1.1\r\nhost: shop\r\nconnection: close");
        let form = "content-type: application/x-www-form-urlencoded";
        write!(
            stream,
            "{head}\r\n{form}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    fn check(&self, request: &str, body: &str, fragments: &[&str]) {
        let response = self.ask(request, body);
        for fragment in fragments {
            assert!(
                response.contains(fragment),
                "{request}: no {fragment} in:\n{response}"
            );
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // In good order, so that its workers go with it.
        let pid = self.process.id().to_string();
        Command::new("kill").arg(pid).status().unwrap();
        self.process.wait().unwrap();
    }
}

/// The shop's server, as `examples/shop/run` builds it, but quicker to compile.
fn build() -> PathBuf {
    let root = Path::new(SHOP).join("../..");
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shop");
    let status = Command::new(env!("CARGO"))
        .current_dir(&root)
        .args([
            "run",
            "--quiet",
            "--bin",
            "rr-builder",
            "--",
            "build",
            "--debug",
        ])
        .arg("examples/shop/manifest.toml")
        .arg("--output")
        .arg(&output)
        .status()
        .unwrap();
    assert!(status.success());
    output.join(format!("shop{}", env::consts::EXE_SUFFIX))
}

fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|it| it.local_addr().unwrap().to_string())
}

#[test]
fn the_shop_sells_what_it_has() {
    let shop = Shop::open();
    let stamped = [
        "HTTP/1.1 200 OK",
        "x-served-by: shop",
        "server-timing: total;dur=",
    ];
    shop.check("GET /", "", &stamped);
    shop.check("GET /", "", &["<td>bread</td>\n            <td>3</td>"]);
    shop.check(
        "GET /shop.css",
        "",
        &["content-type: text/css", "color-scheme"],
    );
    shop.check("GET /stock", "", &[r#"{"apples":12,"bread":3,"honey":7}"#]);

    for left in [2, 1, 0] {
        let note = format!(
            "HTTP/1.1 303 See Other\r\nlocation: /?note=Bought+one+of+bread%2C+{left}+left."
        );
        shop.check("POST /buy", "article=bread", &[&note]);
    }
    shop.check(
        "POST /buy",
        "article=bread",
        &["note=%60bread%60+is+sold+out."],
    );
    shop.check(
        "POST /buy",
        "article=gold",
        &["note=The+shop+has+no+%60gold%60."],
    );
    shop.check("GET /", "", &[r#"value="bread" disabled"#]);

    let note = "GET /?note=%3Cscript%3E";
    shop.check(note, "", &[r#"<p role="status">&lt;script&gt;</p>"#]);
    shop.check("GET /nowhere", "", &["HTTP/1.1 404 Not Found"]);
}
