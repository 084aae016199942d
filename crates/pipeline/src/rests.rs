//! What this process knows of deployments, providers and accounts that are left alone, for others that ask the same
//! providers. Nothing of it runs on a request's way: it is read and told by a task beside them.

use std::fmt::Write;
use std::time::Duration;

use sha2::{Digest, Sha256};
use wye_fleet::{Shut, Why};
use wye_routing::AccountRest;
use wye_types::rest::{Rest, Rests};

use crate::live::Account;
use crate::pipeline::Pipeline;

/// Stands between the parts of a name: no id has it, and models that have it are not told of.
const BETWEEN: char = '\u{1f}';
/// The word that begins the names of accounts.
const ACCOUNT: &str = "account";
/// Longer names are not told: clients may choose the names of models.
const LONGEST: usize = 512;

impl Rests for Pipeline {
    fn resting(&self) -> Vec<Rest> {
        let (live, now) = (self.live(), self.clock.mono());
        let shut = live.fleet.shut(now);
        let mut all: Vec<Rest> = shut
            .iter()
            .filter_map(|shut| rest(&[shut.why.word(), &shut.provider, &shut.model], shut.until, now))
            .collect();
        for (provider, endpoint) in &live.endpoints {
            for account in &endpoint.accounts {
                for (why, until) in account.state.rests(now) {
                    let (word, model) = why.word();
                    let parts = [ACCOUNT, provider, &mark(provider, account), word, model.unwrap_or("")];
                    all.extend(rest(&parts, until, now));
                }
            }
        }
        all
    }

    fn learn(&self, rest: &Rest) {
        let (live, now) = (self.live(), self.clock.mono());
        let until = now.saturating_add(rest.left);
        let parts: Vec<&str> = rest.name.split(BETWEEN).collect();
        match *parts.as_slice() {
            [ACCOUNT, provider, of, word, model] => {
                let why = match word {
                    "guessed" => AccountRest::Guessed,
                    "told" => AccountRest::Told,
                    "model" => AccountRest::Model(model.to_owned()),
                    _ => return,
                };
                let accounts = live.endpoints.get(provider).map(|endpoint| &endpoint.accounts);
                for account in accounts.into_iter().flatten().filter(|one| mark(provider, one) == of) {
                    account.state.learn(&why, until, now);
                }
            }
            [word, provider, model] => {
                // A newer version may know more reasons.
                let Some(why) = Why::ALL.into_iter().find(|why| why.word() == word) else { return };
                let (provider, model) = (provider.to_owned(), model.to_owned());
                live.fleet.learn(&Shut { why, provider, model, until }, now);
            }
            _ => {}
        }
    }
}

fn rest(parts: &[&str], until: Duration, now: Duration) -> Option<Rest> {
    let clean = parts.iter().all(|part| !part.contains(BETWEEN));
    let name = parts.join("\u{1f}");
    (clean && name.len() <= LONGEST).then(|| Rest { name, left: until.saturating_sub(now) })
}

/// What an account is called among processes: the same for the same key, and nothing by which the key is known.
fn mark(provider: &str, account: &Account) -> String {
    let mut hash = Sha256::new_with_prefix("wye account rest");
    hash.update(provider);
    hash.update([0]);
    hash.update(account.secret.as_ref().map_or("", |secret| secret.expose()));
    hash.finalize().iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
