//! Does nothing: cargo wants a build script of a package that says `links`, by which a server holds
//! one rr-core. Types of two would not fit together, whatever their names.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
