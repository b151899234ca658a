//! The state of the console, shared by all screens.

use std::{future::Future, time::Duration};

use futures_channel::oneshot;
use leptos::{prelude::*, task::spawn_local};
use postern_types::{ApiError, PasswordReason, SignedIn, Step};

use super::{
    place::{self, Place, Screen},
    query::Query,
    text,
};
use crate::{
    address, api,
    flow::{self, Failure},
    page,
};

/// How long a status message is shown.
const SAID_FOR: Duration = Duration::from_secs(6);

/// Who is logged in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    /// The server is being asked.
    Unknown,
    /// The server could not be asked, or another user has logged in since the page was drawn.
    Unreachable(Failure),
    /// A log-in that needs a new password.
    NewPassword { email: String, reason: PasswordReason },
    /// A user, with every required factor.
    User(Box<SignedIn>),
}

/// What a request has to pass first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The server requires a fresh one-time code.
    StepUp,
    /// The session has ended.
    SessionOver,
}

/// The current place, the user, and the current gate.
#[derive(Clone, Copy)]
pub(super) struct Console {
    pub(super) place: RwSignal<Place>,
    pub(super) who: RwSignal<Who>,
    pub(super) gate: RwSignal<Option<Gate>>,
    /// Requests that wait for the gate.
    waiting: StoredValue<Vec<oneshot::Sender<bool>>, LocalStorage>,
    /// The status message, also for screen readers.
    pub(super) said: RwSignal<String>,
    times_said: StoredValue<u64>,
}

impl Console {
    /// At the place of the current address, with an unknown user.
    pub(super) fn new() -> Self {
        Self {
            place: RwSignal::new(place::current()),
            who: RwSignal::new(Who::Unknown),
            gate: RwSignal::new(None),
            waiting: StoredValue::new_local(Vec::new()),
            said: RwSignal::new(String::new()),
            times_said: StoredValue::new(0),
        }
    }

    /// Asks the server who is logged in.
    pub(super) fn find_out(self) {
        spawn_local(async move {
            let answer = api::flow().send().await;
            self.arrive(answer);
        });
    }

    /// Continues after a one-time link has begun a log-in, which says on its page what the link has done. The next request shows whether
    /// the browser has kept the cookie.
    pub(super) fn begin(self, done: Option<Failure>) {
        self.place.set(Screen::Home.into());
        spawn_local(async move {
            match api::flow().send().await {
                Ok(Step::Credentials) => page::hand_over_to(address::LOG_IN, Failure::NoCookie.word()),
                answer => self.arrive_after(answer, done),
            }
        });
    }

    /// Shows a step of the log-in, or goes to the page that shows it.
    pub(super) fn arrive(self, answer: Result<Step, Failure>) {
        self.arrive_after(answer, None);
    }

    /// The same, and says what has led there.
    pub(super) fn arrive_after(self, answer: Result<Step, Failure>, done: Option<Failure>) {
        match answer {
            Ok(Step::SignedIn(user)) => {
                if self.place.with_untracked(|place| place.screen == Screen::Home) {
                    if let Some(there) = page::return_place() {
                        return page::go_to(&there);
                    }
                    self.place.set(Screen::home(&user).into());
                    self.place.with_untracked(place::replace);
                }
                self.who.set(Who::User(user));
                if let Some(done) = done {
                    self.say(text::failure(&done));
                }
            }
            Ok(Step::NewPassword { email, reason }) => {
                self.who.set(Who::NewPassword { email: email.to_string(), reason });
            }
            Ok(step) => {
                let page = flow::Screen::from(step).page_other_than(address::CONSOLE).unwrap_or(address::LOG_IN);
                return page::go_to(&self.with_way_back(&page::because(page, done.as_ref().and_then(Failure::word))));
            }
            Err(failure) => self.who.set(Who::Unreachable(failure)),
        }
        page::show(page::Part::App);
    }

    /// The address of the log-in page. The log-in returns here, or to where this page would continue.
    pub(super) fn log_in(self) -> String {
        self.with_way_back(address::LOG_IN)
    }

    fn with_way_back(self, page: &str) -> String {
        let there = page::return_place().unwrap_or_else(|| self.place.with_untracked(Place::path));
        page.to_owned() + &address::return_to(&there)
    }

    /// The user has acted on the alarm of this session. The screen stays as it is.
    pub(super) fn forget_alarm(self) {
        self.who.update_untracked(|who| {
            if let Who::User(user) = who {
                user.code_replayed = None;
            }
        });
    }

    /// Sends a request, again after each gate that it has to pass.
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
                return self.refused(failure);
            }
        }
    }

    /// Sends a request that has no gates to pass.
    pub(super) async fn send<T>(self, request: api::Request<T>) -> Result<T, Failure> {
        match request.send().await {
            Err(failure) => self.refused(failure),
            answer => answer,
        }
    }

    /// If the screen was drawn for another user, leaves it.
    fn refused<T>(self, failure: Failure) -> Result<T, Failure> {
        if failure.is_another_user() {
            self.leave_gate(false);
            self.who.set(Who::Unreachable(failure.clone()));
        }
        Err(failure)
    }

    async fn pass(self, gate: Gate) -> bool {
        let (sender, receiver) = oneshot::channel();
        self.waiting.update_value(|waiting| waiting.push(sender));
        self.gate.set(Some(gate));
        receiver.await.unwrap_or(false)
    }

    /// Removes the gate. The waiting requests are sent again if it was passed, or fail.
    pub(super) fn leave_gate(self, passed: bool) {
        self.gate.set(None);
        for waiting in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            let _ = waiting.send(passed);
        }
    }

    /// Shows a status message.
    pub(super) fn say(self, what: impl Into<String>) {
        self.said.set(what.into());
        // Something else, or the same again, may be said before this is over.
        self.times_said.update_value(|times| *times += 1);
        let times = self.times_said.get_value();
        let forget = move || {
            if self.times_said.get_value() == times {
                self.said.set(String::new());
            }
        };
        set_timeout(forget, SAID_FOR);
    }

    /// Goes to another place, like a link.
    pub(super) fn go(self, place: Place) {
        place::push(&place);
        self.place.set(place);
    }

    /// Shows another part of the list, without a new entry in the history.
    pub(super) fn show(self, query: Query) {
        self.place.update(|place| place.query = query);
        self.place.with_untracked(place::replace);
    }

    /// Goes to another page of the list.
    pub(super) fn turn_to(self, query: Query) {
        let screen = self.place.with_untracked(|place| place.screen.clone());
        self.go(Place { screen, query });
    }

    /// The account of the current place, or else the first one that this user administers.
    pub(super) fn account(self, user: &SignedIn) -> Option<String> {
        let named = self.place.with(|place| place.screen.account().map(str::to_owned));
        named.or_else(|| user.accounts.iter().find(|account| account.admin).map(|account| account.id.clone()))
    }
}
