//! Which pools are staffed by which command and variables, so that a reload of the section reaches
//! all of them.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::join_all;
use rr_core::{
    Init,
    config::CommandLine,
    pool::{Keeper, Options, Pool, SpawnError},
    reconfigure::Change,
};

use super::{Server, Workers};

/// What can be applied: the relay and the wire of workers that run stay what they are, and files
/// that were made for their user stay that user's.
const KEYS: &[&str] = &["command", "env"];

/// The part of the section that a reload can change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) command: CommandLine,
    pub(super) env: Vec<(String, OsString)>,
}

/// The pools of a server, and what their workers are started by.
#[derive(Debug)]
pub(super) struct Staff(Mutex<Books>);

#[derive(Debug)]
struct Books {
    recipe: Arc<Recipe>,
    pools: Vec<Post>,
}

/// A pool and what it asked for.
#[derive(Clone, Debug)]
struct Post {
    pool: Pool,
    mode: String,
    command: Option<CommandLine>,
}

impl Recipe {
    pub(super) fn new(command: CommandLine, env: BTreeMap<String, String>) -> Self {
        let env = env.into_iter();
        Self {
            command,
            env: env
                .map(|(name, value)| (name.to_uppercase(), value.into()))
                .collect(),
        }
    }
}

impl Staff {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self(Mutex::new(Books {
            recipe: Arc::new(recipe),
            pools: Vec::new(),
        }))
    }

    pub(super) fn recipe(&self) -> Arc<Recipe> {
        Arc::clone(&self.books().recipe)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what can be applied of the section.
pub(super) fn hook(cx: &mut Init, workers: &Arc<Workers>) {
    let workers = Arc::clone(workers);
    cx.reconfigure::<Server, _, _>(KEYS, move |anew| {
        let workers = Arc::clone(&workers);
        let recipe = Recipe::new(anew.after.command, anew.after.env);
        let change = Change::new(async move { Ok(workers.go_by(recipe).await?) });
        async move { Ok(change) }
    });
}

impl Workers {
    /// Gives a pool its first workers, as [`spawner`](Self::spawner) says, and others whenever a
    /// reload of the configuration wants them to be started otherwise.
    ///
    /// # Errors
    /// As of [`Keeper::start`].
    pub async fn staff(
        &self,
        pool: &Pool,
        keeper: Keeper,
        mode: &str,
        command: Option<CommandLine>,
    ) -> Result<(), SpawnError> {
        keeper.start(self.spawner(mode, command.as_ref())).await?;
        self.staff.books().pools.push(Post {
            pool: pool.clone(),
            mode: mode.to_owned(),
            command,
        });
        Ok(())
    }

    /// Gives a pool other options and workers of another command.
    ///
    /// # Errors
    /// As of [`Pool::reconfigure`].
    pub async fn restaff(
        &self,
        pool: &Pool,
        options: Options,
        mode: &str,
        command: Option<CommandLine>,
    ) -> Result<(), SpawnError> {
        let spawner = self.spawner(mode, command.as_ref());
        pool.reconfigure(options, Some(spawner)).await?;
        let mut books = self.staff.books();
        let posts = books.pools.iter_mut();
        for post in posts.filter(|it| it.pool.name() == pool.name()) {
            post.command.clone_from(&command);
        }
        Ok(())
    }

    /// Has all pools go by another recipe, or none of them.
    async fn go_by(&self, recipe: Recipe) -> Result<(), SpawnError> {
        let before = self.staff.recipe();
        let is_other = |it: &Post| {
            recipe.env != before.env || (it.command.is_none() && recipe.command != before.command)
        };
        let posts = self.staff.books().pools.clone();
        let posts: Vec<Post> = posts.into_iter().filter(is_other).collect();
        let hire = async |post: &Post, recipe: &Recipe| {
            let spawner = self.spawner_by(recipe, &post.mode, post.command.as_ref());
            post.pool
                .reconfigure(post.pool.options(), Some(spawner))
                .await
        };
        let outcomes = join_all(posts.iter().map(|it| hire(it, &recipe))).await;
        let mut failed = None;
        let mut changed = Vec::new();
        for (post, outcome) in posts.iter().zip(outcomes) {
            match outcome {
                Ok(()) => changed.push(post),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let Some(error) = failed else {
            self.staff.books().recipe = Arc::new(recipe);
            return Ok(());
        };
        for (post, back) in
            join_all(changed.iter().map(async |it| (it, hire(it, &before).await))).await
        {
            if let Err(error) = back {
                let pool = post.pool.name();
                tracing::error!(target: "server", pool, "workers of the old command do not come back: {error}");
            }
        }
        Err(error)
    }
}
