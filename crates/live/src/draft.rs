//! A route of a configuration that is not served, over what is.

use std::sync::Arc;

use wye_config::Config;
use wye_pipeline::live::Route;

use crate::{Builder, listed, route};

impl Builder {
    /// A route of another configuration, to be tried. Its targets are called through what was built last: calls count in the
    /// same quotas, and what comes of them is learned. `None`: there is no such route, or nothing was built yet. What leads
    /// to a provider that is not served has no target.
    #[must_use]
    pub fn draft(&self, config: &Config, name: &str) -> Option<Arc<Route>> {
        let (_, live) = self.last.as_ref()?;
        let deployments = listed::listed(config, &self.catalog);
        let lasting = route::Lasting {
            descriptions: &self.descriptions,
            ratings: &self.ratings,
            mirrors: &self.mirrors,
            fleet: &self.fleet,
        };
        let routes = route::Routes::new(config, (&live.endpoints, &live.models), &deployments, lasting);
        routes.one(name)
    }
}
