//! Removes function names from the optimised WebAssembly: they are two thirds of its size. The section that tells wasm-bindgen
//! which features the code uses must stay; `strip` in a Cargo profile would remove it. wasm-opt is not used: after this its
//! `-Oz` saves less than 1 % after brotli, and Debian's version 108 breaks the export of a table that wasm-bindgen needs.

use std::env::var;

fn main() {
    if var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") && var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rustc-link-arg-bins=--strip-all");
        println!("cargo::rustc-link-arg-bins=--keep-section=target_features");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
