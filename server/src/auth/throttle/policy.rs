//! The rules of the counters, in figures. `docs/limits.md` has the same in a table.

/// The rule for one kind of counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Failures without a wait.
    pub free: i64,
    /// Wait after the next failure, in seconds. Doubles with each further one.
    pub first_wait_s: i64,
    /// Maximum wait in seconds.
    pub longest_wait_s: i64,
    /// One failure is forgotten after each of this many seconds; `i64::MAX` for never.
    pub forget_one_s: i64,
    /// After this many failures every further attempt is refused; `i64::MAX` for never.
    pub end: i64,
}

impl Policy {
    /// The most failures that are counted: from there on the wait is the longest. A counter without an end would otherwise take
    /// longer and longer to forget an attack.
    #[must_use]
    pub fn most(&self) -> i64 {
        if self.end != i64::MAX {
            return self.end;
        }
        let doublings = (0..32).find(|n| self.first_wait_s << n >= self.longest_wait_s).unwrap_or(32);
        self.free + 1 + doublings
    }
}

const NEVER: i64 = i64::MAX;

/// Typing errors of one person, from one place.
pub const PERSON: Policy = Policy { free: 3, first_wait_s: 2, longest_wait_s: 900, forget_one_s: 3600, end: NEVER };
/// One user name, from the wide network around the place.
pub const WIDE_PAIR: Policy =
    Policy { free: 12, first_wait_s: 2, longest_wait_s: 900, forget_one_s: 28_800, end: NEVER };
/// Up to this many failures of its own, a wide network is not held up by what others do to the user.
pub const CLEAN: i64 = 3;
/// Everybody in one network: an IPv4 address or an IPv6 /64. There are more free attempts than places in a node's queue.
pub const NETWORK: Policy = Policy { free: 100, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 5, end: NEVER };
/// Everybody in an IPv6 /56.
pub const SITE: Policy = Policy { free: 200, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 3, end: NEVER };
/// Everybody in a wide network: an IPv4 /24 or an IPv6 /48.
pub const WIDE_NETWORK: Policy = Policy { free: 400, first_wait_s: 1, longest_wait_s: 30, forget_one_s: 2, end: NEVER };
/// All networks that are not [`CLEAN`], against one user. Slows down a botnet; does not apply to the user's known browsers.
pub const USER: Policy = Policy { free: 200, first_wait_s: 1, longest_wait_s: 60, forget_one_s: 60, end: NEVER };

/// All codes of a user, counted until success or reset (R11): never a 100th.
pub const CODE: Policy = Policy { free: 99, first_wait_s: 1, longest_wait_s: 1, forget_one_s: NEVER, end: 99 };
/// Codes of a user from all unknown browsers. A log-in of the user does not clear it, because it says nothing about who uses the
/// others. So it limits the guesses in a year.
pub const CODE_BUDGET: Policy =
    Policy { free: 50, first_wait_s: 28_800, longest_wait_s: 28_800, forget_one_s: 28_800, end: NEVER };
/// Codes of a user from one known browser, from one wide network, or from all networks that are not [`CLEAN`].
pub const CODE_WAITS: Policy =
    Policy { free: 4, first_wait_s: 15, longest_wait_s: 900, forget_one_s: 14_400, end: NEVER };
/// Codes during set-up, of a user from one known browser, from one wide network, or from all networks that are not [`CLEAN`]. The secret is
/// on the screen, so there is nothing to guess in a one-time code; a set-up code has 40 bits.
pub const SET_UP: Policy = Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_one_s: 360, end: NEVER };
/// All codes of a user during set-up. Limits the guesses at a set-up code from any number of networks and browsers. Only somebody who
/// guesses from hundreds of wide networks can make others wait because of it, and then for two seconds.
pub const ALL_SET_UP: Policy =
    Policy { free: 100_000, first_wait_s: 2, longest_wait_s: 2, forget_one_s: 2, end: NEVER };

/// Requests for a password link, for one user name from one address, or from one wide network.
pub const RESET_PAIR: Policy =
    Policy { free: 3, first_wait_s: 60, longest_wait_s: 3600, forget_one_s: 28_800, end: NEVER };
/// The same from all networks that are not [`CLEAN`]. Mails have limits of their own.
pub const RESET_USER: Policy =
    Policy { free: 10, first_wait_s: 60, longest_wait_s: 600, forget_one_s: 7200, end: NEVER };

/// Passwords that somebody chose and that may be refused. Nothing is guessed; the waits only limit the work.
pub const NEW_PASSWORD: Policy =
    Policy { free: 10, first_wait_s: 5, longest_wait_s: 60, forget_one_s: 360, end: NEVER };

/// New sets of recovery codes. Nothing is guessed; the waits only limit the work, which is that of ten hashes.
pub const NEW_RECOVERY_CODES: Policy =
    Policy { free: 3, first_wait_s: 60, longest_wait_s: 900, forget_one_s: 3600, end: NEVER };

/// Challenges for passkeys that are requested without a session from the known browsers of a user. The log-in page needs a new one every
/// four minutes, and one for each tab.
pub const CHALLENGES: Policy = Policy { free: 60, first_wait_s: 5, longest_wait_s: 60, forget_one_s: 5, end: NEVER };
/// The same from all other browsers in a network. A challenge is a row that lasts five minutes.
pub const NETWORK_CHALLENGES: Policy =
    Policy { free: 2_000, first_wait_s: 1, longest_wait_s: 4, forget_one_s: 1, end: NEVER };
/// The same in a wide network, and in an IPv6 network between the two.
pub const WIDE_NETWORK_CHALLENGES: Policy =
    Policy { free: 8_000, first_wait_s: 1, longest_wait_s: 4, forget_one_s: 1, end: NEVER };

/// Resets that the administrators of an account request, and set-up codes that they create. Each may cost a hash, and may mail several
/// people. A wait is short, because the administrators of an account share it.
pub const RESETS: Policy = Policy { free: 30, first_wait_s: 30, longest_wait_s: 300, forget_one_s: 600, end: NEVER };
