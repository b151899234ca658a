//! A QR code as one SVG path: no image file, no inner HTML, sharp at every size.

use postern_types::QrCode;
use qrcode::{Color, EcLevel};

/// Light modules that scanners need on every side (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Draws `text` at error correction level M, with one bar for each run of dark modules in a row.
///
/// # Errors
/// If the text does not fit into a QR code (2 331 bytes).
pub fn draw(text: &str) -> Result<QrCode, qrcode::types::QrError> {
    use std::fmt::Write;
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let left = x + QUIET_ZONE;
                let top = y + QUIET_ZONE;
                let length = run.len();
                let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    Ok(QrCode { size: u32::try_from(width + 2 * QUIET_ZONE).unwrap_or(u32::MAX), path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::totp::{TotpSecret, label, otpauth_uri};

    /// Modules per side, without the quiet zone, of the link for an account name.
    #[track_caller]
    fn modules(account: &str) -> u32 {
        let secret = TotpSecret::from_bytes(b"12345678901234567890");
        draw(&otpauth_uri("UKC Portal", account, &secret)).unwrap().size - 2 * QUIET_ZONE as u32
    }

    /// The table counts byte mode alone; the encoder mixes modes, which never makes a code larger.
    #[test]
    fn no_code_is_larger_than_the_standard_needs_in_byte_mode() {
        let rows = [
            ("a", 5, 49),
            ("a", 64, 57),
            ("a", 128, 61),
            ("a", 255, 77),
            ("a", 300, 81),
            ("門", 64, 101),
            ("😀", 64, 113),
        ];
        for (letter, count, in_byte_mode) in rows {
            let side = modules(&letter.repeat(count));
            assert!((in_byte_mode - 12..=in_byte_mode).contains(&side), "{count} × {letter}: {side}");
        }
    }

    #[test]
    fn both_names_of_64_cjk_letters_still_fit() {
        let names = "門".repeat(64);
        let secret = TotpSecret::from_bytes(b"12345678901234567890");
        assert!(draw(&otpauth_uri(&names, &names, &secret)).unwrap().size - 8 <= 161);
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_no_panic() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890");
        for account in ["😀".repeat(200), "門".repeat(255)] {
            assert!(draw(&otpauth_uri("UKC Portal", &account, &secret)).is_err());
        }
    }

    #[test]
    fn the_longest_address_makes_a_code_of_version_12_at_most() {
        let email = format!("{}@{}.example", "a".repeat(64), "b".repeat(60));
        assert!(modules(label(&email)) <= 65, "version 12 has 65 modules");
    }

    #[test]
    fn the_quiet_zone_is_four_light_modules_wide() {
        let code = draw("otpauth://totp/x").unwrap();
        let starts: Vec<(u32, u32)> = code
            .path
            .split('M')
            .skip(1)
            .map(|bar| bar.split_once('h').unwrap().0.split_once(' ').unwrap())
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        assert_eq!(starts.iter().map(|(x, _)| *x).min(), Some(4));
        assert_eq!(starts.iter().map(|(_, y)| *y).min(), Some(4));
        assert_eq!(starts.iter().map(|(_, y)| *y).max(), Some(code.size - 5));
    }
}
