//! What is measured: the upstream itself, nginx in front of it, Wye in front of it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::process::{Running, have};
use crate::wire::KEY;
use crate::{Options, say};

/// How long a subject may take until it accepts connections.
const START: Duration = Duration::from_secs(10);

/// One subject, running.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) process: Running,
    pub(crate) started: Duration,
}

/// Starts the upstream and everything in front of it. A subject that is not there is left out, loudly.
///
/// # Errors
/// When the upstream or a subject that is there does not start.
pub(crate) async fn start_all(options: &Options) -> Result<Vec<Subject>, String> {
    std::fs::create_dir_all(&options.out).map_err(|error| format!("{}: {error}", options.out.display()))?;
    let out = options.out.canonicalize().map_err(|error| error.to_string())?;
    let core = options.pinned.then_some(0);
    let upstream = upstream().await?;
    let behind = upstream.address;
    let mut subjects = vec![upstream];
    if have("nginx") {
        let port = free_port()?;
        let conf = nginx_conf(&out, port, behind)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(out.join("nginx")).arg("-c").arg(conf).args(["-g", "daemon off;"]);
        subjects.push(gateway("nginx", &mut command, port, core).await?);
    } else {
        say("nginx is not there: its row is left out (on Debian: apt-get install nginx-light)");
    }
    if let Some(wye) = &options.wye {
        let port = free_port()?;
        let conf = wye_conf(&out, behind)?;
        let mut command = Command::new(wye);
        command.arg("serve").arg("--config").arg(conf).arg("--listen").arg(format!("127.0.0.1:{port}"));
        subjects.push(gateway("wye", &mut command, port, core).await?);
    } else {
        say("no --wye BINARY: its row is left out");
    }
    Ok(subjects)
}

async fn upstream() -> Result<Subject, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let from = Instant::now();
    let mut process = Running::start(Command::new(this).arg("upstream").stdout(Stdio::piped()), None)?;
    let mut line = String::new();
    let stdout = process.stdout().ok_or("the upstream has no output")?;
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    let address = line.trim().parse().map_err(|_| format!("the upstream said {line:?}"))?;
    reachable(&mut process, address, "upstream").await?;
    Ok(Subject { name: "upstream", address, process, started: from.elapsed() })
}

async fn gateway(
    name: &'static str,
    command: &mut Command,
    port: u16,
    core: Option<u32>,
) -> Result<Subject, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let from = Instant::now();
    let mut process = Running::start(command, core)?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    reachable(&mut process, address, name)
        .await
        .map_err(|error| format!("{error}; to see why, run: {command:?}"))?;
    Ok(Subject { name, address, process, started: from.elapsed() })
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

/// nginx as a gateway would be set up: keep-alive to the upstream, a static key map, nothing held back, no log.
fn nginx_conf(out: &Path, port: u16, behind: SocketAddr) -> Result<std::path::PathBuf, String> {
    let folder = out.join("nginx");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let path = folder.join("nginx.conf");
    let text = format!(
        r#"worker_processes 1;
user root;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_body_buffer_size 256k; client_max_body_size 64m;
  keepalive_requests 1000000000;
  map $http_authorization $upstream_key {{ default ""; "Bearer {KEY}" "Bearer upstream-key"; }}
  upstream provider {{ server {behind}; keepalive 128; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location /v1/ {{
      if ($upstream_key = "") {{ return 401; }}
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization $upstream_key;
      proxy_buffering off;
    }}
  }}
}}
"#
    );
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Wye as a user would: one client key, one provider, a route for each model the load asks for.
fn wye_conf(out: &Path, behind: SocketAddr) -> Result<std::path::PathBuf, String> {
    let path = out.join("wye.yaml");
    let routes: String = crate::scenario::models()
        .iter()
        .map(|model| format!("  {model}: {{ strategy: ordered, targets: [bench/{model}] }}\n"))
        .collect();
    let text = format!(
        "keys: [{{ name: bench, key: {KEY} }}]\nproviders:\n  bench: {{ dialect: openai_chat, base_url: \"http://{behind}/v1\", api_key: upstream-key }}\nroutes:\n{routes}"
    );
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path)
}
