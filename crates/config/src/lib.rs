//! Configuration: raw to resolved, every problem at once, JSON Schema. Pure.
