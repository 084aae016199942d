//! The life of a request, one file a stage.
pub mod upstream;
