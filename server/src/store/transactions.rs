//! Units of work over several tables, one per file.

mod accept_invitation;
mod add_account;
mod add_member;
mod add_to_account;
mod add_user;
mod append_entries;
mod arrive;
mod begin_audit_log;
mod begin_replacement;
mod begin_session;
mod change_key;
mod change_member;
mod change_passkeys;
mod change_refused;
mod change_security;
mod choose_members;
mod claim;
mod complete_sign_in;
mod consent;
mod count_attempt;
mod create_first_account;
mod define_application;
mod define_client;
mod disable_factor;
mod end_sessions;
mod give_recovery_codes;
mod give_up_mail;
mod import_user;
mod invite_again;
mod issue_link;
mod leave_account;
mod lock_down;
mod lock_user;
mod mail_anchors;
mod make_set_up_code;
mod queue_mails;
mod recovery_codes;
mod redeem_code;
mod redeem_grant;
mod remove_member;
mod replace_factor;
mod replace_password;
mod report_replay;
mod report_unfinished;
mod require_two_factor;
mod reseal;
mod reset_request;
mod reset_two_factor;
mod rotate_key;
mod set_up_factor;
mod shorten_chain;
mod show_factor_again;
mod stop_reset;
mod undo_addresses;
mod use_passkey;
mod welcome;

pub use accept_invitation::{InvitationUse, accept_as_new_user, accept_invitation};
pub use add_account::add_account;
pub use add_member::{NewMember, add_member};
pub use add_to_account::{Joined, add_to_account};
pub use add_user::{Added, add_user};
pub use append_entries::{GrownChain, Growth, append_entries};
pub use arrive::Arrival;
pub use begin_audit_log::begin_audit_log;
pub use begin_replacement::begin_replacement;
pub use begin_session::{begin_full_session, begin_pending_session};
pub use change_key::{change_key, remove_master_key};
pub use change_member::{Activity, Changes, EmailChange, change_member};
pub use change_passkeys::{
    NewPasskey, PasskeyAdded, add_passkey, remove_passkey, rename_passkey, set_passkey_policy, set_up_passkey,
};
pub use change_refused::ChangeRefused;
pub use change_security::{SecurityChange, change_security, confirm_addresses};
pub use choose_members::{Chosen, MembersChoice, choose_members};
pub use complete_sign_in::{Promotion, complete_sign_in};
pub use consent::{give_consent, take_back_consent};
pub use count_attempt::{Attempt, count_attempt};
pub use create_first_account::{FirstAccount, create_first_account};
pub use define_application::{
    DefinitionRefused, add_application, change_application, remove_application, take_over_applications,
};
pub use define_client::{ClientRefused, add_client, change_client, make_client_secret, remove_client};
pub use disable_factor::disable_factor;
pub use end_sessions::{end_other_sessions, end_session, sign_out_session};
pub use give_up_mail::{UndeliveredMail, give_up_mail};
pub use import_user::{Imported, ImportedUser, import_user};
pub use invite_again::invite_again;
pub use issue_link::{
    BreakGlass, issue_break_glass_link, issue_link_of_alarm, issue_password_link, request_password_link,
};
pub use leave_account::leave_account;
pub use lock_down::{Extent, UsedCode, lock_down_member, lock_down_own, lock_down_own_by_recovery_code};
pub use lock_user::{lock_user, unlock_user};
pub use mail_anchors::mail_anchors;
pub use make_set_up_code::{CodeMade, make_set_up_code, make_set_up_code_by_operator};
pub use queue_mails::Seal;
pub use recovery_codes::{Shown, complete_sign_in_by_recovery_code, make_recovery_codes, settle_recovery_codes};
pub use redeem_code::{Redeemed, Redemption, redeem_code};
pub use redeem_grant::{NewTokens, begin_grant, end_grant_of_used_token, refresh_grant, use_code};
pub use remove_member::remove_member;
pub use replace_factor::{Replacement, replace_factor};
pub use replace_password::{replace_password, set_password_by_link};
pub use report_replay::{dismiss_alarm, report_replay};
pub use report_unfinished::report_unfinished;
pub use require_two_factor::require_two_factor;
pub use reseal::reseal;
pub use reset_request::{approve_reset, cancel_reset, do_due_resets, refuse_reset};
pub use reset_two_factor::{Asked, NewReset, Reset, reset_member_two_factor, reset_user_two_factor};
pub use rotate_key::rotate_key;
pub use set_up_factor::set_up_factor;
pub use shorten_chain::{ShortenedChain, shorten_chain};
pub use show_factor_again::show_factor_again;
pub use undo_addresses::undo_addresses;
pub use use_passkey::{
    PasskeyAccepted, ShownPasskey, begin_session_by_passkey, complete_sign_in_by_passkey, report_stalled_passkey,
    show_passkey_again,
};
pub use welcome::Welcome;
