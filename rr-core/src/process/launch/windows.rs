//! Starts processes in jobs, which the system ends when the server does, whatever it dies of.
//!
//! The server holds the only handle to each job, and a job is ended with its last handle. A process
//! begins to run when it is in its job, so all that it starts is in it as well.

use std::{io, process::ExitStatus};

use process_wrap::tokio::{ChildWrapper, CommandWrap, CreationFlags, JobObject, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

use crate::process::Guard;

/// A process in a job of its own. Dropped, the job is ended.
#[derive(Debug)]
pub struct Child {
    /// The server's end of its stdin, where that is a pipe.
    pub stdin: Option<ChildStdin>,
    /// The server's end of its stdout.
    pub stdout: Option<ChildStdout>,
    /// The server's end of its stderr.
    pub stderr: Option<ChildStderr>,
    job: Box<dyn ChildWrapper>,
}

impl Child {
    /// Its process id, until it was waited for.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.job.id()
    }

    /// Waits for the process itself; what it started may still run.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.job.inner_mut().wait().await
    }

    /// Ends all of the job.
    ///
    /// # Errors
    /// As the system says.
    pub fn start_kill(&mut self) -> io::Result<()> {
        self.job.start_kill()
    }
}

/// Starts `command`. A dropped call ends what it has started.
pub(in crate::process) async fn spawn(command: Command, _: Guard) -> io::Result<Child> {
    let mut job = CommandWrap::from(command)
        // Ctrl-C goes to the server alone.
        .wrap(CreationFlags(CREATE_NEW_PROCESS_GROUP))
        .wrap(KillOnDrop)
        .wrap(JobObject)
        .spawn()?;
    Ok(Child {
        stdin: job.stdin().take(),
        stdout: job.stdout().take(),
        stderr: job.stderr().take(),
        job,
    })
}
