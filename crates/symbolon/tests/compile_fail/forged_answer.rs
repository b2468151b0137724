use symbolon::server::{Answer, CommitId, Outcome};

fn settle(outcome: Outcome, id: CommitId) {
    let _ = outcome.settle(Answer { commit: id, failed: None });
}

fn main() {}
