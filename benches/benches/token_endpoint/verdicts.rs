//! What the trace costs: the verdicts of a whole request, written down once more.

use core::{error::Error, hint::black_box};

use symbolon_benches::{Case, NOTHING};
use symbolon_types::{Rule, Trace};

use crate::step::{Step, basic, private_key_jwt};

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let (basic, private_key_jwt) = (basic(&NOTHING)?.0, private_key_jwt(&NOTHING)?.0);
    Ok([("basic", basic), ("private_key_jwt", private_key_jwt)].map(|(name, step)| verdicts(name, &step)).into())
}

/// Each rule that held is written as the request wrote it, but that the optimiser knows none of them beforehand; so this is more
/// than the request pays.
fn verdicts(name: &str, step: &Step) -> Case<'static> {
    let settled = step.server.settle(step.sent.parts());
    assert!(settled.trace().verdicts().all(|(_, held)| held));
    let rules: Vec<Rule> = settled.trace().verdicts().map(|(rule, _)| rule).collect();
    assert!(rules.contains(&Rule::GrantAllowed) && !rules.contains(&Rule::DpopSignature));
    Case::new(format!("verdicts, {} of {name}", rules.len()), move || {
        let mut trace = Trace::stop_at_first();
        for rule in black_box(&rules) {
            trace.held(*rule);
        }
        trace
    })
    .counted()
}
