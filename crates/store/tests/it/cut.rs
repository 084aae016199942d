//! A way to a server that can be cut.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy before a server.
pub(crate) struct Cut {
    url: String,
    open: Arc<watch::Sender<bool>>,
}

impl Cut {
    /// A proxy before the server of this address.
    pub(crate) async fn before(url: &str) -> Self {
        let rest = url.strip_prefix("redis://").unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(watch::channel(true).0);
        let (server, watching) = (server.to_owned(), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut open = watching.subscribe();
                let server = server.clone();
                tokio::spawn(async move {
                    if !*open.borrow() {
                        return;
                    }
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = open.wait_for(|open| !*open) => {}
                    }
                });
            }
        });
        Self { url: format!("redis://{address}/{database}"), open }
    }

    /// The address of the proxy.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Cuts all connections; new ones are closed at once.
    pub(crate) fn off(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(crate) fn on(&self) {
        self.open.send_replace(true);
    }
}
