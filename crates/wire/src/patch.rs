//! Byte patching: a body in the provider's own dialect gets some top-level fields set or removed, everything else
//! passes as the client wrote it.

use crate::scan::{TopLevel, same_folded};

/// Changes to a body's top-level fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    changes: Vec<(String, Option<String>)>,
}

impl Patch {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field to a JSON text, whether it is there or not. The last word about a key wins.
    pub fn set(&mut self, key: &str, json: impl Into<String>) {
        self.change(key, Some(json.into()));
    }

    /// Removes a field, if it is there.
    pub fn remove(&mut self, key: &str) {
        self.change(key, None);
    }

    fn change(&mut self, key: &str, to: Option<String>) {
        match self.changes.iter_mut().find(|(k, _)| k == key) {
            Some(entry) => entry.1 = to,
            None => self.changes.push((key.to_owned(), to)),
        }
    }

    /// Whether the body would stay as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What the patch makes of a field: `None` untouched, `Some(None)` removed, `Some(Some(json))` set.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<Option<&str>> {
        self.changes.iter().find(|(k, _)| k == key).map(|(_, to)| to.as_deref())
    }

    /// The patched body. `top` is the scan of `body`.
    #[must_use]
    pub fn apply(&self, body: &[u8], top: &TopLevel) -> Vec<u8> {
        let grown: usize =
            self.changes.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, String::len) + 4).sum();
        let mut out = Vec::with_capacity(body.len() + grown);
        let removes = self.changes.iter().any(|(key, to)| to.is_none() && top.span(key).is_some());
        if removes || top.fields().any(|(key, _)| self.is_twin(key)) {
            self.rewrite(body, top, &mut out);
            return out;
        }
        let mut at = 0;
        for (key, value) in top.fields() {
            if let Some(Some(json)) = self.of(key) {
                out.extend_from_slice(&body[at..value.start]);
                out.extend_from_slice(json.as_bytes());
                at = value.end;
            }
        }
        let close = body.iter().rposition(|b| *b == b'}').unwrap_or(body.len());
        out.extend_from_slice(&body[at..close]);
        let mut first = top.fields().next().is_none();
        for (key, to) in &self.changes {
            if let (None, Some(json)) = (top.span(key), to) {
                push_field(&mut out, &mut first, key, json.as_bytes());
            }
        }
        out.extend_from_slice(&body[close..]);
        out
    }

    /// Whether a field differs only in upper and lower case from one that is set or removed. It goes: servers in Go match
    /// names without regard to case, and the last one counts there.
    fn is_twin(&self, key: &str) -> bool {
        self.changes.iter().any(|(changed, _)| changed != key && same_folded(changed, key))
    }

    /// Field by field, because commas around a removed field must go too. Values keep their bytes.
    fn rewrite(&self, body: &[u8], top: &TopLevel, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for (key, value) in top.fields() {
            match self.of(key) {
                None if self.is_twin(key) => {}
                None => push_field(out, &mut first, key, &body[value]),
                Some(Some(json)) => push_field(out, &mut first, key, json.as_bytes()),
                Some(None) => {}
            }
        }
        for (key, to) in &self.changes {
            if let (None, Some(json)) = (top.span(key), to) {
                push_field(out, &mut first, key, json.as_bytes());
            }
        }
        out.push(b'}');
    }
}

fn push_field(out: &mut Vec<u8>, first: &mut bool, key: &str, json: &[u8]) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    out.extend_from_slice(json_string(key).as_bytes());
    out.push(b':');
    out.extend_from_slice(json);
}

/// A text as a JSON string.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn patched(body: &str, patch: &Patch) -> String {
        let top = TopLevel::scan(body.as_bytes()).unwrap();
        String::from_utf8(patch.apply(body.as_bytes(), &top)).unwrap()
    }

    #[test]
    fn sets_in_place_and_leaves_every_other_byte() {
        let mut patch = Patch::new();
        patch.set("model", "\"up\"");
        patch.set("extra", "1");
        let body = "{ \"a\" : 1.50, \"model\":\"x\" ,\n \"m\": [ 1,2 ] }\n";
        assert_eq!(
            patched(body, &patch),
            "{ \"a\" : 1.50, \"model\":\"up\" ,\n \"m\": [ 1,2 ] ,\"extra\":1}\n"
        );
        assert_eq!(patched("{}", &patch), "{\"model\":\"up\",\"extra\":1}");
    }

    #[test]
    fn a_field_that_differs_in_case_from_a_changed_one_goes() {
        let mut patch = Patch::new();
        patch.set("stream_options", "{}");
        patch.remove("n");
        assert_eq!(
            patched("{\"sTream_options\":1,\"N\":3,\"a\":2}", &patch),
            "{\"a\":2,\"stream_options\":{}}"
        );
    }

    #[test]
    fn removes_with_its_comma() {
        let mut patch = Patch::new();
        patch.remove("a");
        assert_eq!(patched("{\"a\":1,\"b\":[ 2]}", &patch), "{\"b\":[ 2]}");
        assert_eq!(patched("{\"b\":2}", &patch), "{\"b\":2}");
    }

    proptest! {
        #[test]
        fn means_the_same_as_patching_the_tree(
            keys in prop::collection::btree_set("[a-d\"\\\\é]{1,3}", 0..5),
            changes in prop::collection::vec(("[a-d\"\\\\é]{1,3}", prop::option::of(0i32..9)), 0..5),
        ) {
            let mut tree: Map<String, Value> = keys.iter().map(|k| (k.clone(), json!([k, 1]))).collect();
            let body = serde_json::to_string(&tree).unwrap();
            let mut patch = Patch::new();
            for (key, to) in &changes {
                match to {
                    Some(n) => { patch.set(key, n.to_string()); tree.insert(key.clone(), json!(n)); }
                    None => { patch.remove(key); tree.remove(key); }
                }
            }
            let got: Map<String, Value> = serde_json::from_str(&patched(&body, &patch)).unwrap();
            prop_assert_eq!(got, tree);
        }
    }
}
