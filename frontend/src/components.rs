//! The components of the screens: properties in, callbacks out. Their stylesheets have the same names, in `style/components`
//! or `style/set-up`. None of them sends requests.

mod add_key;
mod brand;
mod code_form;
mod code_input;
mod countdown;
mod disclosure;
mod heading;
mod notice;
mod qr;
mod security_key;
mod submit;
mod time_left;

pub(crate) use add_key::{AddKey, heading as add_key_heading};
pub(crate) use brand::Brand;
pub(crate) use code_form::CodeForm;
pub(crate) use countdown::Countdown;
pub(crate) use disclosure::Disclosure;
pub(crate) use heading::Heading;
pub(crate) use notice::Notice;
pub(crate) use submit::Submit;
pub(crate) use time_left::TimeLeft;
