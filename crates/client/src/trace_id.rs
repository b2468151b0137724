use alloc::string::String;

use serde_json::{Map, Value};

/// What the server's operators find an answer by: `(trace_id: …)` or `(correlation id: …)` at the end of the description,
/// else a member of that name.
pub(crate) fn trace_id(description: Option<&str>, members: &Map<String, Value>) -> Option<String> {
    let of_member = || ["trace_id", "correlation_id"].into_iter().find_map(|name| members.get(name)?.as_str());
    let found = description.and_then(at_the_end).or_else(of_member)?;
    let is_id = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    (LENGTHS.contains(&found.len()) && found.bytes().all(is_id)).then(|| found.into())
}

fn at_the_end(description: &str) -> Option<&str> {
    let (_, inner) = description.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let (name, id) = inner.split_once(':')?;
    NAMES.iter().any(|known| name.trim().eq_ignore_ascii_case(known)).then(|| id.trim())
}

const NAMES: [&str; 4] = ["trace_id", "trace id", "correlation id", "correlation_id"];

/// A UUID has 36 characters, a trace id of W3C Trace Context 32.
const LENGTHS: core::ops::RangeInclusive<usize> = 8..=64;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(description: &str) -> Option<String> {
        trace_id(Some(description), &Map::new())
    }

    #[test]
    fn both_forms_at_the_end_of_a_description_are_read() {
        let (trace, correlation) = ("4bf92f3577b34da6a3ce929d0e0e4736", "0af76519-16cd-43dd-8448-eb211c80319c");
        assert_eq!(of(&format!("Invalid assertion. (trace_id: {trace})")).as_deref(), Some(trace));
        assert_eq!(of(&format!("Failed (Basic). (correlation id: {correlation})")).as_deref(), Some(correlation));
        for none in [
            format!("(trace_id: {trace}) and more"),
            format!("(trace: {trace})"),
            format!("trace_id: {trace}"),
            "(trace_id: short)".into(),
            "(trace_id: )".into(),
            format!("(trace_id: {})", "a".repeat(65)),
            "(trace_id: \u{1b}[31mdeadbeef)".into(),
            "(trace_id: dead beef)".into(),
        ] {
            assert_eq!(of(&none), None, "{none}");
        }
    }

    #[test]
    fn a_member_is_read_where_the_description_has_none() {
        let members = |name: &str, value: Value| Map::from_iter([(name.into(), value)]);
        let id = "00000000-1111-2222-3333-444444444444";
        assert_eq!(trace_id(Some("no"), &members("trace_id", id.into())).as_deref(), Some(id));
        assert_eq!(trace_id(None, &members("correlation_id", id.into())).as_deref(), Some(id));
        assert_eq!(trace_id(None, &members("correlation_id", 12_345_678.into())), None);
        assert_eq!(trace_id(None, &members("timestamp", id.into())), None);
        let both = trace_id(Some("no (trace_id: deadbeef)"), &members("trace_id", id.into()));
        assert_eq!(both.as_deref(), Some("deadbeef"), "the description is the provider's own form");
    }
}
