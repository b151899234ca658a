//! Units of work over several tables, one per file.

mod accept_invitation;
mod add_member;
mod add_user;
mod begin_session;
mod change_member;
mod change_security;
mod complete_sign_in;
mod create_first_account;
mod end_other_sessions;
mod issue_link;
mod lock_user;
mod remove_member;
mod replace_factor;
mod replace_password;
mod require_two_factor;
mod reset_two_factor;
mod set_up_factor;
mod show_factor_again;

pub use accept_invitation::accept_invitation;
pub use add_member::{NewMember, add_member};
pub use add_user::{Added, add_user};
pub use begin_session::{begin_full_session, begin_pending_session};
pub use change_member::{Activity, ChangeRefused, Changes, EmailChange, Welcome, change_member};
pub use change_security::{SecurityChange, change_security, confirm_addresses};
pub use complete_sign_in::{Promotion, complete_sign_in};
pub use create_first_account::{FirstAccount, create_first_account};
pub use end_other_sessions::end_other_sessions;
pub use issue_link::{issue_break_glass_link, issue_password_link};
pub use lock_user::{lock_user, unlock_user};
pub use remove_member::remove_member;
pub use replace_factor::replace_factor;
pub use replace_password::{replace_password, set_password_by_link};
pub use require_two_factor::require_two_factor;
pub use reset_two_factor::{Reset, reset_member_two_factor, reset_user_two_factor};
pub use set_up_factor::set_up_factor;
pub use show_factor_again::show_factor_again;
