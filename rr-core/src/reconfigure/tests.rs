//! Reloads of servers made up for the purpose.
