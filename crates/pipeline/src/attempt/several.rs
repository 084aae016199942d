//! Several targets answer one request, and what they say is compared: consensus sends the answer that the others agree with
//! most; verified mode asks two cheap ones what can be checked, and a strong one where they differ.
//!
//! The members are attempts of the client's request like others: their accounts, quotas and prices are reserved, recorded and
//! paid as those of any attempt. Whole answers are compared; who wants a stream is sent one when the answer is chosen.

use std::fmt;
use std::sync::Arc;

use wye_routing::Machine;
use wye_types::DeploymentId;
use wye_types::error::GatewayError;
use wye_types::record::decision::Mode;

use super::places::places;
use super::{Job, Tries};
use crate::agree::{likeness, medoid_by};
use crate::embeddings::Vector;

/// From so much likeness on, two cheap answers are thought to say the same.
const SAME: f64 = 0.8;
/// The most members.
const MOST_MEMBERS: usize = 8;

/// Why several are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Several {
    /// The answer that the others agree with is sent.
    Consensus {
        /// How many are asked, of distinct providers as far as there are so many.
        members: usize,
        /// Requests for a stream are refused, instead of held until the answer is chosen.
        refuses_streams: bool,
    },
    /// Two cheap ones are asked what can be checked.
    Verified {
        /// Places in the route's targets; empty: the two cheapest of distinct providers.
        cheap: Vec<usize>,
        /// Who is asked where they differ, and what cannot be checked.
        strong: Strong,
    },
}

/// Who is asked where cheap answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strong {
    /// The first that the route's own order tries.
    First,
    /// The largest.
    Largest,
    /// A place in the route's targets.
    Place(usize),
}

/// What came of a comparison, for the client's headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Whether cheap answers were checked, instead of a consensus sought.
    pub verified: bool,
    /// Who answered.
    pub members: Vec<Arc<DeploymentId>>,
    /// How far they agree, from 0 to 1; `None` where there were not two.
    pub agreement: Option<f64>,
    /// Whether the answer that is sent is one of theirs.
    pub sent: bool,
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members=")?;
        for (place, member) in self.members.iter().enumerate() {
            write!(f, "{}{member}", if place == 0 { "" } else { "," })?;
        }
        match self.agreement {
            Some(agreement) => write!(f, "; agreement={agreement:.2}")?,
            None => f.write_str("; agreement=none")?,
        }
        if self.verified {
            f.write_str(if self.sent { "; outcome=agreed" } else { "; outcome=differ" })?;
        }
        Ok(())
    }
}

impl<J: Job> Tries<J> {
    /// Asks several where the route wants that of this request. Gives the answer to send, if they led to one; otherwise
    /// the order is what is left to try in turn.
    ///
    /// # Errors
    /// The route refuses a stream.
    pub(super) async fn compare(&mut self, job: &J) -> Result<Option<J::Good>, Box<GatewayError>> {
        let route = Arc::clone(&self.route);
        let Some(several) = route.policy.several.as_deref().filter(|_| !self.settle.alone) else {
            return Ok(None);
        };
        let why = job.comparable(several, &route.name)?;
        if matches!(several, Several::Consensus { .. }) && why.is_none() {
            return Ok(None);
        }
        let places = places(several, &mut self.decided, self.estimate);
        let Some(why) = why else {
            self.tells(Mode::InTurn, "no answer that can be checked");
            return Ok(None);
        };
        if places.len() < 2 {
            self.tells(Mode::InTurn, "too few targets to compare");
            return Ok(None);
        }
        Ok(Box::pin(self.compare_these(job, (several, why), places)).await)
    }

    async fn compare_these(
        &mut self,
        job: &J,
        (several, why): (&Several, &'static str),
        places: Vec<usize>,
    ) -> Option<J::Good> {
        self.machine = Machine::new(self.decided.plan(self.settle.arrived()));
        let wanted = several.wanted();
        let unstreamed = job.unstreamed();
        self.asks_whole = true;
        let said = self.ask_members(unstreamed.as_ref().unwrap_or(job), &places, wanted).await;
        self.asks_whole = false;
        let texts: Vec<&str> = said.iter().map(|one| one.text.as_str()).collect();
        let wants_meanings = matches!(several, Several::Consensus { .. }) && texts.len() >= 2;
        let meanings = if wants_meanings { job.meanings(&texts).await } else { None };
        let Verdict { chosen, agreement, words } = several.judge(&texts, &meanings.unwrap_or_default());
        let verified = matches!(several, Several::Verified { .. });
        let mode = if verified { Mode::Verified } else { Mode::Consensus };
        if verified {
            self.tells(mode, &format!("{why}: {words}"))
        } else {
            self.tells(mode, words)
        }
        if !said.is_empty() {
            let members =
                said.iter().map(|one| Arc::clone(&self.route.targets[one.answer.target].deployment));
            let (members, sent) = (members.collect(), chosen.is_some());
            self.settle.compared = Some(Box::new(Compared { verified, members, agreement, sent }));
        }
        let mut said = said.into_iter();
        if let Some(place) = chosen {
            let answer = said.nth(place)?.answer;
            return Some(self.send(answer));
        }
        if let Some(first) = said.next() {
            // A cheap answer is better than none.
            let mut answer = first.answer;
            answer.warnings.push("the answer could not be checked".to_owned());
            self.spare.get_or_insert(answer);
        }
        None
    }

    /// The decision says how the attempts are arranged, and why.
    fn tells(&mut self, mode: Mode, why: &str) {
        if let Some(decision) = &mut self.settle.record.decision {
            decision.mode = mode;
            if let Some(hop) = decision.chain.first_mut() {
                hop.reason.get_or_insert_with(|| why.to_owned().into());
            }
        }
    }
}

/// What a comparison led to.
struct Verdict {
    /// Whose answer is sent.
    chosen: Option<usize>,
    agreement: Option<f64>,
    words: &'static str,
}

impl Several {
    /// The strategy that this is; `None` where it only goes before another.
    pub(crate) const fn word(&self) -> Option<&'static str> {
        match self {
            Self::Consensus { .. } => Some("consensus"),
            Self::Verified { strong: Strong::First, .. } => None,
            Self::Verified { .. } => Some("verified"),
        }
    }

    /// How many are asked.
    pub(super) fn wanted(&self) -> usize {
        match self {
            Self::Consensus { members, .. } => (*members).clamp(2, MOST_MEMBERS),
            Self::Verified { .. } => 2,
        }
    }

    fn judge(&self, texts: &[&str], meanings: &[Vector]) -> Verdict {
        let verdict = |chosen, agreement, words| Verdict { chosen, agreement, words };
        match (self, texts) {
            (_, []) => verdict(None, None, "nobody answered"),
            (Self::Consensus { .. }, [_]) => verdict(Some(0), None, "one answer only"),
            (Self::Consensus { .. }, texts) => match medoid_by(texts, meanings) {
                Some((place, agreement)) if meanings.is_empty() => {
                    verdict(Some(place), Some(agreement), "the most agreed on")
                }
                Some((place, agreement)) => {
                    verdict(Some(place), Some(agreement), "the most agreed on, by what they mean")
                }
                None => verdict(Some(0), None, "one answer only"),
            },
            (Self::Verified { .. }, [_]) => verdict(None, None, "one answer only"),
            (Self::Verified { .. }, [a, b, ..]) => {
                let alike = likeness(a, b);
                if alike >= SAME {
                    verdict(Some(0), Some(alike), "the cheap answers agree")
                } else {
                    verdict(None, Some(alike), "the cheap answers differ")
                }
            }
        }
    }
}
