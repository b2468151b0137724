//! Devices and clients that ask, users who are asked, and what is decided.
use std::rc::Rc;

use symbolon_server::{
    Decision, DeferredKey, Settled, StoredDeferred,
    types::{Digest, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

use super::{Asks, Authorization, Form, Request, Stage, To, authorization::form};
use crate::support::{self, ready};

/// Where users type in their codes.
pub const PAGE: &str = "https://as.example/device";

/// What is asked of a user elsewhere, and what the one who asks polls with: a device code or an `auth_req_id`.
pub struct Asked {
    pub id: Digest,
    pub code: Secret,
    /// What the user types in, of a device.
    pub user_code: Option<String>,
}

impl Stage {
    /// A device authorization request of the client, with an assertion that nobody has seen.
    pub fn device_request(&self) -> Request {
        let request = self.request(form(&[("scope", "openid+profile")]));
        Request { to: To::DeviceAuthorization, proofs: Vec::new(), ..request }
    }

    /// A backchannel authentication request of the client, with an assertion that nobody has seen.
    pub fn backchannel_request(&self) -> Request {
        let request = self.request(about_alice());
        Request { to: To::Backchannel, proofs: Vec::new(), ..request }
    }

    /// What an answer says with which one polls for a user's decision.
    pub fn asked_by(&self, settled: Settled) -> Asked {
        assert_eq!(settled.status(), 200, "{:?}", settled.reason());
        let body: serde_json::Value = serde_json::from_slice(settled.into_response().body()).unwrap();
        if let Some(id) = body["auth_req_id"].as_str() {
            let code = Secret::new(id);
            return Asked { id: self.bench.endpoint().auth_req_id_digest(&code), code, user_code: None };
        }
        let code = Secret::new(body["device_code"].as_str().unwrap());
        let user_code = body["user_code"].as_str().unwrap().into();
        Asked { id: self.bench.endpoint().device_code_digest(&code), code, user_code: Some(user_code) }
    }

    /// Of a device, for which nobody has decided.
    pub fn device(&self) -> Asked {
        self.asked_by(self.send(&self.device_request()))
    }

    /// The same by CIBA.
    pub fn backchannel(&self) -> Asked {
        self.asked_by(self.send(&self.backchannel_request()))
    }

    /// Of the kind that the stage is about, and nobody has decided.
    pub fn undecided(&self) -> Asked {
        if self.asks == Asks::Ciba { self.backchannel() } else { self.device() }
    }

    /// One for which alice said yes.
    pub fn approved(&self) -> Asked {
        let asked = self.undecided();
        self.approve(&asked);
        asked
    }

    pub fn approve(&self, asked: &Asked) {
        self.decide_for(asked, Decision::Approve(Box::new(support::granted())));
    }

    pub fn decide_for(&self, asked: &Asked, decision: Decision) {
        ready(self.bench.driver.decide_deferred(&self.deferred(asked.id), decision, now())).unwrap();
    }

    /// Begins another authorization of the client, by way of a device or of CIBA.
    pub fn another_approved(&self) -> Rc<Authorization> {
        let asked = self.approved();
        let redeeming = if self.asks == Asks::Ciba { poll_by_ciba } else { poll };
        self.begin(Authorization::new(asked.id, asked.code, redeeming))
    }

    /// What somebody else asked, whose row must stay as it is.
    pub fn foreign(&self) -> Asked {
        let mut request = if self.asks == Asks::Ciba {
            Request { to: To::Backchannel, ..Request::new(about_alice()) }
        } else {
            Request { to: To::DeviceAuthorization, ..Request::new(form(&[("scope", "openid+profile")])) }
        };
        self.sign_in_as_foreign_client(&mut request);
        let asked = self.asked_by(self.send(&request));
        self.watch(asked.id);
        asked
    }

    /// Polls with what nobody has decided, and whose polls are looked at.
    pub fn poll_undecided(&self, request: &mut Request) -> Asked {
        let asked = self.undecided();
        self.look_at(asked.id);
        request.set_polled(asked.code.expose());
        asked
    }

    pub fn deferred(&self, id: Digest) -> StoredDeferred {
        ready(self.bench.store().deferred(DeferredKey::Id(id))).unwrap().unwrap()
    }
}

impl Request {
    /// What the poll is with.
    pub fn set_polled(&mut self, code: impl Into<String>) {
        let is_by_ciba = self.get("grant_type") == CIBA;
        self.set(if is_by_ciba { "auth_req_id" } else { "device_code" }, code);
    }
}

const CIBA: &str = "urn:openid:params:grant-type:ciba";

fn about_alice() -> Form {
    let token = ("client_notification_token", "8d67dc78-7faa-4d41-aabd-67707b374255");
    form(&[("scope", "openid+profile"), ("login_hint", "alice"), token])
}

pub fn poll(code: &Secret) -> Form {
    form(&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code.expose())])
}

pub fn poll_by_ciba(id: &Secret) -> Form {
    form(&[("grant_type", CIBA), ("auth_req_id", id.expose())])
}
