use symbolon::server::Outcome;

fn settle(outcome: Outcome) {
    let answer = outcome.commit().applied();
    let _ = outcome.settle(answer);
}

fn main() {}
