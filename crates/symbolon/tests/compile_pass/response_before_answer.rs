use symbolon::server::{Answer, Outcome};

fn respond(outcome: Outcome, _answer: Answer) {
    let _ = outcome.settle(_answer).into_response();
}

fn main() {}
