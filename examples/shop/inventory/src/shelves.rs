//! What is in stock. Knows nothing of the server.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// The stock that all requests share.
#[derive(Clone)]
pub(crate) struct Shelves(Arc<BTreeMap<String, AtomicU32>>);

/// Why nothing can be taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TakeError {
    #[error("the shop has no `{0}`")]
    Unknown(String),
    #[error("`{0}` is sold out")]
    SoldOut(String),
}

impl Shelves {
    pub(crate) fn new(articles: BTreeMap<String, u32>) -> Self {
        let shelves = articles.into_iter();
        Self(Arc::new(
            shelves.map(|(name, count)| (name, count.into())).collect(),
        ))
    }

    /// How many there are of each article.
    pub(crate) fn stock(&self) -> BTreeMap<String, u32> {
        let shelves = self.0.iter();
        shelves
            .map(|(name, count)| (name.clone(), count.load(Relaxed)))
            .collect()
    }

    /// Takes one of `article` and returns how many are left.
    pub(crate) fn take(&self, article: String) -> Result<u32, TakeError> {
        let Some(count) = self.0.get(&article) else {
            return Err(TakeError::Unknown(article));
        };
        match count.fetch_update(Relaxed, Relaxed, |count| count.checked_sub(1)) {
            Ok(before) => Ok(before - 1),
            Err(_) => Err(TakeError::SoldOut(article)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelves() -> Shelves {
        Shelves::new(BTreeMap::from([("bread".to_owned(), 2)]))
    }

    fn check(article: &str, expected: Result<u32, TakeError>, shelves: &Shelves) {
        assert_eq!(shelves.take(article.to_owned()), expected);
    }

    #[test]
    fn an_article_is_sold_until_none_is_left() {
        let shelves = shelves();
        check("bread", Ok(1), &shelves);
        check("bread", Ok(0), &shelves);
        check(
            "bread",
            Err(TakeError::SoldOut("bread".to_owned())),
            &shelves,
        );
        assert_eq!(shelves.stock()["bread"], 0);
    }

    #[test]
    fn what_the_shop_never_had_cannot_be_taken() {
        check(
            "gold",
            Err(TakeError::Unknown("gold".to_owned())),
            &shelves(),
        );
    }
}
