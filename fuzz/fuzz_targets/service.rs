//! See `wye_fuzz::service`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::service::check(data));
