//! Names of what a client wants or does not want: a provider, a deployment, a model wherever it is served; `*` stands for
//! anything. Nothing is allocated to compare one with a candidate whose name is in lower case, as almost all are.

use std::borrow::Cow;

use wye_routing::selector::is_like;
use wye_types::DeploymentId;

/// A description of deployments by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// In lower case.
    text: Box<str>,
    /// Without a slash it means providers only, no models.
    providers: bool,
}

impl Pattern {
    /// A pattern as a client writes it. `providers`: without a slash it names providers, never models.
    #[must_use]
    pub fn new(text: &str, providers: bool) -> Self {
        Self { text: text.to_lowercase().into(), providers }
    }

    /// As it was written, in lower case.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a deployment is meant: its provider, the two together as `provider/model`, its model as the provider calls it,
    /// or that without its maker.
    #[must_use]
    pub fn is_of(&self, deployment: &DeploymentId) -> bool {
        let (provider, model) = (lower(&deployment.provider), lower(&deployment.model));
        let whole = match self.text.split_once('/') {
            Some((before, behind)) => is_like(&provider, before) && is_like(&model, behind),
            None => is_like(&provider, &self.text),
        };
        let of_model = || {
            let bare = model.rsplit('/').next().unwrap_or(&model);
            is_like(&model, &self.text) || is_like(bare, &self.text)
        };
        whole || !self.providers && of_model()
    }

    /// Whether whatever another one means is meant by this one, too, as far as their words show.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let of_provider = |name: &str| !self.text.contains('/') && is_like(name, &self.text);
        let whole = !self.providers || other.providers || self.text.contains('/') || other.text.contains('/');
        let provider = other.text.split_once('/').is_some_and(|(provider, _)| of_provider(provider));
        self.means_all() || self.text == other.text || provider || whole && is_like(&other.text, &self.text)
    }

    /// Whether it means every deployment.
    pub(super) fn means_all(&self) -> bool {
        self.text.contains('*') && self.text.bytes().all(|byte| byte == b'*' || byte == b'/')
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) { name.to_lowercase().into() } else { name.into() }
}
