use symbolon::server::{Answer, Outcome};

fn respond(outcome: Outcome, answer: Answer) {
    let _ = outcome.settle(answer).into_response();
}

fn main() {}
