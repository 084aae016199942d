//! Keys of limits and budgets, which keys, teams, providers, accounts and models all have.
//!
//! Absent is unlimited and 0 is nothing, everywhere: a limit that is lifted by writing 0 opens what was to be closed.

use super::{Key, Kind, key};

/// Far above every limit there is, and far below where sums could overflow.
const MOST: u64 = 1_000_000_000_000_000;
const AMOUNT: Kind = Kind::Whole { min: 0, max: MOST };

const TIME_ZONE: Key = key(
    "time_zone",
    Kind::TimeZone,
    Some("\"UTC\""),
    "Where days begin at midnight, such as UTC, Europe/Berlin or America/Los_Angeles. If a known provider counts \
     elsewhere, its limits do too where nothing is said.",
);
const SOFT: Key = key(
    "soft",
    Kind::Share,
    None,
    "The share, from 0 to 1, above which answers carry x-wye-backoff, so that clients may slow down.",
);
const WHEN_LOST: Key = key(
    "when_lost",
    Kind::Word(when_lost),
    Some("\"local\""),
    "What holds while the counters that nodes share cannot be reached: local (each node goes on with its share) or \
     refuse.",
);

fn when_lost() -> Vec<&'static str> {
    vec!["local", "refuse"]
}

fn periods() -> Vec<&'static str> {
    vec!["day", "week", "month", "total"]
}

pub(super) const LIMITS: &[Key] = &[
    key(
        "rpm",
        AMOUNT,
        None,
        "Requests in any 60 seconds. 0 lets nothing through; leave it out for no limit.",
    ),
    key(
        "tpm",
        AMOUNT,
        None,
        "Tokens, of prompts and answers, in any 60 seconds. 0 lets nothing through; leave it out for no limit.",
    ),
    key("rpd", AMOUNT, None, "Requests a day. 0 lets nothing through; leave it out for no limit."),
    key("tpd", AMOUNT, None, "Tokens a day. 0 lets nothing through; leave it out for no limit."),
    key("tpr", AMOUNT, None, "Tokens in one request. 0 lets nothing through; leave it out for no limit."),
    key(
        "concurrent",
        AMOUNT,
        None,
        "Requests under way at once. 0 lets nothing through; leave it out for no limit.",
    ),
    TIME_ZONE,
    SOFT,
    WHEN_LOST,
];

const USD: Key = key(
    "usd",
    Kind::Dollars { decimals: 9, max: 1_000_000_000 },
    None,
    "Dollars that may be spent in the period. 0 lets nothing through that costs anything.",
);
const PER: Key = key(
    "per",
    Kind::Word(periods),
    None,
    "How often it begins anew: day, week (on Mondays), month (on the first), or total for never.",
);
const ALLOW_UNPRICED: Key = key(
    "allow_unpriced",
    Kind::Flag,
    Some("false"),
    "Whether models whose price is not known may be called. They cost the budget nothing.",
);

pub(super) const BUDGET: &[Key] = &[USD, PER, TIME_ZONE, ALLOW_UNPRICED, SOFT, WHEN_LOST];

pub(super) const SHARED_BUDGET: &[Key] = &[
    key("tag", Kind::Tag, None, "It pays all requests with this tag together."),
    key(
        "each_user",
        Kind::Flag,
        Some("false"),
        "Whether each end user, as clients name them, has it; instead of tag.",
    ),
    USD,
    PER,
    TIME_ZONE,
    ALLOW_UNPRICED,
    SOFT,
    WHEN_LOST,
];
