//! One keep-alive connection that asks, waits, and looks closely at each answer.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use super::{
    answer::{Answer, Inbox},
    shot::{Ask, Fate, Method, Shot},
};

/// When a client gives up on an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client with at most one connection and one request in flight.
pub(super) struct Client {
    port: u16,
    /// When the load began.
    began: Instant,
    /// The oldest version of the code that may still answer.
    newest: Arc<AtomicU64>,
    connection: Option<Connection>,
}

struct Connection {
    stream: TcpStream,
    inbox: Inbox,
}

impl Client {
    pub(super) fn new(port: u16, began: Instant, newest: Arc<AtomicU64>) -> Self {
        Self {
            port,
            began,
            newest,
            connection: None,
        }
    }

    /// Asks on the connection there is, or on a new one. Never asks twice.
    pub(super) async fn ask(&mut self, ask: Ask) -> Shot {
        let newest = self.newest.load(Ordering::SeqCst);
        let begun = Instant::now();
        let exchange = timeout(PATIENCE, self.exchange(&ask, newest)).await;
        let (fate, pid) = exchange.unwrap_or((Fate::Silent, None));
        Shot {
            id: ask.id,
            method: ask.method,
            target: ask.target,
            at: begun - self.began,
            latency: begun.elapsed(),
            pid,
            fate,
        }
    }

    /// Gives the connection up; the next request is on a new one.
    pub(super) fn hang_up(&mut self) {
        self.connection = None;
    }

    /// Asks and leaves after `stay`, wherever the exchange is by then; half of the request where it is zero.
    pub(super) async fn leave(&mut self, ask: &Ask, stay: Duration) {
        if stay.is_zero() {
            if let Ok(mut connection) = self.connect().await {
                let request = request(ask);
                let half = &request.as_bytes()[..request.len() / 2];
                connection.stream.write_all(half).await.ok();
            }
        } else {
            timeout(stay, self.exchange(ask, 0)).await.ok();
        }
        self.connection = None;
    }

    /// The connection is kept if another request may follow on it. Also tells who answered.
    async fn exchange(&mut self, ask: &Ask, newest: u64) -> (Fate, Option<i32>) {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match self.connect().await {
                Ok(connection) => connection,
                Err(_) => return (Fate::Refused, None),
            },
        };
        // An end that shows in the write is seen by the read as well.
        let request = request(ask);
        connection.stream.write_all(request.as_bytes()).await.ok();
        let read = Answer::read(&mut connection.stream, &mut connection.inbox).await;
        let answer = match read {
            Err(why) => return (Fate::Wrong(why.to_string()), None),
            Ok(None) if ask.breaks_off => return (Fate::Good, None),
            Ok(None) => return (Fate::Unanswered, None),
            Ok(Some(answer)) => answer,
        };
        let pid = answer.header("x-pid").and_then(|it| it.parse().ok());
        let fate = match answer.whole {
            true => judge(ask, &answer, newest),
            false if ask.breaks_off => Fate::Good,
            false => Fate::Cut,
        };
        if answer.whole && answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        (fate, pid)
    }

    async fn connect(&self) -> std::io::Result<Connection> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            inbox: Inbox::default(),
        })
    }
}

fn request(ask: &Ask) -> String {
    let Ask { method, target, .. } = ask;
    let length = match method {
        Method::Get => "",
        Method::Post => "Content-Length: 4\r\n",
    };
    let body = match method {
        Method::Get => "",
        Method::Post => "body",
    };
    format!("{method} {target} HTTP/1.1\r\nHost: chaos\r\n{length}\r\n{body}")
}

/// What a whole answer is worth.
fn judge(ask: &Ask, answer: &Answer, newest: u64) -> Fate {
    if answer.status != 200 {
        return Fate::Status {
            status: answer.status,
            retry_after: answer.header("retry-after").is_some(),
        };
    }
    let pid = answer.header("x-pid").unwrap_or("?");
    if ask.breaks_off {
        return Fate::Wrong(format!(
            "worker {pid} died inside the answer, which ends as if it were whole"
        ));
    }
    if answer.body != ask.answer.as_bytes() {
        let (got, due) = (answer.body.len(), ask.answer.len());
        let begin = String::from_utf8_lossy(&answer.body[..got.min(20)]).into_owned();
        return Fate::Wrong(format!(
            "worker {pid} answered {got} bytes that begin with `{begin}`: expected {due} bytes for {}",
            ask.id,
        ));
    }
    let code = answer.header("x-code").and_then(|it| it.parse().ok());
    if code.unwrap_or(0) < newest {
        let code = code.unwrap_or(0);
        return Fate::Wrong(format!(
            "worker {pid} answered with code {code}, {newest} being in force before the request"
        ));
    }
    Fate::Good
}
