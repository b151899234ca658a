//! The frame around every screen: the bar with account and user, the navigation, and warnings.

use leptos::{prelude::*, task::spawn_local};
use postern_types::{LastSignIn, MailDelivery, SignedIn};

use super::{
    form::Form,
    menu::Menu,
    place::{Place, Screen},
    screens,
    state::Console,
    text,
};
use crate::{
    address, api,
    components::{Alarm, Brand},
    page,
};

/// The bar, the navigation and the screen.
#[component]
pub(super) fn Frame(console: Console, user: SignedIn, screen: Screen) -> impl IntoView {
    let account = screen.account().map(str::to_owned).or_else(|| console.account(&user));
    let administers =
        user.accounts.iter().any(|membership| membership.admin && Some(&membership.id) == account.as_ref());
    let warning = nobody_receives_mail(&user);
    view! {
        <a class="skip" href="#main">{text::SKIP}</a>
        <Bar console user=user.clone() account=account.clone() screen=screen.clone()/>
        <div class="shell">
            {account.filter(|_| administers).map(|account| view! { <Navigation account screen=screen.clone()/> })}
            <main id="main" tabindex="-1">
                {warning.then(|| view! { <p class="warning">{text::MAIL_GOES_NOWHERE}</p> })}
                <Warned console alarm=user.code_replayed.clone()/>
                {screens::of_user(console, &screen, user)}
            </main>
        </div>
    }
}

/// The alarm of this session, until the user acts.
#[component]
fn Warned(console: Console, alarm: Option<LastSignIn>) -> impl IntoView {
    let form = Form::new();
    let shown = RwSignal::new(alarm);
    let is_ended = RwSignal::new(false);
    let end_others = Callback::new(move |()| {
        form.run(console.ask(|| api::end_other_sessions().send()), move |()| {
            is_ended.set(true);
            console.forget_alarm();
        });
    });
    let dismiss = Callback::new(move |()| {
        form.run(console.ask(|| api::dismiss_alarm().send()), move |()| {
            shown.set(None);
            console.forget_alarm();
        });
    });
    move || {
        shown.get().map(|alarm| {
            view! {
                <Alarm
                    alarm
                    busy=form.busy
                    problem=form.problem
                    is_ended
                    on_end_others=end_others
                    on_dismiss=dismiss
                />
            }
        })
    }
}

#[component]
fn Bar(console: Console, user: SignedIn, account: Option<String>, screen: Screen) -> impl IntoView {
    let mine: Vec<_> = user.accounts.iter().filter(|account| account.admin).cloned().collect();
    let current = mine
        .iter()
        .find(|membership| Some(&membership.id) == account.as_ref())
        .map(|membership| membership.name.clone());
    let log_out = move |_| {
        spawn_local(async move {
            if !console.send(api::sign_out()).await.is_err_and(|failure| failure.is_another_user()) {
                page::go_to("/");
            }
        });
    };
    let name = if user.user.name.is_empty() { user.user.email.to_string() } else { user.user.name.clone() };
    view! {
        <header class="bar">
            <a class="brand" href=Place::from(Screen::home(&user)).path()><Brand/></a>
            {current.map(|name| match mine.len() {
                1 => view! { <span class="account" title=name.clone()>{text::account(&name)}</span> }.into_any(),
                _ => view! {
                    <Menu id="accounts" label=text::account(&name)>
                        {mine.iter().map(|membership| view! {
                            <li><a
                                href=Place::from(screen.of(&membership.id)).path()
                                aria-current=(Some(&membership.id) == account.as_ref()).then_some("true")
                            >{membership.name.clone()}</a></li>
                        }).collect_view()}
                    </Menu>
                }.into_any(),
            })}
            <Menu id="me" label=name>
                <li><a href=address::APPLICATIONS>{text::MY_APPLICATIONS}</a></li>
                <li><a href="/console/password">{text::CHANGE_PASSWORD}</a></li>
                <li><a href=address::MY_SECURITY>{text::MY_SECURITY}</a></li>
                <li><button type="button" on:click=log_out>{text::LOG_OUT}</button></li>
            </Menu>
        </header>
    }
}

#[component]
fn Navigation(account: String, screen: Screen) -> impl IntoView {
    let here = move |is: bool| is.then_some("page");
    view! {
        <nav class="sections" aria-label=text::SECTIONS>
            <a href=format!("/console/{account}/users") aria-current=here(matches!(screen, Screen::Users { .. }))>{text::USERS}</a>
            <a href=format!("/console/{account}/applications") aria-current=here(matches!(screen, Screen::Applications { .. }))>{text::APPLICATIONS}</a>
            <a href=format!("/console/{account}/settings") aria-current=here(matches!(screen, Screen::Settings { .. }))>{text::SETTINGS}</a>
            <a
                href=format!("/console/{account}/reports")
                aria-current=here(matches!(screen, Screen::History { .. } | Screen::Events { .. }))
            >{text::REPORTS}</a>
        </nav>
    }
}

/// Whether to warn this user that mails reach nobody.
fn nobody_receives_mail(user: &SignedIn) -> bool {
    user.mail == MailDelivery::Files && user.accounts.iter().any(|account| account.admin)
}
