//! The shop's inventory, a service of its own. PHP workers share nothing with each other: what they
//! must agree on lives here, in the server, and they ask for it over RPC.

mod shelves;

use std::collections::BTreeMap;

use rr_core::{
    BoxError, Init, Service,
    rpc::{Methods, Plain},
};

use shelves::Shelves;

/// Knows what is in stock, and hands it out one by one.
pub struct Inventory;

/// What the shop has in stock.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct InventoryConfig {
    /// How many there are of each article when the server starts.
    pub articles: BTreeMap<String, u32>,
}

impl Service for Inventory {
    const NAME: &'static str = "inventory";
    type Config = InventoryConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, config: InventoryConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let shelves = Shelves::new(config.articles);
        let methods = Methods::new(Self::NAME)
            .method_with("Stock", &shelves, async |shelves: Shelves, ()| {
                Plain(shelves.stock())
            })
            .method_with(
                "Take",
                &shelves,
                async |shelves: Shelves, Plain(article)| shelves.take(article).map(Plain),
            );
        cx.contribute(methods);
        Ok(())
    }
}
