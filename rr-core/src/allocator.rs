//! The allocator of every server: a response of a megabyte costs no page faults with it.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
