//! What would be if it were configured, to be tried before anything is saved: a provider, which nobody else uses and of
//! which nothing is remembered; a route over the providers that are served.

use std::sync::Arc;

use serde_json::Value;
use tokio_util::task::TaskTracker;
use wye_config::{Config, Items, Layers, ProviderConfig, Sources};
use wye_live::{Builder, Limiting};
use wye_pipeline::Live;
use wye_pipeline::live::Route;
use wye_types::Secret;

use super::{ChangeError, Configurator, assemble};

/// Where a key stands that is tried. No secret of the vault can have this name.
const TRIED: &str = "!tried";

impl Configurator {
    /// A provider of this body, checked as if it were to be saved. A `key` takes the place of what the body says of keys.
    ///
    /// # Errors
    /// [`ChangeError::Invalid`], with every problem.
    pub async fn trial(
        &self,
        id: &str,
        mut body: Value,
        key: Option<&Secret>,
    ) -> Result<ProviderConfig, ChangeError> {
        if key.is_some()
            && let Some(body) = body.as_object_mut()
        {
            body.insert("api_key".to_owned(), format!("vault:{TRIED}").into());
        }
        let items = Items::from([
            (("provider".to_owned(), id.to_owned()), body),
            (("setting".to_owned(), "discover".to_owned()), false.into()),
        ]);
        let writer = self.writer.lock().await;
        let vault = |name: &str| match name {
            TRIED => key.cloned(),
            name => writer.opened.get(name).cloned(),
        };
        let sources = Sources {
            env: &*self.around.env,
            file: &*self.around.file,
            local: &writer.file.local,
            vault: &vault,
        };
        let layered = wye_config::load_layers(&Layers { file: None, items: &items }, &sources);
        let config = layered.map_err(ChangeError::Invalid)?.config;
        let found = config.providers.into_iter().find(|provider| provider.id == id);
        found.ok_or_else(|| ChangeError::NotFound(("provider".to_owned(), id.to_owned())))
    }

    /// What would serve it, alone.
    ///
    /// # Errors
    /// [`ChangeError::Invalid`], if its address or proxy cannot be used.
    pub fn tried(&self, provider: ProviderConfig) -> Result<Arc<Live>, ChangeError> {
        let config = Config { providers: vec![provider], ..Config::default() };
        let limiting = Limiting::new(Arc::clone(&self.around.clock));
        let mut builder = Builder::new(TaskTracker::new(), limiting);
        builder.build(&config).map_err(assemble::problems)
    }

    /// A route of this body, beside all else that is configured. Its targets are called through what is served.
    ///
    /// # Errors
    /// [`ChangeError::Invalid`], with every problem.
    pub async fn draft(&self, name: &str, body: Value) -> Result<Arc<Route>, ChangeError> {
        let key = ("route".to_owned(), name.to_owned());
        let mut writer = self.writer.lock().await;
        let mut items = writer.items.clone();
        items.insert(key.clone(), body);
        std::mem::swap(&mut writer.items, &mut items);
        let assembled = assemble::assemble(&self.around, &writer, Some(&writer.booted));
        std::mem::swap(&mut writer.items, &mut items);
        let config = assembled.map_err(ChangeError::Invalid)?.config;
        writer.builder.draft(&config, name).ok_or(ChangeError::NotFound(key))
    }
}
