//! What a client was granted, and whether that is still so.
use core::cell::RefCell;

use symbolon_server::{
    Decided, Reason,
    types::{Digest, Method, RequestParts, Rule, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

use super::{
    Form, Request, Stage, To,
    program::{USERINFO_URL, VOUCHER},
};
use crate::support::{self, REDIRECT_URI, Tokens, VERIFIER, ready};

/// How RFC 8693 names it.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Another authorization of the same client, and everything that was issued in it.
pub struct Authorization {
    pub code: Secret,
    digest: Digest,
    /// How its code is redeemed.
    redeeming: fn(&Secret) -> Form,
    tokens: RefCell<Vec<Tokens>>,
}

impl Authorization {
    pub fn new(digest: Digest, code: Secret, redeeming: fn(&Secret) -> Form) -> Self {
        Self { code, digest, redeeming, tokens: RefCell::default() }
    }

    /// Redeems its code, if it is still good.
    pub fn redeem(&self, stage: &Stage) {
        self.send(stage, (self.redeeming)(&self.code));
    }

    /// A redeemed code and a superseded refresh token.
    pub fn redeem_and_refresh(&self, stage: &Stage) -> Secret {
        self.redeem(stage);
        let superseded = self.current();
        self.refresh(stage);
        superseded
    }

    /// Presents this refresh token, whatever becomes of it.
    pub fn present(&self, stage: &Stage, token: &Secret) {
        self.send(stage, refresh(token));
    }

    /// Refreshes, if that is still possible.
    pub fn refresh(&self, stage: &Stage) {
        self.send(stage, refresh(&self.current()));
    }

    fn send(&self, stage: &Stage, form: Form) {
        let settled = stage.send(&stage.request(form));
        if settled.status() == 200 {
            self.tokens.borrow_mut().push(Tokens::of(settled));
        }
    }

    /// Its newest access token.
    pub fn access(&self) -> Secret {
        self.tokens.borrow().last().unwrap().access.clone()
    }

    pub fn current(&self) -> Secret {
        self.tokens.borrow().last().unwrap().refresh().clone()
    }

    /// Whether its family is active. Its tokens say the same.
    pub fn is_alive(&self, stage: &Stage) -> bool {
        let row = ready(stage.bench.store().code(&self.digest)).unwrap().unwrap();
        let is_alive = !row.family.revoked;
        for tokens in &*self.tokens.borrow() {
            if is_alive {
                assert_eq!(stage.userinfo(tokens), 200);
            } else {
                stage.assert_revoked(tokens);
            }
        }
        is_alive
    }
}

impl Stage {
    /// Sends what must be accepted, and shows that the tokens that were issued are good. `None`: it asked for no
    /// tokens yet.
    pub fn accept(&self, request: &Request, label: &str) -> Option<Tokens> {
        let settled = self.send(request);
        assert_eq!(settled.status(), 200, "{label}: {:?}", settled.reason());
        if request.to != To::Token {
            let asked = self.asked_by(settled);
            assert_eq!(self.deferred(asked.id).decided, Decided::NotYet, "{label}: it may be polled");
            return None;
        }
        let tokens = Tokens::of(settled);
        if tokens.body["scope"].as_str().is_some_and(|scope| scope.contains("profile")) && tokens.refresh.is_some() {
            assert_eq!(self.userinfo(&tokens), 200, "{label}: the access token is good");
        }
        Some(tokens)
    }

    /// These tokens are good for nothing any more.
    pub fn assert_revoked(&self, tokens: &Tokens) {
        assert_eq!(self.userinfo(tokens), 401);
        let settled = self.send(&self.request(refresh(tokens.refresh())));
        let rule = settled.reason().map(Reason::rule);
        // A superseded token is a replay once more.
        assert!(matches!(rule, Some(Rule::GrantActive | Rule::RefreshCurrent)), "{rule:?}");
        assert_eq!(support::status_and_error(settled), support::refused(400, "invalid_grant"));
    }

    /// The status of userinfo for this access token.
    pub fn userinfo(&self, tokens: &Tokens) -> u16 {
        let scheme = tokens.body["token_type"].as_str().unwrap();
        let header = format!("{scheme} {}", tokens.access.expose());
        let parts = RequestParts::new(Method::Get, Vec::new()).authorization(header.as_bytes());
        let parts = parts.peer_certificate(self.setup.certificate.clone());
        let parts = if scheme == "DPoP" {
            let mut claims = self.proof_claims(self.new_id());
            let hash = Digest::from_bytes(self.bench.crypto.sha256.digest(&[tokens.access.expose().as_bytes()]));
            claims["htm"] = "GET".into();
            claims["htu"] = USERINFO_URL.into();
            claims["ath"] = hash.to_base64url().into();
            parts.dpop(self.sign_proof_by(0, "dpop+jwt", &claims).as_bytes())
        } else {
            parts
        };
        ready(self.bench.driver.userinfo(parts, now())).status()
    }
}

pub fn form(parameters: &[(&str, &str)]) -> Form {
    parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

pub fn redeem(code: &Secret) -> Form {
    form(&[
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ])
}

pub fn refresh(token: &Secret) -> Form {
    form(&[("grant_type", "refresh_token"), ("refresh_token", token.expose())])
}

pub fn exchange(subject: &Secret) -> Form {
    form(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject.expose()),
        ("subject_token_type", ACCESS_TOKEN),
    ])
}

pub fn voucher(text: &str) -> Form {
    form(&[("grant_type", VOUCHER), ("voucher", text)])
}

pub fn client_credentials() -> Form {
    form(&[("grant_type", "client_credentials")])
}

pub fn grant(assertion: &str) -> Form {
    form(&[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)])
}
