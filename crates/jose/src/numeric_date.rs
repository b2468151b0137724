use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Number, Value};
use time::{Duration, UtcDateTime};

/// A NumericDate ([RFC 7519 §2]): seconds since 1970, fractions allowed.
///
/// From a token it is read only if it lies between 1970 and the end of the year 9999: no other number is a moment that
/// anybody meant, and none can overflow.
///
/// ```
/// use symbolon_jose::NumericDate;
/// use time::{Duration, UtcDateTime};
/// let exp = NumericDate::from_unix_seconds(1_700_000_000);
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_010)?;
/// assert!(exp.is_before(now, Duration::seconds(10)), "over: now is exp + leeway");
/// assert!(!exp.is_before(now, Duration::seconds(11)));
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
///
/// [RFC 7519 §2]: https://www.rfc-editor.org/rfc/rfc7519#section-2
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NumericDate(
    /// Since 1970, and within what [`UtcDateTime`] has. A token's moments are compared and never shown.
    Duration,
);

impl NumericDate {
    /// The moment so many seconds after 1970, or the nearest that there is.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        UtcDateTime::UNIX_EPOCH.saturating_add(Duration::seconds(seconds)).into()
    }

    /// The moment itself.
    pub fn moment(&self) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH.saturating_add(self.0)
    }

    /// Whether this moment, put off by the leeway, has come: the test of `exp` ([RFC 7519 §4.1.4]: on or after is too
    /// late).
    ///
    /// [RFC 7519 §4.1.4]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
    pub fn is_before(&self, now: impl Into<Self>, leeway: Duration) -> bool {
        now.into().0 >= self.0.saturating_add(leeway)
    }

    /// Whether this moment is further ahead than the leeway: the test of `nbf` and `iat`. Just as far is not further. With a
    /// lifetime for the leeway, and the moment from which it runs, it is the test of a token that lives too long.
    pub fn is_after(&self, now: impl Into<Self>, leeway: Duration) -> bool {
        self.0 > now.into().0.saturating_add(leeway)
    }

    /// Reads the claim as it stands in a text that was read in full.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        // Digits alone are the usual form, and a long row of them is for the other way.
        if text.len() <= MAX_PLAIN_DIGITS && text.bytes().all(|octet| octet.is_ascii_digit()) {
            let seconds = text
                .bytes()
                .fold(0_i64, |number, digit| number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0'))));
            return Self::from_epoch(Duration::seconds(seconds));
        }
        serde_json::from_str(text).ok().as_ref().and_then(Self::from_number)
    }

    /// Reads the claim; `None` for anything but a number between 1970 and the end of 9999.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        value.as_number().and_then(Self::from_number)
    }

    fn from_number(number: &Number) -> Option<Self> {
        let since = match number.as_i64() {
            Some(seconds) => Duration::seconds(seconds),
            // Before it is rounded: a hair before 1970 is before 1970.
            None => Duration::checked_seconds_f64(number.as_f64().filter(|seconds| *seconds >= 0.0)?)?,
        };
        Self::from_epoch(since)
    }

    fn from_epoch(since: Duration) -> Option<Self> {
        (!since.is_negative() && since < END_OF_9999).then_some(Self(since))
    }
}

impl From<UtcDateTime> for NumericDate {
    fn from(moment: UtcDateTime) -> Self {
        Self(since_epoch(moment))
    }
}

fn since_epoch(moment: UtcDateTime) -> Duration {
    Duration::new(moment.unix_timestamp(), i32::try_from(moment.nanosecond()).unwrap_or_default())
}

/// Whole seconds as an integer, as most readers expect; else a fraction.
impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanoseconds() == 0 {
            serializer.serialize_i64(self.0.whole_seconds())
        } else {
            serializer.serialize_f64(self.0.as_seconds_f64())
        }
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        Self::from_number(&number).ok_or_else(|| D::Error::custom("not a NumericDate"))
    }
}

/// The first second of the year 10000.
const END_OF_9999: Duration = Duration::seconds(253_402_300_800);
/// Digits of the last second of 9999.
const MAX_PLAIN_DIGITS: usize = 12;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<NumericDate> {
        let read = NumericDate::from_value(&serde_json::from_str(text).unwrap());
        assert_eq!(NumericDate::from_text(text), read, "{text}");
        read
    }

    #[test]
    fn a042_only_moments_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("1700000000", 1_700_000_000),
            ("1.7e9", 1_700_000_000),
            ("1700000000.0", 1_700_000_000),
            ("-0.0", 0),
        ] {
            assert_eq!(read(text), Some(NumericDate::from_unix_seconds(seconds)), "{text}");
        }
        assert_eq!(read("0.5").unwrap().moment().nanosecond(), 500_000_000);
        assert_eq!(read("253402300799").unwrap().moment().year(), 9999);
        for text in [
            "253402300800",
            "1e308",
            "-1e308",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "-1",
            "-0.5",
            "-0.0000000001",
            "-9223372036854775808",
            "null",
            "true",
            "\"1700000000\"",
            "[1700000000]",
            "{}",
        ] {
            assert_eq!(read(text), None, "{text}");
            assert!(serde_json::from_str::<NumericDate>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_overflows() {
        for seconds in [i64::MIN, -1, 0, i64::MAX] {
            let date = NumericDate::from_unix_seconds(seconds);
            for now in [UtcDateTime::MIN, UtcDateTime::UNIX_EPOCH, UtcDateTime::MAX] {
                for leeway in [Duration::MIN, Duration::ZERO, Duration::MAX] {
                    let _ = (date.is_before(now, leeway), date.is_after(now, leeway));
                }
            }
        }
        assert_eq!(NumericDate::from_unix_seconds(i64::MAX).moment(), UtcDateTime::MAX);
    }

    #[test]
    fn the_bounds_are_where_they_should_be() {
        let date = NumericDate::from_unix_seconds(100);
        let at = |seconds: i64| UtcDateTime::from_unix_timestamp(seconds).unwrap();
        let leeway = Duration::seconds(10);
        assert!(!date.is_before(at(109), leeway) && date.is_before(at(110), leeway));
        assert!(!date.is_after(at(90), leeway) && date.is_after(at(89), leeway));
        let issued = NumericDate::from_unix_seconds;
        assert!(!date.is_after(issued(90), leeway) && date.is_after(issued(89), leeway));
    }

    #[test]
    fn dates_read_back() {
        for value in [json!(0), json!(1_700_000_000), json!(1_700_000_000.5)] {
            let date = NumericDate::from_value(&value).unwrap();
            assert_eq!(serde_json::to_value(date).unwrap(), value);
            assert_eq!(serde_json::from_value::<NumericDate>(value).unwrap(), date);
        }
    }
}
