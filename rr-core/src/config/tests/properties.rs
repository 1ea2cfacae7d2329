//! For any input.

use proptest::prelude::*;

use super::{SECTIONS, findings};
use crate::config::{
    Config, Diagnostics, effective::Secrets, emit, migrate::migrate, reference::Setting,
};

/// Any tree of plain values.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as Json;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9f64).prop_map(Json::from),
        "[ -#%-~é€]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z_]{1,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_is_read_as_it_is(tree in tree()) {
        let config = Config::from_text(".rr.json", &format!("{{\"section\": {tree}}}"));
        let config = config.expect("JSON is YAML");
        prop_assert_eq!(&config.to_json()["section"], &tree);
        let read: Option<serde_json::Value> = config.section("section", &[], &mut Diagnostics::default());
        prop_assert_eq!(read, Some(tree));
    }

    #[test]
    fn any_tree_fits_a_section_or_is_refused_with_places(tree in tree()) {
        for section in SECTIONS {
            let text = serde_json::json!({ section: tree }).to_string();
            let config = Config::from_text(".rr.json", &text).expect("JSON is YAML");
            for diagnostic in findings(&config) {
                prop_assert!(diagnostic.place.is_some(), "{}", diagnostic);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-c:\\-\\[\\]{}&*<!|>'\"#%@`, \n\t]{0,60}") {
        if let Ok(config) = Config::from_text(".rr.yaml", &text) {
            let _ = findings(&config).to_string();
        }
    }

    #[test]
    fn any_tree_is_migrated_as_it_is(tree in tree(), key in "[ -#%-+/-~é]{1,12}") {
        let old = serde_json::json!({ "version": "2.7", "own": { key: tree } }).to_string();
        let new = migrate(".rr.json", &old).expect("JSON is YAML").text;
        let [old, new] = [old, new].map(|text| {
            let read = Config::from_text(".rr.yaml", &text);
            read.unwrap_or_else(|found| panic!("{found}\n{text}")).to_json()["own"].clone()
        });
        prop_assert_eq!(new, old);
    }

    #[test]
    fn any_text_is_migrated_or_refused(
        text in "(http|server|static|[a-c])?(: |:\n  )?[a-c:\\-\\[\\]{}&*<!|>'\"#%@`, \n\t]{0,60}"
    ) {
        if let Ok(new) = migrate(".rr.yaml", &text) {
            let read = Config::from_text(".rr.yaml", &new.text);
            prop_assert!(read.is_ok() || Config::from_text("", &text).is_err(), "{}\n---\n{}", text, new.text);
        }
    }

    #[test]
    fn any_value_is_written_as_it_is(tree in tree()) {
        let text = format!("section: {}\n", emit::inline(&tree));
        let config = Config::from_text(".rr.yaml", &text);
        let config = config.unwrap_or_else(|found| panic!("{found}\n{text}"));
        prop_assert_eq!(&config.to_json()["section"], &tree);
    }

    #[test]
    fn any_tree_can_be_shown(tree in tree()) {
        let text = serde_json::json!({ "http": tree, "own": tree }).to_string();
        let config = Config::from_text(".rr.json", &text).expect("JSON is YAML");
        let reference = Setting::of([crate::config::schema::Section::of::<super::Http>("http")]);
        let _ = config.effective(&reference, Secrets::Masked);
    }
}
