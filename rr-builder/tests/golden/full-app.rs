//! The files that this server carries, by line 5 of `manifest.toml`: change that and build again.

use rr_core::embed::File;

pub(crate) const FILES: &[File] = &[
    File::new("public/a \"b\".txt", false, include_bytes!("../../../app/public/a \"b\".txt")),
    File::new("worker.php", true, include_bytes!("../../../app/worker.php")),
];
