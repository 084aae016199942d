//! Limits and budgets, of client keys and of providers alike.

use jiff::tz::TimeZone;

/// How much may be used. `None` is unlimited; 0 lets nothing through.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Requests in any 60 seconds.
    pub rpm: Option<u64>,
    /// Tokens, of prompts and answers, in any 60 seconds.
    pub tpm: Option<u64>,
    /// Requests a day.
    pub rpd: Option<u64>,
    /// Tokens a day.
    pub tpd: Option<u64>,
    /// Tokens in one request.
    pub tpr: Option<u64>,
    /// Requests under way at once.
    pub concurrent: Option<u64>,
    /// Where days begin at midnight.
    pub time_zone: TimeZone,
    /// The share of a limit, from 0 to 1, above which answers carry the hint `x-wye-backoff`. `None`: never.
    pub soft: Option<f64>,
    /// What holds while the shared counters cannot be reached.
    pub when_lost: WhenLost,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rpm: None,
            tpm: None,
            rpd: None,
            tpd: None,
            tpr: None,
            concurrent: None,
            time_zone: TimeZone::UTC,
            soft: None,
            when_lost: WhenLost::default(),
        }
    }
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_none(&self) -> bool {
        [self.rpm, self.tpm, self.rpd, self.tpd, self.tpr, self.concurrent].iter().all(Option::is_none)
    }
}

/// What holds of a limit that nodes share while its counters cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenLost {
    /// Each node goes on with its own share.
    #[default]
    Local,
    /// Nothing more is let through.
    Refuse,
}

/// Money that may be spent in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Nano-dollars.
    pub nano: u64,
    /// How often it begins anew.
    pub per: BudgetPeriod,
    /// Where days begin at midnight.
    pub time_zone: TimeZone,
    /// Whether deployments whose price is not known may be called on it. They cost it nothing.
    pub allow_unpriced: bool,
    /// The share, from 0 to 1, above which answers carry the hint `x-wye-backoff`. `None`: never.
    pub soft: Option<f64>,
    /// What holds while the shared counters cannot be reached.
    pub when_lost: WhenLost,
}

/// How often a budget begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetPeriod {
    /// At midnight.
    Day,
    /// On Mondays.
    Week,
    /// On the first.
    Month,
    /// Never.
    Total,
}

/// A budget that many keys share, or that each user of a client has.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedBudget {
    /// Its name.
    pub name: String,
    /// Whose requests it pays.
    pub of: BudgetOf,
    /// How much it is.
    pub budget: Budget,
}

/// Whose requests a shared budget pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BudgetOf {
    /// All with this tag together.
    Tag(String),
    /// Each end user (`user`, `metadata.user_id`) for itself.
    EachUser,
}
