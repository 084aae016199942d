//! Lists in pages. A page begins after the last item of the one before, which the cursor names, so that what is added or
//! removed meanwhile moves nothing; how deep a page lies costs nothing.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::input::Text;
use super::problem::Problem;

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageAsk {
    /// `next` of the page before; absent: the first page.
    pub(crate) cursor: Option<Text<200>>,
    /// How many items at most: 1 to 500, 50 unless said.
    #[serde(default)]
    pub(crate) limit: PageSize,
}

impl PageAsk {
    /// The cursor as a number.
    pub(crate) fn number(&self) -> Result<Option<i64>, Problem> {
        number(self.cursor.as_ref())
    }
}

/// A cursor as a number.
pub(crate) fn number(cursor: Option<&Text<200>>) -> Result<Option<i64>, Problem> {
    let parse = |text: &Text<200>| {
        text.0
            .parse()
            .map_err(|_| Problem::field("cursor", "this is no cursor: send `next` of the page before"))
    };
    cursor.map(parse).transpose()
}

/// How many items a page has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize(pub(crate) u32);

impl PageSize {
    const MOST: u32 = 500;
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for PageSize {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let size = u32::deserialize(input)?;
        if !(1..=Self::MOST).contains(&size) {
            return Err(de::Error::custom(format!("a page has 1 to {} items", Self::MOST)));
        }
        Ok(Self(size))
    }
}

impl PartialSchema for PageSize {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer));
        number.minimum(Some(1)).maximum(Some(Self::MOST)).into()
    }
}

impl ToSchema for PageSize {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PageSize")
    }
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Written out, because what is derived has one name for pages of whatever, so that the document would say that all lists
/// hold the same.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let of = Ref::from_schema_name(T::name());
        let items = ArrayBuilder::new().items(of).description(Some("What is on it."));
        let text = SchemaType::from_iter([Type::String, Type::Null]);
        let next = ObjectBuilder::new().schema_type(text);
        let next = next.description(Some("The cursor of the next page; absent on the last."));
        let page = ObjectBuilder::new().description(Some("A page of a list."));
        page.property("items", items).property("next", next).required("items").into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> Page<T> {
    /// A page of a list that is short and at hand: what comes after the cursor, by name.
    pub(crate) fn of_named(
        items: impl IntoIterator<Item = T>,
        ask: &PageAsk,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let after = ask.cursor.as_ref().map(|cursor| cursor.0.as_str());
        let mut items: Vec<(String, T)> = items.into_iter().map(|item| (name(&item), item)).collect();
        items.sort_by(|a, b| a.0.cmp(&b.0));
        items.retain(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        let size = ask.limit.0 as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(|(name, _)| name.clone());
        Self { items: items.into_iter().map(|(_, item)| item).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_whatever_is_added_meanwhile() {
        let ask = |cursor: Option<String>| PageAsk { cursor: cursor.map(Text), limit: PageSize(2) };
        let of = |items: &[&str], cursor| {
            let page =
                Page::of_named(items.iter().map(|item| (*item).to_owned()), &ask(cursor), Clone::clone);
            (page.items.join(" "), page.next)
        };
        assert_eq!(of(&["c", "a", "b"], None), ("a b".to_owned(), Some("b".to_owned())));
        assert_eq!(of(&["c", "a", "aa", "b"], Some("b".to_owned())), ("c".to_owned(), None));
    }
}
