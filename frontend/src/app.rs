//! The running app: which screen is on, what went wrong, and the one request that may be in flight. What follows an
//! answer is decided in [`crate::flow`].

use leptos::{mount::mount_to, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

use crate::{
    api::{self, Request},
    flow::{Failure, Next, Screen, advance},
    page, return_to,
    screens::{Code, SetUp, SignedIn, Unreachable, log_in},
};

/// What a person does: reads the fields as they are now and makes the request of them.
pub(crate) type Action = Callback<(), Result<Request, Failure>>;

/// The state of the app, shared by all screens.
#[derive(Clone, Copy)]
pub(crate) struct App {
    screen: RwSignal<Screen>,
    /// What went wrong with the latest action.
    pub(crate) problem: RwSignal<Option<Failure>>,
    /// Whether a request is in flight. There is never a second one.
    pub(crate) busy: RwSignal<bool>,
    latest: StoredValue<Option<Action>>,
}

/// Takes the page over from `index.html`.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new();
        // Before the screens' own effects: what is not shown cannot take the focus.
        Effect::new(move || app.screen.with(|screen| page::show(part(screen))));
        log_in::bind(app);
        window_event_listener_untyped("pageshow", move |event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                app.forget_all();
            }
        });
        move || draw(app)
    })
    .forget();
}

fn part(screen: &Screen) -> page::Part {
    match screen {
        Screen::Checking | Screen::Elsewhere => page::Part::Checking,
        Screen::LogIn => page::Part::LogIn,
        Screen::Unreachable(_) | Screen::SetUp(_) | Screen::Code { .. } | Screen::SignedIn(_) => page::Part::App,
    }
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Checking | Screen::LogIn => ().into_any(),
        Screen::Elsewhere => {
            page::go_to(return_to::CONSOLE);
            ().into_any()
        }
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::SetUp(set_up) => view! { <SetUp app set_up=*set_up/> }.into_any(),
        Screen::Code { email, expires_at } => view! { <Code app email expires_at/> }.into_any(),
        Screen::SignedIn(signed_in) => view! { <SignedIn app signed_in=*signed_in/> }.into_any(),
    }
}

impl App {
    fn new() -> Self {
        let app = Self {
            screen: RwSignal::new(Screen::Checking),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            latest: StoredValue::new(None),
        };
        if page::has_no_session() {
            app.screen.set(Screen::LogIn);
        } else {
            app.perform(Action::new(|()| Ok(api::flow())));
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

    /// Shows where this browser stands now that a log-in is out of time. A request in flight will find out by itself.
    pub(crate) fn time_is_up(self) {
        if !self.busy.get_untracked() {
            self.send(api::flow(), Some(Failure::TookTooLong));
        }
    }

    /// Whether the log-in form is on screen.
    pub(crate) fn at_log_in(self) -> bool {
        self.screen.with(|screen| *screen == Screen::LogIn)
    }

    /// Wipes the screen and begins anew: the page came back from the browser's memory.
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

    fn next(self, answer: Result<postern_types::Step, Failure>) -> Next {
        self.screen.with_untracked(|now| advance(now, answer))
    }

    /// A screen that is on already stays as it is, with all that was typed into it.
    fn settle(self, next: Next, reason: Option<Failure>) {
        match next {
            Next::Show(screen) if self.screen.with_untracked(|now| *now == screen) => {
                self.problem.set(reason.filter(|reason| *reason != Failure::TookTooLong));
            }
            Next::Show(Screen::SignedIn(_)) if page::return_place().is_some() => {
                page::go_to(&page::return_place().unwrap_or_default());
            }
            Next::Show(screen) => {
                self.problem.set(reason);
                self.screen.set(screen);
            }
            Next::Stay(failure) | Next::AskAgain(failure) => self.problem.set(Some(failure)),
        }
    }
}
