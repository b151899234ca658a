//! The browser app is embedded from a folder that must exist, also where it was not built yet.

#[expect(clippy::expect_used, reason = "a build that cannot go on says why")]
fn main() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/web");
    std::fs::create_dir_all(&folder).expect("target/web can be created");
    println!("cargo::rerun-if-changed=../target/web");
    println!("cargo::rerun-if-changed=migrations");
}
