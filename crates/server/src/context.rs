use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use symbolon_crypto::{AEAD_NONCE_BYTES, SecureRandom};
use symbolon_policy::Policy;
use symbolon_token_response::TokenScheme;
use symbolon_types::{AuthMethod, ClientId, GrantType, Once, Presentation, Rule, Trace};
use time::Duration;
use zeroize::Zeroizing;

use crate::{Attempt, AuthorizationDetails, Commit, CommitId, Endpoint, FamilyId, Reason, Refusal, commit::Change};

/// Which endpoint a request came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Purpose {
    #[default]
    Token,
    DeviceAuthorization,
    BackchannelAuthentication,
}

/// What travels from step to step: the endpoint, the commit so far, the request's randomness, what the answer needs.
pub(crate) struct Context {
    pub(crate) purpose: Purpose,
    pub(crate) endpoint: Endpoint,
    pub(crate) commit: Commit,
    pub(crate) entropy: Entropy,
    pub(crate) facts: Facts,
    /// `resource`, as it was asked for.
    pub(crate) resources: Vec<String>,
    /// `authorization_details`, as they were asked for.
    pub(crate) details: Option<AuthorizationDetails>,
    /// The replay id of the DPoP proof, until it is in the commit.
    pub(crate) proof: Option<Once>,
}

/// `resource` is the peer's text (D21): counted, not shown.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { purpose, endpoint, commit, entropy, facts, resources, details, proof } = self;
        let mut shown = f.debug_struct("Context");
        shown
            .field("purpose", purpose)
            .field("endpoint", endpoint)
            .field("commit", commit)
            .field("entropy", entropy)
            .field("facts", facts);
        shown.field("resources", &resources.len()).field("details", &details.is_some()).field("proof", proof).finish()
    }
}

impl Context {
    pub(crate) fn policy(&self) -> &Policy {
        self.endpoint.policy()
    }

    /// Puts the replay id of the DPoP proof into the commit, whatever becomes of the request. For a public client only
    /// once a record of its own was found: else anybody writes for free (D1).
    pub(crate) fn remember_proof(&mut self) {
        if let Some(once) = self.proof.take() {
            let otherwise = self.commit.remembered();
            self.commit.guard(Rule::DpopOnce, Change::Remember(once), otherwise);
        }
    }

    /// What is not moved out of the box is wiped in it: the request's randomness.
    pub(crate) fn refuse(self: Box<Self>, reason: impl Into<Reason>) -> Refusal {
        let Self { commit, facts, endpoint, .. } = *self;
        Refusal::new(reason.into(), commit, facts, Some(endpoint))
    }
}

/// What an answer, and the operator, need to know.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    pub(crate) presentation: Presentation,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) method: Option<AuthMethod>,
    pub(crate) grant_type: Option<GrantType>,
    pub(crate) attempt: Option<Attempt>,
    /// Whether the client is known by its grant alone.
    pub(crate) is_by_grant: bool,
    pub(crate) retry_after: Option<Duration>,
    /// Whether a superseded refresh token was forgiven.
    pub(crate) is_refresh_retry: bool,
    /// The nonce for the next DPoP proof, where the answer brings one.
    pub(crate) dpop_nonce: Option<String>,
    /// One for an answer that refuses the proof after all.
    pub(crate) spare_nonce: Option<String>,
    /// Set at a resource, whose refusals have another form.
    pub(crate) resource: Option<Resource>,
    pub(crate) trace: Trace,
}

/// How a resource answers.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The scheme that the access token came by.
    pub(crate) presented: Option<TokenScheme>,
    /// For the algorithms of DPoP proofs.
    pub(crate) endpoint: Endpoint,
}

impl Resource {
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        Self { presented: None, endpoint: endpoint.clone() }
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An unregistered grant type is the peer's text (D21).
        let grant_type = self.grant_type.as_ref().map(|grant_type| match grant_type {
            GrantType::Other(_) => "other",
            registered => registered.as_str(),
        });
        f.debug_struct("Facts")
            .field("presentation", &self.presentation)
            .field("client_id", &self.client_id)
            .field("grant_type", &grant_type)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}

/// A request's randomness, drawn once: what nearly every request needs, in two blocks of a kernel's generator.
pub(crate) struct Entropy(Zeroizing<[u8; 64]>);

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

