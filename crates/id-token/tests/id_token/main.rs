//! ID tokens by section of OpenID Connect Core, as a client sees them and as a server issues them.

extern crate alloc;

#[cfg(test)]
mod acr_levels;
#[cfg(test)]
mod idporten;
#[cfg(test)]
mod login;
#[cfg(test)]
mod oidc_backchannel_logout_2_6;
#[cfg(test)]
mod oidc_core_10_1_1_key_rotation;
#[cfg(test)]
mod oidc_core_12_2_refresh;
#[cfg(test)]
mod oidc_core_2_issuing;
#[cfg(test)]
mod oidc_core_3_1_3_7_validation;
#[cfg(test)]
mod oidc_core_3_1_3_8_hashes;
#[cfg(test)]
mod oidc_core_5_3_2_userinfo;
#[cfg(test)]
mod oidc_core_appendix_a;
#[cfg(test)]
mod personal_data;
#[cfg(test)]
mod traces;
