//! Leaves the names of functions out of the optimised WebAssembly: they are two thirds of its bytes. What tells
//! wasm-bindgen which features the code uses has to stay; the `strip` of a Cargo profile would take that away too.
//! Nothing is left for wasm-opt after that: its `-Oz` saves less than 1 % after brotli, and Debian's version 108 breaks the
//! export of the table that wasm-bindgen keeps JavaScript's values in.

use std::env::var;

fn main() {
    if var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") && var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rustc-link-arg-bins=--strip-all");
        println!("cargo::rustc-link-arg-bins=--keep-section=target_features");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
