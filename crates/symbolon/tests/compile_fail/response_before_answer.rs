use symbolon::server::Outcome;

fn respond(outcome: Outcome) {
    let _ = outcome.into_response();
}

fn main() {}
