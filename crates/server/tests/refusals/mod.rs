//! What a refused request is made of, for `d1_every_refusal_leaves_the_right_request_good.rs`: the right request as a description
//! that can be spoiled, the stage that it is sent on, and the table of every way to spoil it.
#![expect(unreachable_pub, reason = "a module of one test")]

pub mod authorization;
pub mod jwts;
pub mod program;
mod request;
pub mod stage;
pub mod table;

pub use authorization::Authorization;
pub use jwts::Jwt;
pub use program::Fault;
pub use request::{Form, Request};
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

    pub fn setup(mut self, setup: fn(&mut Setup)) -> Self {
        self.setup = Some(setup);
        self
    }
}
