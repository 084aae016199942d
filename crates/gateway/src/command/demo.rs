//! `wye demo`: the gateway with a simulated fleet, and lines to try it with.

use std::net::{Ipv4Addr, SocketAddr};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::Config;
use wye_sim::{DEMO_FLEET, Fleet, FleetHandle, Script};

use super::{Failure, Running, serve};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
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
    let mut config = match &running.source.config {
        Some(_) => load::config(&running.source, &extra).await?,
        None => load::parse(Some((CONFIG, "demo.yaml")), &extra).await?,
    };
    config.listen = running.listen.unwrap_or(config.listen);
    let mut gateway = build(config, running.listen.is_none()).await?;
    say(&welcome(&gateway, &fleet));
    if running.source.config.is_some() {
        serve::watch(&mut gateway, &tracker, running.source, (extra, stop.clone()));
    }
    gateway.run(stop).await;
    fleet_stop.cancel();
    Ok(())
}

/// Takes the usual port, or any other where nobody asked for it and it is taken.
async fn build(mut config: Config, any_port: bool) -> Result<Gateway, Failure> {
    let taken = tokio::net::TcpListener::bind(config.listen).await.is_err();
    if taken && any_port {
        config.listen.set_port(0);
    }
    Gateway::build(config, RecordsTo { to: std::io::stdout(), line: record::short_line }).await
}

fn welcome(gateway: &Gateway, fleet: &FleetHandle) -> String {
    let url = format!("http://{}", gateway.address());
    let models: Vec<String> = gateway.pipeline.live().listed.iter().map(|d| format!("    {d}")).collect();
    format!(
        "Wye is running with a simulated fleet. Nothing leaves this machine.

  url    {url}
  key    {KEY}
  fleet  http://{fleet_at}

Try it (the route `auto` fails over from a provider that is down two times out of three):

  curl -s {url}/v1/chat/completions -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' -d '{{\"model\":\"auto\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello! Who answers?\"}}]}}'

With an official SDK, unchanged:

  OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={KEY} python -c \"import openai; print(openai.OpenAI().chat.completions.create(model='auto', messages=[dict(role='user', content='Hello')]).choices[0].message.content)\"
  ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY={KEY} python -c \"import anthropic; print(anthropic.Anthropic().messages.create(model='sim-openai/swift', max_tokens=99, messages=[dict(role='user', content='Hello')]).content[0].text)\"

Models, each through the API of OpenAI, Anthropic or Gemini:

    auto
{models}

Ctrl-C stops. Requests as they are served:
",
        fleet_at = fleet.addr(),
        models = models.join("\n"),
    )
}