impl Entropy {
    pub(crate) fn draw(random: &dyn SecureRandom) -> Option<Self> {
        let mut octets = Zeroizing::new([0; 64]);
        random.fill(octets.as_mut_slice()).ok()?;
        Some(Self(octets))
    }

    /// Besides what a family of refresh tokens begins with.
    pub(crate) fn draw_with_family(random: &dyn SecureRandom) -> Option<(Self, FamilyEntropy)> {
        let mut octets = Zeroizing::new([0; 112]);
        random.fill(octets.as_mut_slice()).ok()?;
        let entropy = Self(Zeroizing::new(part(&*octets, 0)));
        Some((entropy, FamilyEntropy(Zeroizing::new(part(&*octets, 64)))))
    }

    /// No randomness: for answers that change nothing.
    pub(crate) fn none() -> Self {
        Self(Zeroizing::new([0; 64]))
    }

    pub(crate) fn commit_id(&self) -> CommitId {
        CommitId::from_bytes(part(&*self.0, 0))
    }

    /// 256 bits for an opaque access token, a code, a device code or an `auth_req_id`.
    pub(crate) fn token(&self) -> [u8; 32] {
        part(&*self.0, 16)
    }

    /// In a request that makes a JWT and so no opaque access token.
    pub(crate) fn access_token_jti(&self) -> [u8; 16] {
        part(&*self.0, 16)
    }

    pub(crate) fn id_token_jti(&self) -> [u8; 16] {
        part(&*self.0, 48)
    }

    /// In a request that makes no ID token and seals nothing.
    pub(crate) fn user_code(&self) -> [u8; 8] {
        part(&*self.0, 48)
    }

    /// In a request that makes neither ID token nor user code.
    pub(crate) fn seal_nonce(&self) -> [u8; AEAD_NONCE_BYTES] {
        part(&*self.0, 48)
    }
}

/// What a family of refresh tokens begins with, which few requests do.
pub(crate) struct FamilyEntropy(Zeroizing<[u8; 48]>);

impl FamilyEntropy {
    pub(crate) fn draw(random: &dyn SecureRandom) -> Option<Self> {
        let mut octets = Zeroizing::new([0; 48]);
        random.fill(octets.as_mut_slice()).ok()?;
        Some(Self(octets))
    }

    pub(crate) fn family_id(&self) -> FamilyId {
        FamilyId::from_bytes(part(&*self.0, 0))
    }

    pub(crate) fn tag_secret(&self) -> [u8; 32] {
        part(&*self.0, 16)
    }
}

/// Octets from this place on; there are so many.
fn part<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    let part = octets.get(at..).and_then(|rest| rest.first_chunk::<N>());
    part.copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use symbolon_crypto::RandomFailed;

    use super::*;

    fn numbered<const N: usize>() -> Zeroizing<[u8; N]> {
        Zeroizing::new(core::array::from_fn(|index| u8::try_from(index).unwrap()))
    }

    #[test]
    fn no_two_uses_in_one_request_share_an_octet() {
        let octets = numbered();
        let entropy = Entropy(octets.clone());
        let commit_id = entropy.commit_id();
        let with_opaque = [commit_id.as_bytes().as_slice(), &entropy.token(), &entropy.id_token_jti()].concat();
        assert_eq!(with_opaque, *octets, "and every octet has a use");
        let requests = [
            [commit_id.as_bytes().as_slice(), &entropy.access_token_jti(), &entropy.id_token_jti()],
            [commit_id.as_bytes(), &entropy.token(), &entropy.user_code()],
            [commit_id.as_bytes(), &entropy.token(), &entropy.seal_nonce()],
        ];
        for request in requests {
            let mut all = request.concat();
            let length = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), length, "{request:?}");
        }
        let octets = numbered();
        let family = FamilyEntropy(octets.clone());
        assert_eq!([family.family_id().as_bytes().as_slice(), &family.tag_secret()].concat(), *octets);
    }

    #[test]
    fn a_family_begins_with_octets_of_its_own() {
        #[derive(Debug)]
        struct Numbered;
        impl SecureRandom for Numbered {
            fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
                out.copy_from_slice(numbered::<112>().as_slice());
                Ok(())
            }
        }
        let (entropy, family) = Entropy::draw_with_family(&Numbered).unwrap();
        assert_eq!([entropy.0.as_slice(), family.0.as_slice()].concat(), *numbered::<112>());
    }
}
