//! The kernel of rr.
