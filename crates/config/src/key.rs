//! The one table of keys: what may stand where. The reader checks against it and the schema is printed from it.

mod alerts;
mod catalog;
mod client;
mod embeddings;
mod keep;
mod limit;
mod provider;
mod root;
mod route;
mod shape;
mod strategy;
mod way;

pub(crate) use provider::AUTHS;
pub(crate) use root::ROOT;

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// JSON text of what holds if the key is absent.
    pub(crate) default: Option<&'static str>,
    pub(crate) doc: &'static str,
}

/// What a value may be.
pub(crate) enum Kind {
    Flag,
    Whole {
        min: u64,
        max: u64,
    },
    /// A number from 0 to 1.
    Share,
    Number {
        min: u32,
        max: u32,
    },
    /// Which target of a route: its place from 0, or how it is written there.
    Which,
    /// An amount of dollars with at most so many decimals.
    Dollars {
        decimals: u32,
        max: u64,
    },
    Text,
    /// A text that names something: short, in one line.
    Name,
    /// What requests are tagged with, of the few characters that a client's header may have.
    Tag,
    Secret,
    Address,
    /// An address of a provider: `http` or `https`, perhaps with `{model}` and a query.
    BaseUrl,
    /// A URL of a proxy, which may hold a password and so may be in the vault.
    Proxy,
    /// A header's value, which may be a credential and so may be in the vault.
    Header,
    /// What a browser calls the site of a page: `https://host`, or `*`.
    Origin,
    /// A range of addresses.
    Net,
    /// A regular expression.
    Pattern,
    /// SHA-256 in hexadecimal digits.
    Digest,
    /// A moment as RFC 3339 writes it.
    Moment,
    TimeZone,
    Wait {
        zero: bool,
    },
    Size,
    Word(fn() -> Vec<&'static str>),
    /// A table that is passed on as it is.
    Free,
    List(&'static Kind),
    /// Names of the user's choice, all with the same kind of value.
    Map(&'static Kind),
    /// A list of entries that say their names by a key of theirs, or a table of names.
    Named {
        entry: &'static Kind,
        /// What stands behind a name in the table.
        value: &'static Kind,
        by: &'static str,
    },
    Table(&'static [Key]),
    /// A short form, or a table.
    Either(&'static Kind, &'static [Key]),
}

impl Kind {
    /// Its name, for forms.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Whole { .. } => "whole",
            Self::Share => "share",
            Self::Number { .. } => "number",
            Self::Which => "which",
            Self::Dollars { .. } => "dollars",
            Self::Text => "text",
            Self::Name => "name",
            Self::Tag => "tag",
            Self::Secret => "secret",
            Self::Address => "address",
            Self::BaseUrl => "base_url",
            Self::Proxy => "proxy",
            Self::Header => "header",
            Self::Origin => "origin",
            Self::Net => "net",
            Self::Pattern => "pattern",
            Self::Digest => "digest",
            Self::Moment => "moment",
            Self::TimeZone => "time_zone",
            Self::Wait { .. } => "wait",
            Self::Size => "size",
            Self::Word(_) => "word",
            Self::Free => "free",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Named { .. } => "named",
            Self::Table(_) => "table",
            Self::Either(..) => "either",
        }
    }
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, doc: &'static str) -> Key {
    Key { name, kind, default, doc }
}

/// Keys without the first, which is the name where entries stand in a list.
const fn but_first(keys: &'static [Key]) -> &'static [Key] {
    match keys {
        [_, rest @ ..] => rest,
        [] => keys,
    }
}

const WAIT: Kind = Kind::Wait { zero: false };

fn dialects() -> Vec<&'static str> {
    wye_types::DialectId::ALL.into_iter().map(wye_types::DialectId::name).collect()
}
