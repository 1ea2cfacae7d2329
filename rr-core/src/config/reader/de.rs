//! serde's deserializer over a node, as lenient as today's reader.

use std::ops::RangeInclusive;

use serde::de::{Deserializer, Error as _, IntoDeserializer as _, Visitor};

use super::{
    Session,
    access::{Entries, EnumEntry, Fields, Items},
    fault::Fault,
    unknown::{is_claimed, unknown_key, unknown_sections},
    weak,
};
use crate::config::{
    node::{Map, Node, Scalar, ScalarKind, Value},
    values,
};

pub(super) struct NodeDeserializer<'a> {
    pub(super) node: &'a Node,
    /// Dotted, with list positions: `http.middleware[1]`.
    pub(super) path: String,
    pub(super) session: &'a Session<'a>,
}

impl<'a> NodeDeserializer<'a> {
    pub(super) fn new(node: &'a Node, path: String, session: &'a Session<'a>) -> Self {
        Self {
            node,
            path,
            session,
        }
    }

    fn scalar(&self, expected: &str) -> Result<&'a Scalar, Fault> {
        match &self.node.value {
            Value::Scalar(scalar) => Ok(scalar),
            _ => Err(self.fault(Fault::expected(expected, self.node))),
        }
    }

    fn map(&self) -> Result<Map, Fault> {
        let expected = "a map";
        self.node
            .as_map()
            .ok_or_else(|| self.fault(Fault::expected(expected, self.node)))
    }

    fn fault(&self, fault: Fault) -> Fault {
        fault.at(&self.path, Some(self.node))
    }

    fn integer<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        range: RangeInclusive<i128>,
    ) -> Result<V::Value, Fault> {
        let expected = match range.start() {
            0 => "a whole number, not negative".to_owned(),
            _ => "a whole number".to_owned(),
        };
        let number = weak::integer(self.scalar(&expected)?)
            .ok_or_else(|| self.fault(Fault::expected(&expected, self.node)))?;
        if !range.contains(&number) {
            let expected = match (range.start(), number) {
                (0, ..0) => expected,
                (from, _) => format!("a whole number from {from} to {}", range.end()),
            };
            return Err(self.fault(Fault::expected(&expected, self.node)));
        }
        let value = match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            _ => visitor.visit_i128(number),
        };
        value.map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    /// Settings that `fields` do not name: warned about, unless another service reads them.
    fn known_fields(&self, fields: &'static [&'static str]) -> Result<Fields<'a>, Fault> {
        let mut known = Vec::new();
        for mut entry in self.map()?.nested().0 {
            let field = fields
                .iter()
                .find(|field| field.eq_ignore_ascii_case(&entry.key.name));
            let path = format!("{}.{}", self.path, entry.key.name);
            match field {
                Some(field) => {
                    entry.key.name = (*field).to_owned();
                    known.push(entry);
                }
                None if self.session.claimed.contains(&path.as_str()) => {}
                None if is_claimed(&path, self.session.claimed) => {
                    let mut found = self.session.warnings.borrow_mut();
                    let inner = entry.value.as_map().unwrap_or_default();
                    unknown_sections(
                        &inner,
                        &format!("{path}."),
                        self.session.claimed,
                        &mut found,
                    );
                }
                None => {
                    let unknown = unknown_key(&entry, &path, fields);
                    self.session.warnings.borrow_mut().push(unknown);
                }
            }
        }
        Ok(Fields::new(known, fields, self.path.clone(), self.session))
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let result = match &self.node.value {
            Value::Faulty | Value::Null => visitor.visit_unit(),
            Value::List(_) => return self.deserialize_seq(visitor),
            Value::Map(_) => return self.deserialize_map(visitor),
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Text => visitor.visit_str(&scalar.text),
                ScalarKind::Bool(value) => visitor.visit_bool(value),
                ScalarKind::Float(value) => visitor.visit_f64(value),
                ScalarKind::Integer(_) => return self.integer(visitor, i128::MIN..=i128::MAX),
            },
        };
        result.map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let expected = "`true` or `false`";
        let value = weak::boolean(self.scalar(expected)?)
            .ok_or_else(|| self.fault(Fault::expected(expected, self.node)))?;
        visitor
            .visit_bool(value)
            .map_err(|fault: Fault| self.fault(fault))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = weak::float(self.scalar("a number")?)
            .ok_or_else(|| self.fault(Fault::expected("a number", self.node)))?;
        visitor
            .visit_f64(value)
            .map_err(|fault: Fault| self.fault(fault))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = match &self.node.value {
            Value::Null => "",
            _ => weak::text(self.scalar("text")?),
        };
        visitor
            .visit_str(text)
            .map_err(|fault: Fault| self.fault(fault))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (node, path) = (self.node, self.path.clone());
        if let Some(warning) = values::advice(name, node) {
            self.session
                .warnings
                .borrow_mut()
                .push(warning.at(&node.place).path(&path));
        }
        visitor
            .visit_newtype_struct(self)
            .map_err(|fault: Fault| fault.at(&path, Some(node)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items = Items::of(self.node, self.path.clone(), self.session);
        visitor
            .visit_seq(items)
            .map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let entries = Entries::new(self.map()?.0, self.path.clone(), self.session);
        visitor
            .visit_map(entries)
            .map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let fields = self.known_fields(fields)?;
        visitor
            .visit_map(fields)
            .map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let canonical = |name: &str| {
            let known = variants
                .iter()
                .find(|variant| variant.eq_ignore_ascii_case(name));
            known.map_or_else(|| name.to_owned(), |variant| (*variant).to_owned())
        };
        let result = match &self.node.value {
            Value::Scalar(scalar) => {
                visitor.visit_enum(canonical(weak::text(scalar)).into_deserializer())
            }
            Value::Map(Map(entries)) if entries.len() == 1 => {
                let entry = &entries[0];
                let path = format!("{}.{}", self.path, entry.key.name);
                let content = NodeDeserializer::new(&entry.value, path, self.session);
                visitor.visit_enum(EnumEntry::new(canonical(&entry.key.name), content))
            }
            _ => Err(Fault::expected(
                &format!("one of {}", variants.join(", ")),
                self.node,
            )),
        };
        result.map_err(|fault: Fault| fault.at(&self.path, Some(self.node)))
    }

    /// A type without settings: whatever is written is unknown.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.known_fields(&[])?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Fault> {
        Err(self.fault(Fault::custom("a configuration holds no bytes")))
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, i8::MIN.into()..=i8::MAX.into())
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, i16::MIN.into()..=i16::MAX.into())
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, i32::MIN.into()..=i32::MAX.into())
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, i64::MIN.into()..=i64::MAX.into())
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, i128::MIN..=i128::MAX)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, 0..=u8::MAX.into())
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, 0..=u16::MAX.into())
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, 0..=u32::MAX.into())
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, 0..=u64::MAX.into())
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(visitor, 0..=i128::MAX)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }
}
