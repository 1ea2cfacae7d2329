//! Changes to a manifest that leave the rest of its text, comments included, as it is.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

/// What is added to a manifest.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// A line of `[services]`: one of rr's own.
    Stock(String),
    /// A line of `[services]` with the keys of its table.
    Service(String, Keys),
    /// A `[[middleware]]` with its keys.
    Middleware(Keys),
}

/// Keys and values in their order.
pub(crate) type Keys = Vec<(&'static str, Value)>;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was not there, or switched off.
    New,
    /// It says something else now.
    Changed,
    /// It was there already.
    Listed,
}

/// A manifest being changed.
pub(crate) struct Edit {
    document: DocumentMut,
}

impl Edit {
    /// Fails if the text is no TOML.
    pub(crate) fn of(text: &str) -> Result<Self, toml_edit::TomlError> {
        let document = text.parse()?;
        Ok(Self { document })
    }

    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }

    /// Whether the service is listed and switched on.
    pub(crate) fn has_service(&self, name: &str) -> bool {
        let services = self.document.get("services").and_then(Item::as_table_like);
        let value = services.and_then(|it| it.get(name));
        value.is_some_and(|it| it.as_bool() != Some(false))
    }

    /// Adds `entry`. `order` are rr's services in the order in which they are best started: one of
    /// them takes its place among the others.
    pub(crate) fn add(&mut self, entry: Entry, order: &[&str]) -> Added {
        match entry {
            Entry::Stock(name) => {
                let listed = self.has_service(&name);
                self.add_stock(&name, order);
                if listed { Added::Listed } else { Added::New }
            }
            Entry::Service(name, keys) => {
                let was_on = self.has_service(&name);
                let services = self.services();
                let there = services.get(&name).and_then(Item::as_table_like);
                if there.is_some_and(|it| says(it, &keys)) {
                    return Added::Listed;
                }
                let table: InlineTable = keys.into_iter().collect();
                services.insert(&name, table.into());
                if was_on { Added::Changed } else { Added::New }
            }
            Entry::Middleware(keys) => {
                let list = self.document.get("middleware");
                let list = list.and_then(Item::as_array_of_tables);
                if list.is_some_and(|it| it.iter().any(|it| says(it, &keys))) {
                    return Added::Listed;
                }
                let keys = keys.into_iter();
                let mut table: Table = keys
                    .map(|(key, it)| (Key::new(key), Item::Value(it)))
                    .collect();
                table.decor_mut().set_prefix("\n");
                let list = self.document.entry("middleware");
                let list = list.or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
                if let Some(list) = list.as_array_of_tables_mut() {
                    list.push(table);
                }
                Added::New
            }
        }
    }

    /// The services that are switched on, in the order of the file.
    pub(crate) fn services_listed(&self) -> Vec<&str> {
        let services = self.document.get("services").and_then(Item::as_table_like);
        let names = services.into_iter().flat_map(|it| it.iter());
        names
            .map(|(name, _)| name)
            .filter(|name| self.has_service(name))
            .collect()
    }

    /// The services whose table `is_it` chooses.
    pub(crate) fn services_of(&self, is_it: impl Fn(&dyn TableLike) -> bool) -> Vec<String> {
        let services = self.document.get("services").and_then(Item::as_table_like);
        let entries = services.into_iter().flat_map(|it| it.iter());
        entries
            .filter(|(_, value)| value.as_table_like().is_some_and(&is_it))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Takes the service `name` out; false if it is not there.
    pub(crate) fn remove_service(&mut self, name: &str) -> bool {
        let services = self.services();
        let keys: Vec<String> = services.iter().map(|(key, _)| key.to_owned()).collect();
        let next = keys.iter().skip_while(|it| *it != name).nth(1);
        let Some((key, _)) = services.remove_entry(name) else {
            return false;
        };
        let comment = key.leaf_decor().prefix().and_then(|it| it.as_str());
        if let Some(comment) = comment.filter(|it| it.contains('#')) {
            self.keep(comment, next.map(String::as_str));
        }
        true
    }

    /// Takes out the middleware that `is_it` chooses; how many there were.
    pub(crate) fn remove_middleware(&mut self, is_it: impl Fn(&dyn TableLike) -> bool) -> usize {
        let list = self.document.get_mut("middleware");
        let Some(list) = list.and_then(Item::as_array_of_tables_mut) else {
            return 0;
        };
        let before = list.len();
        list.retain(|it| !is_it(it));
        let removed = before - list.len();
        if list.is_empty() {
            self.document.remove("middleware");
        }
        removed
    }

    fn add_stock(&mut self, name: &str, order: &[&str]) {
        let services = self.services();
        if let Some(item) = services.get_mut(name) {
            // It was switched off.
            *item = true.into();
            return;
        }
        let rank = |name: &str| order.iter().position(|it| *it == name);
        let own = rank(name);
        let later: Vec<String> = services
            .iter()
            .map(|(key, _)| key.to_owned())
            .skip_while(|key| rank(key).is_none_or(|it| own.is_none_or(|own| it < own)))
            .collect();
        let mut after = Vec::new();
        for key in later {
            after.extend(services.remove_entry(&key));
        }
        services.insert(name, true.into());
        for (key, item) in after {
            services.insert_formatted(&key, item);
        }
    }

    /// The table `[services]`, made if there is none.
    fn services(&mut self) -> &mut Table {
        let services = self.document.entry("services");
        let services = services.or_insert_with(|| Item::Table(Table::new()));
        if !services.is_table() {
            let inline = std::mem::take(services).into_table();
            *services = Item::Table(inline.unwrap_or_default());
        }
        services.as_table_mut().expect("it was made a table")
    }

    /// A comment stood above a line that is gone: it now stands above the next one.
    fn keep(&mut self, comment: &str, next: Option<&str>) {
        if let Some(mut key) = next.and_then(|it| self.services().key_mut(it)) {
            let there = key.leaf_decor().prefix().and_then(|it| it.as_str());
            let text = format!("{comment}{}", there.unwrap_or_default());
            key.leaf_decor_mut().set_prefix(text);
            return;
        }
        let middleware = self.document.get_mut("middleware");
        let first = middleware
            .and_then(Item::as_array_of_tables_mut)
            .and_then(|it| it.get_mut(0));
        if let Some(table) = first {
            let there = table.decor().prefix().and_then(|it| it.as_str());
            let text = format!("{comment}{}", there.unwrap_or_default());
            table.decor_mut().set_prefix(text);
            return;
        }
        let trailing = self.document.trailing().as_str().unwrap_or_default();
        self.document.set_trailing(format!("{comment}{trailing}"));
    }
}

