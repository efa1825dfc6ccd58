//! libFuzzer drives [`kruispunt_fuzz::change`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kruispunt_fuzz::change(bytes));
