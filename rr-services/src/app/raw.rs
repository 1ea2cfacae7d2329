//! The server's own stderr, for texts that are no records.

use tokio::io::{AsyncWriteExt as _, stderr};

use rr_core::rpc::RpcError;

/// Writes `text` as it is: no time, no level, no end of line. Waits where nobody reads.
pub(super) async fn write(text: String) -> Result<(), RpcError> {
    let mut stderr = stderr();
    stderr.write_all(text.as_bytes()).await?;
    stderr.flush().await?;
    Ok(())
}
