//! Servers as child processes: started, watched, and gone when dropped. Knows nothing of what they serve.

mod group;
mod interrupt;
mod procfs;

pub(crate) use self::{group::Group, interrupt::Interrupt, procfs::Process};
