//! Client keys and budgets: from what the configuration says of them to limits that count.
//!
//! Limits are found by their names among all that the process has, so that one whose number changes, or whose key has
//! got another secret, goes on counting where it was.

use std::collections::HashMap;
use std::sync::Arc;

use wye_config::{
    Budget as BudgetConfig, BudgetOf, BudgetPeriod, ClientKey, Config, Credential, Limits, Team, WhenLost,
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
                refuse_when_lost: budget.when_lost == WhenLost::Refuse,
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
            Some(Limit { cell: self.cell(owner, (measure, period), most?, limits.when_lost), soft })
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
            limit: Limit {
                cell: self.cell(owner, (Measure::Money, over), budget.nano, budget.when_lost),
                soft: budget.soft,
            },
            allow_unpriced: budget.allow_unpriced,
        });
        made.collect()
    }

    fn cell(
        &self,
        owner: &str,
        (measure, period): (Measure, Period),
        most: u64,
        when_lost: WhenLost,
    ) -> Arc<wye_limits::Cell> {
        let cell = self.limiting.cells.get(owner, measure, period, most, self.now);
        cell.refuse_when_lost(when_lost == WhenLost::Refuse);
        cell
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
    Scopes {
        apis: scopes.apis.clone(),
        pass: scopes.pass,
        models: scopes.models.clone(),
        free_only: scopes.free_only,
    }
}

fn hash_of(credential: &Credential) -> [u8; 32] {
    match credential {
        Credential::Secret(secret) => authenticate::hash(secret.expose()),
        Credential::Sha256(hash) => *hash,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_util::task::TaskTracker;
    use wye_config::SharedBudget;
    use wye_limits::{Share, reserve_all};
    use wye_pipeline::authenticate::{Presented, authenticate};
    use wye_types::{Clock, Secret};

    use super::*;
    use crate::Builder;

    struct Still;

    impl Clock for Still {
        fn mono(&self) -> Duration {
            Duration::from_secs(1)
        }

        fn unix_ms(&self) -> u64 {
            1_795_000_000_000
        }
    }

    fn budget(nano: u64, per: BudgetPeriod) -> BudgetConfig {
        BudgetConfig {
            nano,
            per,
            time_zone: jiff::tz::TimeZone::UTC,
            allow_unpriced: false,
            soft: None,
            when_lost: WhenLost::Local,
        }
    }

    fn config() -> Config {
        let mut key = ClientKey::new("k".to_owned(), Credential::Secret(Secret::new("sk".to_owned())));
        key.team = Some("t".to_owned());
        key.limits = Limits { rpm: Some(5), tpr: Some(100), ..Limits::default() };
        key.budgets = vec![budget(10, BudgetPeriod::Month)];
        let team = Team {
            name: "t".to_owned(),
            limits: Limits { rpd: Some(50), tpr: Some(70), concurrent: Some(2), ..Limits::default() },
            budgets: vec![budget(9, BudgetPeriod::Month), budget(7, BudgetPeriod::Month)],
            scopes: wye_config::Scopes::default(),
        };
        let shared = SharedBudget {
            name: "s".to_owned(),
            of: BudgetOf::Tag("x".to_owned()),
            budget: budget(3, BudgetPeriod::Total),
        };
        Config { keys: vec![key], teams: vec![team], budgets: vec![shared], ..Config::default() }
    }

    fn provider() -> wye_config::ProviderConfig {
        let text = "discover: false
providers: { p: { dialect: openai_chat, base_url: 'http://p/v1', api_key: one } }";
        let sources = wye_config::Sources {
            env: &|_| None,
            vault: &|_| None,
            file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            local: &[],
        };
        wye_config::load(text, wye_config::Format::Yaml, &sources).unwrap().providers.remove(0)
    }

    fn policy(live: &wye_pipeline::Live, secret: &str) -> Arc<KeyPolicy> {
        let presented = Presented { api_key: Some(secret), ..Presented::default() };
        authenticate(&live.keys, presented, 0).unwrap().key.unwrap()
    }

    fn numbers(limits: &[Limit]) -> Vec<(String, u64)> {
        limits.iter().map(|l| (l.cell.owner.clone(), l.cell.with(|meter| meter.limit()))).collect()
    }

    #[test]
    fn a_key_has_its_teams_limits_beside_its_own() {
        let mut builder = Builder::new(TaskTracker::new(), Limiting::new(Arc::new(Still)));
        let live = builder.build(&config()).unwrap();
        let key = policy(&live, "sk");
        let named = |owner: &str, number| (owner.to_owned(), number);
        assert_eq!(numbers(&key.requests), [named("key k", 5), named("team t", 50)]);
        assert_eq!(numbers(&key.concurrent), [named("team t", 2)]);
        assert_eq!(key.per_request, Some(("team t".to_owned(), 70)));
        let budgets: Vec<Limit> = key.budgets.iter().map(|budget| budget.limit.clone()).collect();
        assert_eq!(numbers(&budgets), [named("key k", 10), named("team t", 7)], "the smallest of a period");
        assert_eq!(live.budgets.tags["x"].len(), 1);
    }

    #[test]
    fn what_holds_while_the_counters_are_lost_reaches_users_and_quotas() {
        let limiting = Limiting::new(Arc::new(Still));
        // A share that nobody serves has lost its counters.
        limiting.cells.share(Arc::new(Share::default()));
        let mut builder = Builder::new(TaskTracker::new(), limiting.clone());
        let now = Moment::of(&Still);
        for (when_lost, goes_on) in [(WhenLost::Refuse, false), (WhenLost::Local, true)] {
            let mut provider = provider();
            provider.limits = Limits { rpm: Some(5), when_lost, ..Limits::default() };
            provider.account_limits = provider.limits.clone();
            let each = BudgetConfig { when_lost, ..budget(5, BudgetPeriod::Month) };
            let shared = SharedBudget { name: "s".to_owned(), of: BudgetOf::EachUser, budget: each };
            let config = Config { providers: vec![provider], budgets: vec![shared], ..Config::default() };
            let live = builder.build(&config).unwrap();
            assert_eq!(live.budgets.each_user[0].refuse_when_lost, !goes_on);
            let all = limiting.cells.all();
            assert_eq!(all.len(), 2, "{all:?}");
            for (id, cell) in &all {
                assert_eq!(reserve_all([(cell, 1)], now).is_ok(), goes_on, "{id:?}");
            }
        }
    }

    #[test]
    fn a_reload_changes_the_number_and_keeps_the_count() {
        let mut builder = Builder::new(TaskTracker::new(), Limiting::new(Arc::new(Still)));
        let before = policy(&builder.build(&config()).unwrap(), "sk");
        let now = Moment::of(&Still);
        let wanted = before.requests.iter().map(|limit| (&limit.cell, 1));
        let running = reserve_all(wanted, now).unwrap();
        let mut changed = config();
        changed.keys[0].limits.rpm = Some(3);
        changed.keys[0].credential = Credential::Sha256(authenticate::hash("other"));
        let live = builder.build(&changed).unwrap();
        let after = policy(&live, "other");
        assert!(Arc::ptr_eq(&before.requests[0].cell, &after.requests[0].cell));
        assert_eq!(after.requests[0].cell.view(now).left, 2, "what runs counts against the new number");
        drop(running);
        assert_eq!(after.requests[0].cell.view(now).left, 3);
        let gone = Presented { api_key: Some("sk"), ..Presented::default() };
        assert!(authenticate(&live.keys, gone, 0).is_err(), "the old secret leads nowhere");
    }
}
