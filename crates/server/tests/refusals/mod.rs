//! What a refused request is made of, for `d1_every_refusal_leaves_the_right_request_good.rs`: the right request as a description
//! that can be spoiled, the stage that it is sent on, and the table of every way to spoil it.
#![expect(unreachable_pub, reason = "a module of one test")]

pub mod authorization;
pub mod devices;
pub mod jwts;
pub mod program;
mod request;
pub mod stage;
pub mod table;

pub use authorization::Authorization;
pub use jwts::Jwt;
pub use program::Fault;
pub use request::{Form, Request, To};
pub use stage::{Setup, Stage};

use symbolon_server::types::AuthMethod;

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asks {
    Code,
    Refresh,
    ClientCredentials,
    /// An extension grant that is good once.
    Voucher,
    /// What was approved for a device.
    Device,
    /// What was approved elsewhere, as the client asked by CIBA.
    Ciba,
    /// A JWT of RFC 7523 as the grant.
    Assertion,
    /// An ID-JAG as the grant.
    IdJag,
    /// An access token of the client, in exchange for one (RFC 8693).
    Exchange,
    /// Codes for a device, at the endpoint of their own.
    DeviceAuthorization,
    /// That a user is asked, at the endpoint of CIBA.
    Backchannel,
}

impl Asks {
    /// Whether there is no right request of that kind by a public client (RFC 6749 §4.4, security decisions D24 and D26).
    pub fn is_for_confidential_clients(self) -> bool {
        matches!(self, Self::ClientCredentials | Self::IdJag | Self::Ciba | Self::Backchannel)
    }

    /// Whether what is issued descends from an authorization.
    pub fn has_family(self) -> bool {
        matches!(self, Self::Code | Self::Refresh | Self::Device | Self::Ciba)
    }

    /// Whether a proof is judged: where nothing is issued yet there is nothing to bind.
    pub fn takes_proofs(self) -> bool {
        !matches!(self, Self::DeviceAuthorization | Self::Backchannel)
    }
}

/// Whether the right request carries a DPoP proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proofs {
    None,
    /// Where nonces are off.
    Plain,
    /// Where they are required.
    WithNonce,
}

/// The rows of D1, and of D2 those where an id is known already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ends {
    /// Framing error, credential conflict, failed authentication.
    NotAuthenticated,
    /// `use_dpop_nonce`.
    UseDpopNonce,
    /// `invalid_dpop_proof`; and a proof that came by a listener of which nobody knows the URL, so that it cannot be judged.
    InvalidDpopProof,
    /// Any other refusal after authentication.
    Refused,
    /// Replay of a redeemed code or superseded token, otherwise valid.
    Replay,
    /// The store did not apply it, or was not asked.
    NotApplied,
    /// D2: the assertion was used before.
    KnownAssertion,
    /// D2: the proof was used before.
    KnownProof,
}

/// What becomes of the row of what nobody decided, or what was denied, and that a poll names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Polls {
    /// The client waited as long as it must: when it asked is recorded.
    InTime,
    /// It did not: from now on it must wait five seconds longer.
    TooSoon,
    /// Nothing.
    Not,
}

/// One way in which a request is refused.
pub struct Case {
    pub name: &'static str,
    pub ends: Ends,
    /// What is refused, and how.
    pub rule: symbolon_server::types::Rule,
    pub status: u16,
    pub error: &'static str,
    /// Whose requests it is tried with, by how they authenticate.
    pub by: &'static [AuthMethod],
    pub asks: &'static [Asks],
    pub proofs: &'static [Proofs],
    /// Whether a record of this client is found before it is refused.
    pub finds_a_record: bool,
    /// Where it names the row that the stage looks at ([`Stage::polled`]).
    pub polls: Option<Polls>,
    /// What is otherwise than with the other cases.
    pub setup: Option<fn(&mut Setup)>,
    /// Makes the right request wrong.
    pub spoil: fn(&Stage, &mut Request),
}

impl Case {
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn by(mut self, by: &'static [AuthMethod]) -> Self {
        self.by = by;
        self
    }

    pub fn asks(mut self, asks: &'static [Asks]) -> Self {
        self.asks = asks;
        self
    }

    pub fn proofs(mut self, proofs: &'static [Proofs]) -> Self {
        self.proofs = proofs;
        self
    }

    pub fn finds_a_record(mut self) -> Self {
        self.finds_a_record = true;
        self
    }

    pub fn polls(mut self, polls: Polls) -> Self {
        self.polls = Some(polls);
        self
    }

    pub fn setup(mut self, setup: fn(&mut Setup)) -> Self {
        self.setup = Some(setup);
        self
    }
}
