//! Locks over time, in simulated time.

use rr_core::lifecycle::Stop;
use tokio::{task::JoinHandle, time::sleep};

use super::{super::table::Mode, *};

struct Shop {
    locks: Locks,
    stop: Stop,
}

impl Shop {
    fn open() -> Self {
        let (locks, keeper) = Keeper::new();
        let stop = Stop::new();
        tokio::spawn(keeper.run(stop.clone()));
        Self { locks, stop }
    }

    fn acquire(&self, id: &str, mode: Mode, ttl: u64, wait: u64) -> JoinHandle<Option<bool>> {
        let wish = Wish {
            resource: "till".into(),
            id: id.into(),
            mode,
            ttl: (ttl > 0).then(|| Duration::from_secs(ttl)),
        };
        let wait = Duration::from_secs(wait);
        let locks = self.locks.clone();
        tokio::spawn(async move { locks.ask(Order::Acquire { wish, wait }).await })
    }

    async fn lock(&self, id: &str, ttl: u64, wait: u64) -> bool {
        let taken = self.acquire(id, Mode::Exclusive, ttl, wait).await;
        taken.unwrap().unwrap()
    }

    async fn release(&self, id: &str) -> bool {
        let (resource, id) = ("till".into(), id.into());
        self.ask(Order::Release { resource, id }).await
    }

    async fn holds(&self, id: &str) -> bool {
        let (resource, id) = ("till".into(), Some(id.into()));
        self.ask(Order::Exists { resource, id }).await
    }

    async fn ask(&self, order: Order) -> bool {
        self.locks.ask(order).await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_ends_with_its_time() {
    let shop = Shop::open();
    assert!(shop.lock("ann", 10, 0).await);
    assert!(!shop.lock("bob", 0, 0).await);
    sleep(Duration::from_millis(9_999)).await;
    assert!(shop.holds("ann").await);
    sleep(Duration::from_millis(1)).await;
    assert!(!shop.holds("ann").await);
    assert!(!shop.release("ann").await);
    assert!(shop.lock("bob", 0, 0).await);
    sleep(Duration::from_secs(10 * 365 * 86_400)).await;
    assert!(shop.holds("bob").await, "without a time it has no end");
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_served_in_turn_and_not_longer_than_asked() {
    let shop = Shop::open();
    assert!(shop.lock("ann", 10, 0).await);
    let begun = Instant::now();
    let short = shop.acquire("bob", Mode::Exclusive, 1, 9);
    tokio::task::yield_now().await;
    let first = shop.acquire("cid", Mode::Exclusive, 5, 60);
    tokio::task::yield_now().await;
    let reader = shop.acquire("dot", Mode::Shared, 0, 60);
    assert_eq!(short.await.unwrap(), Some(false));
    assert_eq!(begun.elapsed().as_secs(), 9);
    assert_eq!(first.await.unwrap(), Some(true));
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(reader.await.unwrap(), Some(true));
    assert_eq!(begun.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_new_time_counts_from_now() {
    let shop = Shop::open();
    assert!(shop.lock("ann", 10, 0).await);
    sleep(Duration::from_secs(8)).await;
    let update = |id: &str, ttl| Order::UpdateTtl {
        resource: "till".into(),
        id: id.into(),
        ttl: Some(Duration::from_secs(ttl)),
    };
    assert!(shop.ask(update("ann", 5)).await);
    assert!(!shop.ask(update("bob", 5)).await);
    sleep(Duration::from_secs(4)).await;
    assert!(shop.holds("ann").await);
    sleep(Duration::from_secs(1)).await;
    assert!(!shop.holds("ann").await);
}

#[tokio::test(start_paused = true)]
async fn a_reader_becomes_the_writer_when_the_others_have_gone() {
    let shop = Shop::open();
    for id in ["ann", "bob"] {
        let taken = shop.acquire(id, Mode::Shared, 0, 0).await;
        assert_eq!(taken.unwrap(), Some(true));
    }
    let stranger = shop.acquire("cid", Mode::Exclusive, 0, 60);
    tokio::task::yield_now().await;
    let ann = shop.acquire("ann", Mode::Exclusive, 5, 60);
    tokio::task::yield_now().await;
    assert!(!stranger.is_finished() && !ann.is_finished());
    assert!(shop.release("bob").await);
    assert_eq!(ann.await.unwrap(), Some(true));
    assert!(!stranger.is_finished());
    assert_eq!(stranger.await.unwrap(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_stop_answers_who_waits() {
    let shop = Shop::open();
    assert!(shop.lock("ann", 0, 0).await);
    let waits = shop.acquire("bob", Mode::Exclusive, 0, 3600);
    tokio::task::yield_now().await;
    shop.stop.cancel();
    assert_eq!(waits.await.unwrap(), None);
}
