#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sfu_sim::fuzz::pictures(bytes));
