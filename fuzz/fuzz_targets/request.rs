//! See `wye_fuzz::request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::request::check(data));
