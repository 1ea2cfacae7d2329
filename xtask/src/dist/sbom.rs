//! The bill of materials of a binary, as CycloneDX 1.6: <https://cyclonedx.org/docs/1.6/json/>.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::parts::{Part, Parts};

/// The document. No serial number: the same binary has the same document.
///
/// # Errors
/// Where `time` has no such form.
pub(super) fn document(product: &str, parts: &Parts, time: OffsetDateTime) -> Result<String> {
    let Parts(parts) = parts;
    let Some((root, linked)) = parts.split_first() else {
        anyhow::bail!("{product} is made of nothing");
    };
    let mut of_product = component(root, "application");
    of_product["name"] = product.into();
    let uses = |part: &Part| -> BTreeSet<String> {
        part.uses.iter().map(|&it| reference(&parts[it])).collect()
    };
    let dependencies = parts
        .iter()
        .map(|it| json!({ "ref": reference(it), "dependsOn": uses(it) }));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.format(&Rfc3339)?,
            "component": of_product,
        },
        "components": linked.iter().map(|it| component(it, "library")).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    Ok(format!("{document:#}\n"))
}

fn component(part: &Part, kind: &str) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(part),
        "name": part.name,
        "version": part.version,
        "licenses": [{ "expression": part.licence }],
    });
    if let Some(checksum) = &part.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        component["purl"] = reference(part).into();
    }
    if !part.authors.is_empty() {
        let authors = part.authors.iter().map(|it| json!({ "name": it }));
        component["authors"] = authors.collect();
    }
    if let Some(repository) = &part.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

/// What others call it: for crates of crates.io its package URL.
fn reference(part: &Part) -> String {
    format!("pkg:cargo/{}@{}", part.name, part.version)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_bill_of_materials() {
        let shop = Part {
            name: "rr-services".into(),
            version: "0.1.0".into(),
            licence: "MIT".into(),
            uses: vec![1],
            ..Part::default()
        };
        let bytes = Part {
            name: "bytes".into(),
            version: "1.12.2".into(),
            licence: "MIT OR Apache-2.0".into(),
            repository: Some("https://github.com/tokio-rs/bytes".into()),
            authors: vec!["Somebody <somebody@example.org>".into()],
            checksum: Some("00ff".repeat(16)),
            ..Part::default()
        };
        let time = datetime!(2026-01-02 03:04:05 UTC);
        insta::assert_snapshot!(document("rr", &Parts(vec![shop, bytes]), time).unwrap());
    }
}
