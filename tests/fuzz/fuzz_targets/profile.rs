#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gapsync_fuzz::profile::check(data));
