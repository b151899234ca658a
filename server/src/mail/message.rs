//! Composes a mail: as text and as HTML that loads nothing.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use lettre::Message;
use lettre::message::{Mailbox, MultiPart, SinglePart, header};

use postern_types::Email;

use super::Mail;
use super::text::{self, Occasion};
use crate::clock::UnixTime;
use crate::html::escape;
use crate::ids::MailId;

/// What a mail carries besides its text. It is the same for every attempt, so that a receiver can drop a second copy.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Id of the message.
    pub id: &'a MailId,
    /// The recipient.
    pub to: &'a Email,
    /// When it was written.
    pub at: UnixTime,
    /// Earlier notices of the same kind in whose place it is sent.
    pub joined: i64,
    /// The link *This was not me* of an alarm.
    pub not_me: Option<&'a str>,
}

/// Who gets the bytes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A mail server, which may take only ASCII.
    MailServer,
    /// Somebody who opens the file: its text is not encoded, so that a link can be copied in one piece.
    Person,
}

/// Composes a mail.
pub(super) fn compose(
    mail: &Mail,
    envelope: &Envelope<'_>,
    from: &Mailbox,
    product: &str,
    reader: Reader,
) -> anyhow::Result<Message> {
    let Envelope { id, to, at, .. } = *envelope;
    let to = Mailbox::new(None, to.as_str().parse().context("the address cannot be read")?);
    let domain = from.email.domain();
    let message = Message::builder()
        .date(UNIX_EPOCH + Duration::from_secs(at.max(0).unsigned_abs()))
        .from(from.clone())
        .to(to)
        .subject(text::subject(mail, product))
        .message_id(Some(format!("<{id}@{domain}>")))
        // Prevents out-of-office replies (RFC 3834).
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(header::ContentType::TEXT_PLAIN, plain(mail, product, envelope), reader))
                .singlepart(part(header::ContentType::TEXT_HTML, html(mail, product, envelope), reader)),
        )?;
    Ok(message)
}

fn part(kind: header::ContentType, text: String, reader: Reader) -> SinglePart {
    let part = SinglePart::builder().header(kind);
    match reader {
        Reader::MailServer => part.body(text),
        Reader::Person => part.header(header::ContentTransferEncoding::Binary).body(text),
    }
}

const fn occasion(envelope: &Envelope<'_>) -> Occasion {
    if envelope.not_me.is_some() { Occasion::Alarm } else { Occasion::Plain }
}

fn plain(mail: &Mail, product: &str, envelope: &Envelope<'_>) -> String {
    let (before, after) = text::paragraphs(mail, product, envelope.joined, occasion(envelope));
    let link = mail.link().or(envelope.not_me).map(str::to_owned);
    let parts: Vec<String> = before.into_iter().chain(link).chain(after).chain([format!("-- \n{product}")]).collect();
    parts.join("\n\n") + "\n"
}

