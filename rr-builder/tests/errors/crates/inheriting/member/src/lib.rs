//! Read by the tests of messages, never compiled.
