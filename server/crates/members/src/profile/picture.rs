//! An uploaded picture: decoded defensively, drawn again, stored as pixels only.

mod jpeg;
mod shrink;

use std::fmt::Write as _;
use std::io::Cursor;
use std::panic::catch_unwind;

use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use kernel::TokenHash;

/// The largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;
/// The longest side of what is read, and how many pixels in all: checked before decoding, since a few kilobytes can decode to
/// gigabytes.
const MAX_SIDE: u32 = 8192;
const MAX_PIXELS: u64 = 25_000_000;
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longest side of what is kept.
const STORED_SIDE: u32 = 512;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is not a PNG, JPEG or WebP, or a broken one.
    #[error("the picture is not a PNG, JPEG or WebP, or it is broken")]
    Unreadable,
    /// It has too many bytes or pixels.
    #[error("the picture is too large")]
    TooLarge,
}

/// A picture as we keep it: WebP without loss, at most 512 pixels wide and high, no metadata.
#[derive(Clone, Debug)]
pub struct Picture {
    bytes: Vec<u8>,
    hash: String,
}

impl Picture {
    /// The type of its bytes.
    pub(crate) const MEDIA_TYPE: &'static str = "image/webp";

    /// Draws the picture in `file` again. Where it was taken, with what and by whom is not drawn; the way up that a camera
    /// noted is. Takes some tenths of a second and up to 256 MiB: not for async workers, and not many at once.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn draw(file: &[u8]) -> Result<Self, PictureError> {
        if file.len() > MAX_FILE_BYTES {
            return Err(PictureError::TooLarge);
        }
        // Decoders get untrusted input: a panic means that the file is not a picture.
        catch_unwind(|| Self::draw_bounded(file)).unwrap_or(Err(PictureError::Unreadable))
    }

    fn draw_bounded(file: &[u8]) -> Result<Self, PictureError> {
        let small = read(file)?;
        let mut bytes = Vec::new();
        let (width, height) = (small.width(), small.height());
        let encoder = WebPEncoder::new_lossless(&mut bytes);
        let written = if small.color().has_alpha() {
            encoder.encode(&small.into_rgba8(), width, height, image::ExtendedColorType::Rgba8)
        } else {
            encoder.encode(&small.into_rgb8(), width, height, image::ExtendedColorType::Rgb8)
        };
        written.map_err(|_| PictureError::Unreadable)?;
        let hash = hexadecimal(TokenHash::of(&bytes).as_bytes());
        Ok(Self { bytes, hash })
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes in hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The pixels, upright and not more than are kept. The format is taken from the first bytes, never from what the sender
/// says of it.
fn read(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let unreadable = |_| PictureError::Unreadable;
    let format = image::guess_format(file).map_err(unreadable)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureError::Unreadable);
    }
    if format == ImageFormat::Jpeg && !jpeg::is_whole(file) {
        return Err(PictureError::Unreadable);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Unreadable);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    decoder.set_limits(limits).map_err(|_| PictureError::TooLarge)?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    let mut picture = shrink::shrink(picture, STORED_SIDE);
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Rgb, Rgba};

    /// Left half red, right half blue.
    fn halves(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, _| {
            if x < width / 2 { Rgb([200, 30, 30]) } else { Rgb([30, 30, 200]) }
        }))
    }

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG with an EXIF segment that says where it was taken and that it must be rotated by 90 degrees.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
        exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
        exif.extend(b"\x01\x0f\0\x02\0\0\0\x04SPY\0\0\0\0\0");
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        bytes.extend(exif);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    #[test]
    fn the_three_formats_become_one_of_at_most_512_pixels() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = Picture::draw(&file(&halves(1024, 600), format)).unwrap();
            let drawn = image::load_from_memory_with_format(picture.bytes(), ImageFormat::WebP).unwrap();
            assert_eq!((drawn.width(), drawn.height()), (512, 300), "{format:?}");
        }
        let small = Picture::draw(&file(&halves(40, 20), ImageFormat::Png)).unwrap();
        let drawn = image::load_from_memory(small.bytes()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (40, 20), "a small one is not blown up");
        assert_eq!(small.hash().len(), 64);
    }

    #[test]
    fn metadata_is_gone_and_the_picture_stands_upright() {
        let jpeg = with_exif(&file(&halves(64, 32), ImageFormat::Jpeg));
        assert!(jpeg.windows(3).any(|window| window == b"SPY"));
        let picture = Picture::draw(&jpeg).unwrap();
        assert!(!picture.bytes().windows(3).any(|window| window == b"SPY"));
        assert!(!picture.bytes().windows(4).any(|window| window == b"EXIF" || window == b"Exif"));
        let drawn = image::load_from_memory(picture.bytes()).unwrap().into_rgb8();
        assert_eq!((drawn.width(), drawn.height()), (32, 64));
        assert!(drawn.get_pixel(16, 4).0[0] > 150 && drawn.get_pixel(16, 60).0[2] > 150, "red is on top");
    }

    #[test]
    fn what_can_be_seen_through_stays_so() {
        let glass = DynamicImage::ImageRgba8(ImageBuffer::from_pixel(20, 20, Rgba([10, 20, 30, 40])));
        let picture = Picture::draw(&file(&glass, ImageFormat::Png)).unwrap();
        assert_eq!(image::load_from_memory(picture.bytes()).unwrap().into_rgba8().get_pixel(3, 3).0[3], 40);
    }

    #[test]
    fn a_white_shape_on_transparent_black_keeps_white_edges() {
        let disc = ImageBuffer::from_fn(1300, 1300, |x, y| {
            let (x, y) = (i64::from(x) - 650, i64::from(y) - 650);
            if x * x + y * y < 600 * 600 { Rgba([255u8; 4]) } else { Rgba([0; 4]) }
        });
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let picture = Picture::draw(&file(&DynamicImage::ImageRgba8(disc.clone()), format)).unwrap();
            let drawn = image::load_from_memory(picture.bytes()).unwrap().into_rgba8();
            assert_eq!((drawn.width(), drawn.height()), (512, 512));
            let seen: Vec<_> = drawn.pixels().filter(|pixel| pixel.0[3] > 0).collect();
            assert!(seen.iter().any(|pixel| (1..255).contains(&pixel.0[3])), "there is an edge");
            assert!(seen.iter().all(|pixel| pixel.0[..3] == [255; 3]), "and it is white");
        }
        let deep = DynamicImage::ImageRgba8(disc).into_rgba16();
        let picture = Picture::draw(&file(&DynamicImage::ImageRgba16(deep), ImageFormat::Png)).unwrap();
        let drawn = image::load_from_memory(picture.bytes()).unwrap().into_rgba8();
        assert!(drawn.pixels().all(|pixel| pixel.0[3] == 0 || pixel.0[..3] == [255; 3]), "16 bits");
    }

    #[test]
    fn a_picture_that_ends_half_way_is_refused_in_every_format() {
        let noise = |x: u32, y: u32| (x.wrapping_mul(31) ^ y.wrapping_mul(57)).to_le_bytes()[0];
        let pixels = ImageBuffer::from_fn(200, 160, |x, y| Rgb([noise(x, y), noise(y, x), noise(x + y, x)]));
        let picture = DynamicImage::ImageRgb8(pixels);
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let mut whole = file(&picture, format);
            if format == ImageFormat::Jpeg {
                whole = with_exif(&whole);
            }
            assert!(Picture::draw(&whole).is_ok(), "{format:?}");
            for percent in [1, 10, 50, 90, 97] {
                let cut = &whole[..whole.len() * percent / 100];
                assert_eq!(
                    Picture::draw(cut).unwrap_err(),
                    PictureError::Unreadable,
                    "{format:?} {percent} %"
                );
            }
            let mut followed = whole.clone();
            followed.extend(b"a film of two seconds");
            assert!(Picture::draw(&followed).is_ok(), "{format:?}: what follows the picture is not read");
        }
    }

    #[test]
    fn the_end_of_a_preview_is_not_the_end_of_the_picture() {
        let whole = file(&halves(64, 32), ImageFormat::Jpeg);
        let mut bytes = whole[..2].to_vec();
        bytes.extend([0xff, 0xe1, 0, 8, b'E', b'x', 0xff, 0xd9, 0xff, 0xd9]);
        bytes.extend(&whole[2..]);
        assert!(Picture::draw(&bytes).is_ok());
        assert_eq!(Picture::draw(&bytes[..bytes.len() - 40]).unwrap_err(), PictureError::Unreadable);
    }

    #[test]
    fn odd_texts_of_no_kind_are_a_fault_of_ours_as_pictures() {
        let (texts, rounds) = testkit::RandomTexts::for_rounds(18, 400);
        let glass = DynamicImage::ImageRgba8(ImageBuffer::from_fn(48, 40, |x, y| {
            Rgba([x.to_le_bytes()[0], y.to_le_bytes()[0], 9, (x * y).to_le_bytes()[0]])
        }));
        let files = [
            file(&glass, ImageFormat::Png),
            file(&halves(48, 40), ImageFormat::Jpeg),
            file(&glass, ImageFormat::WebP),
        ];
        for _ in rounds {
            for whole in &files {
                // Not through `draw`, which would catch it: that a decoder panics is to be known.
                let _ = Picture::draw_bounded(&texts.spoilt(whole));
            }
        }
    }

    #[test]
    fn other_formats_and_broken_files_are_refused() {
        let png = file(&halves(64, 64), ImageFormat::Png);
        for bad in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            b"GIF89a\x01\0\x01\0\0\0\0;",
            b"BM",
            &png[..png.len() / 2],
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"RIFF\0\0\0\0WEBPVP8 ",
        ] {
            assert_eq!(Picture::draw(bad).unwrap_err(), PictureError::Unreadable, "{bad:.8?}");
        }
    }

    #[test]
    fn s_rate_5_a_bomb_is_refused_before_it_is_unpacked() {
        // A PNG header that promises 60,000 × 60,000 pixels: the size is right after its first 16 bytes.
        let mut bomb = file(&halves(8, 8), ImageFormat::Png);
        bomb[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let crc = png_crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(Picture::draw(&bomb).unwrap_err(), PictureError::TooLarge);
        assert_eq!(Picture::draw(&vec![0; MAX_FILE_BYTES + 1]).unwrap_err(), PictureError::TooLarge);
    }

    /// CRC-32 as PNG uses it (ISO 3309), bit by bit.
    fn png_crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }
}
