use symbolon::server::{Answer, CommitId, Outcome};

fn settle(outcome: Outcome, _id: CommitId) {
    let answer: Answer = outcome.commit().applied();
    let _ = outcome.settle(answer);
}

fn main() {}
