use symbolon_server::{
    client_auth::CLIENT_ASSERTION_TYPE_JWT_BEARER,
    types::{Method, PeerCertificate, RequestParts},
};
use symbolon_testkit::now;
use time::UtcDateTime;

use super::{Fault, Jwt};

/// The parameters of a form, but for the assertion's.
pub type Form = Vec<(String, String)>;

/// Which endpoint a request is sent to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum To {
    Token,
    DeviceAuthorization,
    Backchannel,
}

/// A request, and what the program around the endpoint does with it.
#[derive(Clone)]
pub struct Request {
    pub to: To,
    pub method: Method,
    pub content_type: &'static str,
    pub authorization: Vec<String>,
    pub query: Option<&'static str>,
    pub form: Form,
    pub assertion_type: Option<&'static str>,
    pub assertion: Option<Jwt>,
    pub proofs: Vec<Jwt>,
    pub certificate: Option<PeerCertificate>,
    pub listener: &'static str,
    pub at: UtcDateTime,
    pub fault: Fault,
}

impl Request {
    pub fn new(form: Form) -> Self {
        Self {
            to: To::Token,
            method: Method::Post,
            content_type: "application/x-www-form-urlencoded",
            authorization: Vec::new(),
            query: None,
            form,
            assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
            assertion: None,
            proofs: Vec::new(),
            certificate: None,
            listener: "",
            at: now(),
            fault: Fault::None,
        }
    }

    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.form.push((name.into(), value.into()));
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.add(name, value);
    }

    pub fn remove(&mut self, name: &str) {
        self.form.retain(|(known, _)| known != name);
    }

    pub fn get(&self, name: &str) -> &str {
        self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn assertion_text(&self) -> &str {
        &self.assertion.as_ref().unwrap().text
    }

    pub fn set_assertion(&mut self, text: impl Into<String>) {
        self.assertion.as_mut().unwrap().text = text.into();
    }

    pub fn set_proof(&mut self, text: impl Into<String>) {
        self.proofs[0].text = text.into();
    }

    pub fn carries(&self, jwt: &Jwt) -> bool {
        self.assertion.iter().chain(&self.proofs).any(|carried| carried.id == jwt.id)
    }

    pub fn parts(&self) -> RequestParts {
        let assertion_type = self.assertion.as_ref().and(self.assertion_type);
        let assertion = [
            ("client_assertion_type", assertion_type.map(String::from)),
            ("client_assertion", self.assertion.as_ref().map(|assertion| assertion.text.clone())),
        ];
        let assertion = assertion.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let form = self.form.iter().cloned().chain(assertion);
        let body = form.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let parts = RequestParts::new(self.method, body.into_bytes())
            .content_type(self.content_type.as_bytes())
            .query(self.query)
            .peer_certificate(self.certificate.clone())
            .endpoint(self.listener);
        let parts = self.authorization.iter().fold(parts, |parts, value| parts.authorization(value.as_bytes()));
        self.proofs.iter().fold(parts, |parts, proof| parts.dpop(proof.text.as_bytes()))
    }
}
