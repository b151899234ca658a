//! The state of a log-in: which screen is on, what went wrong, and the one request that may be in flight. What follows an
//! answer is decided in [`crate::flow`].

use leptos::{prelude::*, task::spawn_local};
use postern_types::{CodeRequest, Step, TotpCode};

use crate::{
    api::{self, Request},
    flow::{Failure, Next, Screen, advance},
    page,
};

/// What a person does: reads the fields as they are now and makes the request of them.
pub(crate) type Action = Callback<(), Result<Request, Failure>>;

/// The state of the app, shared by all screens.
#[derive(Clone, Copy)]
pub(crate) struct App {
    /// The address of the page that this program draws.
    page: &'static str,
    pub(crate) screen: RwSignal<Screen>,
    /// What went wrong with the latest action.
    pub(crate) problem: RwSignal<Option<Failure>>,
    /// Whether a request is in flight. There is never a second one (C26).
    pub(crate) busy: RwSignal<bool>,
    latest: StoredValue<Option<Action>>,
}

impl App {
    /// Takes over a page, and asks the server where this browser stands unless the page says that there is no session.
    pub(crate) fn new(page: &'static str) -> Self {
        let app = Self {
            page,
            screen: RwSignal::new(Screen::Checking),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            latest: StoredValue::new(Some(Action::new(|()| Ok(api::flow())))),
        };
        // Before the screens' own effects: what is not shown cannot take the focus.
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

    /// Does what a person asked for, unless something is under way already.
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

    /// [`Self::retry`] for a button.
    pub(crate) fn again(self) -> Callback<()> {
        Callback::new(move |()| self.retry())
    }

    /// The latest action once more, with the fields as they are now.
    pub(crate) fn retry(self) {
        if let Some(action) = self.latest.get_value() {
            self.perform(action);
        }
    }

    /// What a code is for: the request that it goes into.
    pub(crate) fn on_code(self, request: fn(&CodeRequest) -> Request) -> Callback<TotpCode> {
        Callback::new(move |code: TotpCode| {
            let body = CodeRequest { code };
            self.perform(Action::new(move |()| Ok(request(&body))));
        })
    }

    /// Leaves the log-in that was begun.
    pub(crate) fn on_cancel(self) -> Callback<()> {
        Callback::new(move |()| self.perform(Action::new(|()| Ok(api::cancel()))))
    }

    /// Shows where this browser stands now that a log-in is out of time. A request in flight will find out by itself.
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

    /// Wipes the screen and begins anew: the page came back from the browser's memory (C80).
    fn forget_all(self) {
        self.screen.set(Screen::Checking);
        page::reload();
    }

    fn send(self, request: Request, reason: Option<Failure>) {
        self.busy.set(true);
        spawn_local(async move {
            let answer = request.send().await;
            match self.next(answer) {
                Next::AskAgain(reason) => {
                    let answer = api::flow().send().await;
                    self.settle(self.next(answer), Some(reason));
                }
                next => self.settle(next, reason),
            }
            self.busy.set(false);
        });
    }

    fn next(self, answer: Result<Step, Failure>) -> Next {
        self.screen.with_untracked(|now| advance(now, answer))
    }

    /// A screen that is on already stays as it is, with all that was typed into it.
    fn settle(self, next: Next, reason: Option<Failure>) {
        match next {
            Next::Show(screen) if self.screen.with_untracked(|now| *now == screen) => {
                self.problem.set(reason.filter(|reason| *reason != Failure::TookTooLong));
            }
            Next::Show(screen) => self.show(screen, reason),
            Next::Stay(failure) | Next::AskAgain(failure) => self.problem.set(Some(failure)),
        }
    }
    /// Shows a screen, or leaves for the page that does.
    fn show(self, screen: Screen, reason: Option<Failure>) {
        let way_back = page::return_place().filter(|_| matches!(screen, Screen::SignedIn(_)));
        let elsewhere = screen.page().filter(|page| *page != self.page);
        match (way_back, elsewhere) {
            (Some(place), _) => page::go_to(&place),
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
