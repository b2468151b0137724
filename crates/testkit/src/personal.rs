//! Personal numbers that must not stand in the repository (security decision D33).
//!
//! A Norwegian national identity number has eleven digits, the last two of which check the others. Synthetic numbers
//! have 40 or 80 added to the month; those are welcome. Text is searched as it stands and inside of every run of
//! base64url that it holds.

use base64::Engine as _;

/// How many numbers of living or once living people the text may hold, in clear or in base64url. Zero is the aim.
///
/// The numbers themselves are not given back: a failing test would print them.
///
/// ```
/// use symbolon_testkit::personal::numbers;
/// assert_eq!(numbers(b"{\"pid\":\"01819930186\"}"), 0, "the month is raised by 80");
/// ```
pub fn numbers(text: &[u8]) -> usize {
    let decoded = base64url_runs(text).flat_map(|run| {
        // A run may begin before the encoded text does: every alignment is tried.
        (0..4_usize).filter_map(move |skip| {
            let tail = run.get(skip..)?;
            let whole = tail.len().checked_sub(usize::from(tail.len() % 4 == 1))?;
            LENIENT.decode(tail.get(..whole)?).ok()
        })
    });
    decoded.fold(in_clear(text), |sum, octets| sum.saturating_add(in_clear(&octets)))
}

/// Whether eleven digits are a number with right check digits, a date, and no raised month.
pub fn is_personal(digits: &[u8]) -> bool {
    let Some(values) =
        digits.iter().map(|digit| digit.checked_sub(b'0').filter(|v| *v < 10)).collect::<Option<Vec<u8>>>()
    else {
        return false;
    };
    let &[d1, d2, m1, m2, y1, y2, i1, i2, i3, _, _] = values.as_slice() else { return false };
    let two = |tens: u8, ones: u8| tens.saturating_mul(10).saturating_add(ones);
    // 40 is added to the day of people who live there for a while only.
    let day = two(d1, d2);
    let day = if day > 40 { day.saturating_sub(40) } else { day };
    let dated = (1..=31).contains(&day) && (1..=12).contains(&two(m1, m2));
    dated && [y1, y2, i1, i2, i3].iter().all(|v| *v < 10) && weighed(&values, FIRST) && weighed(&values, SECOND)
}

const FIRST: &[u32] = &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
const SECOND: &[u32] = &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

fn weighed(values: &[u8], weights: &[u32]) -> bool {
    let sum =
        values.iter().zip(weights).fold(0_u32, |sum, (v, w)| sum.saturating_add(u32::from(*v).saturating_mul(*w)));
    sum % 11 == 0
}

fn in_clear(text: &[u8]) -> usize {
    text.split(|byte| !byte.is_ascii_digit()).filter(|run| run.len() == 11 && is_personal(run)).count()
}

fn base64url_runs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))).filter(|run| run.len() >= 16)
}

const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// A number with the month not raised, of nobody: the date is the 31st of February.
    fn of_nobody() -> String {
        let body = "310250300";
        (0..100).map(|check| format!("{body}{check:02}")).find(|n| is_personal(n.as_bytes())).unwrap_or_default()
    }

    #[test]
    fn a_number_is_found_in_clear_and_in_base64url_at_every_alignment() {
        let number = of_nobody();
        assert_eq!(number.len(), 11, "no such number");
        assert_eq!(numbers(format!("pid={number};").as_bytes()), 1);
        for before in ["", "x", "xy", "xyz"] {
            let hidden = URL_SAFE_NO_PAD.encode(format!("{{\"pid\":\"{number}\"}}"));
            assert!(numbers(format!("{before}{hidden}").as_bytes()) > 0, "{before:?}");
        }
    }

    #[test]
    fn a_synthetic_number_a_wrong_check_digit_and_a_longer_run_are_none() {
        assert!(!is_personal(b"01819930186"));
        assert!(!is_personal(b"02819930034"));
        let number = of_nobody();
        assert_eq!(numbers(format!("{number}0").as_bytes()), 0);
        let (head, _) = number.split_at(10);
        assert_eq!((0..10).filter(|digit| is_personal(format!("{head}{digit}").as_bytes())).count(), 1);
        assert!(!is_personal(b"1234567890"));
        assert!(!is_personal(b"abcdefghijk"));
    }
}
