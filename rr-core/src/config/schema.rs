//! The JSON Schema of a whole `.rr.yaml`.
