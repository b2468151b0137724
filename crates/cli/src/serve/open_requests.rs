use std::sync::{Mutex, PoisonError};

use symbolon::{
    server::{Change, Outcome, StoredDeferred},
    types::Digest,
};
use time::UtcDateTime;

/// Whom clients ask for, and wait for: a store finds such a request by its id, and its user by nothing.
#[derive(Debug, Default)]
pub(super) struct OpenRequests(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    requests: Vec<OpenRequest>,
    /// How many there are when those that are over are looked for: twice as many as stayed the last time.
    clean_at: usize,
}

#[derive(Clone, Debug)]
pub(super) struct OpenRequest {
    id: Digest,
    /// `sub` of who is asked.
    subject: String,
    expires: UtcDateTime,
}

impl OpenRequest {
    /// The one that this outcome begins, if it does.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        let begun = |change: &Change| match change {
            Change::Defer(deferred) => {
                let StoredDeferred { id, asked, expires, .. } = &**deferred;
                Some(Self { id: *id, subject: asked.subject.clone()?, expires: *expires })
            }
            _ => None,
        };
        outcome.commit().guards().iter().find_map(|guard| begun(guard.change()))
    }
}

impl OpenRequests {
    /// Remembers a request that was stored. There are no more of them than the store keeps.
    pub(super) fn add(&self, request: OpenRequest, now: UtcDateTime) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.requests.len() >= open.clean_at {
            open.requests.retain(|open| now < open.expires);
            open.clean_at = open.requests.len().saturating_mul(2).max(FEW);
        }
        open.requests.push(request);
    }

    /// Forgets one that was decided.
    pub(super) fn remove(&self, id: Digest) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.retain(|open| open.id != id);
    }

    /// The ids of those that wait for this user, the first of them first, and at most so many.
    pub(super) fn of(&self, subject: &str, most: usize, now: UtcDateTime) -> Vec<Digest> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = open.requests.iter().filter(|open| open.subject == subject && now < open.expires);
        of_user.map(|open| open.id).take(most).collect()
    }
}

/// As many are kept without a look at them.
const FEW: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn request(id: u8, subject: &str, expires: i64) -> OpenRequest {
        OpenRequest { id: Digest::from_bytes([id; 32]), subject: subject.into(), expires: at(expires) }
    }

    #[test]
    fn a_user_has_her_own_until_they_are_over_or_decided() {
        let open = OpenRequests::default();
        for one in [request(1, "alice", 10), request(2, "bob", 10), request(3, "alice", 20)] {
            open.add(one, at(0));
        }
        let ids = |subject: &str, most, seconds| {
            let ids = open.of(subject, most, at(seconds));
            ids.iter().map(|id| id.as_bytes()[0]).collect::<Vec<_>>()
        };
        assert_eq!((ids("alice", 9, 9), ids("bob", 9, 9), ids("carol", 9, 9)), (vec![1, 3], vec![2], vec![]));
        assert_eq!((ids("alice", 1, 9), ids("alice", 9, 10), ids("bob", 9, 10)), (vec![1], vec![3], vec![]));
        open.remove(Digest::from_bytes([3; 32]));
        assert_eq!(ids("alice", 9, 9), [1]);
    }

    #[test]
    fn what_is_over_is_not_kept_for_long() {
        let open = OpenRequests::default();
        for second in 0..1000_i64 {
            open.add(request(1, "alice", second.saturating_add(10)), at(second));
        }
        assert!(open.0.lock().unwrap().requests.len() <= FEW);
        assert_eq!(open.of("alice", 99, at(999)).len(), 10);
    }
}
