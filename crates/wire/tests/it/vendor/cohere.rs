//! `cohere`.

use wye_types::chat::ChatRequest;

use super::Vendor;

pub(super) const VENDOR: Option<&Vendor> = None;

pub(super) fn expect(_: &mut ChatRequest) {}
