//! What transactions count, once they are committed.

use postern_types::{Factor, Outcome};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The counters of the store.
#[derive(Debug, Default)]
pub struct Counted {
    authentications: Family<Authentication, Counter>,
    refused_attempts: Family<Limit, Counter>,
    disabled_factors: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Authentication {
    factor: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    limit: String,
}

/// The results without which a portal that has just started cannot be judged. The others appear with their first event.
const EXPECTED: [(Factor, &[Outcome]); 4] = [
    (Factor::Password, &[Outcome::SignedIn, Outcome::NextFactor, Outcome::WrongPassword, Outcome::Throttled]),
    (Factor::Totp, &[Outcome::SignedIn, Outcome::WrongCode, Outcome::Replayed, Outcome::Throttled]),
    (Factor::Passkey, &[Outcome::SignedIn, Outcome::WrongPasskey, Outcome::PasskeyCounter, Outcome::Throttled]),
    (Factor::RecoveryCode, &[Outcome::SignedIn, Outcome::WrongCode, Outcome::Throttled]),
];

impl Counted {
    /// Counts the result of an authentication.
    pub fn authentication(&self, factor: Factor, outcome: Outcome) {
        self.of_authentication(factor, outcome).inc();
    }

    fn of_authentication(&self, factor: Factor, outcome: Outcome) -> Counter {
        let labels = Authentication { factor: factor.as_str(), result: outcome.as_str() };
        self.authentications.get_or_create_owned(&labels)
    }

    /// Counts an attempt that a limit has refused. The key of the limit's counter begins with its kind.
    pub fn refused_attempt(&self, key: &str) {
        let kind = key.split(':').next().unwrap_or_default();
        self.refused_attempts.get_or_create(&Limit { limit: kind.to_owned() }).inc();
    }

    /// Counts a second factor that was disabled after too many wrong codes.
    pub fn disabled_factor(&self) {
        self.disabled_factors.inc();
    }

    /// Gives the counters their names.
    pub(super) fn register(&self, registry: &mut Registry) {
        for (factor, outcomes) in EXPECTED {
            for outcome in outcomes {
                drop(self.of_authentication(factor, *outcome));
            }
        }
        let results = "Results of authentications";
        registry.register("authentications", results, self.authentications.clone());
        let refused = "Attempts that were refused without a comparison, because of too many wrong ones";
        registry.register("refused_attempts", refused, self.refused_attempts.clone());
        let disabled = "Second factors that were disabled after too many wrong codes";
        registry.register("disabled_second_factors", disabled, self.disabled_factors.clone());
    }
}
