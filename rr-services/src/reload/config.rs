//! The `reload` section, with the names that it had in RoadRunner 2.

use std::{collections::BTreeMap, path::PathBuf};

use rr_core::config::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Replaces workers when files change. For development.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReloadConfig {
    /// How long nothing may change before workers are replaced: an editor or a checkout writes many files. 0 is a second.
    pub interval: Duration,
    /// Parts of the names of files that matter.
    pub patterns: Vec<String>,
    /// Looks at all files each `interval`, where the system tells of no changes: shared folders of virtual machines, network drives.
    pub poll: bool,
    /// What is watched for which service, by its name.
    pub services: BTreeMap<String, WatchConfig>,
}

/// The files of one service.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct WatchConfig {
    /// Folders to watch; the working directory by default.
    pub dirs: Vec<PathBuf>,
    /// Whether the folders in them are watched as well.
    pub recursive: bool,
    /// What does not matter: names of folders and files wherever they are, or paths.
    pub ignore: Vec<PathBuf>,
    /// Parts of the names of files that matter, beside those of all services.
    pub patterns: Vec<String>,
}

impl Default for ReloadConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            patterns: vec![".php".to_owned()],
            poll: false,
            services: BTreeMap::new(),
        }
    }
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            dirs: vec![PathBuf::from(".")],
            recursive: false,
            ignore: Vec::new(),
            patterns: Vec::new(),
        }
    }
}
