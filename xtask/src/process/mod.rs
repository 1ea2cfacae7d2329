//! Processes that this program starts and watches: they and all below them, none of which is left behind.

mod group;
mod procfs;

pub(crate) use self::{group::Group, procfs::Process};
