//! Fields that are set or left out, whatever layer says so.

use serde_json::Value;
use wye_wire::dialect::Loss;

use super::draft::Draft;
use super::place::Words;
use super::{Layer, place};

/// Changes of fields, in the words of one dialect.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params {
    fields: Vec<Field>,
    /// Fields that the model does not take.
    unsupported: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Field {
    path: Vec<String>,
    what: What,
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq)]
enum What {
    /// It is set if nobody said anything.
    Default(Value),
    Forced(Value),
    Dropped,
}

impl Params {
    pub(super) const NONE: Self = Self { fields: Vec::new(), unsupported: Vec::new() };

    /// What some layers amount to, the one nearest to the client first.
    pub(super) fn new(layers: &[&Layer], words: Option<Words>) -> Self {
        let mut params = Self::default();
        for layer in layers {
            let path = |name: &String| place::path(name, words);
            for (name, value) in layer.default_params.iter().filter(|(_, value)| !value.is_null()) {
                if let Some(path) = path(name).filter(|path| !params.names(path)) {
                    params.change(path, What::Default(place::value(name, value, words)));
                }
            }
            for (name, value) in &layer.forced_params {
                let what = match place::value(name, value, words) {
                    // A null in the configuration means: leave the field out.
                    Value::Null => What::Dropped,
                    value => What::Forced(value),
                };
                if let Some(path) = path(name) {
                    params.change(path, what);
                }
            }
            for path in layer.drop_params.iter().filter_map(path) {
                params.change(path, What::Dropped);
            }
            params.unsupported.extend(layer.unsupported_params.iter().filter_map(path));
        }
        params.unsupported.sort();
        params.unsupported.dedup();
        let taken = |field: &Field| {
            !matches!(field.what, What::Default(_)) || !params.unsupported.contains(&field.path)
        };
        params.fields.retain(taken);
        params
    }

    fn names(&self, path: &[String]) -> bool {
        self.fields.iter().any(|field| field.path == path)
    }

    /// The last word about a field comes last, so that it also holds against words about what the field is in.
    fn change(&mut self, path: Vec<String>, what: What) {
        self.fields.retain(|field| field.path != path);
        self.fields.push(Field { path, what });
    }

    /// Leaves out what the model does not take. What the client loses by it is noted.
    pub(crate) fn drop_unsupported(&self, draft: &mut Draft<'_>, losses: &mut Vec<Loss>) {
        for path in &self.unsupported {
            if draft.at(path).is_some() {
                losses.push(Loss::dropped(path.join(".")));
            }
            draft.put(path, None);
        }
    }

    /// Sets the defaults, but for what in them the model does not take. Gives whether there were any to set.
    pub(crate) fn set_defaults(&self, draft: &mut Draft<'_>) -> bool {
        let mut set = false;
        for field in &self.fields {
            if let What::Default(value) = &field.what
                && !draft.has(&field.path)
            {
                draft.put(&field.path, Some(value));
                set = true;
            }
        }
        for path in self.unsupported.iter().filter(|_| set) {
            draft.put(path, None);
        }
        set
    }

    /// Sets what is forced and leaves out what is dropped.
    pub(crate) fn force(&self, draft: &mut Draft<'_>) {
        for field in &self.fields {
            match &field.what {
                What::Default(_) => {}
                What::Forced(value) => draft.put(&field.path, Some(value)),
                What::Dropped => draft.put(&field.path, None),
            }
        }
    }

    /// Fields at the top level that are set to a value whatever was said, or left out: all that can be said of a form of
    /// which the rest is still to come.
    pub(crate) fn certain(&self) -> impl Iterator<Item = (&str, Option<&Value>)> {
        let changed = self.fields.iter().filter_map(|field| match &field.what {
            What::Default(_) => None,
            What::Forced(value) => Some((&field.path, Some(value))),
            What::Dropped => Some((&field.path, None)),
        });
        let untaken = self.unsupported.iter().map(|path| (path, None));
        untaken.chain(changed).filter_map(|(path, value)| match path.as_slice() {
            [field] => Some((field.as_str(), value)),
            _ => None,
        })
    }

    /// All of it, for bodies whose words no quirk is about.
    pub(crate) fn apply(&self, draft: &mut Draft<'_>, losses: &mut Vec<Loss>) {
        self.drop_unsupported(draft, losses);
        self.set_defaults(draft);
        self.force(draft);
    }
}
