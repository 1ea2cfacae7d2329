//! The parts of lists and maps, one by one: masked ones are skipped or stood in for.

use serde::de::{
    DeserializeSeed, Deserializer as _, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::{Session, de::NodeDeserializer, fault::Fault, mask::Mask, stand_in::StandIn};
use crate::config::node::{Entry, Node, Scalar, ScalarKind, Value};

/// The fields of a struct.
pub(super) struct Fields<'a> {
    entries: std::vec::IntoIter<Entry>,
    /// Required fields that are faulty or missing.
    stand_ins: std::vec::IntoIter<&'static str>,
    next: Option<Node>,
    next_path: String,
    path: String,
    session: &'a Session<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        mut entries: Vec<Entry>,
        fields: &'static [&'static str],
        path: String,
        session: &'a Session<'a>,
    ) -> Self {
        // Nothing behind a key is as good as no key: the default holds.
        entries.retain(|entry| {
            let masked = session
                .masks
                .get(&format!("{path}.{}", entry.key.name))
                .is_some();
            !masked && !entry.value.is_null()
        });
        let stand_ins: Vec<_> = session
            .masks
            .stand_ins(&path)
            .filter_map(|name| fields.iter().find(|field| **field == name).copied())
            .collect();
        Self {
            entries: entries.into_iter(),
            stand_ins: stand_ins.into_iter(),
            next: None,
            next_path: String::new(),
            path,
            session,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let name = match self.entries.next() {
            Some(entry) => {
                self.next = Some(entry.value);
                entry.key.name
            }
            None => match self.stand_ins.next() {
                Some(name) => name.to_owned(),
                None => return Ok(None),
            },
        };
        self.next_path = format!("{}.{name}", self.path);
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let path = std::mem::take(&mut self.next_path);
        match self.next.take() {
            Some(node) => read_part(seed, &node, &path, self.session),
            // Whatever the type says of a stand-in, nobody wrote it.
            None => seed
                .deserialize(StandIn)
                .map_err(|_| Fault::new("not to be shown").at(&path, None)),
        }
    }
}

/// A type may also refuse what it has read (`try_from`): that is said of the part, too.
fn read_part<'de, T: DeserializeSeed<'de>>(
    seed: T,
    node: &Node,
    path: &str,
    session: &Session<'_>,
) -> Result<T::Value, Fault> {
    seed.deserialize(NodeDeserializer::new(node, path.to_owned(), session))
        .map_err(|fault| fault.at(path, Some(node)))
}

/// A map whose keys are free names.
pub(super) struct Entries<'a> {
    entries: std::vec::IntoIter<Entry>,
    next: Option<Entry>,
    path: String,
    session: &'a Session<'a>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(mut entries: Vec<Entry>, path: String, session: &'a Session<'a>) -> Self {
        entries.retain(|entry| {
            session
                .masks
                .get(&format!("{path}.{}", entry.key.name))
                .is_none()
        });
        Self {
            entries: entries.into_iter(),
            next: None,
            path,
            session,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        let key = Node::text(&entry.key.name, entry.key.place.clone());
        let path = format!("{}.{}", self.path, entry.key.name);
        self.next = Some(entry);
        seed.deserialize(NodeDeserializer::new(&key, path, self.session))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let entry = self
            .next
            .take()
            .expect("serde asks for a value only after its key");
        let path = format!("{}.{}", self.path, entry.key.name);
        read_part(seed, &entry.value, &path, self.session)
    }
}

/// The items of a list.
pub(super) struct Items<'a> {
    items: std::iter::Enumerate<std::vec::IntoIter<Node>>,
    path: String,
    session: &'a Session<'a>,
}

impl<'a> Items<'a> {
    pub(super) fn of(node: &Node, path: String, session: &'a Session<'a>) -> Self {
        Self {
            items: items(node).into_iter().enumerate(),
            path,
            session,
        }
    }
}

/// As today's reader: text is split at commas, any other single value is a list of one.
pub(in crate::config) fn items(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::Faulty | Value::Null => Vec::new(),
        Value::List(items) => items.clone(),
        Value::Map(map) if map.0.is_empty() => Vec::new(),
        Value::Scalar(Scalar {
            text,
            kind: ScalarKind::Text,
        }) => split_at_commas(text, node),
        Value::Map(_) | Value::Scalar(_) => vec![node.clone()],
    }
}

/// Items are trimmed, and what is empty is no item.
fn split_at_commas(text: &str, node: &Node) -> Vec<Node> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| Node::text(item, node.place.narrowed(item)))
        .collect()
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        for (index, node) in self.items.by_ref() {
            let path = format!("{}[{index}]", self.path);
            match self.session.masks.get(&path) {
                Some(Mask::Absent | Mask::StandIn) => {}
                None => {
                    return read_part(seed, &node, &path, self.session).map(Some);
                }
            }
        }
        Ok(None)
    }
}

/// `variant: content`.
pub(super) struct EnumEntry<'a> {
    variant: String,
    content: NodeDeserializer<'a>,
}

impl<'a> EnumEntry<'a> {
    pub(super) fn new(variant: String, content: NodeDeserializer<'a>) -> Self {
        Self { variant, content }
    }
}

impl<'de, 'a> EnumAccess<'de> for EnumEntry<'a> {
    type Error = Fault;
    type Variant = NodeDeserializer<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Fault> {
        let variant = seed.deserialize(self.variant.into_deserializer())?;
        Ok((variant, self.content))
    }
}

impl<'de> VariantAccess<'de> for NodeDeserializer<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_struct("", fields, visitor)
    }
}
