//! `wye demo`: the gateway with a simulated fleet, and lines to try it with.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_admin::configurator::FileText;
use wye_config::Format;
use wye_pipeline::card::What;
use wye_sim::{DEMO_FLEET, Fleet, FleetHandle, Script};

use super::{Failure, Running};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::home::Home;
use crate::reload::{Reload, keep_on_hangup};
use crate::state::Opening;
use crate::telemetry::say;
use crate::{load, record};

/// The demo's configuration: what a user's own would look like.
const CONFIG: &str = include_str!("../../demo.yaml");
/// The demo's client key. It opens nothing but simulated providers.
const KEY: &str = "wye-demo-key";

pub(super) async fn demo(running: Running) -> Result<(), Failure> {
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    // The fleet outlives the gateway: answers under way end before their providers do.
    let fleet_stop = CancellationToken::new();
    let script = Script::from_yaml(DEMO_FLEET)
        .map_err(|error| Failure::happened(format!("the demo's script: {error}")))?;
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let fleet = Fleet::start(script, listener, &tracker, fleet_stop.clone());
    let extra =
        vec![("WYE_DEMO_FLEET", format!("http://{}", fleet.addr())), ("WYE_DEMO_KEY", KEY.to_owned())];
    let built_in = running.source.config.is_none();
    let file = if built_in {
        FileText { text: Some((CONFIG.to_owned(), Format::Yaml)), local: load::local(&extra).await }
    } else {
        load::read(&running.source, &extra).await?
    };
    // A folder of its own: the demo finds nothing, and leaves nothing.
    let opening = Opening {
        home: Home::temporary()?,
        running: running.clone(),
        extra: extra.clone(),
        file: file.clone(),
        shared: false,
    };
    let state = opening.open().await?;
    let listener = place(state.configurator.current().config.listen, running.listen.is_none()).await?;
    let records = RecordsTo::standard_output(record::short_line)?;
    let gateway = Gateway::build(state, listener, Some(records))?.showing(running.console());
    if built_in {
        keep_on_hangup(&tracker, stop.soon.clone())?;
    } else {
        Reload::of(&gateway, running.source, extra, file)?.watch(&tracker, stop.soon.clone());
    }
    say(&welcome(&gateway, &fleet, built_in));
    gateway.run(stop, None).await;
    fleet_stop.cancel();
    Ok(())
}

/// Takes the usual port, or any other where nobody asked for it and it is taken.
async fn place(usual: SocketAddr, any_port: bool) -> Result<TcpListener, Failure> {
    match TcpListener::bind(usual).await {
        Err(error) if any_port && error.kind() == ErrorKind::AddrInUse => {
            listen(SocketAddr::new(usual.ip(), 0)).await
        }
        Ok(listener) => Ok(listener),
        Err(_) => listen(usual).await,
    }
}

fn welcome(gateway: &Gateway, fleet: &FleetHandle, built_in: bool) -> String {
    let url = format!("http://{}", gateway.address());
    let config = &gateway.config;
    // A file's own keys are its owner's; they are not shown.
    let key = if built_in || config.keys.is_empty() { KEY } else { "YOUR-KEY" };
    let live = gateway.pipeline.live();
    let deployments = live.listed.iter().filter(|card| card.what == What::Deployment);
    let deployments: Vec<String> = deployments.map(|card| card.name.clone()).collect();
    let names: Vec<&str> =
        config.routes.iter().map(|r| r.name.as_str()).chain(deployments.iter().map(String::as_str)).collect();
    let model = names.iter().find(|name| **name == "auto").or(names.first()).copied().unwrap_or("auto");
    let about = if built_in {
        "the route `auto` fails over from a provider that is down two times out of three"
    } else {
        "your configuration, with the simulated fleet at ${WYE_DEMO_FLEET}"
    };
    let other = if built_in { "sim-openai/swift" } else { model };
    format!(
        "Wye is running with a simulated fleet.{leaves}

  url    {url}
  key    {key}
  fleet  http://{fleet_at}

Try it ({about}):

  curl -s {url}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello! Who answers?\"}}]}}'

With an official SDK, unchanged:

  OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={key} python -c \"import openai; print(openai.OpenAI().chat.completions.create(model='{model}', messages=[dict(role='user', content='Hello')]).choices[0].message.content)\"
  ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY={key} python -c \"import anthropic; print(anthropic.Anthropic().messages.create(model='{other}', max_tokens=99, messages=[dict(role='user', content='Hello')]).content[0].text)\"

Models, each through the API of OpenAI (chat, Responses, completions), Anthropic, Gemini, Cohere or Ollama:

    {models}

Ctrl-C stops. Requests as they are served:
",
        leaves = if built_in { " Nothing leaves this machine." } else { "" },
        fleet_at = fleet.addr(),
        models = names.join("\n    "),
    )
}

#[cfg(test)]
mod tests {
    use wye_config::Sources;

    use super::*;

    #[test]
    fn prices_are_those_of_the_fleet() {
        let env = |_: &str| Some("http://localhost:1".to_owned());
        let file = |_: &str| Err(ErrorKind::NotFound.into());
        let sources = Sources { env: &env, vault: &|_| None, file: &file, local: &[] };
        let config = wye_config::load(CONFIG, Format::Yaml, &sources).unwrap();
        let script = Script::from_yaml(DEMO_FLEET).unwrap();
        let mut compared = 0;
        for provider in &config.providers {
            for model in &provider.models {
                let wanted = script.providers[&provider.id].models[&model.id].price.as_ref().unwrap();
                // Pico-dollars a token, of dollars a million.
                let pico = |dollars: f64| Some((dollars * 1e6).round() as u64);
                let own = model.price.as_ref().unwrap().tokens;
                assert_eq!(
                    (own.input, own.output),
                    (pico(wanted.input), pico(wanted.output)),
                    "{}",
                    model.id
                );
                compared += 1;
            }
        }
        assert!(compared >= 18);
    }
}
