//! What is wrong with the first code of a set-up, in words.

use postern_types::{ApiError, Cause};

use crate::{clock, flow::Failure, text::set_up as text};

/// A code of the last 90 seconds may also have been entered late.
const LATE_S: i32 = 90;
/// Clocks that differ by no more than this agree: a code is shown for 30 seconds, and has to be entered.
const AGREEMENT_S: f64 = 45.0;

/// Why a code belongs to another time.
#[derive(Debug, PartialEq, Eq)]
enum Explanation {
    /// The code was shown a short time ago.
    Late,
    /// The phone's clock is wrong.
    Phone,
    /// The server's clock is wrong: this device agrees with the phone.
    Server,
}

/// The cause of a refused code and what helps, if the server has found it.
pub(crate) fn diagnosis(failure: &Failure) -> Option<String> {
    let Failure::Refused(ApiError::InvalidCode { server_time, cause: Some(cause), .. }) = failure else { return None };
    let text = match cause {
        Cause::PhoneClock { offset_s } => match explain(*offset_s, clock::ahead_of_s(server_time)) {
            Explanation::Late => text::entered_late(*offset_s),
            Explanation::Phone => text::phone_clock(*offset_s),
            Explanation::Server => text::server_clock(*offset_s),
        },
        Cause::OldEntry => text::OLD_ENTRY.to_owned(),
        Cause::Algorithm => text::ALGORITHM.to_owned(),
        Cause::Digits => text::DIGITS.to_owned(),
        Cause::Period => text::PERIOD.to_owned(),
        Cause::MistypedKey => text::MISTYPED_KEY.to_owned(),
        Cause::Unknown => return None,
    };
    Some(text)
}

/// The explanation for a phone and a device whose clocks are ahead of the server's by so many seconds.
fn explain(phone_ahead_s: i32, device_ahead_s: f64) -> Explanation {
    if (-LATE_S..=0).contains(&phone_ahead_s) {
        return Explanation::Late;
    }
    let is_agreed = (device_ahead_s - f64::from(phone_ahead_s)).abs() <= AGREEMENT_S;
    if is_agreed && device_ahead_s.abs() > AGREEMENT_S { Explanation::Server } else { Explanation::Phone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_that_differs_from_the_server_and_from_this_device_is_wrong() {
        assert_eq!(explain(-180, 0.0), Explanation::Phone);
        assert_eq!(explain(600, -10.0), Explanation::Phone);
        assert_eq!(explain(600, -600.0), Explanation::Phone);
        assert_eq!(explain(60, 20.0), Explanation::Phone);
    }

    #[test]
    fn if_this_device_agrees_with_the_phone_the_server_is_wrong() {
        assert_eq!(explain(600, 610.0), Explanation::Server);
        assert_eq!(explain(-600, -560.0), Explanation::Server);
    }

    #[test]
    fn a_code_of_the_last_90_seconds_may_have_been_entered_late() {
        assert_eq!(explain(-60, 0.0), Explanation::Late);
        assert_eq!(explain(-90, -90.0), Explanation::Late);
        assert_eq!(explain(60, 0.0), Explanation::Phone, "no code is entered early");
    }
}
