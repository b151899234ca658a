//! The state of the console, shared by all screens.

use std::{future::Future, time::Duration};

use futures_channel::oneshot;
use leptos::{prelude::*, task::spawn_local};
use postern_types::{ApiError, PasswordReason, SignedIn, Step};

use super::{
    place::{self, Place, Screen},
    query::Query,
};
use crate::{
    address, api,
    flow::{self, Failure},
    page,
};

/// How long what was done is in view.
const SAID_FOR: Duration = Duration::from_secs(6);

/// Who is here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    /// The server is being asked.
    Unknown,
    /// It did not answer.
    Unreachable(Failure),
    /// A log-in that lacks a new password.
    NewPassword { email: String, reason: PasswordReason },
    /// A user, with every factor that was asked for.
    User(Box<SignedIn>),
}

/// What stands between a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The server wants a one-time code that was shown a short while ago.
    StepUp,
    /// The session has ended.
    SessionOver,
}

/// Where one is, who one is, and what has to be passed first.
#[derive(Clone, Copy)]
pub(super) struct Console {
    pub(super) place: RwSignal<Place>,
    pub(super) who: RwSignal<Who>,
    pub(super) gate: RwSignal<Option<Gate>>,
    /// Requests that wait for the gate.
    waiting: StoredValue<Vec<oneshot::Sender<bool>>, LocalStorage>,
    /// What was done, for eyes and for screen readers.
    pub(super) said: RwSignal<String>,
}

impl Console {
    /// Where the browser is; who is here is not known yet.
    pub(super) fn new() -> Self {
        Self {
            place: RwSignal::new(place::current()),
            who: RwSignal::new(Who::Unknown),
            gate: RwSignal::new(None),
            waiting: StoredValue::new_local(Vec::new()),
            said: RwSignal::new(String::new()),
        }
    }

    /// Asks the server who is here.
    pub(super) fn find_out(self) {
        spawn_local(async move {
            let answer = api::flow().send().await;
            self.arrive(answer);
        });
    }

    /// Shows what a step of the log-in means here; whatever is not the console's business is the log-in page's.
    pub(super) fn arrive(self, answer: Result<Step, Failure>) {
        match answer {
            Ok(Step::SignedIn(user)) => {
                if self.place.with_untracked(|place| place.screen == Screen::Home) {
                    self.place.set(Screen::home(&user).into());
                    self.place.with_untracked(place::replace);
                }
                self.who.set(Who::User(user));
            }
            Ok(Step::NewPassword { email, reason }) => {
                self.who.set(Who::NewPassword { email: email.to_string(), reason });
            }
            Ok(step) => {
                let page = flow::Screen::from(step).page().unwrap_or(address::LOG_IN);
                return page::go_to(&self.with_way_back(page));
            }
            Err(failure) => self.who.set(Who::Unreachable(failure)),
        }
        page::show(page::Part::App);
    }

    /// The log-in page, which leads back here.
    pub(super) fn log_in(self) -> String {
        self.with_way_back(address::LOG_IN)
    }

    fn with_way_back(self, page: &str) -> String {
        page.to_owned() + &address::return_to(&self.place.with_untracked(Place::path))
    }

    /// Makes a request, through whatever gates it has to pass.
    pub(super) async fn ask<T, F>(self, make: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        loop {
            let failure = match make().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let passed = match &failure {
                Failure::Refused(ApiError::StepUpRequired) => self.pass(Gate::StepUp).await,
                Failure::Refused(ApiError::SessionExpired) => self.pass(Gate::SessionOver).await,
                _ => false,
            };
            if !passed {
                return Err(failure);
            }
        }
    }

    async fn pass(self, gate: Gate) -> bool {
        let (sender, receiver) = oneshot::channel();
        self.waiting.update_value(|waiting| waiting.push(sender));
        self.gate.set(Some(gate));
        receiver.await.unwrap_or(false)
    }

    /// Closes the gate; what waits goes on, or gives up.
    pub(super) fn leave_gate(self, passed: bool) {
        self.gate.set(None);
        for waiting in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            let _ = waiting.send(passed);
        }
    }

    /// Tells what was done.
    pub(super) fn say(self, what: impl Into<String>) {
        let what = what.into();
        self.said.set(what.clone());
        let forget = move || {
            if self.said.with_untracked(|said| *said == what) {
                self.said.set(String::new());
            }
        };
        set_timeout(forget, SAID_FOR);
    }

    /// Goes to another place, as a link would.
    pub(super) fn go(self, place: Place) {
        place::push(&place);
        self.place.set(place);
    }

    /// Shows another part of the list, under the same entry of the history.
    pub(super) fn show(self, query: Query) {
        self.place.update(|place| place.query = query);
        self.place.with_untracked(place::replace);
    }

    /// The account that the place is about, or else the first one that this user administers.
    pub(super) fn account(self, user: &SignedIn) -> Option<String> {
        let named = self.place.with(|place| place.screen.account().map(str::to_owned));
        named.or_else(|| user.accounts.iter().find(|account| account.admin).map(|account| account.id.clone()))
    }
}
