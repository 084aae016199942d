//! See `wye_fuzz::frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wye_fuzz::frames::check(data));
