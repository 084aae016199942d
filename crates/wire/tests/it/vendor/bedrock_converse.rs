//! `bedrock_converse`.

use super::Vendor;

pub(super) const VENDOR: Option<&Vendor> = None;
