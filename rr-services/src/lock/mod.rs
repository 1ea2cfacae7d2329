//! The `lock` service: locks that PHP processes take, share, wait for and let go of, over RPC.
//!
//! They live in this server's memory: servers share none, and a restart forgets them.

mod keeper;
mod message;
mod table;

use std::{sync::Arc, time::Duration};

use rr_core::{
    BoxError, Init, Service,
    rpc::{Message, Methods, RpcAddress, RpcError},
};
use schemars::JsonSchema;
use serde::Deserialize;

use keeper::{Keeper, Locks, Order};
use message::{Request, Response};
use table::{Mode, Wish};

/// Locks for PHP; in `RR\Client\Locks` of the PHP library.
#[derive(Debug)]
pub struct Lock;

/// Locks have no settings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct LockConfig {}

impl Service for Lock {
    const NAME: &'static str = "lock";
    type Config = LockConfig;
    /// So that it ends before `rpc`, which waits for calls that are in work.
    type Needs = Option<Arc<RpcAddress>>;
    type Offers = ();

    fn absent() -> Option<LockConfig> {
        Some(LockConfig {})
    }

    fn init(
        self,
        _: LockConfig,
        _: Option<Arc<RpcAddress>>,
        cx: &mut Init,
    ) -> Result<(), BoxError> {
        let (locks, keeper) = Keeper::new();
        cx.contribute(methods(&locks));
        cx.run(async move |running| {
            running.ready.release();
            keeper.run(running.stop).await;
            Ok(())
        });
        Ok(())
    }
}

type Answer = Result<Message<Response>, RpcError>;

fn methods(locks: &Locks) -> Methods {
    Methods::new(Lock::NAME)
        .method_with("Lock", locks, async |locks, Message(request)| {
            acquire(locks, request, Mode::Exclusive).await
        })
        .method_with("LockRead", locks, async |locks, Message(request)| {
            acquire(locks, request, Mode::Shared).await
        })
        .method_with("Release", locks, release)
        .method_with("ForceRelease", locks, force_release)
        .method_with("Exists", locks, exists)
        .method_with("UpdateTTL", locks, update_ttl)
}

/// Waits for its turn; not to get it in time is an answer, not an error.
async fn acquire(locks: Locks, request: Request, mode: Mode) -> Answer {
    let (ttl, wait) = (request.hold_for()?, request.wait_for()?);
    let (resource, id) = request.of_holder()?;
    let wish = Wish {
        resource,
        id,
        mode,
        ttl,
    };
    answer(&locks, Order::Acquire { wish, wait }).await
}

async fn release(locks: Locks, Message(request): Message<Request>) -> Answer {
    let (resource, id) = request.of_holder()?;
    answer(&locks, Order::Release { resource, id }).await
}

async fn force_release(locks: Locks, Message(request): Message<Request>) -> Answer {
    let resource = request.resource.into();
    answer(&locks, Order::ForceRelease { resource }).await
}

async fn exists(locks: Locks, Message(request): Message<Request>) -> Answer {
    let (resource, id) = request.of_holder()?;
    // The id that stands for anybody's.
    let id = (&*id != "*").then_some(id);
    answer(&locks, Order::Exists { resource, id }).await
}

async fn update_ttl(locks: Locks, Message(request): Message<Request>) -> Answer {
    let ttl = request.hold_for()?;
    let (resource, id) = request.of_holder()?;
    answer(&locks, Order::UpdateTtl { resource, id, ttl }).await
}

async fn answer(locks: &Locks, order: Order) -> Answer {
    let ok = locks.ask(order).await;
    let ok = ok.ok_or(RpcError::fixed("the server is stopping"))?;
    Ok(Message(Response { ok }))
}

impl Request {
    fn of_holder(self) -> Result<(Arc<str>, Arc<str>), RpcError> {
        match &*self.id {
            "" => Err(RpcError::fixed("empty ID is not allowed")),
            _ => Ok((self.resource.into(), self.id.into())),
        }
    }

    /// How long the lock is held at most; 0 is without limit.
    fn hold_for(&self) -> Result<Option<Duration>, RpcError> {
        let ttl = microseconds("ttl", self.ttl())?;
        Ok((!ttl.is_zero()).then_some(ttl))
    }

    /// How long its caller waits; 0 is not at all.
    fn wait_for(&self) -> Result<Duration, RpcError> {
        microseconds("wait", self.wait())
    }
}

fn microseconds(name: &str, value: i64) -> Result<Duration, RpcError> {
    u64::try_from(value)
        .map(Duration::from_micros)
        .map_err(|_| format!("`{name}` is {value}, microseconds from 0 on are expected").into())
}
