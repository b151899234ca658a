//! A lane of the queue for password hashing: which waiting request is served next, and which is turned away when it is full.

use std::collections::VecDeque;

/// The most requests that wait in one lane.
pub const PLACES: usize = 64;

/// Who is served in turn: a user, or a network of strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) who: String,
    /// The wide network of the request.
    pub(super) network: String,
}

/// A lane. `T` stands for a waiting request.
#[derive(Debug)]
pub(super) struct Lane<T>(VecDeque<(Key, VecDeque<T>)>);

impl<T> Lane<T> {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn waiting(&self) -> usize {
        self.0.iter().map(|(_, requests)| requests.len()).sum()
    }

    /// How many are served before the newest request of this key.
    pub(super) fn ahead_of(&self, key: &Key) -> usize {
        self.0.iter().position(|(other, _)| other == key).unwrap_or(self.0.len())
    }

    pub(super) fn join(&mut self, key: Key, request: T) {
        if self.waiting() >= PLACES {
            self.turn_one_away(&key);
        }
        match self.0.iter_mut().find(|(other, _)| *other == key) {
            Some((_, requests)) => requests.push_back(request),
            None => self.0.push_back((key, VecDeque::from([request]))),
        }
    }

    /// Turns away a request from the network with the most: the oldest of the key with the most; with equally many, one of the
    /// newcomer's own.
    fn turn_one_away(&mut self, newcomer: &Key) {
        let from = |network: &str| {
            let there = self.0.iter().filter(|(key, _)| key.network == network);
            there.map(|(_, requests)| requests.len()).sum::<usize>() + usize::from(newcomer.network == network)
        };
        let weight = |(key, requests): &(Key, VecDeque<T>)| (from(&key.network), requests.len(), key == newcomer);
        let heaviest = self.0.iter().enumerate().rev().max_by_key(|(_, entry)| weight(entry)).map(|(index, _)| index);
        if let Some(index) = heaviest {
            self.0[index].1.pop_front();
            self.0.retain(|(_, requests)| !requests.is_empty());
        }
    }

    pub(super) fn next(&mut self) -> Option<T> {
        let (key, mut requests) = self.0.pop_front()?;
        let newest = requests.pop_back();
        if !requests.is_empty() {
            self.0.push_back((key, requests));
        }
        newest
    }

    pub(super) fn retain(&mut self, is_waiting: impl Fn(&T) -> bool) {
        self.0.iter_mut().for_each(|(_, requests)| requests.retain(&is_waiting));
        self.0.retain(|(_, requests)| !requests.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(network: &str) -> Key {
        Key { who: network.to_owned(), network: network.to_owned() }
    }

    fn full_lane(keys: usize) -> Lane<usize> {
        let mut lane = Lane::new();
        for n in 0..PLACES {
            lane.join(stranger(&format!("network {}", n % keys)), n);
        }
        lane
    }

    #[test]
    fn whoever_is_alone_is_served_before_the_second_request_of_the_others() {
        let mut lane = full_lane(3);
        lane.join(stranger("alone"), 1_000);
        assert_eq!(lane.waiting(), PLACES, "one of the others was turned away");
        let served: Vec<usize> = std::iter::from_fn(|| lane.next()).take(4).collect();
        assert_eq!(served[3], 1_000);
    }

    #[test]
    fn many_users_in_one_network_turn_away_nobody_elsewhere() {
        let mut lane = Lane::new();
        let user = |n: usize, network: &str| Key { who: format!("user {n}"), network: network.to_owned() };
        for n in 0..10 * PLACES {
            lane.join(user(n, "crowded"), n);
        }
        lane.join(user(1_000, "elsewhere"), 1_000);
        for n in 0..10 * PLACES {
            lane.join(user(2_000 + n, "crowded"), 2_000 + n);
        }
        assert_eq!(lane.waiting(), PLACES);
        assert!(std::iter::from_fn(|| lane.next()).any(|served| served == 1_000));
    }

    #[test]
    fn within_one_network_the_newest_request_is_served_first_and_the_oldest_turned_away() {
        let mut lane = full_lane(1);
        lane.join(stranger("network 0"), 1_000);
        assert_eq!(lane.next(), Some(1_000));
        let rest: Vec<usize> = std::iter::from_fn(|| lane.next()).collect();
        assert_eq!((rest.len(), rest.contains(&0)), (PLACES - 1, false));
    }
}
