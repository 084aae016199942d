//! What is measured: the upstream itself, nginx in front of it, Wye in front of it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::process::{Running, have};
use crate::{Options, conf, load, say};

/// An older Wye that the present one is compared with.
pub(crate) const BASELINE: &str = "baseline";

/// How long a subject may take until it accepts connections; under an instrument everything is slow.
const START: Duration = Duration::from_secs(30);

/// One subject, running.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) process: Running,
}

/// A gateway that can be started as often as wanted.
pub(crate) struct Gateway {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
}

/// What every gateway is started with.
pub(crate) struct Setup {
    pub(crate) upstream: Subject,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) out: PathBuf,
    core: Option<u32>,
}

impl Setup {
    /// Starts the upstream and finds the gateways. One that is not there is left out, loudly.
    ///
    /// # Errors
    /// When the upstream does not start.
    pub(crate) async fn prepare(options: &Options) -> Result<Self, String> {
        let shown = options.out.display();
        std::fs::create_dir_all(&options.out).map_err(|error| format!("{shown}: {error}"))?;
        let out = options.out.canonicalize().map_err(|error| error.to_string())?;
        let mut gateways = Vec::new();
        if have("nginx") {
            gateways.push(Gateway { name: "nginx", program: "nginx".into() });
        } else {
            say("nginx is not there: its column is left out (on Debian: apt-get install nginx-light)");
        }
        if let Some(baseline) = &options.baseline {
            gateways.push(Gateway { name: BASELINE, program: baseline.clone() });
        }
        if let Some(other) = &options.other {
            gateways.push(Gateway { name: "other", program: other.clone() });
        }
        match &options.wye {
            Some(wye) => gateways.push(Gateway { name: "wye", program: wye.clone() }),
            None => say("no --wye BINARY: its column is left out"),
        }
        let upstream = upstream().await?;
        Ok(Self { upstream, gateways, out, core: options.pinned.then_some(0) })
    }

    /// Starts a gateway and waits until it accepts connections.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) async fn start(&self, gateway: &Gateway) -> Result<Subject, String> {
        let (mut command, address) = self.command(gateway, &[])?;
        let mut process = Running::start(&mut command, self.core)?;
        reachable(&mut process, address, gateway.name)
            .await
            .map_err(|error| format!("{error}; to see why, run: {command:?}"))?;
        Ok(Subject { name: gateway.name, address, process })
    }

    /// Starts a gateway below an instrument, which takes the program and its arguments as its own last ones.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_below(
        &self,
        gateway: &Gateway,
        instrument: &[String],
    ) -> Result<Subject, String> {
        let (mut command, address) = self.command(gateway, instrument)?;
        let mut process = Running::start(&mut command, None)?;
        reachable(&mut process, address, gateway.name).await?;
        Ok(Subject { name: gateway.name, address, process })
    }

    /// How long a gateway takes from the start of its process to the end of its first answer.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn first_answer(&self, gateway: &Gateway) -> Result<Duration, String> {
        let (mut command, address) = self.command(gateway, &[])?;
        let from = Instant::now();
        let process = Running::start(&mut command, self.core)?;
        loop {
            match load::once(address).await {
                Ok(()) => break,
                Err(error) if from.elapsed() > START => return Err(error),
                Err(_) => sleep(Duration::from_millis(1)).await,
            }
        }
        let took = from.elapsed();
        drop(process);
        Ok(took)
    }

    fn command(&self, gateway: &Gateway, instrument: &[String]) -> Result<(Command, SocketAddr), String> {
        let port = free_port()?;
        let mut words: Vec<String> = instrument.to_vec();
        words.push(gateway.program.display().to_string());
        if gateway.name == "nginx" {
            let conf = conf::nginx(&self.out, port, self.upstream.address, instrument.is_empty())?;
            let folder = self.out.join("nginx").display().to_string();
            words.extend(["-p".into(), folder, "-c".into(), conf.display().to_string()]);
        } else {
            let state = gateway.name != BASELINE;
            let folder = self.out.join(gateway.name);
            let conf = conf::wye(&folder, self.upstream.address, state)?;
            let listen = format!("127.0.0.1:{port}");
            let words_of_wye =
                ["serve".into(), "--config".into(), conf.display().to_string(), "--data".into()];
            words.extend(words_of_wye);
            words.push(folder.join(format!("data-{port}")).display().to_string());
            words.extend(["--listen".into(), listen]);
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok((command, SocketAddr::from(([127, 0, 0, 1], port))))
    }
}

async fn upstream() -> Result<Subject, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut process = Running::start(Command::new(this).arg("upstream").stdout(Stdio::piped()), None)?;
    let mut line = String::new();
    let stdout = process.stdout().ok_or("the upstream has no output")?;
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    let address = line.trim().parse().map_err(|_| format!("the upstream said {line:?}"))?;
    reachable(&mut process, address, "upstream").await?;
    Ok(Subject { name: "upstream", address, process })
}

async fn reachable(process: &mut Running, address: SocketAddr, name: &str) -> Result<(), String> {
    let from = Instant::now();
    while from.elapsed() < START {
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        if process.ended() {
            return Err(format!("{name} ended at once"));
        }
        sleep(Duration::from_millis(2)).await;
    }
    Err(format!("{name} does not accept connections after {START:?}"))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
