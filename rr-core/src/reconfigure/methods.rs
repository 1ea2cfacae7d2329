//! The RPC method `config.Reload`: what `rr config reload` calls.

use serde::Deserialize;

use super::{Asker, Report};
use crate::rpc::{Methods, Plain, RpcError};

/// The argument of `config.Reload`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reload {
    /// Only to be told what would be applied.
    dry_run: bool,
}

pub(crate) fn methods(asker: &Asker) -> Methods {
    Methods::new("config").method_with("Reload", asker, reload)
}

/// Returns when all that can be applied is.
async fn reload(asker: Asker, Plain(asked): Plain<Reload>) -> Result<Plain<Report>, RpcError> {
    Ok(Plain(asker.ask(asked.dry_run).await?))
}
