use symbolon::server::{Answer, Outcome};

fn settle(outcome: Outcome, first: Answer, _second: Answer) {
    let _ = outcome.settle(first);
    let _ = outcome.settle(_second);
}

fn main() {}
