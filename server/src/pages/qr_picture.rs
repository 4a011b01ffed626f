//! QR codes (ISO/IEC 18004), drawn as one path.

use std::fmt::Write as _;

use contract::views::QrPicture;
use members::Failure;
use qrcode::{Color, EcLevel, QrCode};

/// The drawing of `text`: each run of dark squares in a row is one rectangle.
///
/// # Errors
/// When the text is longer than a QR code can hold.
pub(super) fn qr_picture(text: &str) -> Result<QrPicture, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|_| Failure::Internal("a QR code cannot be drawn"))?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    Ok(QrPicture { path, width })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_square_is_in_the_drawing() {
        let text =
            "otpauth://totp/Daemun:hong%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Daemun";
        let QrPicture { path, width } = qr_picture(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let runs = path.split('M').skip(1).map(|run| {
            let (_, run) = run.split_once('h').unwrap();
            run.split_once('v').unwrap().0.parse::<usize>().unwrap()
        });
        assert_eq!((runs.sum::<usize>(), width), (dark, code.width()));
        assert!(qr_picture(&"x".repeat(4000)).is_err());
    }
}
