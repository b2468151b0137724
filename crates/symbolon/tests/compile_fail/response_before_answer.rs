use symbolon::server::{Answer, Outcome};

fn respond(outcome: Outcome, _answer: Answer) {
    let _ = outcome.into_response();
}

fn main() {}
