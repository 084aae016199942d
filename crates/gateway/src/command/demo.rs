//! `wye demo`: the gateway with a simulated fleet and clients that never rest, and lines to try it with.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_admin::configurator::FileText;
use wye_admin::{NewUser, Principal, Role};
use wye_config::Format;
use wye_pipeline::card::What;
use wye_sim::{DEMO_FLEET, Fleet, FleetHandle, Script};
use wye_types::Secret;
use wye_types::record::RequestRecord;

use super::{Failure, Running};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::home::Home;
use crate::reload::{Reload, keep_on_hangup};
use crate::state::{Opening, State};
use crate::telemetry::say;
use crate::{load, record};

mod crowd;
mod traffic;

use traffic::Traffic;

/// The demo's configuration: what a user's own would look like.
const CONFIG: &str = include_str!("../../demo.yaml");
/// The demo's client key. It opens nothing but simulated providers.
const KEY: &str = "wye-demo-key";
/// The password of the demo's users. They see nothing but the demo, which only this machine reaches.
const PASSWORD: &str = "wye-demo-password";
/// Where the chance of the demo's clients begins: they ask the same in every demo.
const SEED: u64 = 20_261_122;

/// Options of `wye demo`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    running: Running,
    /// Without clients of its own: nothing is asked but what you ask
    #[arg(long)]
    quiet: bool,
}

pub(super) async fn demo(Demo { running, quiet }: Demo) -> Result<(), Failure> {
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    // The fleet outlives the gateway: answers under way end before their providers do.
    let fleet_stop = CancellationToken::new();
    let script = Script::from_yaml(DEMO_FLEET)
        .map_err(|error| Failure::happened(format!("the demo's script: {error}")))?;
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let fleet = Fleet::start(script.clone(), listener, &tracker, fleet_stop.clone());
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
    let state = Box::pin(opening.open()).await?;
    let listener = place(state.configurator.current().config.listen, running.listen.is_none()).await?;
    let local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    if local {
        make_users(&state).await?;
    }
    let records = RecordsTo::standard_output(others_line)?;
    let gateway = Gateway::build(state, listener, Some(records))?.showing(running.console());
    if built_in {
        keep_on_hangup(&tracker, stop.soon.clone())?;
    } else {
        Reload::of(&gateway, running.source, extra, file)?.watch(&tracker, stop.soon.clone());
    }
    say(&welcome(&gateway, &fleet, (built_in, local)));
    if built_in && !quiet {
        let traffic = Traffic { door: gateway.address(), key: KEY, fleet, script, seed: SEED };
        let soon = stop.soon.clone();
        tracker.spawn(async move {
            tokio::select! {
                () = soon.cancelled() => {}
                () = traffic.run() => {}
            }
        });
    }
    gateway.run(stop, None).await;
    fleet_stop.cancel();
    Ok(())
}

/// Users for the console. Everybody knows their password, so that there are none where others can get at the demo.
async fn make_users(state: &State) -> Result<(), Failure> {
    let (console, password) = (Principal::console(), Secret::new(PASSWORD.to_owned()));
    for (name, role) in [("admin", Role::Admin), ("viewer", Role::Viewer)] {
        let made = state.auth.create_user(&console, NewUser { name, password: &password, role });
        made.await.map_err(|error| Failure::happened(format!("the demo's user {name}: {error}")))?;
    }
    Ok(())
}

/// A line for what was not asked by the demo's own clients: theirs would bury it. The console shows them.
fn others_line(record: &RequestRecord, to: &mut Vec<u8>) {
    if !record.key.as_deref().is_some_and(crowd::is_of_crowd) {
        record::short_line(record, to);
    }
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

fn welcome(gateway: &Gateway, fleet: &FleetHandle, (built_in, local): (bool, bool)) -> String {
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
{console}
Try it ({about}):

  curl -s {url}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello! Who answers?\"}}]}}'

With an official SDK, unchanged:

  OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={key} python -c \"import openai; print(openai.OpenAI().chat.completions.create(model='{model}', messages=[dict(role='user', content='Hello')]).choices[0].message.content)\"
  ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY={key} python -c \"import anthropic; print(anthropic.Anthropic().messages.create(model='{other}', max_tokens=99, messages=[dict(role='user', content='Hello')]).content[0].text)\"

Models, each through the API of OpenAI (chat, Responses, completions), Anthropic, Gemini, Cohere or Ollama:

    {models}

Ctrl-C stops. Your requests as they are served:
",
        console = if local {
            format!("\n  console  {url}/\n  users    admin, and viewer who may only look; the password of both is {PASSWORD}\n")
        } else {
            String::new()
        },
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
