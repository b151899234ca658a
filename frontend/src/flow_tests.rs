use super::*;

fn code() -> Screen {
    let expires_at = Rfc3339("2026-11-25T09:12:00Z".into());
    Screen::Code {
        expires_at,
        issuer: "Postern".into(),
        label: "ada@example.com".into(),
        has_app: true,
        has_passkey: false,
        has_recovery_codes: false,
    }
}

fn refused(error: ApiError) -> Result<Step, Failure> {
    Err(Failure::Refused(error))
}

#[test]
fn a_step_is_shown_wherever_one_stands() {
    for now in [Screen::Checking, Screen::LogIn, code(), Screen::Unreachable(Failure::Offline)] {
        assert_eq!(advance(&now, false, Ok(Step::Credentials)), Next::Show(Screen::LogIn));
    }
}

#[test]
fn who_has_a_passkey_shows_it_on_a_page_of_its_own() {
    let methods = |methods: &[Method]| Step::Code {
        email: postern_types::Email::from_stored("ada@example.com".to_owned()),
        expires_at: Rfc3339("2026-11-25T09:12:00Z".into()),
        issuer: "Postern".into(),
        label: "ada@example.com".into(),
        methods: methods.to_vec(),
    };
    let with = Screen::from(methods(&[Method::Passkey, Method::RecoveryCode]));
    assert_eq!(with.page_other_than(address::LOG_IN), Some(address::PASSKEY));
    assert_eq!(with.page_other_than(address::PASSKEY), None);
    assert_eq!(with.page_other_than(address::RECOVERY), None);
    let without = Screen::from(methods(&[Method::Totp]));
    assert_eq!(without.page_other_than(address::LOG_IN), None);
    assert_eq!(without.page_other_than(address::PASSKEY), Some(address::LOG_IN));
}

#[test]
fn a_wrong_code_stays_on_the_code() {
    let wrong = ApiError::InvalidCode {
        server_time: Rfc3339("2026-11-25T09:12:00Z".into()),
        next_code_in_s: 7,
        refused_until: None,
        cause: None,
    };
    assert_eq!(advance(&code(), false, refused(wrong.clone())), Next::Stay(Failure::Refused(wrong)));
}

#[test]
fn what_was_drawn_for_another_user_leaves_the_screen() {
    let error = ApiError::AnotherUser { email: postern_types::Email::from_stored("bo@example.com".to_owned()) };
    let next = advance(&code(), false, refused(error.clone()));
    assert_eq!(next, Next::Show(Screen::Unreachable(Failure::Refused(error))));
}

#[test]
fn a_failure_keeps_the_screen_and_what_was_typed() {
    for failure in [Failure::Offline, Failure::Unreadable, Failure::Refused(ApiError::InvalidCredentials)] {
        assert_eq!(advance(&Screen::LogIn, false, Err(failure.clone())), Next::Stay(failure));
    }
}

#[test]
fn the_first_question_without_an_answer_has_a_screen_of_its_own() {
    let unreachable = || Next::Show(Screen::Unreachable(Failure::Offline));
    assert_eq!(advance(&Screen::Checking, false, Err(Failure::Offline)), unreachable());
    assert_eq!(advance(&Screen::Unreachable(Failure::Unreadable), false, Err(Failure::Offline)), unreachable());
}

#[test]
fn an_end_is_named_by_what_ended() {
    assert_eq!(advance(&code(), true, refused(ApiError::SessionExpired)), Next::AskAgain(Failure::TookTooLong));
    assert_eq!(advance(&code(), false, refused(ApiError::SessionExpired)), Next::AskAgain(Failure::Interrupted));
    assert_eq!(
        advance(&Screen::LogIn, false, refused(ApiError::SessionExpired)),
        Next::AskAgain(Failure::SessionEnded)
    );
}

#[test]
fn out_of_step_asks_the_server() {
    let failure = Failure::Refused(ApiError::OutOfStep);
    assert_eq!(advance(&code(), false, Err(failure.clone())), Next::AskAgain(failure));
}

#[test]
fn after_the_password_the_browser_must_show_its_cookie() {
    let ask_again = Next::AskAgain(Failure::NoCookie);
    assert_eq!(Next::Show(code()).verified(&Screen::LogIn), ask_again);
    assert_eq!(Next::Show(Screen::NewPassword).verified(&Screen::LogIn), ask_again);
    for now in [Screen::Checking, code(), Screen::Unreachable(Failure::Offline)] {
        assert_eq!(Next::Show(Screen::NewPassword).verified(&now), Next::Show(Screen::NewPassword));
    }
    let wrong = || Next::Stay(Failure::Refused(ApiError::InvalidCredentials));
    assert_eq!(wrong().verified(&Screen::LogIn), wrong());
}

#[test]
fn not_knowing_where_one_stands_never_asks_again_by_itself() {
    for error in [ApiError::SessionExpired, ApiError::OutOfStep] {
        let next = advance(&Screen::Checking, false, refused(error.clone()));
        assert_eq!(next, Next::Show(Screen::Unreachable(Failure::Refused(error))));
    }
}

#[test]
fn a_failure_is_passed_on_to_the_next_page() {
    let begun = [Failure::TookTooLong, Failure::Interrupted, Failure::SessionEnded, Failure::NoCookie];
    let acted = [Failure::LockedDown, Failure::NotMe];
    for failure in begun.into_iter().chain(acted).chain([Failure::Refused(ApiError::OutOfStep)]) {
        assert_eq!(failure.word().and_then(Failure::of_word), Some(failure));
    }
    assert_eq!(Failure::of_word("<b>"), None);
    assert_eq!(Failure::Offline.word(), None);
}
