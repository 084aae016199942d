//! See `wye_fuzz::stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::stream::check(data));
