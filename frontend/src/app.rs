//! The state of a log-in: the current screen, what went wrong, and the single request that may be in flight. [`crate::flow`]
//! decides what follows a response.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use leptos::{prelude::*, task::spawn_local};
use postern_types::{CodeRequest, Step, TotpCode};

use crate::{
    address,
    api::{self, Request},
    clock,
    flow::{Failure, Next, Screen, advance},
    page, passkeys,
};

/// An action of a person: reads the fields as they are now and makes a request of them.
pub(crate) type Action = Callback<(), Result<Request, Failure>>;

/// The state of the app, shared by all screens.
#[derive(Clone, Copy)]
pub(crate) struct App {
    /// The address of the page that this program draws.
    page: &'static str,
    pub(crate) screen: RwSignal<Screen>,
    /// Why the latest action failed.
    pub(crate) problem: RwSignal<Option<Failure>>,
    /// Whether a request is in flight. There is never more than one.
    pub(crate) busy: RwSignal<bool>,
    /// Whether the browser asks for a passkey.
    pub(crate) waits: RwSignal<bool>,
    /// What makes it stop. `None` in a program that never asks for one.
    stop: StoredValue<Option<Callback<()>>>,
    latest: StoredValue<Option<Action>>,
}

impl App {
    /// Takes over a page, and asks the server for the current step, unless the page says that there is no session.
    pub(crate) fn new(page: &'static str) -> Self {
        let app = Self {
            page,
            screen: RwSignal::new(Screen::Checking),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            waits: RwSignal::new(false),
            stop: StoredValue::new(None),
            latest: StoredValue::new(None),
        };
        // Before the screens' own effects, because what is hidden cannot take the focus.
        Effect::new(move || app.screen.with(|screen| page::show(part(screen))));
        page::on_return_from_memory(move || app.forget_all());
        let reason = page::take_reason().and_then(|word| Failure::of_word(&word));
        if page::has_no_session() {
            app.settle(Next::Show(Screen::LogIn), reason);
        } else {
            app.send(api::flow(), reason);
        }
        app
    }

    /// Performs an action, unless a request is in flight.
    pub(crate) fn perform(self, action: Action) {
        if self.busy.get_untracked() {
            return;
        }
        self.latest.set_value(Some(action));
        self.problem.set(None);
        match action.run(()) {
            Ok(request) => self.send(request, None),
            Err(failure) => self.problem.set(Some(failure)),
        }
    }

    /// [`Self::retry`] as a callback for a button.
    pub(crate) fn again(self) -> Callback<()> {
        Callback::new(move |()| self.retry())
    }

    /// Repeats the latest action, with the fields as they are now.
    pub(crate) fn retry(self) {
        if let Some(action) = self.latest.get_value() {
            self.perform(action);
        }
    }

    /// Lets the browser ask for a passkey, unless it does already or a request is in flight. `made` is what follows its answer. Any request
    /// that is sent meanwhile ends it.
    pub(crate) fn ask_browser(self, made: impl Future<Output = Result<Option<Request>, Failure>> + 'static) {
        if self.busy.get_untracked() || self.waits.get_untracked() {
            return;
        }
        self.latest.set_value(None);
        self.problem.set(None);
        self.waits.set(true);
        let is_over = StoredValue::new(false);
        self.stop.set_value(Some(Callback::new(move |()| {
            is_over.set_value(true);
            self.waits.set(false);
            passkeys::abort();
        })));
        spawn_local(async move {
            let mut made = pin!(made);
            let made =
                poll_fn(|task| if is_over.get_value() { Poll::Ready(Ok(None)) } else { made.as_mut().poll(task) })
                    .await;
            if is_over.get_value() {
                return;
            }
            self.stop.set_value(None);
            self.waits.set(false);
            match made {
                Ok(Some(request)) => self.send(request, None),
                Ok(None) => {}
                Err(failure) => self.follow(self.next(Err(failure)), None).await,
            }
        });
    }

    /// Takes back the question for a passkey: the user has chosen another way.
    pub(crate) fn stop_waiting(self) {
        if let Some(stop) = self.stop.get_value() {
            stop.run(());
        }
    }

    /// Continues after `passkey.js` has logged in by itself, or not: `outcome` is then a refusal in JSON, or a sentence.
    pub(crate) fn follow_passkey(self, outcome: &str) {
        if outcome.is_empty() {
            self.send(api::flow(), Some(Failure::NoCookie));
        } else {
            self.problem.set(Some(api::refusal(outcome)));
        }
    }

    /// Asks for the current step again.
    pub(crate) fn find_out(self) {
        self.perform(Action::new(|()| Ok(api::flow())));
    }

