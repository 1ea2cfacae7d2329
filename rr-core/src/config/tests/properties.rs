//! For any input.

use proptest::prelude::*;

use super::{SECTIONS, findings};
use crate::config::{Config, Diagnostics};

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
}
