//! What is read, accepted and refused, by specification section and behaviour.

#[cfg(test)]
mod en319412_1_5_1_4_organization_number;
#[cfg(test)]
mod rfc5280_4_1_certificate;
#[cfg(test)]
#[cfg(all(feature = "webpki", feature = "ring"))]
mod rfc5280_6_path_validation;
#[cfg(test)]
mod rfc7515_4_1_6_x5c;
#[cfg(test)]
mod rfc8705_2_1_2_subject_names;
#[cfg(test)]
mod rfc8705_3_1_thumbprint;
#[cfg(test)]
mod support;
