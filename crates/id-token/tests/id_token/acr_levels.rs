//! OpenID Connect Core section 3.1.3.7 item 12, R114: a level is reached by itself, by what says the same, and by what is higher.

use symbolon_id_token::{IdTokenError, policy::NORWEGIAN_ACR_LEVELS};

use crate::login::Login;

/// The values in the order of their levels.
type Levels = &'static [&'static [&'static str]];

/// What comes of this `acr` where these values are demanded, by a policy and by a caller with this order of levels.
fn answer(levels: Levels, demanded: &[&str], acr: &str) -> Result<(), IdTokenError> {
    let login = || {
        Login::new().with(|login| {
            login.acr_values = demanded.iter().map(ToString::to_string).collect();
            login.set("acr", acr);
        })
    };
    let by_policy = login().with(|login| login.policy.acr_levels = levels).check();
    let by_caller = login()
        .with(|login| {
            login.acr_levels = levels.iter().map(|level| level.iter().map(ToString::to_string).collect()).collect();
        })
        .check();
    assert_eq!(by_policy, by_caller);
    by_policy.map(|claims| assert_eq!(claims.acr.as_deref(), Some(acr), "as it came"))
}

#[track_caller]
fn twin(levels: Levels, demanded: &[&str], good: &[&str], bad: &[&str]) {
    for acr in good {
        assert_eq!(answer(levels, demanded, acr), Ok(()), "{demanded:?} by {acr}");
    }
    for acr in bad {
        assert_eq!(answer(levels, demanded, acr), Err(IdTokenError::AcrNotAccepted), "{demanded:?} by {acr}");
    }
}

#[test]
fn r114_old_and_new_norwegian_values_say_the_same_and_the_higher_level_will_do() {
    let (low, old_3, new_3, old_4, new_4) =
        ("idporten-loa-low", "Level3", "idporten-loa-substantial", "Level4", "idporten-loa-high");
    for demanded in [old_3, new_3] {
        twin(NORWEGIAN_ACR_LEVELS, &[demanded], &[old_3, new_3, old_4, new_4], &[low, "Level2", "level3", "Level", ""]);
    }
    for demanded in [old_4, new_4] {
        twin(NORWEGIAN_ACR_LEVELS, &[demanded], &[old_4, new_4], &[low, old_3, new_3, "eidas-loa-high", "high"]);
    }
    twin(NORWEGIAN_ACR_LEVELS, &[low], &[low, old_3, new_4], &["selfregistered-email"]);
}

#[test]
fn r114_the_lowest_of_several_demanded_levels_is_to_be_reached() {
    twin(NORWEGIAN_ACR_LEVELS, &["Level4", "idporten-loa-substantial"], &["Level3", "Level4"], &["idporten-loa-low"]);
}

#[test]
fn r114_a_value_without_a_level_is_only_as_good_as_itself() {
    let both = &["eidas-loa-high", "idporten-loa-high"];
    twin(NORWEGIAN_ACR_LEVELS, both, &["eidas-loa-high", "Level4"], &["eidas-loa-substantial", "Level3"]);
    twin(NORWEGIAN_ACR_LEVELS, &["eidas-loa-high"], &["eidas-loa-high"], &["idporten-loa-high", "Level4"]);
}

#[test]
fn r114_without_an_order_no_value_stands_for_another() {
    twin(&[], &["Level3"], &["Level3"], &["idporten-loa-substantial", "Level4"]);
    twin(&[&[], &[]], &["Level3"], &["Level3"], &["Level4"]);
}

#[test]
fn r114_the_order_of_the_caller_is_taken_and_not_the_policys() {
    let check = |acr: &str| {
        let login = Login::new().with(|login| {
            login.policy.acr_levels = NORWEGIAN_ACR_LEVELS;
            login.acr_levels = vec![vec!["Level3".into()], vec!["bankid".into()]];
            login.acr_values = vec!["Level3".into()];
            login.set("acr", acr);
        });
        login.check().map(|_| ())
    };
    assert_eq!(check("bankid"), Ok(()));
    assert_eq!(check("Level4"), Err(IdTokenError::AcrNotAccepted));
}

#[test]
fn a_value_with_two_places_is_demanded_at_the_higher_and_reached_at_the_lower_one() {
    let check = |demanded: &str, acr: &str| {
        let login = Login::new().with(|login| {
            login.acr_levels =
                vec![vec!["a".into(), "twice".into()], vec!["b".into()], vec!["twice".into(), "c".into()]];
            login.acr_values = vec![demanded.into()];
            login.set("acr", acr);
        });
        login.check().map(|_| ())
    };
    assert_eq!(check("twice", "c"), Ok(()));
    assert_eq!(check("twice", "b"), Err(IdTokenError::AcrNotAccepted));
    assert_eq!(check("a", "twice"), Ok(()));
    assert_eq!(check("b", "twice"), Err(IdTokenError::AcrNotAccepted));
}
