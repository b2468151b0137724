//! OpenID Connect Core section 3.1.3.7 item 12, R114: how good a sign-in was, by an order of the policy or of the plan.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, ClientError, VerifyError,
    id_token::IdTokenError,
    policy::{NORWEGIAN_ACR_LEVELS, Policy},
};

use crate::party::{SignIn, builder, not_verified, now, parameter, published, scope, sign};

fn levels(levels: &[&[&str]]) -> Vec<Vec<String>> {
    levels.iter().map(|level| level.iter().map(ToString::to_string).collect()).collect()
}

/// What comes of a sign-in with this `acr`, where `Level3` was asked for.
fn answer(policy: Policy, plan_levels: &[&[&str]], acr: &str) -> Option<VerifyError> {
    let mut plan = AuthorizationPlan::new(scope("openid"));
    plan.acr_values = vec!["Level3".into()];
    plan.acr_levels = levels(plan_levels);
    let sign_in = SignIn::begin(&builder().policy(policy).build().unwrap(), plan);
    assert_eq!(parameter(&sign_in.url, "acr_values").as_deref(), Some("Level3"), "what is sent stays as it was said");
    assert_eq!(parameter(&sign_in.url, "acr_levels"), None);
    let mut claims = sign_in.claims();
    claims.insert("acr".into(), json!(acr));
    sign_in.tokens(&sign(&claims)).verify(&published(), now()).err().map(not_verified)
}

#[test]
fn r114_the_order_of_the_policy_holds_unless_the_plan_has_one() {
    let mut norwegian = Policy::OAUTH_2_1;
    norwegian.id_token.acr_levels = NORWEGIAN_ACR_LEVELS;
    let refused = Some(VerifyError::IdToken(IdTokenError::AcrNotAccepted));
    for good in ["Level3", "idporten-loa-substantial", "idporten-loa-high", "Level4"] {
        assert_eq!(answer(norwegian, &[], good), None, "{good}");
    }
    assert_eq!(answer(norwegian, &[], "idporten-loa-low"), refused);
    assert_eq!(answer(Policy::OAUTH_2_1, &[], "Level3"), None);
    assert_eq!(answer(Policy::OAUTH_2_1, &[], "idporten-loa-substantial"), refused, "no order, no other value");

    let of_plan: &[&[&str]] = &[&["Level3", "substantial"], &["high"]];
    for policy in [norwegian, Policy::OAUTH_2_1] {
        for good in ["Level3", "substantial", "high"] {
            assert_eq!(answer(policy, of_plan, good), None, "{good}");
        }
        assert_eq!(answer(policy, of_plan, "Level4"), refused, "the order of the plan stands alone");
    }
}

#[test]
fn an_order_in_which_a_value_has_two_places_is_none() {
    let client = builder().build().unwrap();
    let authorize = |plan_levels: &[&[&str]]| {
        let mut plan = AuthorizationPlan::new(scope("openid"));
        plan.acr_levels = levels(plan_levels);
        client.authorize(plan).err()
    };
    assert_eq!(authorize(&[&["a", "b"], &[], &["c d"]]), None);
    for bad in [&[&["a", "a"][..]][..], &[&["a"], &["b", "a"]], &[&["a", ""]]] {
        assert_eq!(authorize(bad), Some(ClientError::Parameter), "{bad:?}");
    }
}
