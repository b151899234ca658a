//! Removes function names from the optimised WebAssembly: they are two thirds of its size. The section that tells wasm-bindgen
//! which features the code uses must stay; `strip` in a Cargo profile would remove it. wasm-opt is not used: after this its
//! `-Oz` saves less than 1 % after brotli, and Debian's version 108 breaks the export of a table that wasm-bindgen needs.
//!
//! Also tells the programs the name of `passkey.js`, which `Trunk.toml` copies under the same one. They load it themselves, so no
//! page may name it.

use std::env::var;
use std::fs::File;
use std::process::Command;

#[expect(clippy::expect_used, reason = "a build that cannot go on says why")]
fn main() {
    if var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") && var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rustc-link-arg-bins=--strip-all");
        println!("cargo::rustc-link-arg-bins=--keep-section=target_features");
    }
    let module = File::open("passkey.js").expect("passkey.js is beside this file");
    let sum = Command::new("cksum").stdin(module).output().expect("cksum can be run").stdout;
    let sum = String::from_utf8(sum).expect("cksum writes digits");
    let sum = sum.split(' ').next().expect("cksum writes the sum first");
    println!("cargo::rustc-env=PASSKEY_MODULE=/passkey-{sum}.js");
    println!("cargo::rerun-if-changed=passkey.js");
    println!("cargo::rerun-if-changed=build.rs");
}
