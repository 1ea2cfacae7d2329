//! What a console tells its processes, and the pipe that stands in for a signal from another one.

use std::{io, process};

use tokio::{
    io::AsyncReadExt as _,
    net::windows::named_pipe::{NamedPipeServer, ServerOptions},
    signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
        ctrl_logoff, ctrl_shutdown,
    },
};

use crate::cli::kill::pipe;

/// The system ends the process some seconds after the last three of them, whatever it does.
pub(super) struct Caught {
    c: CtrlC,
    r#break: CtrlBreak,
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
    /// `None` where it cannot be had: then `rr stop` reaches nobody, and says so.
    pipe: Option<NamedPipeServer>,
}

impl Caught {
    pub(super) fn new() -> io::Result<Self> {
        // Its owner and administrators may write to it, on this machine alone.
        let pipe = ServerOptions::new()
            .access_outbound(false)
            .first_pipe_instance(true)
            .reject_remote_clients(true)
            .create(pipe(process::id()));
        Ok(Self {
            c: ctrl_c()?,
            r#break: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
            pipe: pipe.ok(),
        })
    }

    pub(super) async fn next(&mut self) -> Option<()> {
        tokio::select! {
            asked = self.c.recv() => asked,
            asked = self.r#break.recv() => asked,
            asked = self.close.recv() => asked,
            asked = self.logoff.recv() => asked,
            asked = self.shutdown.recv() => asked,
            Some(()) = hear(self.pipe.as_mut()) => Some(()),
        }
    }
}

/// The next byte that somebody writes; `None` where nobody can.
async fn hear(pipe: Option<&mut NamedPipeServer>) -> Option<()> {
    let pipe = pipe?;
    loop {
        pipe.connect().await.ok()?;
        let heard = pipe.read_u8().await;
        pipe.disconnect().ok()?;
        if heard.is_ok() {
            return Some(());
        }
    }
}
