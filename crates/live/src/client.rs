//! Client keys and budgets: from what the configuration says of them to limits that count.
//!
//! Limits are found by their names among all that the process has, so that one whose number changes, or whose key has
//! got another secret, goes on counting where it was.

use std::collections::HashMap;
use std::sync::Arc;

use wye_config::{
    Budget as BudgetConfig, BudgetOf, BudgetPeriod, ClientKey, Config, Credential, Limits, Team,
};
use wye_limits::{Measure, Moment, Period, Unit};
use wye_pipeline::admit::users::Users;
use wye_pipeline::authenticate::{self, Keys};
use wye_pipeline::client::{Budget, Budgets, EachUser, KeyPolicy, Limit, Scopes};

use crate::Limiting;

/// The client keys of a configuration.
pub(crate) fn keys(config: &Config, limiting: &Limiting) -> Keys {
    let makes = Makes { limiting, now: Moment::of(&*limiting.clock) };
    let policy = |key: &ClientKey| {
        let team = key.team.as_ref().and_then(|name| config.teams.iter().find(|team| team.name == *name));
        (hash_of(&key.credential), Arc::new(makes.key(key, team)))
    };
    Keys::new(config.keys.iter().map(policy))
}

/// The budgets of a configuration that belong to no key.
pub(crate) fn budgets(config: &Config, limiting: &Limiting, users: &Arc<Users>) -> Budgets {
    let makes = Makes { limiting, now: Moment::of(&*limiting.clock) };
    let mut tags: HashMap<Arc<str>, Vec<Budget>> = HashMap::new();
    let mut each_user = Vec::new();
    for shared in &config.budgets {
        let (name, budget) = (&shared.name, &shared.budget);
        match &shared.of {
            BudgetOf::Tag(tag) => {
                let made = makes.budgets(&format!("budget {name}"), std::slice::from_ref(budget));
                tags.entry(tag.as_str().into()).or_default().extend(made);
            }
            BudgetOf::EachUser => each_user.push(EachUser {
                name: name.clone(),
                nano: budget.nano,
                period: period(budget),
                allow_unpriced: budget.allow_unpriced,
                soft: budget.soft,
            }),
        }
    }
    Budgets { tags, each_user, users: Arc::clone(users) }
}

struct Makes<'a> {
    limiting: &'a Limiting,
    now: Moment,
}

impl Makes<'_> {
    fn key(&self, key: &ClientKey, team: Option<&Team>) -> KeyPolicy {
        let mut policy = KeyPolicy {
            name: key.name.clone(),
            disabled: key.disabled,
            expires_ms: key.expires_ms,
            team: key.team.as_deref().map(Arc::from),
            owner: key.owner.clone(),
            tags: key.tags.iter().map(|tag| Arc::from(tag.as_str())).collect(),
            scopes: vec![scopes(&key.scopes)],
            priority: key.priority,
            ..KeyPolicy::default()
        };
        self.add(&mut policy, &format!("key {}", key.name), &key.limits, &key.budgets);
        if let Some(team) = team {
            policy.scopes.push(scopes(&team.scopes));
            self.add(&mut policy, &format!("team {}", team.name), &team.limits, &team.budgets);
        }
        policy
    }

    /// The limits and budgets of a key or a team.
    fn add(&self, policy: &mut KeyPolicy, owner: &str, limits: &Limits, budgets: &[BudgetConfig]) {
        let day = || Period::Calendar(Unit::Day, limits.time_zone.clone());
        let soft = limits.soft;
        let limit = |measure, period, most: Option<u64>| {
            Some(Limit { cell: self.cell(owner, measure, period, most?), soft })
        };
        policy.requests.extend(limit(Measure::Requests, Period::MINUTE, limits.rpm));
        policy.requests.extend(limit(Measure::Requests, day(), limits.rpd));
        policy.tokens.extend(limit(Measure::Tokens, Period::MINUTE, limits.tpm));
        policy.tokens.extend(limit(Measure::Tokens, day(), limits.tpd));
        policy.concurrent.extend(limit(Measure::Concurrent, Period::Total, limits.concurrent));
        if let Some(most) = limits.tpr
            && policy.per_request.as_ref().is_none_or(|(_, known)| most < *known)
        {
            policy.per_request = Some((owner.to_owned(), most));
        }
        policy.budgets.extend(self.budgets(owner, budgets));
    }

    /// Budgets of one owner. Of several over the same time only the smallest can matter: they would count the same.
    fn budgets(&self, owner: &str, budgets: &[BudgetConfig]) -> Vec<Budget> {
        let mut smallest: Vec<(Period, BudgetConfig)> = Vec::new();
        for budget in budgets {
            let over = period(budget);
            match smallest.iter_mut().find(|(known, _)| known.name() == over.name()) {
                Some((_, known)) => {
                    known.nano = known.nano.min(budget.nano);
                    known.allow_unpriced &= budget.allow_unpriced;
                }
                None => smallest.push((over, budget.clone())),
            }
        }
        let made = smallest.into_iter().map(|(over, budget)| Budget {
            limit: Limit { cell: self.cell(owner, Measure::Money, over, budget.nano), soft: budget.soft },
            allow_unpriced: budget.allow_unpriced,
        });
        made.collect()
    }

    fn cell(&self, owner: &str, measure: Measure, period: Period, most: u64) -> Arc<wye_limits::Cell> {
        self.limiting.cells.get(owner, measure, period, most, self.now)
    }
}

fn period(budget: &BudgetConfig) -> Period {
    let calendar = |unit| Period::Calendar(unit, budget.time_zone.clone());
    match budget.per {
        BudgetPeriod::Day => calendar(Unit::Day),
        BudgetPeriod::Week => calendar(Unit::Week),
        BudgetPeriod::Month => calendar(Unit::Month),
        BudgetPeriod::Total => Period::Total,
    }
}

fn scopes(scopes: &wye_config::Scopes) -> Scopes {
    Scopes { apis: scopes.apis.clone(), models: scopes.models.clone() }
}

fn hash_of(credential: &Credential) -> [u8; 32] {
    match credential {
        Credential::Secret(secret) => authenticate::hash(secret.expose()),
        Credential::Sha256(hash) => *hash,
    }
}
