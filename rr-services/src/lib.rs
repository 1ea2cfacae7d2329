//! The services of rr.
