//! How the gateways are set up.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::wire::KEY;

/// nginx as a gateway would be set up: keep-alive to the upstream, a static key map, bodies held in memory whole (a
/// gateway reads them), nothing of an answer held back, no log. `workers`: a master and one worker, as it is run; else
/// one process, so that an instrument sees the one that serves.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn nginx(out: &Path, port: u16, behind: SocketAddr, workers: bool) -> Result<PathBuf, String> {
    let folder = out.join("nginx");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let path = folder.join("nginx.conf");
    let master = if workers { "on" } else { "off" };
    let text = format!(
        r#"daemon off;
master_process {master};
worker_processes 1;
worker_rlimit_nofile 16384;
user root;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 12000; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_body_buffer_size 8m; client_max_body_size 64m;
  keepalive_requests 1000000000;
  map $http_authorization $upstream_key {{ default ""; "Bearer {KEY}" "Bearer upstream-key"; }}
  upstream provider {{ server {behind}; keepalive 128; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location /v1/ {{
      if ($upstream_key = "") {{ return 401; }}
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization $upstream_key;
      proxy_buffering off;
      proxy_read_timeout 300s;
    }}
  }}
}}
"#
    );
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Wye as a user would: one client key, with limits and a budget where there is `state` (far above what is asked of it), a provider of each dialect, a route for each model the load asks for.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn wye(out: &Path, behind: SocketAddr, state: bool) -> Result<PathBuf, String> {
    std::fs::create_dir_all(out).map_err(|error| error.to_string())?;
    let path = out.join("wye.yaml");
    let routes: String = crate::scenario::models()
        .iter()
        .map(|model| {
            let provider = match model.rsplit_once('-') {
                Some((_, "anthropic")) => "anthropic-like",
                Some((_, "gemini")) => "gemini-like",
                _ => "openai-like",
            };
            format!("  {model}: {{ strategy: ordered, targets: [{provider}/{model}] }}\n")
        })
        .collect();
    let provider = |name: &str, dialect: &str, path: &str| {
        let models: Vec<String> = crate::scenario::models()
            .iter()
            .map(|model| {
                format!("{{ id: {model}, price: {{ input: 3, output: 15 }}, limits: {{ rpm: 1000000000 }} }}")
            })
            .collect();
        let known = if state { format!(", models: [{}]", models.join(", ")) } else { String::new() };
        format!(
            "  {name}: {{ dialect: {dialect}, base_url: \"http://{behind}{path}\", api_key: upstream-key{known} }}\n"
        )
    };
    let providers = provider("openai-like", "openai_chat", "/v1")
        + &provider("anthropic-like", "anthropic_messages", "")
        + &provider("gemini-like", "gemini", "");
    let limits = if state {
        ", limits: { rpm: 1000000000, tpm: 1000000000000, concurrent: 100000 }, budgets: [{ usd: 1000000, per: month }]"
    } else {
        ""
    };
    let text =
        format!("keys: [{{ name: bench, key: {KEY}{limits} }}]\nproviders:\n{providers}routes:\n{routes}");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path)
}
