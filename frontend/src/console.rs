//! The console: one's own security for everybody, and an account's users, settings and reports for its administrators.
//!
//! ```text
//! console.html ─ start ─ Console { place, who, gates } ─┬─ bar           account, user's menu, navigation
//!                                                       ├─ screens       one module each, named by what it shows
//!                                                       └─ gates         dialogs that a request may have to pass first
//! ```
//! A screen asks through [`Console::ask`]. Where the server wants a fresh one-time code, or the session has ended, a gate
//! opens above the screen, which keeps all that was typed; once it is passed, the request is made again by itself.

use std::{future::Future, time::Duration};

use futures_channel::oneshot;
use leptos::{mount::mount_to, prelude::*, task::spawn_local};
use postern_types::{ApiError, MailDelivery, PasswordReason, SignedIn, Step};
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

use crate::{api, flow::Failure, page, return_to};

mod bar;
mod controls;
mod device;
mod gates;
mod list;
mod place;
mod screens;
mod text;

use place::{Place, Screen};

/// How long what was done is in view.
const SAID_FOR: Duration = Duration::from_secs(6);

/// Who is here.
#[derive(Clone, Debug, PartialEq)]
enum Who {
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
enum Gate {
    /// The server wants a one-time code that was shown a short while ago.
    StepUp,
    /// The session has ended.
    SessionOver,
}

/// The state of the console, shared by all screens.
#[derive(Clone, Copy)]
pub(crate) struct Console {
    place: RwSignal<Place>,
    who: RwSignal<Who>,
    gate: RwSignal<Option<Gate>>,
    /// Requests that wait for the gate.
    waiting: StoredValue<Vec<oneshot::Sender<bool>>, LocalStorage>,
    /// What was done, for eyes and for screen readers.
    said: RwSignal<String>,
}

/// Takes the page over from `console.html`.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let console = Console {
            place: RwSignal::new(place::current()),
            who: RwSignal::new(Who::Unknown),
            gate: RwSignal::new(None),
            waiting: StoredValue::new_local(Vec::new()),
            said: RwSignal::new(String::new()),
        };
        place::follow(console.place);
        window_event_listener_untyped("pageshow", |event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                page::reload();
            }
        });
        if console.place.with_untracked(|place| place.screen.needs_user()) {
            console.find_out();
        } else {
            page::show(page::Part::App);
        }
        move || view! { <Whole console/> }
    })
    .forget();
}

/// The screen, and the gates above it.
#[component]
fn Whole(console: Console) -> impl IntoView {
    let screen = Memo::new(move |_| console.place.with(|place| place.screen.clone()));
    view! {
        {move || {
            let screen = screen.get();
            if !screen.needs_user() {
                return screens::public(console, &screen);
            }
            match console.who.get() {
                Who::Unknown => ().into_any(),
                Who::Unreachable(failure) => view! { <screens::Unreachable console failure/> }.into_any(),
                Who::NewPassword { email, reason } => {
                    view! { <screens::NewPassword console email reason/> }.into_any()
                }
                Who::User(user) => view! { <bar::Frame console user=*user screen/> }.into_any(),
            }
        }}
        <gates::Gates console/>
        <p class="said" role="status">{console.said}</p>
    }
}

impl Console {
    /// Asks the server who is here.
    fn find_out(self) {
        spawn_local(async move {
            let answer = api::flow().send().await;
            self.arrive(answer);
        });
    }

    /// Shows what a step of the log-in means here; whatever is not the console's business is the log-in page's.
    fn arrive(self, answer: Result<Step, Failure>) {
        match answer {
            Ok(Step::SignedIn(user)) => {
                if self.place.with_untracked(|place| place.screen == Screen::Home) {
                    self.place.set(home(&user).into());
                    self.place.with_untracked(place::replace);
                }
                self.who.set(Who::User(user));
            }
            Ok(Step::NewPassword { email, reason }) => {
                self.who.set(Who::NewPassword { email: email.to_string(), reason });
            }
            Ok(_) => return page::go_to(&self.log_in()),
            Err(failure) => self.who.set(Who::Unreachable(failure)),
        }
        page::show(page::Part::App);
    }

    /// The log-in page, which leads back here.
    fn log_in(self) -> String {
        format!("/{}", return_to::fragment(&self.place.with_untracked(Place::path)))
    }

    /// Makes a request, through whatever gates it has to pass.
    async fn ask<T, F: Future<Output = Result<T, Failure>>>(self, make: impl Fn() -> F) -> Result<T, Failure> {
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
    fn leave_gate(self, passed: bool) {
        self.gate.set(None);
        for waiting in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            let _ = waiting.send(passed);
        }
    }

    /// Tells what was done.
    fn say(self, what: impl Into<String>) {
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
    fn go(self, place: Place) {
        place::push(&place);
        self.place.set(place);
    }

    /// The account that the place is about, or else the first one that this user administers.
    fn account(self, user: &SignedIn) -> Option<String> {
        let named = self.place.with(|place| place.screen.account().map(str::to_owned));
        named.or_else(|| user.accounts.iter().find(|account| account.admin).map(|account| account.id.clone()))
    }
}

/// Whether mails of this portal reach nobody.
fn nobody_receives_mail(user: &SignedIn) -> bool {
    user.mail == MailDelivery::Files && user.accounts.iter().any(|account| account.admin)
}

/// A screen for whoever has none: the first account that they administer, else their own security.
fn home(user: &SignedIn) -> Screen {
    let first = user.accounts.iter().find(|account| account.admin);
    first.map_or(Screen::Security, |account| Screen::Users { account: account.id.clone() })
}
