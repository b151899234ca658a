//! The components of the screens: properties in, callbacks out. Their stylesheets have the same names, in `style/components`,
//! `style/set-up` or `style/signed-in`. None of them sends requests.

mod add_key;
mod alarm;
mod application_icon;
mod brand;
mod code_form;
mod code_input;
mod copy;
mod countdown;
mod diagnosis;
mod disclosure;
mod heading;
mod look_up_secret;
mod notice;
mod qr;
mod recovery_codes;
mod security_key;
mod set_up_code;
mod submit;
mod time_left;

pub(crate) use add_key::{AddKey, heading as add_key_heading};
pub(crate) use alarm::Alarm;
pub(crate) use application_icon::ApplicationIcon;
pub(crate) use brand::Brand;
pub(crate) use code_form::CodeForm;
pub(crate) use copy::copy;
pub(crate) use countdown::Countdown;
pub(crate) use diagnosis::diagnosis;
pub(crate) use disclosure::Disclosure;
pub(crate) use heading::Heading;
pub(crate) use look_up_secret::LookUpSecret;
pub(crate) use notice::Notice;
pub(crate) use recovery_codes::RecoveryCodes;
pub(crate) use set_up_code::{SetUpCode, typed as typed_set_up_code};
pub(crate) use submit::Submit;
pub(crate) use time_left::TimeLeft;
