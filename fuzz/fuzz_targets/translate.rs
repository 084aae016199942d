//! See `wye_fuzz::translate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::translate::check(data));
