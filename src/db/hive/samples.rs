//! Messages for unit tests.

use proptest::prelude::*;

use super::thrift::{REPLY, VERSION, Value};

/// Any value that a server might send.
pub(super) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i8>().prop_map(Value::Byte),
        any::<i16>().prop_map(Value::I16),
        any::<i32>().prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        (-1e9..1e9).prop_map(Value::Double),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec((any::<i16>(), inner.clone()), 0..5).prop_map(Value::Struct),
            // All values of a list have one type.
            (inner.clone(), 0..5_usize).prop_map(|(value, count)| Value::List(vec![value; count])),
            (inner.clone(), inner, 0..5_usize).prop_map(|(key, value, count)| Value::Map(vec![(key, value); count])),
        ]
    })
}

/// A message of a server with a result.
pub(super) fn reply(sequence: i32, result: Value) -> Vec<u8> {
    let mut message = (VERSION | u32::from(REPLY)).to_be_bytes().to_vec();
    Value::text("Method").encode(&mut message);
    message.extend(sequence.to_be_bytes());
    Value::Struct(vec![(0, result)]).encode(&mut message);
    message
}
