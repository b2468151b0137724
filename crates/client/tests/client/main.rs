//! The client by section of its specifications, against a server that says what each test wants.

extern crate alloc;

#[cfg(test)]
mod cache_keys;
#[cfg(test)]
mod d28_policies_are_read;
#[cfg(test)]
mod d30_pending_half_in_a_cookie;
#[cfg(test)]
mod dpop_server;
#[cfg(test)]
mod hostile_responses;
#[cfg(test)]
mod levels_of_acr;
#[cfg(test)]
mod metadata_of_providers;
#[cfg(test)]
mod oidc_backchannel_logout;
#[cfg(test)]
mod oidc_core_10_1_1_key_sets;
#[cfg(test)]
mod oidc_core_12_2_refresh;
#[cfg(test)]
mod oidc_core_3_1_3_7_sign_in;
#[cfg(test)]
mod oidc_core_5_3_userinfo;
#[cfg(test)]
mod oidc_rpinitiated_logout;
#[cfg(test)]
mod openid_ciba;
#[cfg(test)]
mod party;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod remote_keys;
#[cfg(test)]
mod rfc6749_4_1_1_authorization_request;
#[cfg(test)]
mod rfc6749_4_1_2_authorization_response;
#[cfg(test)]
mod rfc6749_4_1_3_token_request;
#[cfg(test)]
mod rfc6749_5_1_tokens;
#[cfg(test)]
mod rfc6749_5_2_refusals;
#[cfg(test)]
mod rfc6750_2_1_what_goes_where;
#[cfg(test)]
mod rfc7523_2_1_jwt_bearer;
#[cfg(test)]
mod rfc8414_3_metadata;
#[cfg(test)]
mod rfc8628_device_authorization;
#[cfg(test)]
mod rfc8693_token_exchange;
#[cfg(test)]
mod rfc8705_5_endpoint_aliases;
#[cfg(test)]
mod rfc8707_2_resource;
#[cfg(test)]
mod rfc9126_pushed_authorization_requests;
#[cfg(test)]
mod rfc9396_authorization_details;
#[cfg(test)]
mod rfc9449_10_dpop_jkt;
#[cfg(test)]
mod rfc9449_5_token_request;
#[cfg(test)]
mod rfc9449_7_resource_proof;
#[cfg(test)]
mod rfc9449_8_nonce_retry;
#[cfg(test)]
mod rfc9728_3_protected_resource_metadata;
#[cfg(test)]
mod secrets_stay_out_of_sight;
#[cfg(test)]
mod server_half;
#[cfg(test)]
mod token_state;
#[cfg(test)]
mod what_becomes_of_the_grant;