    /// Sends a request for something that the screen shows besides the log-in. `then` receives the answer, unless the answer
    /// leads to another screen.
    pub(crate) fn ask<T: 'static>(self, request: Request<T>, then: impl FnOnce(Result<T, Failure>) + 'static) {
        spawn_local(async move {
            match request.send().await {
                Ok(answer) => then(Ok(answer)),
                Err(failure) => match self.next(Err(failure)) {
                    Next::Stay(failure) => then(Err(failure)),
                    next => self.follow(next, None).await,
                },
            }
        });
    }

    /// What a code form does with a code: sends this request.
    pub(crate) fn on_code(self, request: fn(&CodeRequest) -> Request) -> Callback<TotpCode> {
        Callback::new(move |code: TotpCode| {
            let body = CodeRequest { code };
            self.perform(Action::new(move |()| Ok(request(&body))));
        })
    }

    /// Cancels the log-in.
    pub(crate) fn on_cancel(self) -> Callback<()> {
        Callback::new(move |()| self.perform(Action::new(|()| Ok(api::cancel()))))
    }

    /// Asks for the current step when a log-in has expired. A request in flight will find that out by itself.
    pub(crate) fn on_end(self) -> Callback<()> {
        Callback::new(move |()| {
            if !self.busy.get_untracked() {
                self.send(api::flow(), Some(Failure::TookTooLong));
            }
        })
    }

    /// Whether the log-in form is on screen.
    pub(crate) fn at_log_in(self) -> bool {
        self.screen.with(|screen| *screen == Screen::LogIn)
    }

    /// Clears the screen and reloads: the page was restored from the browser's back/forward cache.
    fn forget_all(self) {
        self.screen.set(Screen::Checking);
        page::reload();
    }

    fn send(self, request: Request, reason: Option<Failure>) {
        self.stop_waiting();
        self.busy.set(true);
        spawn_local(async move {
            let answer = request.send().await;
            let next = self.screen.with_untracked(|now| self.next(answer).verified(now));
            self.follow(next, reason).await;
            self.busy.set(false);
        });
    }

    async fn follow(self, next: Next, reason: Option<Failure>) {
        match next {
            Next::AskAgain(reason) => {
                let answer = api::flow().send().await;
                self.settle(self.next(answer), Some(reason));
            }
            next => self.settle(next, reason),
        }
    }

    fn next(self, answer: Result<Step, Failure>) -> Next {
        self.screen.with_untracked(|now| {
            let is_over = now.expires_at().is_some_and(|time| clock::ms_until(time) <= 0.0);
            advance(now, is_over, answer)
        })
    }

    /// Shows what follows. A screen that is already shown stays, with everything that was typed.
    fn settle(self, next: Next, reason: Option<Failure>) {
        match next {
            Next::Show(screen) if self.screen.with_untracked(|now| *now == screen) => {
                self.problem.set(reason.filter(|reason| *reason != Failure::TookTooLong));
            }
            Next::Show(screen) => self.show(screen, reason),
            Next::Stay(failure) | Next::AskAgain(failure) => self.problem.set(Some(failure)),
        }
    }

    /// Shows a screen, or goes to the page that shows it.
    fn show(self, screen: Screen, reason: Option<Failure>) {
        let elsewhere = screen.page_other_than(self.page);
        // The page of recovery codes first shows how many are left.
        let is_over = matches!(screen, Screen::SignedIn(_)) && self.page != address::RECOVERY;
        let way_back = page::return_place().filter(|_| is_over);
        // Whoever is in needs no explanation, such as that another tab was faster.
        let reason = reason.filter(|why| !matches!(screen, Screen::SignedIn(_)) && *why != Failure::NoCookie);
        match (way_back, elsewhere) {
            (Some(place), _) => {
                self.screen.set(Screen::Checking);
                page::go_to(&place);
            }
            // Another page's address with this program behind it, as `trunk serve` has it: leaving would never end.
            (None, Some(page)) if page::is_at(page) => self.screen.set(Screen::Unreachable(Failure::Unreadable)),
            (None, Some(page)) => {
                self.screen.set(Screen::Checking);
                page::hand_over_to(page, reason.as_ref().and_then(Failure::word));
            }
            (None, None) => {
                self.problem.set(reason);
                self.screen.set(screen);
            }
        }
    }
}

fn part(screen: &Screen) -> page::Part {
    match screen {
        Screen::Checking => page::Part::Checking,
        Screen::LogIn => page::Part::LogIn,
        _ => page::Part::App,
    }
}
