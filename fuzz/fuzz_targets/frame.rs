//! libFuzzer drives [`kruispunt_fuzz::frame`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kruispunt_fuzz::frame(bytes));