fn html(mail: &Mail, product: &str, envelope: &Envelope<'_>) -> String {
    let (before, after) = text::paragraphs(mail, product, envelope.joined, occasion(envelope));
    let paragraph = |text: String| format!("<p>{}</p>\n", escape(&text));
    let link = mail.link().or(envelope.not_me).map(|link| {
        let link = escape(link);
        format!("<p><a href=\"{link}\">{link}</a></p>\n")
    });
    let body: String = before.into_iter().map(paragraph).chain(link).chain(after.into_iter().map(paragraph)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title></head>\n\
         <body style=\"overflow-wrap: anywhere\">\n{body}<p>{}</p>\n</body></html>\n",
        escape(&text::subject(mail, product)),
        escape(product)
    )
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::mail::{CodePurpose, Origin};

    static TO: LazyLock<Email> = LazyLock::new(|| Email::parse("bo@example.com").unwrap());
    static ID: LazyLock<MailId> = LazyLock::new(|| MailId::named("42".to_owned()));
    const NOT_ME: &str = "https://login.example.com/console/link#not-me";

    fn envelope(joined: i64) -> Envelope<'static> {
        Envelope { id: &ID, to: &TO, at: 1_700_000_010, joined, not_me: None }
    }

    fn composed(mail: &Mail, product: &str) -> String {
        let from = "Postern <postern@example.com>".parse().unwrap();
        let message = compose(mail, &envelope(0), &from, product, Reader::MailServer).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn an_alarm_says_what_its_link_does_and_what_to_do_without_one() {
        let from = Origin { address: "198.51.100.7".to_owned(), browser: Some("Firefox on Linux".to_owned()) };
        let mail = Mail::UnfamiliarSignIn { at: 1_700_000_010, from };
        let alarm = Envelope { not_me: Some(NOT_ME), ..envelope(2) };
        let text = plain(&mail, "Postern", &alarm);
        for part in [
            "2023-11-14 at 22:13 UTC from 198.51.100.7, with Firefox on Linux.",
            "2 earlier notices",
            "If this was not you, open the following link within 7 days",
            "\n\nhttps://login.example.com/console/link#not-me\n\n",
            "If it was you, there is nothing to do.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(html(&mail, "Postern", &alarm).matches(NOT_ME).count(), 2);
        let without = plain(&mail, "Postern", &envelope(0));
        assert!(without.contains("Forgotten password?") && !without.contains("https://"), "{without}");
    }

    #[test]
    fn a_link_stands_in_the_text_and_in_the_html_and_nothing_is_loaded_from_elsewhere() {
        let mail = Mail::PasswordLink { link: "https://login.example.com/console/link#abc".to_owned() };
        assert!(plain(&mail, "Postern", &envelope(0)).contains("\n\nhttps://login.example.com/console/link#abc\n\n"));
        let html = html(&mail, "Postern", &envelope(0));
        assert_eq!(html.matches("https://").count(), 2, "{html}");
        assert!(!html.contains("src=") && !html.contains("<style") && !html.contains("<script"));
    }

    #[test]
    fn the_html_fits_a_narrow_screen_and_a_long_link_is_broken() {
        let html = html(&Mail::Trial, "Postern", &envelope(0));
        assert!(html.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"), "{html}");
        assert!(html.contains("<body style=\"overflow-wrap: anywhere\">"), "{html}");
    }

    #[test]
    fn a_mail_that_asks_for_an_approval_leads_to_the_requests() {
        let link = "https://login.example.com/console/a1/users";
        let asks = |link: Option<&str>| Mail::TwoFactorResetApproval {
            user: "bo@example.com".to_owned(),
            by: None,
            at: 1_700_000_010,
            until: 1_700_000_020,
            link: link.map(str::to_owned),
        };
        let text = plain(&asks(Some(link)), "Postern", &envelope(0));
        assert!(text.contains(&format!("under Reset requests:\n\n{link}\n\n")), "{text}");
        assert!(
            plain(&asks(None), "Postern", &envelope(0)).contains("under Users in the console."),
            "of an earlier version"
        );
    }

    #[test]
    fn a_used_recovery_code_is_reported_with_address_and_browser() {
        let from = Some(Origin { address: "198.51.100.7".to_owned(), browser: Some("Firefox on Linux".to_owned()) });
        let mail = |from, purpose| Mail::RecoveryCodeUsed { at: 1_700_000_010, left: 9, from, purpose };
        let text = plain(&mail(from.clone(), CodePurpose::SignIn), "Postern", &envelope(0));
        assert!(text.contains("2023-11-14 at 22:13 UTC from 198.51.100.7, with Firefox on Linux. They"), "{text}");
        assert!(text.contains("9 recovery codes are left."), "{text}");
        let text = plain(&mail(from, CodePurpose::Lockdown), "Postern", &envelope(0));
        assert!(text.contains("with Firefox on Linux, to lock down your user account"), "{text}");
        let earlier = serde_json::from_str(r#"{"RecoveryCodeUsed":{"at":1700000010,"left":9}}"#).unwrap();
        assert_eq!(mail(None, CodePurpose::SignIn), earlier, "queued by an earlier version");
    }

    #[test]
    fn names_cannot_add_markup_or_headers() {
        let account = "Acme\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>".to_owned();
        let mail = Mail::Invitation { link: "https://login.example.com/x".to_owned(), account };
        let sent = composed(&mail, "Post\"ern");
        let (headers, _) = sent.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc:")), "{sent}");
        assert!(!html(&mail, "P", &envelope(0)).contains("<script>"));
    }

    #[test]
    fn a_mail_has_a_lasting_id_and_says_that_a_machine_wrote_it() {
        let sent = composed(&Mail::Trial, "Postern");
        assert!(sent.contains("Message-ID: <42@example.com>\r\n"), "{sent}");
        assert!(sent.contains("Auto-Submitted: auto-generated\r\n"));
        assert!(sent.contains("Date: Tue, 14 Nov 2023 22:13:30 +0000\r\n"), "when it was written: {sent}");
        assert!(sent.contains("From: Postern <postern@example.com>\r\n") || sent.contains("From: \"Postern\""));
    }

    #[test]
    fn times_are_in_utc() {
        let (before, _) = text::paragraphs(&Mail::PasswordChanged { at: 1_700_000_010 }, "Postern", 0, Occasion::Plain);
        assert!(before[0].contains("2023-11-14 at 22:13 UTC"), "{before:?}");
    }

    #[test]
    fn a_notice_says_how_many_it_stands_for_and_a_link_does_not() {
        let notice = plain(&Mail::PasswordChanged { at: 1_700_000_010 }, "Postern", &envelope(3));
        assert!(notice.contains("3 earlier notices of this kind were combined into this e-mail."), "{notice}");
        let link =
            plain(&Mail::PasswordLink { link: "https://login.example.com/x".to_owned() }, "Postern", &envelope(3));
        assert!(!link.contains("combined"), "{link}");
    }
}
