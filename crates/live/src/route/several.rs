//! Whether a route compares what several targets say. Positions in the configuration count along what is written; here they
//! become the deployments that stand there.

use wye_config::{ConsensusStream, RouteConfig, Strategy};
use wye_pipeline::live::{Several, Strong};
use wye_routing::tree::{Group, What};

pub(super) fn of(config: &RouteConfig, tree: &Group) -> Option<Several> {
    let place = |at: &usize| tree.members.get(*at).and_then(|member| first(&member.what));
    match &config.strategy {
        Strategy::Consensus(consensus) => Some(Several::Consensus {
            members: consensus.members,
            refuses_streams: consensus.stream == ConsensusStream::Refuse,
        }),
        Strategy::Verified(verified) => Some(Several::Verified {
            cheap: verified.cheap.iter().filter_map(place).collect(),
            strong: verified.strong.as_ref().and_then(place).map_or(Strong::Largest, Strong::Place),
        }),
        _ if config.verify => Some(Several::Verified { cheap: Vec::new(), strong: Strong::First }),
        _ => None,
    }
}

/// The first target in what a route has as one.
fn first(what: &What) -> Option<usize> {
    match what {
        What::Target(target) => Some(*target),
        What::Group(group) => group.members.iter().find_map(|member| first(&member.what)),
    }
}
