//! What must not compile, each with a twin that differs in one line and does.
//!
//! The messages are those of the toolchain that `.ci/run` names; `cargo test` runs the same cases as doctests.

#[test]
fn what_skips_a_check_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
    cases.pass("tests/compile_pass/*.rs");
}
