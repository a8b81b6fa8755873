//! Turns the columns of a result into rows of text.

use super::thrift::{Fault, Value};

/// The number of HiveServer2's type FLOAT. Its values travel as doubles.
const FLOAT: i32 = 5;

const UNEVEN: Fault = Fault("its columns have different lengths");
const NO_COLUMN: Fault = Fault("it has a column of an unknown kind");

/// The columns of a result.
pub(super) struct Shape {
    /// Whether each holds values of the type FLOAT.
    floats: Vec<bool>,
}

impl Shape {
    /// Reads what the server says about a result.
    pub(super) fn read(schema: Option<&Value>) -> Self {
        let columns = schema.and_then(|schema| schema.list_at(1)).unwrap_or_default();
        let type_of = |column: &Value| column.field(2)?.list_at(1)?.first()?.field(1)?.i32_at(1);
        Self { floats: columns.iter().map(|column| type_of(column) == Some(FLOAT)).collect() }
    }

    /// Returns the rows of one page. A page without columns, as statements without a result have, has no rows.
    ///
    /// # Errors
    /// A fault of the answer.
    pub(super) fn rows(&self, page: Option<&Value>) -> Result<Vec<Vec<Option<String>>>, Fault> {
        let columns = page.and_then(|page| page.list_at(3)).unwrap_or_default();
        if page.and_then(|page| page.list_at(2)).is_some_and(|rows| !rows.is_empty()) {
            return Err(Fault("its rows are in the form of an older version of the protocol"));
        }
        let mut rows: Vec<Vec<Option<String>>> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let is_float = self.floats.get(at).copied().unwrap_or_default();
            let (values, nulls) = cells(column)?;
            if at == 0 {
                rows.resize_with(values.len(), Vec::new);
            }
            if values.len() != rows.len() {
                return Err(UNEVEN);
            }
            for (number, (value, row)) in values.iter().zip(&mut rows).enumerate() {
                let is_null = nulls.get(number / 8).is_some_and(|byte| byte >> (number % 8) & 1 == 1);
                row.push(if is_null { None } else { Some(text(value, is_float)?) });
            }
        }
        Ok(rows)
    }
}

/// Returns the values of a column and the bits of those that are NULL.
fn cells(column: &Value) -> Result<(&[Value], &[u8]), Fault> {
    // A union: the number of its only field is the kind of the values.
    let Value::Struct(fields) = column else { return Err(NO_COLUMN) };
    let [(_, column)] = &fields[..] else { return Err(NO_COLUMN) };
    Ok((column.list_at(1).ok_or(NO_COLUMN)?, column.bytes_at(2).unwrap_or_default()))
}

fn text(value: &Value, is_float: bool) -> Result<String, Fault> {
    Ok(match value {
        Value::Bool(value) => value.to_string(),
        Value::Byte(value) => value.to_string(),
        Value::I16(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::Double(value) if value.is_nan() => "NaN".to_owned(),
        Value::Double(value) if value.is_infinite() => if *value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        #[expect(clippy::cast_possible_truncation, reason = "the server widened it")]
        Value::Double(value) if is_float => format!("{:?}", *value as f32),
        Value::Double(value) => format!("{value:?}"),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Struct(_) | Value::List(_) | Value::Map(_) => return Err(NO_COLUMN),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::values;
    use super::*;

    fn column(kind: i16, values: Vec<Value>, nulls: &[u8]) -> Value {
        Value::Struct(vec![(kind, Value::Struct(vec![(1, Value::List(values)), (2, Value::Bytes(nulls.to_vec()))]))])
    }

    fn page(columns: Vec<Value>) -> Value {
        Value::Struct(vec![(1, Value::I64(0)), (2, Value::List(Vec::new())), (3, Value::List(columns))])
    }

    #[test]
    fn cells_are_put_in_rows() {
        let numbers = (0..9).map(Value::I32).collect();
        let texts = (0..9).map(|n| Value::text(&format!("t{n}"))).collect();
        let page = page(vec![column(4, numbers, &[0b10, 1]), column(7, texts, &[])]);
        let rows = Shape::read(None).rows(Some(&page)).unwrap();
        assert_eq!(rows[0], [Some("0".to_owned()), Some("t0".to_owned())]);
        assert_eq!((&rows[1][0], &rows[8][0], rows.len()), (&None, &None, 9));
        assert!(Shape::read(None).rows(None).unwrap().is_empty());
    }

    #[test]
    fn uneven_columns_are_refused() {
        let page = page(vec![column(4, vec![Value::I32(1)], &[]), column(4, Vec::new(), &[])]);
        assert_eq!(Shape::read(None).rows(Some(&page)), Err(UNEVEN));
    }

    #[test]
    fn a_float_is_written_as_the_server_would() {
        assert_eq!(text(&Value::Double(f64::from(1.1_f32)), true).unwrap(), "1.1");
        assert_eq!(text(&Value::Double(1.1), false).unwrap(), "1.1");
        assert_eq!(text(&Value::Double(f64::NEG_INFINITY), false).unwrap(), "-Infinity");
    }

    proptest! {
        #[test]
        fn any_answer_is_rows_or_a_fault(schema in values(), page in values(), columns in proptest::collection::vec(values(), 0..4)) {
            let _ = Shape::read(Some(&schema)).rows(Some(&page));
            let _ = Shape::read(Some(&schema)).rows(Some(&Value::Struct(vec![(3, Value::List(columns))])));
        }
    }
}
