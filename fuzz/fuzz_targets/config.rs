//! See `wye_fuzz::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::config::check(data));
