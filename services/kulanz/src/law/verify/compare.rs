use std::fmt;

use serde_json::{Map, Value};

use super::Case;
use super::error::{Fault, FaultKind};

/// A field whose expected and computed values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub id: String,
    /// The field: `out.act365.rounded_total`.
    pub field: String,
    /// What the file says, as JSON.
    pub expected: String,
    /// What the calculator says, as JSON.
    pub computed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, field, expected, computed } = self;
        write!(out, "{id} {field}: expected {expected}, computed {computed}")
    }
}

/// Compares what a case expects with what was computed, field by field. A field that one side alone has is
/// a fault: a case must not pass for what it leaves out.
pub(super) fn compare(
    case: &Case<'_>,
    computed: &Value,
    differences: &mut Vec<Difference>,
    faults: &mut Vec<Fault>,
) {
    let Some(computed) = computed.as_object() else { return };
    let mut walk = Walk { id: case.id, differences, faults };
    walk.objects("out", case.expected, computed);
}

struct Walk<'a> {
    id: &'a str,
    differences: &'a mut Vec<Difference>,
    faults: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn objects(&mut self, at: &str, expected: &Map<String, Value>, computed: &Map<String, Value>) {
        for (key, value) in computed {
            let field = format!("{at}.{key}");
            match expected.get(key) {
                Some(expected) => self.values(&field, expected, value),
                None => self.faults.push(Fault::new(self.id, &field, FaultKind::Missing)),
            }
        }
        for key in expected.keys().filter(|key| !computed.contains_key(*key)) {
            let field = format!("{at}.{key}");
            self.faults.push(Fault::new(self.id, &field, FaultKind::UnknownField));
        }
    }

    fn values(&mut self, at: &str, expected: &Value, computed: &Value) {
        match (expected, computed) {
            (Value::Object(expected), Value::Object(computed)) => {
                self.objects(at, expected, computed);
            }
            (Value::Array(expected), Value::Array(computed))
                if expected.len() == computed.len() =>
            {
                for (index, (expected, computed)) in expected.iter().zip(computed).enumerate() {
                    self.values(&format!("{at}[{index}]"), expected, computed);
                }
            }
            _ if expected == computed => {}
            _ => self.differences.push(Difference {
                id: self.id.to_owned(),
                field: at.to_owned(),
                expected: expected.to_string(),
                computed: computed.to_string(),
            }),
        }
    }
}
