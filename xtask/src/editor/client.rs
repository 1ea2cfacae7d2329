//! An editor, as far as the language server can tell: requests and notifications of the Language
//! Server Protocol 3.17 over stdin and stdout.

use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A language server at work on one folder; it is ended when this is dropped.
pub(super) struct Client {
    process: Child,
    stdin: ChildStdin,
    received: Receiver<Value>,
    folder: PathBuf,
    /// What it is told where it asks for the section `yaml` of the settings.
    settings: Value,
    requests: u32,
    documents: u32,
}

/// A place in a text, both counted from 0.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Client {
    pub(super) fn start(script: &Path, folder: &Path, settings: Value) -> Result<Self> {
        let mut process = Command::new("node")
            .arg(script)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node cannot be run")?;
        let stdin = process.stdin.take().expect("it is piped");
        let stdout = process.stdout.take().expect("it is piped");
        let (sender, received) = channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut client = Self {
            process,
            stdin,
            received,
            folder: folder.to_owned(),
            settings,
            requests: 0,
            documents: 0,
        };
        let root = client.uri("");
        let capabilities = json!({
            "workspace": { "configuration": true },
            "textDocument": {
                "hover": { "contentFormat": ["markdown"] },
                "completion": { "completionItem": { "snippetSupport": true } },
            },
        });
        client.request(
            "initialize",
            &json!({
                "processId": std::process::id(),
                "rootUri": root,
                "workspaceFolders": [{ "uri": root, "name": "shop" }],
                "capabilities": capabilities,
            }),
        )?;
        client.notify("initialized", &json!({}))?;
        client.notify(
            "workspace/didChangeConfiguration",
            &json!({ "settings": null }),
        )?;
        Ok(client)
    }

    /// Opens a `.rr.yaml` with `text`; returns its name to the server, and what is wrong with it.
    pub(super) fn open(&mut self, text: &str) -> Result<(String, Vec<Value>)> {
        let name = match self.documents {
            0 => ".rr.yaml".to_owned(),
            more => format!(".rr.{more}.yaml"),
        };
        self.documents += 1;
        let uri = self.uri(&name);
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }))?;
        let mut published = self.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == *uri
        })?;
        match published["params"]["diagnostics"].take() {
            Value::Array(diagnostics) => Ok((uri, diagnostics)),
            other => bail!("no diagnostics: {other}"),
        }
    }

    /// What `method` says of the place in the document.
    pub(super) fn ask(&mut self, method: &str, uri: &str, at: Position) -> Result<Value> {
        let position = json!({ "line": at.line, "character": at.column });
        let document = json!({ "uri": uri });
        let method = format!("textDocument/{method}");
        self.request(
            &method,
            &json!({ "textDocument": document, "position": position }),
        )
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.folder.join(name).display())
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "id": id, "method": method, "params": params }))?;
        let mut answer = self.wait(|it| it["id"] == id && it.get("method").is_none())?;
        match answer.get("error") {
            Some(error) => bail!("{method}: {error}"),
            None => Ok(answer["result"].take()),
        }
    }

    fn notify(&mut self, method: &str, params: &Value) -> Result<()> {
        self.send(&json!({ "method": method, "params": params }))
    }

    /// The next message that `wanted` wants; what the server asks meanwhile is answered.
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let message = self.received.recv_timeout(PATIENCE);
            let message = message.context("the language server does not answer")?;
            if wanted(&message) {
                return Ok(message);
            }
            if message.get("method").is_some() && message.get("id").is_some() {
                let result = match message["method"].as_str() {
                    Some("workspace/configuration") => self.configuration(&message["params"]),
                    _ => Value::Null,
                };
                self.send(&json!({ "id": message["id"], "result": result }))?;
            }
        }
    }

    fn configuration(&self, params: &Value) -> Value {
        let items = params["items"].as_array().into_iter().flatten();
        items
            .map(|item| match item["section"] == "yaml" {
                true => {
                    let mut settings = self.settings.clone();
                    // Nothing is fetched.
                    settings["schemaStore"] = json!({ "enable": false });
                    settings
                }
                false => Value::Null,
            })
            .collect()
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        Ok(self.stdin.flush()?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The next message; none once the server is gone, or speaks something else.
fn read(stdout: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length?];
    stdout.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
