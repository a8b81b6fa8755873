#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gapsync_fuzz::bundle::targets::outfile::check(data));
