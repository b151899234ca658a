//! Every parser of outside input. The first byte of an input chooses the parser.
#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_testkit::parsers::PARSERS;

fuzz_target!(|input: &[u8]| {
    if let Some((first, input)) = input.split_first() {
        (PARSERS[usize::from(*first) % PARSERS.len()].check)(input);
    }
});
