//! The pieces that screens are made of: properties in, callbacks out. Each has a stylesheet of the same name in
//! `style/components` or `style/set-up`. None makes a request of its own.

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

pub(crate) use brand::Brand;
pub(crate) use code_form::CodeForm;
pub(crate) use disclosure::Disclosure;
pub(crate) use heading::Heading;
pub(crate) use notice::Notice;
pub(crate) use qr::Qr;
pub(crate) use security_key::SecurityKey;
pub(crate) use submit::Submit;
pub(crate) use time_left::TimeLeft;