/// Whether `there` says all of `keys`, whatever else it says.
fn says(there: &dyn TableLike, keys: &Keys) -> bool {
    let text = |it: &Value| match it {
        Value::String(it) => it.value().clone(),
        other => other.to_string().trim().to_owned(),
    };
    keys.iter().all(|(key, value)| {
        let there = there.get(key).and_then(Item::as_value);
        there.is_some_and(|it| text(it) == text(value))
    })
}

#[cfg(test)]
mod tests {
    use super::{Added, Edit, Entry};

    const MANIFEST: &str = "\
# The shop.
name = \"shop\"

[services]
logs = true # loud
# What serves.
http = true
own = { path = \"own\" } # ours

# Last.
[[middleware]]
path = \"stamp\" # first
";

    fn check(change: impl Fn(&mut Edit), gone: &[&str], new: &[&str]) {
        let mut edit = Edit::of(MANIFEST).unwrap();
        change(&mut edit);
        let text = edit.text();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines(MANIFEST), lines(&text));
        for line in &before {
            assert_eq!(
                after.contains(line),
                !gone.contains(&line.as_str()),
                "{line}\n{text}"
            );
        }
        for line in new {
            assert!(after.iter().any(|it| it == line), "{line}\n{text}");
        }
    }

    fn position(text: &str, line: &str) -> usize {
        text.lines().position(|it| it == line).unwrap()
    }

    #[test]
    fn a_service_of_rr_takes_its_place() {
        let order = ["logs", "lock", "http"];
        let add = |edit: &mut Edit| {
            edit.add(Entry::Stock("lock".to_owned()), &order);
        };
        check(add, &[], &["lock = true"]);
        let mut edit = Edit::of(MANIFEST).unwrap();
        add(&mut edit);
        let text = edit.text();
        let places = [
            "logs = true # loud",
            "lock = true",
            "# What serves.",
            "http = true",
        ];
        let places = places.map(|it| position(&text, it));
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn one_of_the_project_comes_last() {
        let keys = vec![("path", "new".into())];
        let entry = Entry::Service("new".to_owned(), keys.clone());
        let line = "new = { path = \"new\" }";
        let add =
            |entry: Entry| move |it: &mut Edit| assert_eq!(it.add(entry.clone(), &[]), Added::New);
        check(add(entry), &[], &[line]);
        check(add(Entry::Middleware(keys)), &[], &["path = \"new\""]);
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let mut edit = Edit::of(MANIFEST).unwrap();
        let service = |path: &str| Entry::Service("own".to_owned(), vec![("path", path.into())]);
        let middleware = Entry::Middleware(vec![("path", "stamp".into())]);
        assert_eq!(edit.add(service("own"), &[]), Added::Listed);
        assert_eq!(edit.add(middleware, &[]), Added::Listed);
        assert_eq!(
            edit.add(Entry::Stock("http".to_owned()), &[]),
            Added::Listed
        );
        assert_eq!(edit.text(), MANIFEST);
        assert_eq!(edit.add(service("other"), &[]), Added::Changed);
    }

    #[test]
    fn what_is_removed_leaves_its_comment() {
        let remove = |name: &'static str| move |it: &mut Edit| assert!(it.remove_service(name));
        check(remove("logs"), &["logs = true # loud"], &[]);
        check(remove("http"), &["http = true"], &[]);
        check(remove("own"), &["own = { path = \"own\" } # ours"], &[]);
        let mut edit = Edit::of(MANIFEST).unwrap();
        assert!(!edit.remove_service("gzip"));
        assert_eq!(edit.text(), MANIFEST);
    }

    #[test]
    fn what_is_switched_off_is_switched_on() {
        let mut edit = Edit::of("[services]\nhttp = false\n").unwrap();
        assert!(!edit.has_service("http"));
        edit.add(Entry::Stock("http".to_owned()), &[]);
        assert_eq!(edit.text(), "[services]\nhttp = true\n");
    }

    #[test]
    fn a_manifest_may_begin_with_nothing() {
        let mut edit = Edit::of("name = \"a\"\n").unwrap();
        edit.add(Entry::Stock("http".to_owned()), &["http"]);
        assert_eq!(edit.text(), "name = \"a\"\n\n[services]\nhttp = true\n");
    }
}
