use std::{collections::BTreeMap, sync::Arc};

use symbolon::{server::Notification, types::ClientId};
use symbolon_reqwest::{Sender, client::EndpointUrl};
use tokio::sync::Mutex;

use super::{ServeError, client_keys};

/// Tells clients that want to be told that their user has decided (OpenID CIBA §10.2, security decision D27).
///
/// Each is told once: who hears nothing may poll all the same. Of each client one at a time is on its way, in no order.
#[derive(Debug)]
pub(super) struct Pings {
    sender: Sender,
    clients: BTreeMap<String, Arc<Mutex<EndpointUrl>>>,
}

impl Pings {
    /// Nobody yet.
    pub(super) fn new(development: bool) -> Result<Self, ServeError> {
        Ok(Self { sender: client_keys::sender(development)?, clients: BTreeMap::new() })
    }

    pub(super) fn add(&mut self, client_id: &str, url: EndpointUrl) {
        self.clients.insert(client_id.into(), Arc::new(Mutex::new(url)));
    }

    /// Sends it, and waits for nothing: the user has been heard, whatever becomes of it.
    pub(super) fn send(&self, client_id: &ClientId, notification: Notification) {
        let Some(client) = self.clients.get(client_id.as_str()).map(Arc::clone) else { return };
        let (sender, client_id) = (self.sender.clone(), client_id.as_str().to_owned());
        tokio::spawn(async move {
            let url = client.lock().await;
            match sender.notify(&url, notification.token(), &notification.body()).await {
                Ok(()) => tracing::info!(client_id, "told that its user has decided"),
                Err(problem) => tracing::warn!(client_id, "not told that its user has decided: {problem}"),
            }
        });
    }
}
