use time::{Date, Month, Time, UtcDateTime};

/// Reads an HTTP-date ([RFC 9110 §5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)) in the one form that servers
/// write, or one of the two obsolete ones. `now` says which century a year of two digits is in.
pub(crate) fn http_date(text: &str, now: UtcDateTime) -> Option<UtcDateTime> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let mut word = || words.next();
    let (date, time, zone) = if word()?.ends_with(',') {
        let first = word()?;
        let date = if let Some((day, rest)) = first.split_once('-') {
            // `Sunday, 06-Nov-94 08:49:37 GMT`
            let (month, year) = rest.split_once('-')?;
            date(century(number(year, 2)?, now)?, month, day)?
        } else {
            // `Sun, 06 Nov 1994 08:49:37 GMT`
            let (month, year) = (word()?, word()?);
            date(number(year, 4)?, month, first)?
        };
        (date, word()?, word()?)
    } else {
        // `Sun Nov  6 08:49:37 1994`
        let (month, day, time, year) = (word()?, word()?, word()?, word()?);
        (date(number(year, 4)?, month, day)?, time, "GMT")
    };
    (zone == "GMT" && word().is_none()).then_some(UtcDateTime::new(date, self::time(time)?))
}

fn date(year: u16, month: &str, day: &str) -> Option<Date> {
    let month = MONTHS.iter().zip(1_u8..).find(|(name, _)| **name == month).map(|(_, number)| number)?;
    let day = number(day, day.len().min(2))?;
    Date::from_calendar_date(year.into(), Month::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

fn time(text: &str) -> Option<Time> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let number = |text| u8::try_from(number(text, 2)?).ok();
    // A leap second is the second before it.
    Time::from_hms(number(hour)?, number(minute)?, number(second)?.min(59)).ok()
}

/// RFC 9110 §5.6.7: a year that seems to be more than 50 years ahead is the one of the same digits that was last.
fn century(year: u16, now: UtcDateTime) -> Option<u16> {
    let this = u16::try_from(now.year()).ok()?;
    let year = this.checked_sub(this.checked_rem(100)?)?.checked_add(year)?;
    if year > this.checked_add(50)? { year.checked_sub(100) } else { Some(year) }
}

/// Digits, and that many.
fn number(text: &str, digits: usize) -> Option<u16> {
    let are_digits = text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        // 2023-11-14
        let now = UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        http_date(text, now).map(UtcDateTime::unix_timestamp)
    }

    #[test]
    fn the_three_forms_of_the_section_are_one_moment() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(read(text), Some(784_111_777), "{text}");
        }
        assert_eq!(read("Fri, 31 Dec 1999 23:59:60 GMT"), read("Fri, 31 Dec 1999 23:59:59 GMT"));
        assert_eq!(read("Monday, 06-Nov-73 08:49:37 GMT"), read("Mon, 06 Nov 2073 08:49:37 GMT"));
        assert_eq!(read("Tuesday, 06-Nov-74 08:49:37 GMT"), read("Wed, 06 Nov 1974 08:49:37 GMT"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 006 Nov 1994 08:49:37 GMT",
            "06 Nov 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
