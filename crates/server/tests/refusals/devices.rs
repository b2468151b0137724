//! Devices that ask, users who are asked, and what is decided.
use std::rc::Rc;

use symbolon_server::{
    Decision, DeferredKey, Settled, StoredDeferred,
    types::{Digest, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

use super::{Authorization, Form, Request, Stage, To, authorization::form};
use crate::support::{self, ready};

/// Where users type in their codes.
pub const PAGE: &str = "https://as.example/device";

/// A device that was told its codes.
pub struct Device {
    pub id: Digest,
    pub code: Secret,
    pub user_code: String,
}

impl Stage {
    /// A device authorization request of the client, with an assertion that nobody has seen.
    pub fn device_request(&self) -> Request {
        let request = self.request(form(&[("scope", "openid+profile")]));
        Request { to: To::DeviceAuthorization, proofs: Vec::new(), ..request }
    }

    /// A backchannel authentication request of the client, with an assertion that nobody has seen.
    pub fn backchannel_request(&self) -> Request {
        let token = ("client_notification_token", "8d67dc78-7faa-4d41-aabd-67707b374255");
        let request = self.request(form(&[("scope", "openid+profile"), ("login_hint", "alice"), token]));
        Request { to: To::Backchannel, proofs: Vec::new(), ..request }
    }

    /// What a client was told that polls for a user's decision.
    pub fn asked(&self, settled: Settled) -> Digest {
        let body: serde_json::Value = serde_json::from_slice(settled.into_response().body()).unwrap();
        self.bench.endpoint().auth_req_id_digest(&Secret::new(body["auth_req_id"].as_str().unwrap()))
    }

    /// A device for which nobody has decided.
    pub fn device(&self) -> Device {
        self.device_of(self.send(&self.device_request()))
    }

    pub fn device_of(&self, settled: Settled) -> Device {
        assert_eq!(settled.status(), 200, "{:?}", settled.reason());
        let body: serde_json::Value = serde_json::from_slice(settled.into_response().body()).unwrap();
        let code = Secret::new(body["device_code"].as_str().unwrap());
        let id = self.bench.endpoint().device_code_digest(&code);
        Device { id, code, user_code: body["user_code"].as_str().unwrap().into() }
    }

    /// One for which alice said yes.
    pub fn approved_device(&self) -> Device {
        let device = self.device();
        self.decide_for(&device, Decision::Approve(Box::new(support::granted())));
        device
    }

    pub fn decide_for(&self, device: &Device, decision: Decision) {
        ready(self.bench.driver.decide_deferred(&self.deferred(device.id), decision, now())).unwrap();
    }

    /// Begins another authorization of the client, by way of a device.
    pub fn another_device(&self) -> Rc<Authorization> {
        let device = self.approved_device();
        self.begin(Authorization::new(device.id, device.code, poll))
    }

    /// Somebody else's device, whose row must stay as it is.
    pub fn foreign_device(&self) -> Device {
        let mut request = Request { to: To::DeviceAuthorization, ..Request::new(form(&[("scope", "openid+profile")])) };
        self.sign_in_as_foreign_client(&mut request);
        let device = self.device_of(self.send(&request));
        self.watch(device.id);
        device
    }

    /// Names a device for which nobody has decided, whose polls are looked at.
    pub fn name_undecided(&self, request: &mut Request) -> Device {
        let device = self.device();
        self.look_at(device.id);
        request.set("device_code", device.code.expose());
        device
    }

    pub fn deferred(&self, id: Digest) -> StoredDeferred {
        ready(self.bench.store().deferred(DeferredKey::Id(id))).unwrap().unwrap()
    }
}

pub fn poll(code: &Secret) -> Form {
    form(&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code.expose())])
}
