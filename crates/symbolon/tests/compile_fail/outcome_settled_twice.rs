use symbolon::server::{Answer, Outcome};

fn settle(outcome: Outcome, first: Answer, second: Answer) {
    let _ = outcome.settle(first);
    let _ = outcome.settle(second);
}

fn main() {}
