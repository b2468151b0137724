use symbolon::server::{Answer, Outcome};

fn settle(outcome: Outcome, first: Answer) {
    let _ = outcome.settle(first);
}

fn main() {}
