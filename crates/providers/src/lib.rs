//! Provider registry: one file a provider, quirks as named values. Pure.
