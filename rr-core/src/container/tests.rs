//! The container with services made up for the purpose, in simulated time.
