//! `ollama`.

use super::Vendor;

pub(super) const VENDOR: Option<&Vendor> = None;
